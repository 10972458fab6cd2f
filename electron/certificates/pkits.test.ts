import { describe, expect, it } from 'vitest'
import { corpus } from '../../build/corpora.ts'
import { type PathResult, validatePath } from './path.ts'
import type { RevocationDemand } from './revocation/evidence.ts'
import { type PkitsCase, type PkitsSuite, pkitsPolicies, pkitsTime, readPkits } from './testPkits.ts'

const folder = corpus('nist-pkits')

interface Outcome {
  readonly test: PkitsCase
  readonly result: PathResult
}

/** Every case with the lists that it names, or with all that there are. */
function outcomes(
  { tests, certificates, crls }: PkitsSuite,
  lists: 'its own' | 'all',
  mode: RevocationDemand['mode'] = 'required',
): Outcome[] {
  return tests.map((test) => {
    const path = test.certs.map((name) => certificates.get(name)).filter((certificate) => certificate !== undefined)
    const [anchor] = path
    const leaf = path.at(-1)
    if (!anchor || !leaf) throw new Error(`no certificates in ${test.test_number}`)
    const own = test.crls.map((name) => crls.get(name)).filter((list) => list !== undefined)
    const result = validatePath({
      leaf,
      intermediates: path.slice(1, -1),
      anchors: [anchor],
      at: pkitsTime,
      purpose: 'any',
      policies: {
        ...(test.initial_policy_set === 'anyPolicy' ? {} : { initial: pkitsPolicies(test.initial_policy_set) }),
        explicit: test.initial_explicit_policy,
        inhibitMapping: test.initial_policy_mapping_inhibit,
        inhibitAny: test.initial_inhibit_any_policy,
      },
      revocation: { evidence: { crls: lists === 'all' ? [...crls.values()] : own, ocspResponses: [] }, mode },
    })
    return { test, result }
  })
}

/** The suite knows no weakness: what is only withdrawn is valid there. */
function isValidThere({ reasons }: PathResult): boolean {
  return reasons.every(({ code }) => code === 'withdrawn-algorithm')
}

function disagreements(all: readonly Outcome[]): string[] {
  return all
    .filter(({ test, result }) => isValidThere(result) !== test.should_validate)
    .map(({ test, result }) => `${test.test_number} ${test.name}: ${reasonsOf(result)}`)
}

/** "0 revoked keyCompromise", "0 revocation-unknown outdated", … */
function reasonsOf({ reasons }: PathResult): string {
  return reasons.map(({ link, code, data }) => `${link} ${code} ${data['reason'] ?? data['why'] ?? ''}`.trim()).join()
}

/** What turns a case of the suites about lists down, where anything does. */
const revocationReasons: Readonly<Record<string, string>> = {
  // Without a list that may be used: missing, badly signed, of another issuer, with a condition that nobody knows.
  '4.4.1': '0 revocation-unknown no-source',
  '4.4.2': '1 revoked keyCompromise',
  '4.4.3': '0 revoked keyCompromise',
  '4.4.4': '0 revocation-unknown not-trusted',
  '4.4.5': '0 revocation-unknown no-source',
  '4.4.6': '0 revocation-unknown no-source',
  '4.4.8': '0 revocation-unknown no-source',
  '4.4.9': '0 revocation-unknown no-source',
  '4.4.10': '0 revocation-unknown no-source',
  '4.4.11': '0 revocation-unknown outdated',
  '4.4.12': '0 revocation-unknown outdated',
  '4.4.15': '0 revoked keyCompromise',
  '4.4.18': '0 revoked keyCompromise',
  '4.4.20': '0 revoked keyCompromise',
  // The certificate that signs the list was revoked itself.
  '4.4.21': '0 revocation-unknown not-trusted',
  '4.5.2': '0 revoked keyCompromise',
  '4.5.5': '0 revoked keyCompromise',
  '4.5.7': '0 revoked keyCompromise',
  // A key for signing lists, used to sign a certificate.
  '4.5.8': '1 not-a-ca,1 missing-key-cert-sign',
  // A key that may not sign lists.
  '4.7.4': '0 revocation-unknown not-trusted',
  '4.7.5': '0 revocation-unknown not-trusted',
  '4.14.2': '0 revoked keyCompromise',
  '4.14.3': '0 revocation-unknown no-source',
  '4.14.6': '0 revoked keyCompromise',
  '4.14.8': '0 revocation-unknown no-source',
  '4.14.9': '0 revocation-unknown no-source',
  // Lists of users, of CAs, and of attributes only.
  '4.14.11': '0 revocation-unknown no-source',
  '4.14.12': '0 revocation-unknown no-source',
  '4.14.14': '0 revocation-unknown no-source',
  '4.14.15': '0 revoked keyCompromise',
  '4.14.16': '0 revoked certificateHold',
  '4.14.17': '0 revocation-unknown partial',
  '4.14.20': '0 revoked keyCompromise',
  '4.14.21': '0 revoked affiliationChanged',
  '4.14.23': '0 revoked keyCompromise',
  '4.14.26': '0 revocation-unknown no-source',
  '4.14.27': '0 revocation-unknown no-source',
  '4.14.31': '0 revoked keyCompromise',
  '4.14.32': '0 revoked keyCompromise',
  '4.14.34': '0 revoked keyCompromise',
  '4.14.35': '0 revocation-unknown no-source',
  // Deltas: without their base, and with a base that they don't continue.
  '4.15.1': '0 revocation-unknown no-source',
  '4.15.3': '0 revoked keyCompromise',
  '4.15.4': '0 revoked keyCompromise',
  '4.15.6': '0 revoked keyCompromise',
  '4.15.9': '0 revoked keyCompromise',
  '4.15.10': '0 revocation-unknown outdated',
}

