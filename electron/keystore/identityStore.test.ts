import { beforeAll, describe, expect, it } from 'vitest'
import { hexText, utf8Bytes } from '../base/bytes.ts'
import { expectSuccess, failure } from '../base/result.ts'
import { generateKey, publicKeyInfoOf } from '../crypto/privateKey.ts'
import { verifySignature } from '../crypto/publicKey.ts'
import { testFolder, testProfile } from '../storage/testProfile.ts'
import type { IdentityStore, StoredIdentity } from './identityStore.ts'
import { certificateAround } from './testCertificate.ts'
import { testIdentities, testPassphrase } from './testVault.ts'

type Pair = Awaited<ReturnType<typeof generateKey>>
let one: Pair
let other: Pair
beforeAll(async () => {
  ;[one, other] = await Promise.all([generateKey('ec-p256'), generateKey('ec-p256')])
})

const anna = 'Anna@Example.org'

/** Keeps a key and installs a certificate for it. */
async function enrolled(
  identities: IdentityStore,
  pair: Pair,
  serial = 1,
  addresses = [anna],
): Promise<StoredIdentity> {
  const { keyId } = expectSuccess(identities.keepKey(pair.pkcs8))
  const certificateDer = certificateAround(pair.publicKeyInfo, serial)
  return expectSuccess(
    identities.install({ keyId, certificateDer, addresses, chain: [certificateDer], source: 'enrolment' }),
  )
}

