import { beforeEach, describe, expect, it } from 'vitest'
import { expectSuccess } from '../../base/result.ts'
import { parseCertificate } from '../../certificates/certificate.ts'
import { issueCertificate } from '../../certificates/issue.ts'
import { type TestEntity, type TestOverrides, testAuthority, testPerson } from '../../certificates/testPki.ts'
import type { ServiceContext } from '../context.ts'
import { signerFor } from '../mail/senders.ts'
import { testServices } from '../testServices.ts'
import { keyPorts } from './enrolmentPorts.ts'
import { currentIdentities, isReplaced } from './succession.ts'

const day = 86_400_000
const fromNow = (days: number) => new Date(Date.now() + days * day)
const address = 'anna@sandbox.example'
const valid = { notBefore: fromNow(-200), notAfter: fromNow(800) }
const root = await testAuthority('Root', {}, valid)

let context: ServiceContext

beforeEach(async () => {
  context = await testServices()
  expectSuccess(context.application.trust.add(root.certificate, ''))
})

/** Takes a certificate for Anna that ends in so many days, and answers with its identity. */
async function own(days: number, changes: TestOverrides = {}, issuer: TestEntity | undefined = root) {
  const validity = { notBefore: fromNow(-100), notAfter: fromNow(days) }
  const { pkcs8, certificate } = await testPerson(address, issuer ? { issuer } : {}, { ...validity, ...changes })
  const pair = { pkcs8, certificateDer: certificate.der, addresses: certificate.emails, chain: [] }
  return expectSuccess(await context.application.identities.importPair(pair)).identity
}

const current = () => new Set(currentIdentities(context).map(({ id }) => id))

describe('an own certificate is followed', () => {
  it('by a later one for its addresses, in any spelling of them', async () => {
    const old = await own(20, { emails: ['Anna@SANDBOX.example'] })
    const later = await own(300)
    expect(current()).toEqual(new Set([later.id]))
    expect(isReplaced(context, old, [later.id])).toBe(true)
  })

  it('by a later pair, one of which signs and one of which decrypts', async () => {
    const old = await own(20)
    const sign = await own(300, { keyUsage: ['digitalSignature'] })
    expect(current()).toEqual(new Set([old.id, sign.id]))
    const decrypt = await own(300, { keyUsage: ['keyAgreement'] })
    expect(current()).toEqual(new Set([sign.id, decrypt.id]))
  })

  it('by one that begins before it ends', async () => {
    const old = await own(20)
    const later = await own(300, { notBefore: fromNow(1) })
    expect(current()).toEqual(new Set([later.id]))
    // It signs until then.
    expect(isReplaced(context, old, [later.id])).toBe(false)
  })
})

describe('an own certificate is not followed', () => {
  it('by a self-made one, however long that one lasts', async () => {
    const old = await own(20)
    const made = await own(800, {}, await testAuthority('Family', {}, valid))
    expect(current()).toEqual(new Set([old.id, made.id]))
    // It was asked for in its place; whoever gets letters trusts the old one alone.
    expect(isReplaced(context, old, [made.id])).toBe(false)
    const made2 = await own(900, {}, await testAuthority('Office', {}, valid))
    expect(isReplaced(context, made, [made2.id])).toBe(true)
  })

  it('by one that its owner had revoked, or that begins after its end', async () => {
    const old = await own(20)
    const later = await own(300)
    context.application.renewals.saveRevocation(later.id, { revokedAt: new Date(), reason: 'superseded' })
    const tooLate = await own(400, { notBefore: fromNow(30) })
    expect(current()).toEqual(new Set([old.id, tooLate.id]))
  })

  it('by one that lacks one of its addresses', async () => {
    const old = await own(20, { emails: [address, 'office@sandbox.example'] })
    const later = await own(300)
    expect(current()).toEqual(new Set([old.id, later.id]))
    const office = await own(300, { emails: ['office@sandbox.example'] })
    expect(current()).toEqual(new Set([later.id, office.id]))
  })
})

describe('a key whose certificate was revoked', () => {
  it('asks for no other one, in an order that was under way neither', async () => {
    const { id, keyId } = await own(20)
    const keys = keyPorts(context)
    expectSuccess(await keys.open(keyId)).close()
    context.application.renewals.saveRevocation(id, { revokedAt: new Date(), reason: 'keyCompromise' })
    expect(await keys.open(keyId)).toMatchObject({ ok: false, error: { code: 'identity-revoked' } })
    expect(context.application.identities.key(id).ok).toBe(true)
  })
})

describe('a renewed certificate that a CA dates tomorrow', () => {
  it('leaves the one that signs today in use', async () => {
    const old = await own(20)
    const keys = keyPorts(context)
    const { keyId } = expectSuccess(await keys.generate('ec-p256'))
    const key = expectSuccess(await keys.open(keyId))
    const der = await issueCertificate({
      subject: { commonName: address },
      emails: [address],
      serial: new Uint8Array([1, 2, 3]),
      notBefore: fromNow(0.5),
      notAfter: fromNow(300),
      keyUsage: ['digitalSignature', 'keyAgreement'],
      publicKeyInfo: key.publicKeyInfo,
      issuer: { name: root.certificate, key: root.key },
    })
    key.close()
    const certificate = expectSuccess(parseCertificate(der))
    const { identityId } = expectSuccess(await keys.install({ keyId, certificate, chain: [], renews: old.id }))
    expect(signerFor(context, address, new Date())?.identity.id).toBe(old.id)
    expect(signerFor(context, address, fromNow(1))?.identity.id).toBe(identityId)
    expect(current()).toEqual(new Set([identityId]))
  })
})
