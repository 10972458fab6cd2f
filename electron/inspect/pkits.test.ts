import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { corpus } from '../../build/corpora.ts'
import type { Report } from '../../shared/contract/report.ts'
import { expectSuccess } from '../base/result.ts'
import { type PkitsCase, type PkitsSuite, pkitsPolicies, pkitsTime, readPkits } from '../certificates/testPkits.ts'
import { openMessage } from '../smime/open.ts'
import { reportOf } from './report.ts'

const folder = corpus('nist-pkits')

/** "Section1ValidSignaturesTest1" is the mail "SignedValidSignaturesTest1.eml"; the parts of a case share one. */
function mailOf({ name }: PkitsCase): string {
  return `Signed${name.replace(/^Section\d+/, '').replace(/Subpart\d+$/, '')}.eml`
}

async function reportOn(suite: PkitsSuite, test: PkitsCase, root: string): Promise<Report> {
  const mail = readFileSync(join(root, 'PKITS_data', 'smime', mailOf(test)))
  const message = expectSuccess(await openMessage(mail, { keys: [] }))
  const path = test.certs.map((name) => suite.certificates.get(name)).filter((certificate) => certificate !== undefined)
  // All there are: the mail of 4.14.18 is signed with the certificate of 4.14.19, whose lists are others.
  const crls = [...suite.crls.values()]
  const report = reportOf({
    message,
    anchors: path.slice(0, 1),
    intermediates: path.slice(1),
    at: pkitsTime,
    now: pkitsTime,
    revocation: { evidence: { crls, ocspResponses: [] }, gaps: new Map() },
    revocationRequired: true,
    policies: {
      ...(test.initial_policy_set === 'anyPolicy' ? {} : { initial: pkitsPolicies(test.initial_policy_set) }),
      explicit: test.initial_explicit_policy,
      inhibitMapping: test.initial_policy_mapping_inhibit,
      inhibitAny: test.initial_inhibit_any_policy,
    },
  })
  await message.discard()
  return report
}

/** The suite knows no addresses and no weakness. */
const beyondTheSuite = new Set([
  'certificate-without-address',
  'address-not-in-certificate',
  'weak-digest',
  'weak-signature-scheme',
  'withdrawn-algorithm',
])

function answerOf({ signers }: Report): string[] {
  return signers.flatMap(({ reasons }) => reasons.map(({ code }) => code)).filter((code) => !beyondTheSuite.has(code))
}

describe.skipIf(!folder)("the signed mails of NIST's path validation suite", () => {
  it('get from a report the answer that their certificates get, all 224 of them in 249 cases', async () => {
    const root = folder ?? ''
    const suite = readPkits(root)
    const wrong: string[] = []
    const mails = new Set<string>()
    for (const test of suite.tests) {
      const report = await reportOn(suite, test, root)
      mails.add(mailOf(test))
      const answer = answerOf(report)
      if (report.signers.length !== 1 || (answer.length === 0) !== test.should_validate) {
        wrong.push(`${test.test_number} ${mailOf(test)}: ${answer.join()}`)
      }
    }
    expect(wrong).toEqual([])
    expect(suite.tests).toHaveLength(249)
    expect(mails.size).toBe(readdirSync(join(root, 'PKITS_data', 'smime')).length)
  })

  it('are weak where they are signed with DSA, and broken where such a signature is false', async () => {
    const root = folder ?? ''
    const suite = readPkits(root)
    const reasons = async (number: string) => {
      const test = suite.tests.find(({ test_number }) => test_number === number)
      if (!test) throw new Error(`no case ${number}`)
      return (await reportOn(suite, test, root)).signers[0]?.reasons.map(({ code }) => code)
    }
    expect(await reasons('4.1.4')).toContain('weak-digest')
    expect(await reasons('4.1.5')).toContain('weak-digest')
    expect(await reasons('4.1.6')).toContain('bad-signature')
  })

  it('are broken where the key that verified them has other parameters than its chain says', async () => {
    const root = folder ?? ''
    const suite = readPkits(root)
    const test = suite.tests.find(({ test_number }) => test_number === '4.1.5')
    if (!test) throw new Error('no case 4.1.5')
    const message = expectSuccess(
      await openMessage(readFileSync(join(root, 'PKITS_data', 'smime', mailOf(test))), { keys: [] }),
    )
    const path = test.certs
      .map((name) => suite.certificates.get(name))
      .filter((certificate) => certificate !== undefined)
    const stateOf = (opened: typeof message) => {
      const at = pkitsTime
      const report = reportOf({ message: opened, anchors: path.slice(0, 1), intermediates: path.slice(1), at, now: at })
      return report.signers[0]
    }
    expect(message.signers[0]?.outcome.inheritedKey).toBeDefined()
    expect(stateOf(message)?.reasons.map(({ code }) => code)).not.toContain('signature-mismatch')
    const signers = message.signers.map((signer) => {
      const inheritedKey = Uint8Array.from(signer.outcome.inheritedKey ?? [])
      inheritedKey[inheritedKey.length - 1] = (inheritedKey.at(-1) ?? 0) ^ 1
      return { ...signer, outcome: { ...signer.outcome, inheritedKey } }
    })
    const forged = stateOf({ ...message, signers })
    expect(forged?.state).toBe('broken')
    expect(forged?.reasons.map(({ code }) => code)).toContain('signature-mismatch')
    await message.discard()
  })
})