describe('identities', () => {
  it('come from a key that was kept first and a certificate that fits it, and sign through a handle', async () => {
    const folder = testFolder()
    const profile = await testProfile(folder)
    const { identities } = await testIdentities(profile)
    const kept = expectSuccess(identities.keepKey(one.pkcs8))
    expect(hexText(kept.publicKeyInfo)).toBe(hexText(one.publicKeyInfo))
    expect(expectSuccess(identities.keepKey(one.pkcs8)).keyId).toBe(kept.keyId)
    expect(identities.list()).toEqual([])
    expect(expectSuccess(identities.pendingKey(kept.keyId)).algorithm).toEqual({ kind: 'ec', curve: 'P-256' })
    const identity = await enrolled(identities, one)
    await profile.close()

    const again = await testIdentities(await testProfile(folder))
    const listed = again.identities.list()
    expect(listed).toEqual([{ ...identity, certificateDer: expect.anything(), chain: [expect.anything()] }])
    expect(listed[0]).toMatchObject({ addresses: [anna], preferred: true, retired: false, source: 'enrolment' })
    const key = expectSuccess(again.identities.key(identity.id))
    const signature = await key.sign({ kind: 'ecdsa', digest: 'sha256' }, utf8Bytes('hello'))
    key.close()
    expect(verifySignature(one.publicKeyInfo, { kind: 'ecdsa', digest: 'sha256' }, utf8Bytes('hello'), signature)).toBe(
      true,
    )
  })

  it('refuse a certificate of another key, of no key, and a key that is none', async () => {
    const { identities } = await testIdentities(await testProfile())
    const { keyId } = expectSuccess(identities.keepKey(one.pkcs8))
    const common = { addresses: [anna], chain: [], source: 'enrolment' as const }
    const foreign = certificateAround(other.publicKeyInfo, 1)
    const fitting = certificateAround(one.publicKeyInfo, 1)
    expect(identities.install({ keyId, certificateDer: foreign, ...common })).toEqual(
      failure({ code: 'certificate-for-another-key' }),
    )
    expect(identities.install({ keyId, certificateDer: utf8Bytes('no'), ...common })).toMatchObject({
      error: { code: 'malformed-certificate' },
    })
    expect(identities.install({ keyId: 'unknown', certificateDer: fitting, ...common })).toMatchObject({
      error: { code: 'not-found' },
    })
    expect(identities.keepKey(utf8Bytes('no key'))).toEqual(failure({ code: 'malformed-key' }))
    const pair = { pkcs8: other.pkcs8, certificateDer: fitting, addresses: [anna], chain: [] }
    expect(await identities.importPair(pair)).toEqual(failure({ code: 'certificate-for-another-key' }))
    // The import that failed left no key behind.
    expect(identities.keyIdFor(foreign)).toBeUndefined()
    expect(identities.keyIdFor(fitting)).toBe(keyId)
  })

  it('need the vault for every use of a key, and nothing else', async () => {
    const { identities, vault } = await testIdentities(await testProfile())
    const identity = await enrolled(identities, one)
    vault.lock()
    expect(identities.key(identity.id)).toEqual(failure({ code: 'locked' }))
    expect(identities.exportPkcs8(identity.id)).toEqual(failure({ code: 'locked' }))
    expect(identities.keepKey(other.pkcs8)).toEqual(failure({ code: 'locked' }))
    expect(identities.keepKey(one.pkcs8)).toEqual(failure({ code: 'locked' }))
    expect(identities.list()).toHaveLength(1)
    await vault.unlock(testPassphrase)
    expect(hexText(expectSuccess(identities.exportPkcs8(identity.id)))).toBe(hexText(one.pkcs8))
    expect(identities.key('unknown')).toEqual(failure({ code: 'not-found', what: 'identity' }))
  })

  it('whose key was moved to another row or changed on the disk say that it is damaged', async () => {
    const profile = await testProfile()
    const { identities } = await testIdentities(profile)
    const [first, second] = [await enrolled(identities, one, 1), await enrolled(identities, other, 2)]
    profile.database.run(
      'UPDATE private_keys SET sealed = (SELECT sealed FROM private_keys WHERE id = ?) WHERE id = ?',
      [second.keyId, first.keyId],
    )
    expect(identities.key(first.id)).toEqual(failure({ code: 'damaged' }))
    expect(identities.key(second.id).ok).toBe(true)
  })

  it('are preferred one per address: the renewed one, or the one that was chosen', async () => {
    const { identities } = await testIdentities(await testProfile())
    const old = await enrolled(identities, one, 1)
    const renewed = await enrolled(identities, other, 2, ['anna@example.ORG', 'info@example.org'])
    expect(identities.get(old.id)?.preferred).toBe(false)
    expect(renewed.preferred).toBe(true)
    expect(identities.prefer(old.id)?.preferred).toBe(true)
    // It still signs for its second address.
    expect(identities.get(renewed.id)?.preferred).toBe(true)
    expect(identities.prefer('unknown')).toBeUndefined()
  })

  it('imported leave the preference where it is', async () => {
    const { identities } = await testIdentities(await testProfile())
    await enrolled(identities, one, 1)
    const pair = {
      pkcs8: other.pkcs8,
      certificateDer: certificateAround(other.publicKeyInfo, 2),
      addresses: [anna],
      chain: [],
    }
    const imported = expectSuccess(await identities.importPair(pair))
    expect([imported.known, imported.identity.preferred]).toEqual([false, false])
    expect(expectSuccess(await identities.importPair(pair)).known).toBe(true)
    expect(identities.list()).toHaveLength(2)
  })

  it('retired hand the preference on, keep their key, and can come back', async () => {
    const { identities } = await testIdentities(await testProfile())
    const old = await enrolled(identities, one, 1)
    const renewed = await enrolled(identities, other, 2)
    expect(identities.retire(renewed.id, true)).toMatchObject({ retired: true, preferred: false })
    expect(identities.get(old.id)?.preferred).toBe(true)
    expect(identities.key(renewed.id).ok).toBe(true)
    identities.retire(old.id, true)
    expect(identities.retire(renewed.id, false)).toMatchObject({ retired: false, preferred: true })
  })

  it('never lose a key: the database itself refuses', async () => {
    const profile = await testProfile()
    const { identities } = await testIdentities(profile)
    await enrolled(identities, one)
    expect(() => profile.database.run('DELETE FROM private_keys')).toThrow('never deleted')
  })

  it('remember when they were saved outside', async () => {
    const { identities } = await testIdentities(await testProfile())
    const identity = await enrolled(identities, one)
    expect(identity.backedUpAt).toBeUndefined()
    expect(identities.markBackedUp(identity.id)?.backedUpAt).toEqual(new Date('2026-03-01T12:00:00Z'))
  })

  it('on a full disk are not half there', async () => {
    const profile = await testProfile()
    const { identities } = await testIdentities(profile)
    const pages = profile.database.get<{ page_count: number }>('PRAGMA page_count')?.page_count ?? 0
    profile.database.exec(`PRAGMA max_page_count = ${pages}`)
    const certificateDer = certificateAround(one.publicKeyInfo, 1)
    const chain = Array.from({ length: 300 }, () => new Uint8Array(2000))
    const pair = { pkcs8: one.pkcs8, certificateDer, addresses: [anna], chain }
    expect(await identities.importPair(pair)).toEqual(failure({ code: 'disk-full' }))
    expect(identities.list()).toEqual([])
    expect(identities.keyIdFor(certificateDer)).toBeUndefined()
  })
})

it('the public half of a kept key is the one that belongs to it', async () => {
  expect(hexText(expectSuccess(publicKeyInfoOf(one.pkcs8)))).toBe(hexText(one.publicKeyInfo))
})
