import { describe, expect, it } from 'vitest'
import { writePem } from '../../asn1/pem.ts'
import { base64Bytes, base64Text, utf8Bytes } from '../../base/bytes.ts'
import { expectSuccess } from '../../base/result.ts'
import { readCertificates } from '../../certificates/certificate.ts'
import { testAuthority, testPerson } from '../../certificates/testPki.ts'
import { clientOf, failureOf, testServices } from '../testServices.ts'

const root = await testAuthority('Root')
const between = await testAuthority('Between', { issuer: root })
const anna = await testPerson('anna@example.org', { issuer: between })
const jonas = await testPerson('jonas@example.org', { issuer: between })
const pemOf = (...people: readonly { readonly certificate: { readonly der: Uint8Array } }[]) =>
  people.map(({ certificate }) => writePem('CERTIFICATE', certificate.der)).join('')
const file = { bytes: base64Text(utf8Bytes(pemOf(root, between, anna))) }
const names = (bytes: Uint8Array) => expectSuccess(readCertificates(bytes)).map(({ subject }) => subject.text)

type Client = ReturnType<typeof clientOf>

async function exported(client: Client, input: Parameters<Client['certificates']['export']>[0]) {
  const { spoolId, name, size } = await client.certificates.export(input)
  const { bytes } = await client.spool.read({ spoolId, offset: 0, length: size })
  return { name, bytes: base64Bytes(bytes) }
}

describe('a certificate of a file', () => {
  it('is saved as PEM with its chain from the file, the certificate first', async () => {
    const client = clientOf(await testServices())
    const { name, bytes } = await exported(client, { certificate: { source: file }, format: 'pem', withChain: true })
    expect(name).toBe('anna@example.org.pem')
    expect(names(bytes)).toEqual(['CN=anna@example.org', 'CN=Between', 'CN=Root'])
  })

  it('is saved as PKCS#7, alone unless the chain is wanted', async () => {
    const client = clientOf(await testServices())
    const alone = await exported(client, { certificate: { source: file }, format: 'pkcs7' })
    expect(alone.name).toBe('anna@example.org.p7b')
    expect(names(alone.bytes)).toEqual(['CN=anna@example.org'])
    const whole = await exported(client, { certificate: { source: file }, format: 'pkcs7', withChain: true })
    expect(names(whole.bytes).sort()).toEqual(['CN=Between', 'CN=Root', 'CN=anna@example.org'])
  })

  it('is saved as DER in exactly its own bytes', async () => {
    const client = clientOf(await testServices())
    const sha256 = between.certificate.sha256
    const { name, bytes } = await exported(client, {
      certificate: { source: file, sha256 },
      format: 'der',
      withChain: true,
    })
    expect(name).toBe('Between.cer')
    expect(Buffer.from(bytes).equals(between.certificate.der)).toBe(true)
  })

  it('that is not inside is not found, and neither is one that the profile does not know', async () => {
    const client = clientOf(await testServices())
    const notFound = { code: 'not-found', data: { what: 'certificate' } }
    const { sha256 } = jonas.certificate
    const save = (certificate: Parameters<Client['certificates']['export']>[0]['certificate']) =>
      failureOf(client.certificates.export({ certificate, format: 'pem' }))
    expect(await save({ source: file, sha256 })).toEqual(notFound)
    expect(await save({ sha256 })).toEqual(notFound)
  })
})

describe('two certificates', () => {
  it('are compared whether they come from files or from the profile', async () => {
    const client = clientOf(await testServices())
    const source = { bytes: base64Text(utf8Bytes(pemOf(jonas))) }
    await client.contacts.addFromFile({ source, fileName: 'jonas.pem' })
    const { left, right, comparison } = await client.certificates.compare({
      left: { sha256: jonas.certificate.sha256 },
      right: { source: file },
    })
    expect([left.emails, right.emails]).toEqual([['jonas@example.org'], ['anna@example.org']])
    expect(comparison).toMatchObject({ relation: 'unrelated', sameKey: false })
  })

  it('are not read from a file with a private key', async () => {
    const client = clientOf(await testServices())
    const source = { bytes: base64Text(utf8Bytes(writePem('PRIVATE KEY', anna.pkcs8))) }
    expect(await failureOf(client.certificates.compare({ left: { source }, right: { source: file } }))).toEqual({
      code: 'contains-private-key',
      data: {},
    })
  })
})
