import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { corpus } from '../../../build/corpora.ts'
import { readPem } from '../../asn1/pem.ts'
import { systemRandom } from '../../base/random.ts'
import { expectSuccess } from '../../base/result.ts'
import { type Certificate, parseCertificate, readCertificates } from '../../certificates/certificate.ts'
import { openPrivateKey } from '../../crypto/privateKey.ts'
import { type ContentCipher, encrypt } from './encrypt.ts'
import { type DecryptionKey, readCms } from './read.ts'
import { signDetached } from './sign.ts'
import { signerOf } from './testPerson.ts'
import { type SignerOutcome, verifySigners } from './verify.ts'

function pemIn(file: string): Uint8Array {
  const bytes = readFileSync(file)
  return readPem(bytes.toString('latin1'))[0]?.bytes ?? bytes
}

async function outcomesOf(
  bytes: Uint8Array,
  detached: Uint8Array,
  extraCertificates: readonly Certificate[] = [],
): Promise<SignerOutcome[]> {
  const read = expectSuccess(await readCms(bytes, { keys: [] }))
  if (read.kind !== 'signed') throw new Error(read.kind)
  return verifySigners(read.signedData, read.content ?? detached, { extraCertificates })
}

const rfc4134 = corpus('rfc4134')

describe.skipIf(!rfc4134)('the examples of RFC 4134', () => {
  const file = (name: string): string => join(rfc4134 ?? '', 'bc-test-data', name)
  const certificate = (name: string): Certificate => expectSuccess(parseCertificate(readFileSync(file(`${name}.cer`))))
  const pair = (name: string, key: string): DecryptionKey => ({
    certificate: certificate(name),
    key: expectSuccess(openPrivateKey(readFileSync(file(`${key}.pri`)))),
  })

  // DSA isn't computed anywhere in Siegel: named, and neither good nor broken.
  const dsa = ['unsupported-algorithm', 'SHA-1', 'dsa-with-SHA1']
  const rsa = ['verified', 'SHA-1', 'RSA PKCS#1 v1.5']
  it.each([
    ['4.1', [dsa]],
    ['4.2', [rsa]],
    ['4.3', [dsa]],
    ['4.4', [dsa]],
    ['4.5', [rsa]],
    ['4.6', [dsa, dsa]],
    ['4.7', [dsa]],
    ['4.10', [dsa]],
    ['4.11', []],
  ])('§%s: signed', async (section, expected) => {
    const content = readFileSync(file('ExContent.bin'))
    const known = [certificate('AliceRSASignByCarl'), certificate('AliceDSSSignByCarlNoInherit')]
    const outcomes = await outcomesOf(readFileSync(file(`${section}.bin`)), content, known)
    expect(outcomes.map(({ state, digest, signature }) => [state, digest, signature])).toEqual(expected)
  })

  it('§5.1: TripleDES, for Bob', async () => {
    const keys = [pair('BobRSASignByCarl', 'BobPrivRSAEncrypt')]
    const read = expectSuccess(await readCms(readFileSync(file('5.1.bin')), { keys }))
    expect(read).toMatchObject({ kind: 'enveloped', cipher: '3DES-CBC', authenticated: false })
    expect(Buffer.from(read.content?.held ?? []).toString()).toBe('This is some sample content.')
  })

  it.each([
    ['5.2', 'RC2-CBC'],
    ['6.0', 'DigestedData'],
    ['7.1', 'EncryptedData'],
    ['7.2', 'EncryptedData'],
    ['3.1', 'data'],
  ])('§%s names %s, which Siegel does not open', async (section, algorithm) => {
    const keys = [pair('BobRSASignByCarl', 'BobPrivRSAEncrypt')]
    const read = await readCms(readFileSync(file(`${section}.bin`)), { keys })
    expect(!read.ok && read.error).toEqual({ code: 'unsupported-algorithm', algorithm })
  })
})

const openssl = corpus('openssl')

