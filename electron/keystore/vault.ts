/**
 * The vault: one passphrase opens everything that is secret in a profile. The master key is in memory while the vault is
 * unlocked and is wiped when it locks: on request, after idle time, and when the profile closes.
 *
 * JavaScript can't promise that no copy of a secret stays in memory; the buffers that this code owns are overwritten.
 */

import { utf8Bytes, wipe } from '../base/bytes.ts'
import type { Clock } from '../base/clock.ts'
import type { Random } from '../base/random.ts'
import { failure, type Result, success } from '../base/result.ts'
import { openBytes, sealBytes } from '../crypto/sealedBytes.ts'
import { type Database, unlessDiskFull } from '../storage/database.ts'
import { createAttempts } from './attempts.ts'
import { createIdleLock } from './idleLock.ts'
import {
  masterKeyLength,
  newMasterKey,
  type PassphraseCost,
  passphraseCost,
  unwrapMasterKey,
  wrapMasterKey,
} from './masterKey.ts'
import type { OsSecretStore, OsStoreFailure } from './osSecretStore.ts'

export type { OsSecretStore, OsStoreFailure } from './osSecretStore.ts'

export type VaultStateName = 'none' | 'locked' | 'unlocked'
export type NotUnlocked = { readonly code: 'locked' } | { readonly code: 'no-vault' }
type NoVault = { readonly code: 'no-vault' }
type DiskFullFailure = { readonly code: 'disk-full' }
export type PassphraseFailure =
  | NoVault
  | { readonly code: 'wrong-passphrase'; readonly retryAfterSeconds: number }
  | { readonly code: 'too-many-attempts'; readonly retryAfterSeconds: number }

export interface Vault {
  state(): VaultStateName
  create(passphrase: string): Promise<Result<undefined, { readonly code: 'vault-exists' } | DiskFullFailure>>
  unlock(passphrase: string): Promise<Result<undefined, PassphraseFailure>>
  unlockFromOsStore(): Promise<Result<undefined, NoVault | OsStoreFailure>>
  lock(): void
  /** Whether this is the passphrase, with the cost and the back-off of unlocking. The state stays. */
  check(passphrase: string): Promise<Result<undefined, PassphraseFailure>>
  changePassphrase(current: string, next: string): Promise<Result<undefined, PassphraseFailure | DiskFullFailure>>
  osStore(): Promise<{ readonly available: boolean; readonly enabled: boolean }>
  setOsStore(enabled: boolean): Promise<Result<undefined, NotUnlocked | OsStoreFailure>>
  /** 0 means never. */
  autoLockMinutes(): number
  setAutoLock(minutes: number): Result<undefined, NoVault>
  /** When the next attempt is taken, after wrong passphrases. */
  retryAt(): Date | undefined
  /** A person used the program: the idle time starts anew. */
  touch(): void
  /** Seals for one row of one table; it opens nowhere else. */
  seal(table: string, rowId: string, plain: Uint8Array): Result<Uint8Array, NotUnlocked>
  /** The caller wipes the result. */
  open(table: string, rowId: string, sealed: Uint8Array): Result<Uint8Array, NotUnlocked | { readonly code: 'damaged' }>
  /** Tells of every change of state and settings, until the returned function is called. */
  onChange(listener: () => void): () => void
}

export interface VaultOptions {
  readonly database: Database
  readonly clock: Clock
  readonly random: Random
  readonly osSecretStore?: OsSecretStore
  /** Cheaper in tests. */
  readonly cost?: PassphraseCost
  /**
   * Waits these seconds for the next attempt; absent where a person is told to. Several runs at once, all with the right
   * passphrase, use up the free attempts before the first of them has succeeded.
   */
  readonly waitForTurn?: ((seconds: number) => Promise<void>) | undefined
}

const defaultAutoLockMinutes = 15

/** Longer waits come from wrong passphrases, and whoever runs the command should know of them. */
const longestTurnSeconds = 8
const turnLimit = 8

