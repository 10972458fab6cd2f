/** The keystore's lock: one passphrase opens everything that is secret in a profile. */

import { oc } from '@orpc/contract'
import { z } from 'zod'
import { failures, weakPassphrase } from './errors.ts'
import { allowWeak, instant, passphrase } from './values.ts'

export const vaultState = z.object({
  state: z.enum(['none', 'locked', 'unlocked']),
  /** Minutes without use after which the vault locks itself; 0 means never. */
  autoLockMinutes: z.number().int().min(0).max(1440),
  osStore: z.object({ available: z.boolean(), enabled: z.boolean() }),
  /** When the next attempt is taken, after wrong passphrases. */
  retryAt: instant.optional(),
})
export type VaultState = z.infer<typeof vaultState>

export const vaultContract = {
  state: oc.output(vaultState),
  /** What a guesser expects of this person, for the meter of whatever passphrase they choose. */
  expectedWords: oc.output(z.array(z.string())),
  create: oc
    .input(z.object({ passphrase, allowWeak }))
    .output(vaultState)
    .errors(failures('vault-exists', ...weakPassphrase, 'disk-full')),
  unlock: oc
    .input(z.object({ passphrase }))
    .output(vaultState)
    .errors(failures('no-vault', 'wrong-passphrase', 'too-many-attempts')),
  unlockFromOsStore: oc.output(vaultState).errors(failures('no-vault', 'os-store-unavailable', 'os-store-refused')),
  lock: oc.output(vaultState),
  changePassphrase: oc
    .input(z.object({ current: passphrase, next: passphrase }))
    .output(vaultState)
    .errors(failures('no-vault', 'wrong-passphrase', 'too-many-attempts', ...weakPassphrase, 'disk-full')),
  setOsStore: oc
    .input(z.object({ enabled: z.boolean() }))
    .output(vaultState)
    .errors(failures('no-vault', 'locked', 'os-store-unavailable', 'os-store-refused', 'disk-full')),
  setAutoLock: oc
    .input(z.object({ minutes: z.number().int().min(0).max(1440) }))
    .output(vaultState)
    .errors(failures('no-vault', 'disk-full')),
  /** Somebody is at the window: the time until the vault locks itself begins anew. */
  stillHere: oc.output(z.object({})),
}
