/** Out of a Thunderbird profile and into one, with NSS's real tools on a real store. */

import { readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createRouterClient } from '@orpc/server'
import { beforeAll, describe, expect, it } from 'vitest'
import { base64Text, utf8Text } from '../base/bytes.ts'
import { systemRandom } from '../base/random.ts'
import { expectSuccess } from '../base/result.ts'
import { type TestEntity, testAuthority, testPerson } from '../certificates/testPki.ts'
import { writePkcs12 } from '../keystore/pkcs12/write.ts'
import type { ServiceContext } from '../services/context.ts'
import { router } from '../services/router.ts'
import { failureOf, testServices } from '../services/testServices.ts'
import { hasNss, type TestThunderbird, testThunderbird } from './testThunderbird.ts'
import { isInUse } from './thunderbirdMachine.ts'

const passphrase = 'correct horse battery staple'
const address = 'anna@example.org'
const validity = { notBefore: new Date(Date.now() - 86_400_000), notAfter: new Date(Date.now() + 86_400_000) }
let root: TestEntity
let anna: TestEntity
beforeAll(async () => {
  root = await testAuthority('Root: of tests', {}, validity)
  anna = await testPerson(address, { issuer: root }, validity)
})

async function servicesWith({ machine }: Pick<TestThunderbird, 'machine'>) {
  const context = await testServices('real')
  const runtime = { ...context.runtime, thunderbird: async () => machine }
  const withThunderbird: ServiceContext = Object.create(context, { runtime: { value: runtime } })
  return createRouterClient(router, { context: withThunderbird })
}

async function annasFile(): Promise<Uint8Array> {
  return writePkcs12({
    pkcs8: anna.pkcs8,
    certificateDer: anna.certificate.der,
    chain: [root.certificate.der],
    friendlyName: 'Anna',
    password: 'geheim',
    profile: 'modern',
    random: systemRandom,
    iterations: 100,
  })
}

async function putIn({ folder, nss }: TestThunderbird, primaryPassword = ''): Promise<void> {
  writeFileSync(join(folder, 'a.p12'), await annasFile())
  nss('pk12util', '-i', join(folder, 'a.p12'), '-W', 'geheim', '-K', primaryPassword)
}

async function profileOf(client: Awaited<ReturnType<typeof servicesWith>>) {
  const { tools, profiles } = await client.thunderbird.profiles()
  const [profile] = profiles
  if (!tools || !profile) throw new Error('a profile and the tools')
  return profile
}

describe.skipIf(!hasNss)('a Thunderbird profile', () => {
  it('shows its senders and the certificates inside before anything is taken, and gives them with key and chain', async () => {
    const thunderbird = testThunderbird(address)
    await putIn(thunderbird)
    const client = await servicesWith(thunderbird)
    const profile = await profileOf(client)
    expect(profile).toMatchObject({ name: 'default-release', isDefault: true, running: false })
    expect(profile.senders).toEqual([{ key: 'id1', name: 'Anna', address, signs: false, encrypts: false }])
    const [found, ...others] = await client.thunderbird.certificates({ profile: profile.id })
    expect(found).toMatchObject({ nickname: 'Anna', known: false, certificate: { sha256: anna.certificate.sha256 } })
    expect(others).toEqual([])
    expect(await client.identities.list()).toEqual([])
    const request = { profile: profile.id, certificates: [anna.certificate.sha256] }
    const taken = await client.thunderbird.take(request)
    expect(taken.imported).toMatchObject([{ addresses: [address], source: 'import' }])
    const { chain } = await client.identities.get({ id: taken.imported[0]?.id ?? '' })
    expect(chain.chain).toHaveLength(2)
    expect((await client.thunderbird.take(request)).known).toHaveLength(1)
    expect((await client.thunderbird.certificates({ profile: profile.id }))[0]?.known).toBe(true)
  })

  it('asks for its primary password, also one with a colon and an umlaut, and says when it is another one', async () => {
    const primaryPassword = 'ge:heim ü'
    const thunderbird = testThunderbird(address, { primaryPassword })
    await putIn(thunderbird, primaryPassword)
    const client = await servicesWith(thunderbird)
    const { id } = await profileOf(client)
    expect(await client.thunderbird.certificates({ profile: id })).toHaveLength(1)
    const request = { profile: id, certificates: [anna.certificate.sha256] }
    expect(await failureOf(client.thunderbird.take(request))).toMatchObject({ code: 'primary-password-needed' })
    const wrong = { ...request, primaryPassword: 'geheim' }
    expect(await failureOf(client.thunderbird.take(wrong))).toMatchObject({ code: 'wrong-primary-password' })
    expect(await client.identities.list()).toEqual([])
    expect((await client.thunderbird.take({ ...request, primaryPassword })).imported).toHaveLength(1)
  })

  it('whose store is no store says so, and one that is not there is not found', async () => {
    const thunderbird = testThunderbird(address)
    writeFileSync(join(thunderbird.folder, 'cert9.db'), 'no database')
    const client = await servicesWith(thunderbird)
    const { id } = await profileOf(client)
    expect(await failureOf(client.thunderbird.certificates({ profile: id }))).toMatchObject({
      code: 'thunderbird-store-unreadable',
    })
    expect(await failureOf(client.thunderbird.certificates({ profile: '/etc' }))).toMatchObject({ code: 'not-found' })
  })
})