interface VaultRow {
  salt: Uint8Array
  cost: number
  block_size: number
  parallelism: number
  wrapped_key: Uint8Array
  key_check: Uint8Array
  os_wrapped_key: Uint8Array | null
  auto_lock_minutes: number
}

export function createVault(options: VaultOptions): Vault {
  const { database, clock, random, osSecretStore, cost = passphraseCost, waitForTurn } = options
  const attempts = createAttempts(database, clock)
  const listeners = new Set<() => void>()
  let masterKey: Uint8Array | undefined
  const idle = createIdleLock(clock, () => lock())

  const row = (): VaultRow | undefined => database.get<VaultRow>('SELECT * FROM vault')
  const changed = (): void => {
    for (const listener of [...listeners]) listener()
  }

  function lock(): void {
    if (!masterKey) return
    wipe(masterKey)
    masterKey = undefined
    idle.stop()
    changed()
  }

  function unlockWith(key: Uint8Array, minutes: number): void {
    if (masterKey) wipe(masterKey)
    masterKey = key
    idle.start(minutes)
    changed()
  }

  /** The key while it may be used; a computer that slept through the idle time finds the vault locked. */
  function usableKey(): Uint8Array | undefined {
    if (masterKey && idle.isOver()) lock()
    return masterKey
  }

  function notUnlocked(): NotUnlocked {
    return row() ? { code: 'locked' } : { code: 'no-vault' }
  }

  /** The master key for the passphrase: every way in counts as an attempt. The caller wipes it or keeps it. */
  /** Begins an attempt, or answers how long it would have to wait. */
  async function turn(): Promise<number | undefined> {
    let wait = attempts.begin()
    for (
      let turns = 1;
      wait !== undefined && waitForTurn && wait <= longestTurnSeconds && turns <= turnLimit;
      turns++
    ) {
      await waitForTurn(wait)
      wait = attempts.begin()
    }
    return wait
  }

  async function keyFor(passphrase: string): Promise<Result<Uint8Array, PassphraseFailure>> {
    const stored = row()
    if (!stored) return failure({ code: 'no-vault' })
    const wait = await turn()
    if (wait !== undefined) return failure({ code: 'too-many-attempts', retryAfterSeconds: wait })
    const { salt, cost, block_size: blockSize, parallelism, wrapped_key: wrappedKey } = stored
    const key = await unwrapMasterKey({ salt, cost, blockSize, parallelism, wrappedKey }, passphrase)
    if (!key.ok) {
      changed()
      return failure({ code: 'wrong-passphrase', retryAfterSeconds: attempts.waitSeconds() })
    }
    attempts.succeed()
    return key
  }

  return {
    state() {
      if (usableKey()) return 'unlocked'
      return row() ? 'locked' : 'none'
    },

    async create(passphrase) {
      if (row()) return failure({ code: 'vault-exists' })
      const key = newMasterKey(random)
      const wrapped = await wrapMasterKey(key, passphrase, cost, random)
      const written = unlessDiskFull(() =>
        database.run(
          `INSERT INTO vault (id, salt, cost, block_size, parallelism, wrapped_key, key_check, auto_lock_minutes,
             created_at)
           VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
          [
            wrapped.salt,
            wrapped.cost,
            wrapped.blockSize,
            wrapped.parallelism,
            wrapped.wrappedKey,
            sealBytes(key, new Uint8Array(), placeOf('vault', 'key_check'), random),
            defaultAutoLockMinutes,
            clock().toISOString(),
          ],
        ),
      )
      // Another process may have made one while scrypt was at work: its key seals this profile then.
      if (!written.ok || written.value.changes === 0) {
        wipe(key)
        return written.ok ? failure({ code: 'vault-exists' }) : written
      }
      unlockWith(key, defaultAutoLockMinutes)
      return success(undefined)
    },

    async unlock(passphrase) {
      const key = await keyFor(passphrase)
      if (!key.ok) return key
      unlockWith(key.value, row()?.auto_lock_minutes ?? defaultAutoLockMinutes)
      return success(undefined)
    },

    async unlockFromOsStore() {
      const stored = row()
      if (!stored) return failure({ code: 'no-vault' })
      if (!osSecretStore || !stored.os_wrapped_key || !(await osSecretStore.available())) {
        return failure({ code: 'os-store-unavailable' })
      }
      const key = await osSecretStore.reveal(stored.os_wrapped_key)
      if (!key.ok) return key
      try {
        // A key of another profile would seal new secrets that the passphrase could never open again.
        if (!isMasterKey(key.value, stored)) return failure({ code: 'os-store-refused' })
        unlockWith(Uint8Array.from(key.value), stored.auto_lock_minutes)
        return success(undefined)
      } finally {
        wipe(key.value)
      }
    },

    lock,

    async check(passphrase) {
      const key = await keyFor(passphrase)
      if (!key.ok) return key
      wipe(key.value)
      return success(undefined)
    },

    async changePassphrase(current, next) {
      const key = await keyFor(current)
      if (!key.ok) return key
      try {
        const wrapped = await wrapMasterKey(key.value, next, cost, random)
        const written = unlessDiskFull(() =>
          database.run('UPDATE vault SET salt = ?, cost = ?, block_size = ?, parallelism = ?, wrapped_key = ?', [
            wrapped.salt,
            wrapped.cost,
            wrapped.blockSize,
            wrapped.parallelism,
            wrapped.wrappedKey,
          ]),
        )
        if (!written.ok) return written
        changed()
        return success(undefined)
      } finally {
        wipe(key.value)
      }
    },

    async osStore() {
      return {
        available: (await osSecretStore?.available()) ?? false,
        enabled: (row()?.os_wrapped_key ?? null) !== null,
      }
    },

    async setOsStore(enabled) {
      const key = usableKey()
      if (!key) return failure(notUnlocked())
      let protectedKey: Uint8Array | null = null
      if (enabled) {
        if (!osSecretStore || !(await osSecretStore.available())) return failure({ code: 'os-store-unavailable' })
        const copy = Uint8Array.from(key)
        try {
          const sealed = await osSecretStore.protect(copy)
          if (!sealed.ok) return sealed
          protectedKey = sealed.value
        } finally {
          wipe(copy)
        }
      }
      database.run('UPDATE vault SET os_wrapped_key = ?', [protectedKey])
      changed()
      return success(undefined)
    },

    autoLockMinutes: () => row()?.auto_lock_minutes ?? defaultAutoLockMinutes,

    setAutoLock(minutes) {
      if (!row()) return failure({ code: 'no-vault' })
      database.run('UPDATE vault SET auto_lock_minutes = ?', [minutes])
      if (usableKey()) idle.start(minutes)
      changed()
      return success(undefined)
    },

    retryAt() {
      const wait = attempts.waitSeconds()
      return wait > 0 ? new Date(clock().getTime() + wait * 1000) : undefined
    },

    touch: () => idle.touch(),

    seal(table, rowId, plain) {
      const key = usableKey()
      if (!key) return failure(notUnlocked())
      return success(sealBytes(key, plain, placeOf(table, rowId), random))
    },

    open(table, rowId, sealed) {
      const key = usableKey()
      if (!key) return failure(notUnlocked())
      return openBytes(key, sealed, placeOf(table, rowId))
    },

    onChange(listener) {
      listeners.add(listener)
      return () => {
        listeners.delete(listener)
      }
    },
  }
}

function isMasterKey(key: Uint8Array, stored: VaultRow): boolean {
  return key.length === masterKeyLength && openBytes(key, stored.key_check, placeOf('vault', 'key_check')).ok
}

/** Binds a sealed value to its row: copied to another one it doesn't open. */
function placeOf(table: string, rowId: string): Uint8Array {
  return utf8Bytes(JSON.stringify(['siegel', 1, table, rowId]))
}
