/**
 * Every example of RFC 4134 ("Examples of S/MIME Messages"), opened with Bob's and Diane's keys. Its signatures by DSA and over
 * SHA-1 are verified, named, and never good.
 */

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { corpus } from '../../../build/corpora.ts'
import { utf8Bytes, utf8Text } from '../../base/bytes.ts'
import { expectSuccess } from '../../base/result.ts'
import { type Certificate, parseCertificate } from '../../certificates/certificate.ts'
import { openPrivateKey } from '../../crypto/privateKey.ts'
import { reportOf } from '../../inspect/report.ts'
import { base64Lines } from '../../mime/canonical.ts'
import { type DecryptionKey, readCms } from '../cms/read.ts'
import { verifySigners } from '../cms/verify.ts'
import { openMessage } from '../open.ts'
import { contentOf, outcomeOf } from './testOutcome.ts'

const folder = corpus('rfc4134')
const bytesOf = (name: string): Uint8Array => readFileSync(join(folder ?? '', 'bc-test-data', name))
const certificateOf = (name: string): Certificate => expectSuccess(parseCertificate(bytesOf(`${name}.cer`)))
const pairOf = (name: string, key: string): DecryptionKey => ({
  certificate: certificateOf(name),
  key: expectSuccess(openPrivateKey(bytesOf(`${key}.pri`))),
})
const keysOf = (): DecryptionKey[] => [
  pairOf('BobRSASignByCarl', 'BobPrivRSAEncrypt'),
  pairOf('DianeRSASignByCarl', 'DianePrivRSASignEncrypt'),
]

const sample = 'This is some sample content.'
const bare = ['content-without-headers', 'no-mail-header']
const dsa = 'signed · verified · SHA-1 · DSA'
const rsa = 'signed · verified · SHA-1 · RSA PKCS#1 v1.5'
const shown = 'text/plain · 28'
const byDsa = { layers: [dsa], signers: ['verified'], parts: [`${shown} · signed`], notes: bare }
const byRsa = { layers: [rsa], signers: ['verified'], parts: [`${shown} · signed`], notes: bare }
const tripleDes = { layers: ['enveloped · decrypted · 3DES-CBC · RSA PKCS#1 v1.5'], signers: [], parts: [shown] }

const examples: readonly [string, string, object | string][] = [
  // Not a layer: whoever reads `data` alone has read nothing that is protected.
  ['3.1', 'data in BER', 'not-a-message'],
  ['3.2', 'data in DER', 'not-a-message'],
  ['4.1', 'DSA over SHA-1', byDsa],
  ['4.2', 'RSA over SHA-1', byRsa],
  [
    '4.3',
    'a detached signature alone',
    {
      layers: ['signed · malformed'],
      signers: [],
      parts: ['application/octet-stream · 891 · smime.p7m'],
      notes: ['signature-without-content', 'no-mail-header'],
    },
  ],
  ['4.4', 'DSA with attributes, CRL and countersignature', byDsa],
  ['4.5', "RSA with the root's certificate, in BER", byRsa],
  // Diane's key has its parameters from Carl's certificate, which the message doesn't bring.
  [
    '4.6',
    'two signers by DSA',
    {
      ...byDsa,
      layers: [dsa.replace('verified', 'unsupported-algorithm')],
      signers: ['verified', 'unsupported-algorithm'],
    },
  ],
  ['4.7', 'a signer named by the subject key identifier', byDsa],
  ['4.8.eml', 'multipart/signed by DSA', { ...byDsa, layers: [`clear-${dsa}`], notes: ['line-ends-restored'] }],
  // Its content begins with an empty line: no header, and CRLF belongs to what is shown.
  ['4.9.eml', 'a signed mail', { ...byDsa, parts: ['text/plain · 30 · signed'], notes: ['content-without-headers'] }],
  ['4.10', 'DSA with an unknown attribute, a label and a history of mailing lists', byDsa],
  [
    '4.11',
    'certificates only',
    {
      layers: ['certs-only · unpacked'],
      signers: [],
      parts: ['application/octet-stream · 1676 · smime.p7m'],
      notes: ['no-mail-header'],
    },
  ],
  ['5.1', 'TripleDES for Bob', { ...tripleDes, notes: bare }],
  [
    '5.2',
    'RC2 for Bob',
    {
      layers: ['enveloped · decrypted · RC2-CBC (40 bits) · RSA PKCS#1 v1.5'],
      signers: [],
      parts: ['text/plain · 28'],
      notes: bare,
    },
  ],
  ['5.3.eml', 'a mail with TripleDES for Bob', { ...tripleDes, notes: ['content-without-headers'] }],
  ['6.0', 'DigestedData', 'not-a-message'],
  ['7.1', 'EncryptedData', 'not-a-message'],
  ['7.2', 'EncryptedData with attributes', 'not-a-message'],
]

