/** An identity into a Thunderbird profile, with NSS's real tools on a real store. */

import { lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import type { ThunderbirdMachine } from '../acquisition/thunderbird/machine.ts'
import { writePem } from '../asn1/pem.ts'
import { base64Text, utf8Text } from '../base/bytes.ts'
import { systemRandom } from '../base/random.ts'
import { expectSuccess, failure } from '../base/result.ts'
import { testAuthority, testPerson } from '../certificates/testPki.ts'
import { writePkcs12 } from '../keystore/pkcs12/write.ts'
import { failureOf } from '../services/testServices.ts'
import {
  hasNss,
  preparedInstall,
  profileOf,
  servicesWith,
  type TestOwner,
  testAddress,
  testOwner,
  testThunderbird,
  testValidity,
} from './testThunderbird.ts'
import { thunderbirdMachine } from './thunderbirdMachine.ts'

let owner: TestOwner
beforeAll(async () => {
  owner = await testOwner()
})

/** Every file and folder with what is inside and who may read it. */
function everythingIn(folder: string): Record<string, string> {
  const entries = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => {
    const facts = lstatSync(join(folder, name))
    return [name, `${facts.mode.toString(8)} ${facts.isFile() ? readFileSync(join(folder, name), 'base64') : ''}`]
  })
  return Object.fromEntries(entries)
}

