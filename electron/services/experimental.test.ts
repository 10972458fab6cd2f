/** A person's leave for experimental algorithms, given and taken back, on a profile with everything in it. */

import { beforeAll, describe, expect, it } from 'vitest'
import { writePem } from '../asn1/pem.ts'
import { base64Text, concatBytes, utf8Bytes } from '../base/bytes.ts'
import { systemRandom } from '../base/random.ts'
import { success } from '../base/result.ts'
import { type TestEntity, testAuthority, testPerson } from '../certificates/testPki.ts'
import { loadPostQuantum } from '../crypto/postQuantum.ts'
import { generatePostQuantumKey } from '../crypto/postQuantumKey.ts'
import type { MlDsaSet, MlKemSet } from '../crypto/postQuantumSets.ts'
import type { ServiceContext } from './context.ts'
import { openForReading } from './mail/reading.ts'
import { type LetterInput, withSealed } from './mail/sealing.ts'
import { clientOf, failureOf, testServices } from './testServices.ts'

const anna = 'anna@example.org'
const jonas = 'jonas@example.org'
const validity = { notBefore: new Date(Date.now() - 86_400_000), notAfter: new Date(Date.now() + 86_400_000) }

let root: TestEntity
let signing: TestEntity
let reading: TestEntity
let friend: TestEntity

beforeAll(async () => {
  const postQuantum = await loadPostQuantum()
  const keyed = (set: MlDsaSet | MlKemSet) => ({
    postQuantum,
    keyOf: generatePostQuantumKey(postQuantum, set, systemRandom),
  })
  root = await testAuthority('Root', keyed('ML-DSA-87'), validity)
  const below = (set: MlDsaSet | MlKemSet) => ({ ...keyed(set), issuer: root })
  const encrypting = { ...validity, keyUsage: ['keyEncipherment'] as const }
  signing = await testPerson(anna, below('ML-DSA-65'), { ...validity, keyUsage: ['digitalSignature'] })
  reading = await testPerson(anna, below('ML-KEM-768'), encrypting)
  friend = await testPerson(jonas, below('ML-KEM-1024'), encrypting)
})

const bytesOf = (text: string) => ({ bytes: base64Text(utf8Bytes(text)) })
const pemOf = (...entities: readonly TestEntity[]) =>
  entities.map(({ certificate }) => writePem('CERTIFICATE', certificate.der)).join('')
const fileOf = (entity: TestEntity) => ({
  source: bytesOf(writePem('PRIVATE KEY', entity.pkcs8) + pemOf(entity, root)),
})

async function profile(): Promise<ServiceContext> {
  const context = await testServices()
  const input = { source: bytesOf(pemOf(root)), sha256: root.certificate.sha256, note: '' }
  await clientOf(context).certificates.addAnchor(input)
  await clientOf(context).contacts.addFromFile({ source: bytesOf(pemOf(friend)), fileName: 'jonas.pem' })
  return context
}

const allow = (context: ServiceContext, experimentalAlgorithms: boolean) =>
  clientOf(context).app.changeSettings({ experimentalAlgorithms })

async function allowedProfile(): Promise<ServiceContext> {
  const context = await profile()
  await allow(context, true)
  for (const entity of [signing, reading]) await clientOf(context).identities.import(fileOf(entity))
  return context
}

const letter: LetterInput = {
  from: { address: anna },
  to: [{ address: jonas }],
  cc: [],
  bcc: [],
  subject: 'Plans',
  text: 'Roses, I think.',
  attachments: [],
  sign: true,
  encrypt: true,
}

async function sealed(context: ServiceContext, input: LetterInput = letter) {
  return withSealed(context, input, async ({ messages }) => {
    const chunks: Uint8Array[] = []
    for await (const chunk of messages[0]?.content ?? []) chunks.push(chunk)
    return success(concatBytes(...chunks))
  })
}

async function reportOn(context: ServiceContext, mail: Uint8Array) {
  const opened = await openForReading(context, mail)
  if (!opened.ok) throw new Error(opened.error.code)
  const { report, parts } = opened.value
  const experimental = report.findings.filter(({ code }) => code.startsWith('experimental-'))
  return {
    ...report.verdict,
    text: parts.map(({ text = '' }) => text).join(''),
    experimental: experimental.map(({ code, data }) => `${code} ${data['algorithm']}`).sort(),
  }
}