describe.skipIf(!folder)("NIST's path validation suite", () => {
  const suite = folder ? readPkits(folder) : undefined
  const all = suite ? outcomes(suite, 'its own') : []

  it('agrees in all 249 cases', () => {
    expect(all).toHaveLength(249)
    expect(disagreements(all)).toEqual([])
  })

  it('agrees in all cases whatever other lists are about', () => {
    expect(suite && disagreements(outcomes(suite, 'all'))).toEqual([])
  })

  it('is refused for the right reason wherever it turns on a list', () => {
    const refused = all.filter(
      ({ test }) => /PkitsTest(04|05|14|15)/.test(test.suite) || test.test_number in revocationReasons,
    )
    const found = refused
      .filter(({ test }) => !test.should_validate)
      .map(({ test, result }) => [test.test_number, reasonsOf(result)])
    expect(Object.fromEntries(found)).toEqual(revocationReasons)
  })

  it('ends in the policies that it names (RFC 5280 §6.1.6)', () => {
    const valid = all.filter(({ test }) => test.should_validate && /PkitsTest(08|09|10|11|12)/.test(test.suite))
    const wrong = valid.filter(
      ({ test, result }) =>
        result.policies?.toSorted().join() !== pkitsPolicies(test.user_constrained_policy_set).join(),
    )
    expect(valid).toHaveLength(45)
    expect(wrong.map(({ test, result }) => [test.test_number, result.policies])).toEqual([])
  })

  it('says of every certificate below the anchor what the lists say', () => {
    const counts = all.map(({ result }) => [result.revocation.length, result.anchored ? result.path.length - 1 : 0])
    const wrong = counts.filter(([found, expected]) => found !== 0 && found !== expected)
    expect(wrong).toEqual([])
  })

  it('counts as withdrawn what DSA signed', () => {
    const dsa = all.filter(({ test }) => ['4.1.4', '4.1.5', '4.1.6'].includes(test.test_number))
    expect(dsa.map(({ result }) => result.state)).toEqual(['weak-algorithm', 'weak-algorithm', 'broken'])
  })

  it('is valid for who only wants to hear of revocations, unless there was one', () => {
    const informed = suite ? outcomes(suite, 'its own', 'informative') : []
    const unknown = informed.filter(({ test }) => revocationReasons[test.test_number]?.includes('revocation-unknown'))
    expect([...new Set(unknown.map(({ result }) => result.state))]).toEqual(['valid'])
    const revoked = informed.filter(({ test }) => revocationReasons[test.test_number]?.includes(' revoked '))
    expect([...new Set(revoked.map(({ result }) => result.state))]).toEqual(['revoked'])
  })
})
