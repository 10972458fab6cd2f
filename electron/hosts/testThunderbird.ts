/** For tests: a computer of its own with a Thunderbird profile on it, whose store NSS's real tools made. */

import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { ThunderbirdMachine } from '../acquisition/thunderbird/machine.ts'
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