const fileOf = (name: string): string => (name.endsWith('.eml') ? name : `${name}.bin`)

describe.skipIf(!folder)('the examples of RFC 4134', () => {
  it.each(examples)('§%s: %s', async (name, _, expected) => {
    expect(await outcomeOf(await openMessage(bytesOf(fileOf(name)), { keys: keysOf() }))).toEqual(expected)
  })

  it('are all here', () => {
    const files = readdirSync(join(folder ?? '', 'bc-test-data')).filter((name) => /^\d.*\.(bin|eml)$/.test(name))
    expect(files.sort()).toEqual(examples.map(([name]) => fileOf(name)).sort())
  })

  it.each(examples.filter(([, , expected]) => JSON.stringify(expected).includes(shown)))(
    '§%s shows the sample content',
    async (name) => {
      const message = expectSuccess(await openMessage(bytesOf(fileOf(name)), { keys: keysOf() }))
      expect(await Promise.all(message.parts.map(async (part) => utf8Text(await contentOf(part))))).toEqual([sample])
    },
  )

  it('§4.6 verifies both signers once the certificate is at hand that has the parameters', async () => {
    const read = expectSuccess(await readCms(bytesOf('4.6.bin'), { keys: [] }))
    if (read.kind !== 'signed' || !read.content) throw new Error(read.kind)
    const extraCertificates = [certificateOf('CarlDSSSelf')]
    const outcomes = await verifySigners(read.signedData, read.content, { extraCertificates })
    expect(outcomes.map(({ state }) => state)).toEqual(['verified', 'verified'])
  })

  it.each(['4.2', '4.5'])('§%s is intact and weak, never good', async (name) => {
    const header =
      'From: AliceRSA@example.com\r\nContent-Type: application/pkcs7-mime\r\nContent-Transfer-Encoding: base64'
    const mail = utf8Bytes(`${header}\r\n\r\n${base64Lines(bytesOf(`${name}.bin`))}`)
    const message = expectSuccess(await openMessage(mail, { keys: [] }))
    const at = new Date('2005-07-01')
    const report = reportOf({ message, anchors: [certificateOf('CarlRSASelf')], intermediates: [], at, now: at })
    expect(report.verdict).toMatchObject({ signature: 'weak-algorithm', level: 'caution' })
    expect(report.signers[0]?.chain.at(-1)).toMatchObject({ anchor: true })
  })

  it('§5.1 is closed to Diane, and says for whom it is', async () => {
    const keys = [pairOf('DianeRSASignByCarl', 'DianePrivRSASignEncrypt')]
    const message = expectSuccess(await openMessage(bytesOf('5.1.bin'), { keys }))
    expect(message.encryption).toBe('no-key')
    expect(message.layers[0]?.recipients).toEqual([
      {
        issuer: 'CN=CarlRSA',
        serial: '46346bc7800056bc11d36e2ecd5d71d0',
        keyManagement: 'RSA PKCS#1 v1.5',
        mine: false,
      },
    ])
  })

  it('§4.3 belongs to the sample content, and to no other', async () => {
    const read = expectSuccess(await readCms(bytesOf('4.3.bin'), { keys: [] }))
    if (read.kind !== 'signed') throw new Error(read.kind)
    expect(read.content).toBeUndefined()
    // Without attributes only the signature itself knows the content.
    const [outcome] = await verifySigners(read.signedData, bytesOf('ExContent.bin'))
    expect(outcome).toMatchObject({ state: 'verified', signature: 'DSA' })
    const [other] = await verifySigners(read.signedData, bytesOf('4.1.bin'))
    expect(other).toMatchObject({ state: 'broken', signature: 'DSA' })
  })

  it('§4.4 with another digest of the content is broken', async () => {
    const read = expectSuccess(await readCms(bytesOf('4.4.bin'), { keys: [] }))
    if (read.kind !== 'signed') throw new Error(read.kind)
    const [outcome] = await verifySigners(read.signedData, bytesOf('4.1.bin'))
    expect(outcome).toMatchObject({ state: 'broken', reasons: [{ code: 'digest-mismatch', data: {} }] })
    expect(outcome?.signingTime?.getUTCFullYear()).toBe(2003)
  })

  it.each([
    ['3.1', 'data'],
    ['6.0', 'DigestedData'],
    ['7.1', 'EncryptedData'],
    ['7.2', 'EncryptedData'],
  ])('§%s is named as %s by the CMS reader', async (name, algorithm) => {
    const read = await readCms(bytesOf(`${name}.bin`), { keys: [] })
    expect(!read.ok && read.error).toEqual({ code: 'unsupported-algorithm', algorithm })
  })
})
