/** Vaults and identities for tests: the same code at the lowest cost that the bounds allow. */

import type { Clock } from '../base/clock.ts'
import { systemRandom } from '../base/random.ts'
import { expectSuccess } from '../base/result.ts'
import type { Profile } from '../storage/profile.ts'
import { testClock } from '../storage/testProfile.ts'
import { createIdentityStore, type IdentityStore } from './identityStore.ts'
import type { PassphraseCost } from './masterKey.ts'
import { createVault, type OsSecretStore, type Vault, type VaultOptions } from './vault.ts'

export const testPassphrase = 'correct horse battery staple'
export const testCost: PassphraseCost = { cost: 2 ** 14, blockSize: 8, parallelism: 1 }

export function testVault(
  profile: Profile,
  clock: Clock = testClock,
  osSecretStore?: OsSecretStore,
  waitForTurn?: VaultOptions['waitForTurn'],
): Vault {
  const { database } = profile
  const common = { database, clock, random: systemRandom, cost: testCost, waitForTurn }
  return createVault(osSecretStore ? { ...common, osSecretStore } : common)
}

/** An identity store over an unlocked vault. */
export async function testIdentities(
  profile: Profile,
  clock: Clock = testClock,
): Promise<{ identities: IdentityStore; vault: Vault }> {
  const vault = testVault(profile, clock)
  expectSuccess(vault.state() === 'none' ? await vault.create(testPassphrase) : await vault.unlock(testPassphrase))
  return { vault, identities: createIdentityStore({ database: profile.database, vault, clock, random: systemRandom }) }
}
