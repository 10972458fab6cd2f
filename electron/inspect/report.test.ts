import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { hasOpenssl } from '../../build/openssl.ts'
import { report as reportSchema } from '../../shared/contract/report.ts'
import { writePem } from '../asn1/pem.ts'
import { concatBytes, latin1Bytes, latin1Text } from '../base/bytes.ts'
import { systemRandom } from '../base/random.ts'
import { expectSuccess } from '../base/result.ts'
import type { Certificate } from '../certificates/certificate.ts'
import { type TestEntity, type TestOverrides, testAuthority, testNow, testPerson } from '../certificates/testPki.ts'
import type { DecryptionKey } from '../smime/cms/read.ts'
import { openMessage } from '../smime/open.ts'
import { type Letter, type SealOptions, sealLetter } from '../smime/seal.ts'
import { type ReportQuestion, reportOf } from './report.ts'
import { verifiedSignersOf } from './verifiedSigner.ts'

let root: TestEntity
let middle: TestEntity
let anna: TestEntity
let jonas: TestEntity

beforeAll(async () => {
  root = await testAuthority('Root')
  middle = await testAuthority('Middle', { issuer: root })
  anna = await testPerson('anna@sandbox.example', { issuer: middle })
  jonas = await testPerson('jonas@sandbox.example', { issuer: middle })
})

const letter: Letter = {
  from: { name: 'Anna Berger', address: 'anna@sandbox.example' },
  to: [{ address: 'jonas@sandbox.example' }],
  cc: [],
  subject: 'The harvest',
  date: testNow,
  messageId: '<1@sandbox.example>',
  text: 'Dear Jonas,\r\nall is well.\r\n',
  attachments: [],
}

function signedBy(
  signer: TestEntity,
  chain: readonly Certificate[] = [middle.certificate],
): NonNullable<SealOptions['sign']> {
  return { certificate: signer.certificate, chain, key: signer.key, signingTime: testNow }
}

async function sealed(options: Partial<SealOptions>, changes: Partial<Letter> = {}): Promise<Uint8Array> {
  const message = expectSuccess(await sealLetter({ ...letter, ...changes }, { random: systemRandom, ...options }))
  const chunks: Uint8Array[] = []
  for await (const chunk of message) chunks.push(chunk)
  return concatBytes(...chunks)
}

async function judged(bytes: Uint8Array, question: Partial<ReportQuestion> = {}, keys: readonly DecryptionKey[] = []) {
  const message = expectSuccess(await openMessage(bytes, { keys }))
  const anchors = [root.certificate]
  const report = reportOf({ message, anchors, intermediates: [], at: testNow, now: testNow, ...question })
  // The contract would refuse anything else on its way out.
  expect(reportSchema.parse(report)).toEqual(report)
  return { message, report, signature: report.verdict.signature, level: report.verdict.level }
}

function changed(bytes: Uint8Array, from: string, to: string): Uint8Array {
  const text = latin1Text(bytes)
  expect(text).toContain(from)
  return latin1Bytes(text.replace(from, to))
}

const codes = (entries: readonly { code: string }[]) => entries.map(({ code }) => code)