describe.skipIf(!hasNss)('an identity', () => {
  async function prepared(options: Parameters<typeof testThunderbird>[1] = {}) {
    const thunderbird = testThunderbird(address, options)
    const client = await servicesWith(thunderbird)
    const source = { bytes: base64Text(await annasFile()) }
    const { imported } = await client.identities.import({ source, password: 'geheim' })
    const profile = await profileOf(client)
    const request = {
      profile: profile.id,
      identity: imported[0]?.id ?? '',
      senders: ['id1'],
      sign: true,
      encrypt: false,
      trustRoot: true,
      passphrase,
    }
    return { ...thunderbird, client, request }
  }
  const filesOf = (folder: string) =>
    Object.fromEntries(
      readdirSync(folder, { withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map(({ name }) => [name, readFileSync(join(folder, name), 'base64')]),
    )

  it('goes into a profile: key and chain into the store, the root trusted for mail alone, the sender set to it', async () => {
    const { client, request, folder, nss, machine } = await prepared()
    const before = readFileSync(join(folder, 'prefs.js'), 'utf8')
    const done = await client.thunderbird.install(request)
    expect(done.addresses).toEqual([address])
    const listed = nss('certutil', '-L')
    expect(listed).toMatch(/^anna@example\.org\s+u,u,u/m)
    expect(listed).toMatch(/Root: of tests\s+,C,/m)
    const verified = await machine.run('certutil', ['-V', '-n', address, '-u', 'S', '-d', `sql:${folder}`])
    expect(utf8Text(expectSuccess(verified))).toContain('certificate is valid')
    expect((await profileOf(client)).senders).toMatchObject([{ certificate: address, signs: true, encrypts: false }])
    expect(readFileSync(join(done.copyFolder, 'prefs.js'), 'utf8')).toBe(before)
  })

  it('goes into a profile with a primary password only with it, and otherwise leaves every file as it was', async () => {
    const { client, request, folder } = await prepared({ primaryPassword: 'haupt' })
    const before = filesOf(folder)
    expect(await failureOf(client.thunderbird.install(request))).toMatchObject({ code: 'primary-password-needed' })
    expect(filesOf(folder)).toEqual(before)
    await client.thunderbird.install({ ...request, primaryPassword: 'haupt' })
    expect((await profileOf(client)).senders[0]?.signs).toBe(true)
  })

  it('whose root is not known is not put in where the root shall be trusted', async () => {
    const { client, request, folder } = await prepared()
    const alone = await testPerson('solo@example.org', { issuer: root }, validity)
    const input = { pkcs8: alone.pkcs8, certificateDer: alone.certificate.der, chain: [], friendlyName: 'Solo' }
    const file = await writePkcs12({
      ...input,
      password: 'x',
      profile: 'modern',
      random: systemRandom,
      iterations: 100,
    })
    const other = await servicesWith(testThunderbird('solo@example.org'))
    const { imported } = await other.identities.import({ source: { bytes: base64Text(file) }, password: 'x' })
    const { id } = await profileOf(other)
    const asked = { ...request, profile: id, identity: imported[0]?.id ?? '' }
    expect(await failureOf(other.thunderbird.install(asked))).toEqual({ code: 'not-found', data: { what: 'anchor' } })
    expect((await other.thunderbird.install({ ...asked, trustRoot: false })).addresses).toEqual(['solo@example.org'])
    expect(filesOf(folder)['prefs.js']).toBeDefined()
    expect((await profileOf(client)).senders[0]?.signs).toBe(false)
  })

  it('is put back out where the last step does not succeed', async () => {
    const replace = async () => {
      throw Object.assign(new Error('full'), { code: 'ENOSPC' })
    }
    const { client, request, folder, nss } = await prepared({ machineOver: { replace } })
    const before = filesOf(folder)
    expect(await failureOf(client.thunderbird.install(request))).toEqual({
      code: 'thunderbird-not-changed',
      data: { reason: 'ENOSPC' },
    })
    expect(filesOf(folder)).toEqual(before)
    expect(nss('certutil', '-L')).not.toContain(address)
  })

  it('stays out of a profile that Thunderbird has open, and without the passphrase', async () => {
    const { client, request, folder } = await prepared()
    expect(await failureOf(client.thunderbird.install({ ...request, passphrase: 'x' }))).toMatchObject({
      code: 'wrong-passphrase',
    })
    symlinkSync(`127.0.0.1:+${process.pid}`, join(folder, 'lock'))
    const before = filesOf(folder)
    expect(await failureOf(client.thunderbird.install(request))).toEqual({ code: 'thunderbird-running', data: {} })
    expect(filesOf(folder)).toEqual(before)
    expect(await failureOf(client.thunderbird.install({ ...request, senders: ['id9'] }))).toBeDefined()
  })
})

describe.skipIf(process.platform === 'win32')('the lock of a profile', () => {
  it('holds while its process lives, and not when a crash left it behind', async () => {
    const { folder } = testThunderbird(address)
    expect(await isInUse(folder, 'linux')).toBe(false)
    writeFileSync(join(folder, '.parentlock'), '')
    expect(await isInUse(folder, 'linux')).toBe(false)
    // No process has this number: Linux ends at 2^22.
    symlinkSync('127.0.0.1:+8388607', join(folder, 'lock'))
    expect(await isInUse(folder, 'linux')).toBe(false)
  })

  it('of Windows is a file that nobody else may open', async () => {
    const { folder } = testThunderbird(address)
    expect(await isInUse(folder, 'win32')).toBe(false)
    writeFileSync(join(folder, 'parent.lock'), '')
    expect(await isInUse(folder, 'win32')).toBe(false)
  })
})
