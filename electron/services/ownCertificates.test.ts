/** A key with several certificates, of which a CA's list says of one that others have the key. */

import { beforeEach, describe, expect, it } from 'vitest'
import { concatBytes } from '../base/bytes.ts'
import { systemRandom } from '../base/random.ts'
import { expectSuccess, success } from '../base/result.ts'
import type { RevocationReason } from '../certificates/revocation/status.ts'
import { type TestEntity, testAuthority, testNow, testPerson } from '../certificates/testPki.ts'
import { sealLetter } from '../smime/seal.ts'
import { dueReminders } from './enrolment/reminders.ts'
import { openForReading } from './mail/reading.ts'
import { recipientStates } from './mail/recipientStates.ts'
import { withSealed } from './mail/sealing.ts'
import { readerFor, signerFor } from './mail/senders.ts'
import { daysFromNow, type TestReader, testReader } from './revocation/testRevocation.ts'
import { revocationRound } from './rounds/revocationRound.ts'
import { clientOf } from './testServices.ts'

const address = 'anna@sandbox.example'
let reader: TestReader
/** The same key, certified by another CA that publishes nothing, and for longer. */
let other: TestEntity
let otherRoot: TestEntity

const context = () => reader.session.context
const validity = { notBefore: daysFromNow(-30), notAfter: daysFromNow(3_000) }

beforeEach(async () => {
  reader = await testReader()
  otherRoot = await testAuthority('Other', {}, validity)
  other = await testPerson(address, { issuer: otherRoot, keyOf: reader.anna }, validity)
  expectSuccess(context().application.trust.add(otherRoot.certificate, ''))
})

async function takeBoth() {
  const first = await reader.own()
  const { identities } = context().application
  const pair = { pkcs8: reader.anna.pkcs8, certificateDer: other.certificate.der, addresses: [address], chain: [] }
  const second = expectSuccess(identities.importPair(pair)).identity
  return { first, second }
}

const entries = (reason: RevocationReason) => [{ of: reader.anna.certificate, reason }]
const round = () => revocationRound(context(), new AbortController().signal)
const states = async () =>
  (await clientOf(context()).identities.list()).map(({ id, state, keyCompromised = false }) => [
    id,
    state,
    keyCompromised,
  ])

const letter = {
  from: { address },
  to: [{ address }],
  cc: [],
  bcc: [],
  subject: '',
  text: '',
  attachments: [],
  headerPolicy: 'baseline' as const,
  legacyDisplay: false,
}
const sealed = (sign: boolean, encrypt: boolean) =>
  withSealed(context(), { ...letter, sign, encrypt }, async () => success('sealed'))

describe('a key of which a CA’s list says that others have it', () => {
  it('signs with none of its certificates, is sealed for by none, and its owner is told why', async () => {
    const { first, second } = await takeBoth()
    context().application.identities.prefer(second.id)
    await reader.serveList({ entries: entries('keyCompromise') })
    await round()
    expect(signerFor(context(), address, testNow)).toBeUndefined()
    expect(readerFor(context(), address)).toBeUndefined()
    expect(recipientStates(context(), [address])).toMatchObject([{ state: 'broken', reason: 'revoked' }])
    expect(await sealed(true, false)).toEqual({ ok: false, error: { code: 'own-key-compromised', address } })
    expect(await states()).toEqual(
      expect.arrayContaining([
        [first.id, 'revoked', true],
        [second.id, 'revoked', true],
      ]),
    )
    const told = dueReminders(context()).map(({ kind, identityId }) => [kind, identityId])
    expect(told).toContainEqual(['key-compromised', second.id])
    await clientOf(context()).identities.retire({ id: second.id, retired: true })
    const again = clientOf(context()).identities.retire({ id: second.id, retired: false })
    await expect(again).rejects.toMatchObject({ code: 'identity-revoked' })
  })

  it('is asked about before a letter is sealed, also where the list names a certificate that was put aside', async () => {
    const { first } = await takeBoth()
    context().application.identities.retire(first.id, true)
    await reader.serveList({ entries: entries('keyCompromise') })
    expect(signerFor(context(), address, testNow)).toBeDefined()
    expect(await sealed(true, true)).toEqual({ ok: false, error: { code: 'own-key-compromised', address } })
  })

  it('is watched over by the list of a certificate that was put aside', async () => {
    const { first } = await takeBoth()
    context().application.identities.retire(first.id, true)
    await reader.serveList({ entries: entries('keyCompromise') })
    await round()
    expect(signerFor(context(), address, testNow)).toBeUndefined()
  })

  it('stays lost when the certificate that the list named has ended and the list is silent about it', async () => {
    const { second } = await takeBoth()
    await reader.serveList({ entries: entries('keyCompromise') })
    await round()
    await states()
    reader.setClock(daysFromNow(500))
    await reader.serveList({ thisUpdate: daysFromNow(499), nextUpdate: daysFromNow(600) })
    await round()
    expect(await states()).toContainEqual([second.id, 'revoked', true])
    expect(signerFor(context(), address, daysFromNow(500))).toBeUndefined()
  })

  it('still opens what was sealed for it', async () => {
    const { second } = await takeBoth()
    const pieces: Uint8Array[] = []
    const options = { encrypt: { recipients: [{ certificate: other.certificate }], cipher: 'aes-256-cbc' as const } }
    const old = { ...letter, date: testNow, messageId: '<1@sandbox.example>', text: 'Still readable' }
    const written = expectSuccess(await sealLetter(old, { ...options, random: systemRandom }))
    for await (const piece of written) pieces.push(piece)
    await reader.serveList({ entries: entries('keyCompromise') })
    await round()
    expect(await states()).toContainEqual([second.id, 'revoked', true])
    const read = expectSuccess(await openForReading(context(), concatBytes(...pieces)))
    expect(read.parts[0]?.text).toContain('Still readable')
  })
})

it('Any other reason in the list is about the one certificate', async () => {
  const { first, second } = await takeBoth()
  await reader.serveList({ entries: entries('superseded') })
  await round()
  expect(signerFor(context(), address, testNow)?.identity.id).toBe(second.id)
  expect(recipientStates(context(), [address])).toMatchObject([{ state: 'sealed', sha256: second.sha256 }])
  expect(await states()).toEqual(
    expect.arrayContaining([
      [first.id, 'revoked', false],
      [second.id, 'valid', false],
    ]),
  )
})

it('A contact whose key is lost by the word of one CA isn’t written to by the certificate of another', async () => {
  const { addressBook, trust } = context().application
  trust.rememberIssuers([reader.middle.certificate])
  for (const { certificate } of [reader.anna, other]) {
    const { der, sha256, emails: addresses } = certificate
    expectSuccess(addressBook.addCertificate(undefined, { der, sha256, addresses }, { kind: 'file', date: testNow }))
  }
  await reader.serveList()
  await round()
  expect(recipientStates(context(), [address])).toMatchObject([{ state: 'sealed' }])
  reader.setClock(daysFromNow(8))
  const times = { thisUpdate: daysFromNow(7.5), nextUpdate: daysFromNow(30) }
  await reader.serveList({ entries: entries('keyCompromise'), ...times })
  await round()
  expect(recipientStates(context(), [address])).toMatchObject([{ state: 'broken', reason: 'revoked' }])
})