describe('the report on a signed letter', () => {
  it('is good when everything holds, and tells only what was not checked', async () => {
    const { report } = await judged(await sealed({ sign: signedBy(anna) }))
    expect(report.verdict).toEqual({ signature: 'good', encryption: 'none', level: 'good' })
    expect(codes(report.findings)).toEqual(['revocation-not-checked'])
    expect(report.signers).toMatchObject([
      {
        emails: ['anna@sandbox.example'],
        subject: 'CN=anna@sandbox.example',
        sha256: anna.certificate.sha256,
        algorithm: 'ECDSA P-256, SHA-256',
        signingTime: '2026-06-01T12:00:00.000Z',
        chain: [{ name: 'anna@sandbox.example', anchor: false }, { name: 'Middle' }, { name: 'Root', anchor: true }],
        state: 'good',
        reasons: [],
      },
    ])
  })

  it('is broken when a letter of the text was changed', async () => {
    const bytes = await sealed({ sign: signedBy(anna) })
    const { signature, level, report } = await judged(changed(bytes, 'all is well', 'all is hell'))
    expect([signature, level]).toEqual(['broken', 'bad'])
    expect(codes(report.signers[0]?.reasons ?? [])).toContain('digest-mismatch')
  })

  it("is a mismatch when the certificate is somebody else's", async () => {
    const { signature, level, report } = await judged(await sealed({ sign: signedBy(jonas) }))
    expect([signature, level]).toEqual(['address-mismatch', 'bad'])
    expect(report.signers[0]?.reasons).toEqual([
      {
        code: 'address-not-in-certificate',
        data: { addresses: ['anna@sandbox.example'], emails: ['jonas@sandbox.example'] },
      },
    ])
  })

  it('is of an unknown issuer without the anchor, and without the certificates in between', async () => {
    const bytes = await sealed({ sign: signedBy(anna) })
    expect(await judged(bytes, { anchors: [] })).toMatchObject({ signature: 'unknown-issuer', level: 'caution' })
    const alone = await sealed({ sign: signedBy(anna, []) })
    expect(await judged(alone)).toMatchObject({ signature: 'unknown-issuer' })
    expect(await judged(alone, { intermediates: [middle.certificate] })).toMatchObject({ signature: 'good' })
  })

  it('is expired afterwards, and tells that it was valid when it says it was signed', async () => {
    const { signature, level, report } = await judged(await sealed({ sign: signedBy(anna) }), {
      at: new Date('2028-01-01'),
    })
    expect([signature, level]).toEqual(['expired', 'caution'])
    expect(report.signers[0]?.reasons[0]).toMatchObject({
      code: 'expired',
      link: 0,
      data: { validWhenSigned: true, signingTime: '2026-06-01T12:00:00.000Z' },
    })
    expect(codes(report.findings)).toContain('valid-when-signed')
  })

  it.each<[string, TestOverrides, string]>([
    ['made for TLS', { extendedKeyUsage: ['1.3.6.1.5.5.7.3.1'] }, 'wrong-purpose'],
    ['that may only encrypt', { keyUsage: ['keyAgreement'] }, 'wrong-purpose'],
    ['that begins later', { notBefore: new Date('2026-07-01') }, 'not-yet-valid'],
    ['signed with SHA-1', { scheme: { kind: 'ecdsa', digest: 'sha1' } }, 'weak-algorithm'],
    ['with the address in the subject only', { subject: { emailAddress: 'anna@sandbox.example' }, emails: [] }, 'good'],
    ['without any address', { emails: [] }, 'address-mismatch'],
  ])('judges a certificate %s', async (_, overrides, expected) => {
    const odd = await testPerson('anna@sandbox.example', { issuer: middle }, overrides)
    expect((await judged(await sealed({ sign: signedBy(odd) }))).signature).toBe(expected)
  })

  it('knows addresses beyond ASCII', async () => {
    const address = 'jürgen@bücher.example'
    const person = await testPerson(address, { issuer: middle })
    const bytes = await sealed({ sign: signedBy(person) }, { from: { address } })
    expect(await judged(bytes)).toMatchObject({ signature: 'good' })
  })

  it('does not take a look-alike for the sender', async () => {
    // A Cyrillic "а" in the certificate's domain.
    const person = await testPerson('anna@sаndbox.example', { issuer: middle })
    expect(await judged(await sealed({ sign: signedBy(person) }))).toMatchObject({ signature: 'address-mismatch' })
    const own = await sealed({ sign: signedBy(person) }, { from: { address: 'anna@sаndbox.example' } })
    const { signature, report } = await judged(own)
    expect(signature).toBe('good')
    expect(codes(report.findings)).toContain('mixed-script-address')
  })

  it('notices a From that was changed or added on the way, where the header is not protected', async () => {
    const bytes = await sealed({ sign: signedBy(anna), headerProtection: false })
    expect(await judged(bytes)).toMatchObject({ signature: 'good' })
    const forged = changed(bytes, '<anna@sandbox.example>', '<chief@sandbox.example>')
    expect(await judged(forged)).toMatchObject({ signature: 'address-mismatch', level: 'bad' })
    const second = concatBytes(latin1Bytes('From: chief@sandbox.example\r\n'), bytes)
    expect(await judged(second)).toMatchObject({ signature: 'address-mismatch', level: 'bad' })
    const none = await judged(latin1Bytes(latin1Text(bytes).replace(/^From: .*\r\n/m, '')))
    expect(none).toMatchObject({ signature: 'address-mismatch', level: 'caution' })
    expect(codes(none.report.findings)).toContain('no-from')
    const { report } = await judged(bytes)
    expect(codes(report.findings)).toContain('headers-not-protected')
  })

  it('tells a signature over a part from one over the whole', async () => {
    const inner = latin1Text(await sealed({ sign: signedBy(anna), headerProtection: false }))
    const start = inner.indexOf('Content-Type: multipart/signed')
    const header = inner
      .slice(0, start)
      .replace(/^MIME-Version.*\r\n/m, '')
      .trimEnd()
    const list = `${header}\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=list\r\n\r\n--list\r\n${inner.slice(start).trimEnd()}\r\n--list\r\nContent-Type: text/plain\r\n\r\nYou get this mail because you pay: send money to ...\r\n--list--\r\n`
    const { signature, level, report } = await judged(latin1Bytes(list))
    expect([signature, level]).toEqual(['none', 'caution'])
    expect(codes(report.findings)).toContain('partly-signed')
    expect(report.signers[0]).toMatchObject({ state: 'good', reasons: [{ code: 'signature-covers-part' }] })
  })

  it('tells a signature that cannot be read from none', async () => {
    const bytes = await sealed({ sign: signedBy(anna), headerProtection: false })
    const garbled = latin1Bytes(
      latin1Text(bytes).replace(/(filename=smime\.p7s\r\n\r\n)[A-Za-z0-9+/=\r\n]{40}/, '$1AAAA'),
    )
    expect(await judged(garbled)).toMatchObject({ signature: 'malformed', level: 'bad' })
    expect(await judged(await sealed({}))).toMatchObject({ signature: 'none', level: 'neutral' })
  })

  it.skipIf(!hasOpenssl)('gives no name for a signature whose certificate is missing', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'siegel-report-'))
    try {
      writeFileSync(join(folder, 'cert'), writePem('CERTIFICATE', anna.certificate.der))
      writeFileSync(join(folder, 'key'), writePem('PRIVATE KEY', anna.pkcs8))
      writeFileSync(join(folder, 'text'), 'Content-Type: text/plain\r\n\r\nDear Jonas\r\n')
      const signing = 'cms -sign -nocerts -in text -signer cert -inkey key -from anna@sandbox.example'
      const bytes = execFileSync('openssl', signing.split(' '), { cwd: folder })
      const { signature, level, report } = await judged(bytes)
      expect([signature, level]).toEqual(['malformed', 'caution'])
      expect(report.signers).toMatchObject([{ subject: '', sha256: '', emails: [], state: 'malformed' }])
      expect(codes(report.signers[0]?.reasons ?? [])).toEqual(['signer-certificate-missing'])
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it('tells a clock that runs ahead', async () => {
    const later = { ...signedBy(anna), signingTime: new Date('2026-09-01') }
    const { report } = await judged(await sealed({ sign: later }))
    expect(codes(report.findings)).toContain('signing-time-in-future')
  })

  it.each([
    'chief@bank.example',
    'anna@sandbox.example, chief@bank.example',
    'chief＠bank.example',
    '[chief@bank.example]',
    'It is chief@bank.example!',
  ])('tells an address in the name %s that is not the real one', async (name) => {
    const from = { name, address: 'anna@sandbox.example' }
    const { report } = await judged(await sealed({ sign: signedBy(anna) }, { from }))
    expect(report.findings.find(({ code }) => code === 'address-in-display-name')).toMatchObject({
      severity: 'warning',
      data: { name, address: 'anna@sandbox.example' },
    })
  })
})