describe('without leave', () => {
  it('an identity is named and not taken', async () => {
    const client = clientOf(await profile())
    const error = { code: 'experimental-algorithm', data: { algorithm: 'ML-DSA-65' } }
    expect(await failureOf(client.identities.previewImport(fileOf(signing)))).toEqual(error)
    expect(await failureOf(client.identities.import(fileOf(signing)))).toEqual(error)
    expect(await client.identities.list()).toEqual([])
  })

  it('a certificate is shown, its chain is not vouched for, and nothing is sealed for it', async () => {
    const context = await profile()
    const client = clientOf(context)
    const { certificates } = await client.certificates.show({ source: bytesOf(pemOf(friend)) })
    expect(certificates[0]).toMatchObject({
      certificate: { key: { algorithm: 'ML-KEM-1024' }, canEncrypt: true, signatureAlgorithm: 'ML-DSA-87' },
      chain: {
        state: 'unknown-issuer',
        reasons: [{ code: 'unsupported-algorithm', data: { algorithm: 'ML-DSA-87' } }],
      },
    })
    const [state] = await client.compose.recipients({ addresses: [jonas] })
    expect(state).toMatchObject({ state: 'broken', reason: 'experimental' })
  })

  it('a mail of somebody who uses them says what would have been used', async () => {
    const mail = await sealed(await allowedProfile(), { ...letter, encrypt: false })
    if (!mail.ok) throw new Error(mail.error.code)
    expect(await reportOn(await profile(), mail.value)).toMatchObject({
      signature: 'malformed',
      encryption: 'none',
      experimental: ['experimental-algorithm-off ML-DSA-65', 'experimental-algorithm-off ML-DSA-87'],
    })
  })
})

describe('with leave', () => {
  it('a letter is sealed, opened, and good, and the report says what it rests on', async () => {
    const context = await allowedProfile()
    const [state] = await clientOf(context).compose.recipients({ addresses: [jonas] })
    expect(state).toMatchObject({ state: 'sealed', sha256: friend.certificate.sha256 })
    const mail = await sealed(context)
    if (!mail.ok) throw new Error(mail.error.code)
    expect(await reportOn(context, mail.value)).toMatchObject({
      signature: 'good',
      encryption: 'decrypted',
      text: 'Roses, I think.\r\n',
      experimental: [
        'experimental-algorithm ML-DSA-65',
        'experimental-algorithm ML-DSA-87',
        'experimental-algorithm ML-KEM-768',
      ],
    })
  })

  it('its identities leave in a PKCS#12 file and come back from it', async () => {
    const context = await allowedProfile()
    const client = clientOf(context)
    const [identity] = (await client.identities.list()).filter(({ keyAlgorithm }) => keyAlgorithm === 'ML-DSA-65')
    const passphrase = 'correct horse battery staple'
    const asked = { id: identity?.id ?? '', password: 'ein langes Passwort', target: 'modern', passphrase } as const
    const { spoolId } = await client.identities.export(asked)
    const { identities } = await client.identities.previewImport({
      source: { spoolId },
      password: 'ein langes Passwort',
    })
    expect(identities).toMatchObject([{ keyAlgorithm: 'ML-DSA-65', known: true }])
  })
})

describe('with leave taken back', () => {
  it('what was sealed stays closed and says why, and nothing new is sealed', async () => {
    const context = await allowedProfile()
    const mail = await sealed(context)
    if (!mail.ok) throw new Error(mail.error.code)
    await allow(context, false)
    expect(await reportOn(context, mail.value)).toMatchObject({
      encryption: 'malformed',
      text: '',
      experimental: ['experimental-algorithm-off ML-KEM-768'],
    })
    const refused = { ok: false, error: { code: 'experimental-algorithm', algorithm: 'ML-DSA-65' } }
    expect(await sealed(context, { ...letter, encrypt: false })).toEqual(refused)
    const noReader = { ok: false, error: { code: 'experimental-algorithm', algorithm: 'ML-KEM-768' } }
    expect(await sealed(context, { ...letter, sign: false })).toEqual(noReader)
    await allow(context, true)
    expect(await reportOn(context, mail.value)).toMatchObject({ encryption: 'decrypted', signature: 'good' })
  })

  it('a letter for somebody with such a certificate says whom and what', async () => {
    const context = await profile()
    const classic = await testPerson(anna, {}, validity)
    await clientOf(context).identities.import({
      source: bytesOf(writePem('PRIVATE KEY', classic.pkcs8) + pemOf(classic)),
    })
    expect(await sealed(context, { ...letter, sign: false })).toEqual({
      ok: false,
      error: { code: 'recipient-experimental', addresses: jonas, algorithm: 'ML-KEM-1024' },
    })
  })
})