describe.skipIf(!hasNss)('an identity', () => {
  const databasesIn = (files: Record<string, string>) => Object.entries(files).filter(([name]) => name.endsWith('.db'))

  it('goes into a profile: key and chain into the store, the root trusted for mail alone, the sender set to it', async () => {
    const { client, request, folder, nss, machine } = await preparedInstall(owner)
    const before = readFileSync(join(folder, 'prefs.js'), 'utf8')
    const done = await client.thunderbird.install(request)
    expect(done.addresses).toEqual([testAddress])
    const listed = nss('certutil', '-L')
    expect(listed).toMatch(/^anna@example\.org\s+u,u,u/m)
    expect(listed).toMatch(/Root: of tests\s+,C,/m)
    const verified = await machine.run('certutil', ['-V', '-n', testAddress, '-u', 'S', '-d', `sql:${folder}`])
    expect(utf8Text(expectSuccess(verified))).toContain('certificate is valid')
    expect((await profileOf(client)).senders).toMatchObject([
      { certificate: testAddress, signs: true, encrypts: false },
    ])
    expect(readFileSync(join(done.copyFolder, 'prefs.js'), 'utf8')).toBe(before)
  })

  it('goes into a profile with a primary password only with it, and otherwise leaves every file as it was', async () => {
    const { client, request, folder } = await preparedInstall(owner, { primaryPassword: 'haupt' })
    const before = everythingIn(folder)
    expect(await failureOf(client.thunderbird.install(request))).toMatchObject({ code: 'primary-password-needed' })
    expect(everythingIn(folder)).toEqual(before)
    await client.thunderbird.install({ ...request, primaryPassword: 'haupt' })
    expect((await profileOf(client)).senders[0]?.signs).toBe(true)
  })

  it('whose root is not known is not put in where the root shall be trusted', async () => {
    const { client, request, folder } = await preparedInstall(owner)
    const alone = await testPerson('solo@example.org', { issuer: owner.root }, testValidity)
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
    expect(everythingIn(folder)['prefs.js']).toBeDefined()
    expect((await profileOf(client)).senders[0]?.signs).toBe(false)
  })

  it('leaves the profile byte for byte as it was, whichever step does not succeed', async () => {
    // What is done to the computer, counted; the one with the number `failing` doesn't succeed.
    let [count, failing] = [0, 0]
    const isTurn = () => ++count === failing
    const full = Object.assign(new Error('full'), { code: 'ENOSPC' })
    const onOwn = thunderbirdMachine(join(tmpdir(), 'siegel-unused'))
    const rejecting =
      <Parameters extends unknown[]>(step: (...parameters: Parameters) => Promise<void>) =>
      async (...parameters: Parameters) => {
        if (!isTurn()) return step(...parameters)
        // Half done, as on a full disk.
        if (parameters[2] !== undefined) mkdirSync(String(parameters[1]), { recursive: true })
        throw full
      }
    const machineOver: Partial<ThunderbirdMachine> = {
      run: async (program, parameters) => {
        // Whether the tools are there is asked before anything is done.
        if (parameters[0] === '-H' || !isTurn()) return onOwn.run(program, parameters)
        return failure(failing % 2 === 0 ? { code: 'slow' } : { code: 'refused', detail: 'SEC_ERROR_IO' })
      },
      copy: rejecting(onOwn.copy),
      replace: rejecting(onOwn.replace),
      remove: rejecting(onOwn.remove),
      isInUse: async () => isTurn(),
    }
    const { client, request, folder, nss } = await preparedInstall(owner, { machineOver })
    const before = everythingIn(folder)
    const codes = new Set<string | undefined>()
    for (failing = 1; failing < 100; failing++) {
      count = 0
      const failed = await failureOf(client.thunderbird.install(request))
      if (!failed) break
      codes.add(failed.code)
      expect(everythingIn(folder), `${failed.code} at step ${failing}`).toEqual(before)
    }
    expect([...codes].sort()).toEqual([
      'thunderbird-not-changed',
      'thunderbird-running',
      'thunderbird-store-unreadable',
    ])
    expect(failing).toBeGreaterThan(15)
    expect(nss('certutil', '-L')).toContain(testAddress)
    expect(everythingIn(folder)).not.toEqual(before)
  })

  it('that cannot be put back either says where everything as it was lies', async () => {
    const refuse = async () => {
      throw Object.assign(new Error('read-only'), { code: 'EROFS' })
    }
    const onOwn = thunderbirdMachine(join(tmpdir(), 'siegel-unused'))
    const replace: ThunderbirdMachine['replace'] = async (path, content) =>
      path.includes('siegel-copy-') ? onOwn.replace(path, content) : refuse()
    const { client, request, folder } = await preparedInstall(owner, {
      machineOver: { replace, putBack: refuse },
    })
    const before = everythingIn(folder)
    const failed = await failureOf(client.thunderbird.install(request))
    const folderName = readdirSync(folder).find((name) => name.startsWith('siegel-copy-'))
    const copyFolder = join(folder, folderName ?? '')
    expect(failed).toEqual({ code: 'thunderbird-half-changed', data: { reason: 'EROFS', folder: copyFolder } })
    expect(everythingIn(copyFolder)).toMatchObject(Object.fromEntries(databasesIn(before)))
  })

  it('goes into a store that Thunderbird left in the middle of a change, without what was half written', async () => {
    const { client, request, folder, nss } = await preparedInstall(owner)
    // A journal that was cut off: SQLite sees that it is none and goes on without.
    writeFileSync(join(folder, 'cert9.db-journal'), 'cut')
    await client.thunderbird.install(request)
    expect(readdirSync(folder)).not.toContain('cert9.db-journal')
    expect(nss('certutil', '-L')).toContain(testAddress)
  })

  it('lets its root vouch for mail, and takes away nothing that the root was trusted for', async () => {
    const { client, request, folder, nss } = await preparedInstall(owner)
    writeFileSync(join(folder, '..', 'root.pem'), writePem('CERTIFICATE', owner.root.certificate.der))
    nss('certutil', '-A', '-n', 'Mine', '-t', 'CT,p,C', '-a', '-i', join(folder, '..', 'root.pem'))
    await client.thunderbird.install(request)
    expect(nss('certutil', '-L')).toMatch(/^Mine\s+CT,C,C/m)
  })

  it('lets its root vouch for mail where another issuer has its name in the store', async () => {
    const { client, request, folder, nss } = await preparedInstall(owner)
    const other = await testAuthority('Another root', {}, testValidity)
    writeFileSync(join(folder, '..', 'other.pem'), writePem('CERTIFICATE', other.certificate.der))
    nss('certutil', '-A', '-n', 'Root of tests', '-t', 'C,,', '-a', '-i', join(folder, '..', 'other.pem'))
    await client.thunderbird.install(request)
    const listed = nss('certutil', '-L')
    expect(listed).toMatch(/^Root of tests\s+C,,/m)
    expect(listed).toMatch(/\s,C,\s*$/m)
  })

  it('stays out of a profile that Thunderbird has open, and without the passphrase', async () => {
    const { client, request, folder } = await preparedInstall(owner)
    expect(await failureOf(client.thunderbird.install({ ...request, passphrase: 'x' }))).toMatchObject({
      code: 'wrong-passphrase',
    })
    symlinkSync(`127.0.0.1:+${process.pid}`, join(folder, 'lock'))
    const before = everythingIn(folder)
    expect(await failureOf(client.thunderbird.install(request))).toEqual({ code: 'thunderbird-running', data: {} })
    expect(everythingIn(folder)).toEqual(before)
    expect(await failureOf(client.thunderbird.install({ ...request, senders: ['id9'] }))).toBeDefined()
  })
})
