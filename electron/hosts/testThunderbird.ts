/** For tests: a computer of its own with a Thunderbird profile on it, whose store NSS's real tools made, and somebody with a certificate. */

import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRouterClient } from '@orpc/server'
import { onTestFinished } from 'vitest'
import type { ThunderbirdMachine } from '../acquisition/thunderbird/machine.ts'
import { base64Text } from '../base/bytes.ts'
import { systemRandom } from '../base/random.ts'
import { type TestEntity, testAuthority, testPerson } from '../certificates/testPki.ts'
import { writePkcs12 } from '../keystore/pkcs12/write.ts'
import type { ServiceContext } from '../services/context.ts'
import { router } from '../services/router.ts'
import { testServices } from '../services/testServices.ts'
import { thunderbirdMachine } from './thunderbirdMachine.ts'

export const hasNss = ['certutil', 'pk12util'].every((tool) => spawnSync(tool, ['-H']).error === undefined)

const prefs = (address: string) => `user_pref("mail.account.account1.identities", "id1");
user_pref("mail.account.account1.server", "server1");
user_pref("mail.accountmanager.accounts", "account1");
user_pref("mail.accountmanager.defaultaccount", "account1");
user_pref("mail.identity.id1.fullName", "Anna");
user_pref("mail.identity.id1.useremail", "${address}");
user_pref("mail.identity.id1.valid", true);
user_pref("mail.server.server1.hostname", "nobody");
user_pref("mail.server.server1.type", "none");
user_pref("mail.server.server1.userName", "nobody");
`

export interface TestThunderbird {
  readonly machine: ThunderbirdMachine
  /** The profile's folder. */
  readonly folder: string
  /** Runs an NSS tool on the profile's store and answers with what it wrote. */
  nss(tool: 'certutil' | 'pk12util', ...parameters: readonly string[]): string
}

/** `machineOver` changes what the computer does. */
export function testThunderbird(
  address: string,
  options: { primaryPassword?: string; machineOver?: Partial<ThunderbirdMachine> } = {},
): TestThunderbird {
  const home = mkdtempSync(join(tmpdir(), 'siegel-thunderbird-'))
  onTestFinished(() => rmSync(home, { recursive: true, force: true }))
  const folder = join(home, '.thunderbird', 'abcd.default-release')
  mkdirSync(folder, { recursive: true })
  const ini = '[Profile0]\nName=default-release\nIsRelative=1\nPath=abcd.default-release\nDefault=1\n'
  writeFileSync(join(home, '.thunderbird', 'profiles.ini'), ini)
  writeFileSync(join(folder, 'prefs.js'), prefs(address))
  const nss: TestThunderbird['nss'] = (tool, ...parameters) =>
    execFileSync(tool, [...parameters, '-d', `sql:${folder}`], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
  if (options.primaryPassword === undefined) nss('certutil', '-N', '--empty-password')
  else {
    writeFileSync(join(home, 'primary'), `${options.primaryPassword}\n`)
    nss('certutil', '-N', '-f', join(home, 'primary'))
  }
  const machine = thunderbirdMachine(join(home, 'siegel'))
  return { machine: { ...machine, platform: 'linux', home, ...options.machineOver }, folder, nss }
}

export const testAddress = 'anna@example.org'
/** Of the vault of `servicesWith`. */
export const vaultPassphrase = 'correct horse battery staple'
export const testValidity = {
  notBefore: new Date(Date.now() - 86_400_000),
  notAfter: new Date(Date.now() + 86_400_000),
}

export async function servicesWith({ machine }: Pick<TestThunderbird, 'machine'>) {
  const context = await testServices('real')
  const runtime = { ...context.runtime, thunderbird: async () => machine }
  const withThunderbird: ServiceContext = Object.create(context, { runtime: { value: runtime } })
  return createRouterClient(router, { context: withThunderbird })
}

export interface TestOwner {
  readonly root: TestEntity
  readonly anna: TestEntity
  /** PKCS#12 with key and chain, under "geheim". */
  file(): Promise<Uint8Array>
}

export async function testOwner(): Promise<TestOwner> {
  const root = await testAuthority('Root: of tests', {}, testValidity)
  const anna = await testPerson(testAddress, { issuer: root }, testValidity)
  const file = () =>
    writePkcs12({
      pkcs8: anna.pkcs8,
      certificateDer: anna.certificate.der,
      chain: [root.certificate.der],
      friendlyName: 'Anna',
      password: 'geheim',
      profile: 'modern',
      random: systemRandom,
      iterations: 100,
    })
  return { root, anna, file }
}

export async function profileOf(client: Awaited<ReturnType<typeof servicesWith>>) {
  const { tools, profiles } = await client.thunderbird.profiles()
  const [profile] = profiles
  if (!tools || !profile) throw new Error('a profile and the tools')
  return profile
}

/** Anna's identity in Siegel, a profile, and the request that puts the one into the other. */
export async function preparedInstall(owner: TestOwner, options: Parameters<typeof testThunderbird>[1] = {}) {
  const thunderbird = testThunderbird(testAddress, options)
  const client = await servicesWith(thunderbird)
  const source = { bytes: base64Text(await owner.file()) }
  const { imported } = await client.identities.import({ source, password: 'geheim' })
  const profile = await profileOf(client)
  const request = {
    profile: profile.id,
    identity: imported[0]?.id ?? '',
    senders: ['id1'],
    sign: true,
    encrypt: false,
    trustRoot: true,
    passphrase: vaultPassphrase,
  }
  return { ...thunderbird, client, request }
}