describe.skipIf(!openssl)("OpenSSL's broken messages", () => {
  const file = (name: string): string => join(openssl ?? '', 'test', 'recipes', '80-test_cms_data', name)

  it.each([
    ['no_ct_attr.cms', { code: 'missing-attribute', data: { attribute: 'contentType' } }],
    ['no_md_attr.cms', { code: 'missing-attribute', data: { attribute: 'messageDigest' } }],
    ['ct_multiple_attr.cms', { code: 'duplicate-attribute', data: { attribute: 'contentType' } }],
    ['bad_signtime_attr.cms', { code: 'unsigned-attribute', data: { attribute: 'signingTime' } }],
  ])('%s is malformed', async (name, reason) => {
    const [outcome] = await outcomesOf(readFileSync(file(name)), new Uint8Array())
    expect(outcome).toMatchObject({ state: 'malformed', reasons: [reason] })
  })

  it('pkcs7-md4.pem is named as what Siegel does not compute', async () => {
    const [outcome] = await outcomesOf(pemIn(file('pkcs7-md4.pem')), new Uint8Array())
    expect(outcome).toMatchObject({ state: 'unsupported-algorithm', digest: 'MD4', signature: 'RSA PKCS#1 v1.5' })
  })

  it('a signature verifies although the set of digest algorithms is empty', async () => {
    const mail = readFileSync(join(openssl ?? '', 'test', 'smime-eml', 'pkcs7-empty-digest-set.eml'), 'latin1')
    const base64 = /Content-Disposition: attachment; filename="smime.p7s"\s+([A-Za-z0-9+/=\s]+?)\s+------/.exec(
      mail,
    )?.[1]
    const signed = Buffer.from(base64 ?? '', 'base64')
    const read = expectSuccess(await readCms(signed, { keys: [] }))
    if (read.kind !== 'signed') throw new Error(read.kind)
    expect(read.signedData.digestAlgorithms).toEqual([])
    const content = Buffer.from('This is the content to be signed.\r\n')
    const [outcome] = await verifySigners(read.signedData, content)
    expect(outcome).toMatchObject({ state: 'verified', digest: 'SHA-256' })
  })

  it.each(['rsa', 'dh', 'ecdh'])('%s-malformed.der names its recipients to a stranger', async (name) => {
    const read = await readCms(readFileSync(file(`${name}-malformed.der`)), { keys: [] })
    expect(!read.ok && read.error.code).toBe('no-key')
  })

  it('ecdh-malformed.der does not crash for the one it is for', async () => {
    const certificate = expectSuccess(parseCertificate(pemIn(file('ecdh-cert.pem'))))
    const key = expectSuccess(openPrivateKey(pemIn(file('ecdh-key.pem'))))
    const read = await readCms(readFileSync(file('ecdh-malformed.der')), { keys: [{ certificate, key }] })
    // Its key agreement lacks the key wrap algorithm.
    expect(!read.ok && read.error.code).toBe('unsupported-algorithm')
  })
})

const rfc9216 = corpus('rfc9216')

describe.skipIf(!rfc9216)('the people of RFC 9216', () => {
  const pair = (name: string, purpose: 'sign' | 'encrypt'): DecryptionKey => {
    const [certificate] = expectSuccess(readCertificates(readFileSync(join(rfc9216 ?? '', `${name}.${purpose}.crt`))))
    if (!certificate) throw new Error('no certificate')
    const key = expectSuccess(openPrivateKey(pemIn(join(rfc9216 ?? '', `${name}.${purpose}.key`))))
    return { certificate, key }
  }
  const people = ['alice', 'bob', 'carlos', 'dana']
  const letter = Buffer.from('Content-Type: text/plain\r\n\r\nHello.\r\n')

  it.each(people)('%s signs', async (name) => {
    const [outcome] = await outcomesOf(await signDetached([letter], signerOf(pair(name, 'sign'))), letter)
    expect(outcome).toMatchObject({ state: 'verified', reasons: [] })
  })

  it.each(people)('%s reads what the others write', async (name) => {
    const everybody = people.map((person) => ({ certificate: pair(person, 'encrypt').certificate }))
    for (const cipher of ['aes-256-cbc', 'aes-128-gcm'] satisfies ContentCipher[]) {
      const sealed = encrypt([letter], { recipients: everybody, cipher, random: systemRandom })
      const read = expectSuccess(await readCms(expectSuccess(sealed), { keys: [pair(name, 'encrypt')] }))
      expect(Buffer.from(read.content?.held ?? []).equals(letter)).toBe(true)
    }
  })
})
