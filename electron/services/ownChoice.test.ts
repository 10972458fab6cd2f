import { beforeAll, beforeEach, expect, it } from 'vitest'
import { writePem } from '../asn1/pem.ts'
import { base64Text, utf8Bytes } from '../base/bytes.ts'
import { expectSuccess } from '../base/result.ts'
import { type Certificate, parseCertificate } from '../certificates/certificate.ts'
import { issueCertificate } from '../certificates/issue.ts'
import { type TestEntity, testAuthority, testPerson } from '../certificates/testPki.ts'
import type { ServiceContext } from './context.ts'
import { pairOf } from './identities/identityExport.ts'
import { readerFor, signerFor } from './mail/senders.ts'
import { clientOf, testServices } from './testServices.ts'

const address = 'anna@example.org'
let root: TestEntity
let ended: TestEntity
let older: TestEntity
let newer: TestEntity
let context: ServiceContext

beforeAll(async () => {
  root = await testAuthority('Root', {}, { notBefore: fromNow(-900), notAfter: fromNow(2_000) })
  const person = (begins: number, ends: number) =>
    testPerson(address, { issuer: root }, { notBefore: fromNow(begins), notAfter: fromNow(ends) })
  ;[ended, older, newer] = [await person(-800, -100), await person(-200, 200), await person(-20, 400)]
})

beforeEach(async () => {
  context = await testServices()
  const { der, sha256 } = root.certificate
  await clientOf(context).certificates.addAnchor({ source: { bytes: base64Text(der) }, sha256, note: '' })
})

function fromNow(days: number): Date {
  return new Date(Date.now() + days * 86_400_000)
}

async function take({ pkcs8, certificate }: TestEntity): Promise<void> {
  await takeText(writePem('CERTIFICATE', certificate.der) + writePem('PRIVATE KEY', pkcs8))
}

async function takeText(text: string): Promise<void> {
  await clientOf(context).identities.import({ source: { bytes: base64Text(utf8Bytes(text)) } })
}

const signs = (): Certificate | undefined => signerFor(context, address, context.runtime.clock())?.certificate
const preferred = () =>
  context.application.identities
    .list()
    .filter((one) => one.preferred)
    .map(({ sha256 }) => sha256)

it('The newest valid one of several files signs and reads, in whichever order they are taken in', async () => {
  for (const order of [
    [ended, older, newer],
    [newer, older, ended],
  ]) {
    context = await testServices()
    for (const one of order) await take(one)
    const { sha256 } = newer.certificate
    expect(signs()?.sha256).toBe(sha256)
    expect(readerFor(context, address)?.certificate.sha256).toBe(sha256)
    expect(preferred()).toEqual([sha256])
  }
})

it('What the person prefers stays so when a file is taken in once more', async () => {
  await take(older)
  await take(newer)
  const wish = context.application.identities.list().find(({ sha256 }) => sha256 === older.certificate.sha256)
  await clientOf(context).identities.prefer({ id: wish?.id ?? '' })
  await take(newer)
  expect(signs()?.sha256).toBe(older.certificate.sha256)
})

it('A certificate that a stranger made for one’s public key takes no one’s place', async () => {
  await take(newer)
  const stranger = await testAuthority('Elsewhere', {}, { notBefore: fromNow(-900), notAfter: fromNow(2_000) })
  const der = await issueCertificate({
    subject: { commonName: address },
    emails: [address],
    serial: new Uint8Array([7]),
    notBefore: fromNow(-1),
    notAfter: fromNow(1_900),
    keyUsage: ['digitalSignature', 'keyAgreement'],
    publicKeyInfo: newer.certificate.publicKeyInfo,
    issuer: { name: stranger.certificate, key: stranger.key },
  })
  await takeText(writePem('CERTIFICATE', der))
  expect(context.application.identities.list()).toHaveLength(2)
  expect(signs()?.sha256).toBe(newer.certificate.sha256)
  expect(preferred()).toEqual([newer.certificate.sha256])
  expect(expectSuccess(parseCertificate(der)).emails).toEqual([address])
})

it('An own CA’s certificate leaves one in place that others rely on', async () => {
  await take(newer)
  const client = clientOf(context)
  const { id } = await client.authority.create({ name: 'Family', permitted: [], years: 5, keyType: 'ec-p256' })
  await client.authority.issueOwn({ authorityId: id, name: 'Anna', address, days: 300 })
  expect(signs()?.sha256).toBe(newer.certificate.sha256)
})

it('Of the certificates that only decrypt, another program gets one that still counts', async () => {
  const use = (begins: number, ends: number, keyUsage: 'digitalSignature' | 'keyAgreement') =>
    testPerson(address, { issuer: root }, { notBefore: fromNow(begins), notAfter: fromNow(ends), keyUsage: [keyUsage] })
  const sign = await use(-20, 400, 'digitalSignature')
  const [current, past] = [await use(-20, 400, 'keyAgreement'), await use(-800, -100, 'keyAgreement')]
  for (const one of [sign, current, past]) await take(one)
  const own = context.application.identities.list().find(({ sha256 }) => sha256 === sign.certificate.sha256)
  expect(own && pairOf(context, own).encryption?.sha256).toBe(current.certificate.sha256)
})