describe('the report on an encrypted letter', () => {
  const forJonas = (cipher: 'aes-256-gcm' | 'aes-256-cbc') => ({
    recipients: [{ certificate: jonas.certificate }],
    cipher,
  })
  const keys = () => [{ certificate: jonas.certificate, key: jonas.key }]

  it('is good when it is signed too', async () => {
    const bytes = await sealed({ sign: signedBy(anna), encrypt: forJonas('aes-256-gcm') })
    const { report, message } = await judged(bytes, {}, keys())
    expect(report.verdict).toEqual({ signature: 'good', encryption: 'decrypted', authenticated: true, level: 'good' })
    expect(message.subject).toBe('The harvest')
  })

  it('is told to lack a key', async () => {
    const bytes = await sealed({ sign: signedBy(anna), encrypt: forJonas('aes-256-gcm') })
    expect((await judged(bytes)).report.verdict).toEqual({ signature: 'none', encryption: 'no-key', level: 'neutral' })
  })

  it('proves nothing about its sender without a signature', async () => {
    const authenticated = await judged(await sealed({ encrypt: forJonas('aes-256-gcm') }), {}, keys())
    expect(authenticated.report.verdict).toMatchObject({ signature: 'none', authenticated: true, level: 'neutral' })
    expect(codes(authenticated.report.findings)).toContain('encrypted-not-signed')
    const cbc = await judged(await sealed({ encrypt: forJonas('aes-256-cbc') }), {}, keys())
    expect(cbc.report.verdict).toMatchObject({ authenticated: false, level: 'caution' })
    expect(cbc.report.findings.find(({ code }) => code === 'encryption-not-authenticated')).toMatchObject({
      severity: 'warning',
      data: { cipher: 'AES-256-CBC' },
    })
  })
})

