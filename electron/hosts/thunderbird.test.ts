/** Out of a Thunderbird profile, with NSS's real tools on a real store. */

import { symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { failureOf } from '../services/testServices.ts'
import {
  hasNss,
  profileOf,
  servicesWith,
  type TestOwner,
  type TestThunderbird,
  testAddress,
  testOwner,
  testThunderbird,
} from './testThunderbird.ts'
import { isInUse } from './thunderbirdMachine.ts'

let owner: TestOwner
beforeAll(async () => {
  owner = await testOwner()
})

async function putIn({ folder, nss }: TestThunderbird, primaryPassword = ''): Promise<void> {
  writeFileSync(join(folder, 'a.p12'), await owner.file())
  nss('pk12util', '-i', join(folder, 'a.p12'), '-W', 'geheim', '-K', primaryPassword)
}

describe.skipIf(!hasNss)('a Thunderbird profile', () => {
  it('shows its senders and the certificates inside before anything is taken, and gives them with key and chain', async () => {
    const thunderbird = testThunderbird(testAddress)
    await putIn(thunderbird)
    const client = await servicesWith(thunderbird)
    const profile = await profileOf(client)
    expect(profile).toMatchObject({ name: 'default-release', isDefault: true, running: false })
    expect(profile.senders).toEqual([{ key: 'id1', name: 'Anna', address: testAddress, signs: false, encrypts: false }])
    const [found, ...others] = await client.thunderbird.certificates({ profile: profile.id })
    expect(found).toMatchObject({
      nickname: 'Anna',
      known: false,
      certificate: { sha256: owner.anna.certificate.sha256 },
    })
    expect(others).toEqual([])
    expect(await client.identities.list()).toEqual([])
    const request = { profile: profile.id, certificates: [owner.anna.certificate.sha256] }
    const taken = await client.thunderbird.take(request)
    expect(taken.imported).toMatchObject([{ addresses: [testAddress], source: 'import' }])
    const { chain } = await client.identities.get({ id: taken.imported[0]?.id ?? '' })
    expect(chain.chain).toHaveLength(2)
    expect((await client.thunderbird.take(request)).known).toHaveLength(1)
    expect((await client.thunderbird.certificates({ profile: profile.id }))[0]?.known).toBe(true)
  })

  it('asks for its primary password, also one with a colon and an umlaut, and says when it is another one', async () => {
    const primaryPassword = 'ge:heim ü'
    const thunderbird = testThunderbird(testAddress, { primaryPassword })
    await putIn(thunderbird, primaryPassword)
    const client = await servicesWith(thunderbird)
    const { id } = await profileOf(client)
    expect(await client.thunderbird.certificates({ profile: id })).toHaveLength(1)
    const request = { profile: id, certificates: [owner.anna.certificate.sha256] }
    expect(await failureOf(client.thunderbird.take(request))).toMatchObject({ code: 'primary-password-needed' })
    const wrong = { ...request, primaryPassword: 'geheim' }
    expect(await failureOf(client.thunderbird.take(wrong))).toMatchObject({ code: 'wrong-primary-password' })
    expect(await client.identities.list()).toEqual([])
    expect((await client.thunderbird.take({ ...request, primaryPassword })).imported).toHaveLength(1)
  })

  it('whose store is no store says so, and one that is not there is not found', async () => {
    const thunderbird = testThunderbird(testAddress)
    writeFileSync(join(thunderbird.folder, 'cert9.db'), 'no database')
    const client = await servicesWith(thunderbird)
    const { id } = await profileOf(client)
    expect(await failureOf(client.thunderbird.certificates({ profile: id }))).toMatchObject({
      code: 'thunderbird-store-unreadable',
    })
    expect(await failureOf(client.thunderbird.certificates({ profile: '/etc' }))).toMatchObject({ code: 'not-found' })
  })
})

describe.skipIf(!hasNss || process.platform === 'win32')('the lock of a profile', () => {
  it('holds while its process lives, and not when a crash left it behind', async () => {
    const { folder } = testThunderbird(testAddress)
    expect(await isInUse(folder, 'linux')).toBe(false)
    writeFileSync(join(folder, '.parentlock'), '')
    expect(await isInUse(folder, 'linux')).toBe(false)
    // No process has this number: Linux ends at 2^22.
    symlinkSync('127.0.0.1:+8388607', join(folder, 'lock'))
    expect(await isInUse(folder, 'linux')).toBe(false)
  })

  it('of Windows is a file that nobody else may open', async () => {
    const { folder } = testThunderbird(testAddress)
    expect(await isInUse(folder, 'win32')).toBe(false)
    writeFileSync(join(folder, 'parent.lock'), '')
    expect(await isInUse(folder, 'win32')).toBe(false)
  })
})
