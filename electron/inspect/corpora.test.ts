import { readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { corpus } from '../../build/corpora.ts'
import { report as reportSchema } from '../../shared/contract/report.ts'
import { expectSuccess } from '../base/result.ts'
import { type Certificate, readCertificates } from '../certificates/certificate.ts'
import type { DecryptionKey } from '../smime/cms/read.ts'
import { openMessage } from '../smime/open.ts'
import { personOf } from '../smime/testPeople.ts'
import { reportOf } from './report.ts'

function certificateIn(...path: readonly string[]): Certificate {
  const [certificate] = expectSuccess(readCertificates(readFileSync(join(...path))))
  if (!certificate) throw new Error(`no certificate in ${path.join('/')}`)
  return certificate
}

async function judge(file: string, anchors: readonly Certificate[], at: Date, keys: readonly DecryptionKey[] = []) {
  const opened = await openMessage(readFileSync(file), { keys })
  if (!opened.ok) return { error: opened.error.code }
  const report = reportOf({ message: opened.value, anchors, intermediates: [], at, now: at })
  expect(reportSchema.safeParse(report).success, file).toBe(true)
  return { report, message: opened.value }
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile())
}

const people = corpus('rfc9216')
const rfc9788 = people && corpus('rfc9788')

describe.skipIf(!rfc9788)('the messages of RFC 9788', () => {
  const at = new Date('2025-01-01')
  const files = rfc9788 ? readdirSync(rfc9788).filter((name) => name.endsWith('.eml')) : []

  it.each(files)('%s', async (name) => {
    const anchors = [certificateIn(people ?? '', 'ca.rsa.crt')]
    const { report } = await judge(join(rfc9788 ?? '', name), anchors, at, [personOf(people ?? '', 'bob').decryption])
    if (name.includes('invalid')) {
      expect(report?.verdict).toMatchObject({ signature: 'broken', level: 'bad' })
      return
    }
    const encryption = name.includes('-enc-')
      ? { encryption: 'decrypted', authenticated: false }
      : { encryption: 'none' }
    expect(report?.verdict).toEqual({ signature: 'good', level: 'good', ...encryption })
    expect(report?.signers[0]?.chain.at(-1)?.anchor).toBe(true)
    expect(report?.findings.filter(({ severity }) => severity !== 'info')).toEqual([])
  })
})

const james = corpus('james-smime')

describe.skipIf(!james)('the mails of Apache James', () => {
  const folder = join(james ?? '', 'smime-test-resource-set')

  it.each([
    'mail_with_signature.eml',
    'mail-with-signature-and-multi-certs.eml',
    'mail_with_signature_and_content_type_xpkcs7mime.eml',
  ])('%s is intact', async (name) => {
    const anchors = [certificateIn(folder, 'rootCA.crt')]
    const { report } = await judge(join(folder, name), anchors, new Date('2020-06-01'))
    expect(report?.layers.map(({ state }) => state)).toEqual(['verified'])
    expect(report?.signers).toHaveLength(1)
    expect(report?.verdict.signature).not.toBe('none')
    expect(report?.verdict.signature).not.toBe('broken')
  })
})

const pkits = corpus('nist-pkits')

describe.skipIf(!pkits)('the signed messages of PKITS', () => {
  it('are all intact; forged chains are broken, and only valid ones are good', async () => {
    const root = join(pkits ?? '', 'PKITS_data')
    const anchors = [certificateIn(root, 'certs', 'TrustAnchorRootCertificate.crt')]
    const outcomes: Record<string, number> = {}
    const broken: string[] = []
    const good: string[] = []
    for (const file of filesBelow(join(root, 'smime'))) {
      const { report, message } = await judge(file, anchors, new Date('2011-04-15'))
      const outcome = message?.signers.map((signer) => signer.outcome.state).join() ?? 'unopened'
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1
      if (report?.verdict.signature === 'broken') broken.push(basename(file, '.eml'))
      if (report?.verdict.signature === 'good') good.push(basename(file, '.eml'))
    }
    expect(outcomes).toEqual({ verified: 224 })
    expect(broken.sort()).toEqual([
      'SignedInvalidCASignatureTest2',
      'SignedInvalidDSASignatureTest6',
      'SignedInvalidEESignatureTest3',
    ])
    // The few whose certificates name the sender, all of them meant to be valid.
    expect(good).toHaveLength(6)
    expect(good.every((name) => name.startsWith('SignedValid'))).toBe(true)
  })
})

describe.skipIf(!corpus('rfc4134') || !corpus('mimekit') || !corpus('openssl'))('mails of all kinds', () => {
  it('are opened and judged, or refused with a code', async () => {
    const folders = [corpus('rfc4134'), corpus('mimekit'), join(corpus('openssl') ?? '', 'test', 'smime-eml')]
    let judged = 0
    for (const file of folders.flatMap((folder) => filesBelow(folder ?? ''))) {
      const { report, error } = await judge(file, [], new Date('2020-06-01'))
      expect(report?.verdict.level ?? error).toBeTypeOf('string')
      expect(report?.verdict.level).not.toBe('good')
      if (report) judged++
    }
    expect(judged).toBeGreaterThan(50)
  })
})