describe('what a signer’s certificate proves', () => {
  it('is told where its signature is right and somebody trusted vouches for it, and nowhere else', async () => {
    const bytes = await sealed({ sign: signedBy(anna) })
    const proven = async (mail: Uint8Array, question: Partial<ReportQuestion> = {}) =>
      (await judged(mail, question)).report.signers.map(({ proves }) => proves)
    expect(await proven(bytes)).toEqual(['address'])
    expect(await proven(bytes, { anchors: [] })).toEqual([undefined])
    expect(await proven(changed(bytes, 'all is well', 'all is hell'))).toEqual([undefined])
  })
})

describe('the report on a stolen ciphertext', () => {
  it('is a caution, whoever signed around it', async () => {
    const recipients = [{ certificate: jonas.certificate }]
    const letterBytes = await sealed({ encrypt: { recipients, cipher: 'aes-256-gcm' } })
    const text = latin1Text(letterBytes)
    const part = text.slice(text.search(/Content-Type: application\/pkcs7-mime/))
    const bytes = ['From: m@evil.example', 'Content-Type: multipart/mixed; boundary=m', '', '--m', part, '--m--', '']
    const keys = [{ certificate: jonas.certificate, key: jonas.key }]
    const { report, level } = await judged(latin1Bytes(bytes.join('\r\n')), {}, keys)
    expect([report.verdict.encryption, level]).toEqual(['decrypted', 'caution'])
  })
})

describe('signers for the address book', () => {
  it('are those whose signature is good, with the CAs that came along', async () => {
    const { message, report } = await judged(await sealed({ sign: signedBy(anna) }))
    expect(verifiedSignersOf(message, report)).toMatchObject([
      {
        certificate: anna.certificate,
        chain: [middle.certificate],
        emails: ['anna@sandbox.example'],
        from: { name: 'Anna Berger', address: 'anna@sandbox.example' },
        subject: 'The harvest',
        date: testNow,
      },
    ])
  })

  it('are none when anything is wrong', async () => {
    const bytes = await sealed({ sign: signedBy(anna) })
    for (const [wrong, question] of [
      [bytes, { anchors: [] }],
      [changed(bytes, 'all is well', 'all is hell'), {}],
      [await sealed({ sign: signedBy(jonas) }), {}],
      [await sealed({}), {}],
    ] as const) {
      const { message, report } = await judged(wrong, question)
      expect(verifiedSignersOf(message, report)).toEqual([])
    }
  })
})
