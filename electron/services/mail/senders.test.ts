import { beforeAll, describe, expect, it } from 'vitest'
import { base64Text, concatBytes } from '../../base/bytes.ts'
import { systemRandom } from '../../base/random.ts'
import { expectSuccess } from '../../base/result.ts'
import { type TestEntity, testAuthority, testPerson } from '../../certificates/testPki.ts'
import { sealLetter } from '../../smime/seal.ts'
import type { ServiceContext } from '../context.ts'
import { clientOf, testServices } from '../testServices.ts'
import { openForReading } from './reading.ts'
import { readerFor, signerFor } from './senders.ts'

const address = 'anna@example.org'
const at = new Date('2026-06-01T12:00:00Z')
let root: TestEntity
let of2024: TestEntity
let of2025: TestEntity
let of2026: TestEntity

beforeAll(async () => {
  root = await testAuthority('Root', {}, { notBefore: new Date('2023-01-01'), notAfter: new Date('2036-01-01') })
  const person = (notBefore: string, notAfter: string) =>
    testPerson(address, { issuer: root }, { notBefore: new Date(notBefore), notAfter: new Date(notAfter) })
  of2024 = await person('2024-01-01', '2026-01-01')
  of2025 = await person('2025-01-01', '2027-01-01')
  of2026 = await person('2026-01-01', '2028-01-01')
})

async function take(context: ServiceContext, { pkcs8, certificate }: TestEntity) {
  const pair = { pkcs8, certificateDer: certificate.der, addresses: [address], chain: [root.certificate.der] }
  return expectSuccess(await context.application.identities.importPair(pair)).identity
}

const signerSha = (context: ServiceContext, when = at) => signerFor(context, address, when)?.certificate.sha256

describe('of several identities for one address', () => {
  it('the preferred one signs while it is valid, and then the newest valid one, in whichever order they came', async () => {
    for (const order of [
      [of2024, of2025, of2026],
      [of2024, of2026, of2025],
    ]) {
      const context = await testServices()
      for (const entity of order) await take(context, entity)
      // The first one that came is preferred; it has ended.
      expect(signerSha(context)).toBe(of2026.certificate.sha256)
      expect(signerSha(context, new Date('2025-06-01'))).toBe(of2024.certificate.sha256)
      const chosen = context.application.identities.list().find(({ sha256 }) => sha256 === of2025.certificate.sha256)
      context.application.identities.prefer(chosen?.id ?? '')
      expect(signerSha(context)).toBe(of2025.certificate.sha256)
      expect(signerSha(context, new Date('2027-06-01'))).toBe(of2026.certificate.sha256)
      expect(signerSha(context, new Date('2029-01-01'))).toBeUndefined()
    }
  })

  it('a retired one neither signs nor reads what is written now, and still opens old mail', async () => {
    const context = await testServices()
    const old = await take(context, of2025)
    await take(context, of2026)
    context.application.identities.retire(old.id, true)
    expect(signerSha(context)).toBe(of2026.certificate.sha256)
    expect(readerFor(context, address)?.certificate.sha256).toBe(of2026.certificate.sha256)
    const about = {
      from: { address },
      to: [{ address }],
      cc: [],
      subject: 'Old',
      date: at,
      messageId: '<1@example.org>',
    }
    for (const { certificate } of [of2025, of2026]) {
      const sealed = expectSuccess(
        await sealLetter(
          { ...about, text: 'Still readable', attachments: [] },
          { encrypt: { recipients: [{ certificate }], cipher: 'aes-256-cbc' }, random: systemRandom },
        ),
      )
      const pieces: Uint8Array[] = []
      for await (const piece of sealed) pieces.push(piece)
      const read = expectSuccess(await openForReading(context, concatBytes(...pieces)))
      expect(read.parts[0]?.text).toContain('Still readable')
    }
  })

  it('the own copy goes to one that still counts, however long an ended one was preferred', async () => {
    const context = await testServices()
    for (const entity of [of2024, of2025, of2026]) await take(context, entity)
    expect(readerFor(context, address)?.certificate.sha256).toBe(of2026.certificate.sha256)
    const alone = await testServices()
    await take(alone, of2024)
    expect(readerFor(alone, address)?.certificate.sha256).toBe(of2024.certificate.sha256)
  })

  it('one that others can rely on signs before one that is preferred and that nobody vouches for', async () => {
    const context = await testServices()
    const stranger = await testAuthority(
      'Elsewhere',
      {},
      { notBefore: new Date('2023-01-01'), notAfter: new Date('2036-01-01') },
    )
    const dates = { notBefore: new Date('2026-02-01'), notAfter: new Date('2028-01-01') }
    const unvouched = await testPerson(address, { issuer: stranger }, dates)
    await take(context, unvouched)
    await take(context, of2026)
    expect(signerSha(context)).toBe(unvouched.certificate.sha256)
    const { der, sha256 } = root.certificate
    const bytes = base64Text(der)
    await clientOf(context).certificates.addAnchor({ source: { bytes }, sha256, note: '' })
    expect(signerSha(context)).toBe(of2026.certificate.sha256)
  })
})
