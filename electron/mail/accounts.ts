/**
 * The user's mail accounts. Passwords are sealed by the vault, one per row. Accounts that the running sandbox lends are
 * listed beside the stored ones, but are never stored and can't be changed.
 */

import type { Account, AccountProof, ServerSettings } from '../../shared/contract/accounts.ts'
import { utf8Bytes, utf8Text, wipe } from '../base/bytes.ts'
import type { Clock } from '../base/clock.ts'
import type { Random } from '../base/random.ts'
import { failure, type Result, success } from '../base/result.ts'
import { randomId } from '../crypto/identifier.ts'
import type { Vault } from '../keystore/vault.ts'
import { isAddress, normalizedAddress } from '../mime/address.ts'
import { type Database, unlessDiskFull } from '../storage/database.ts'

export interface AccountInput {
  readonly name: string
  readonly address: string
  readonly submission: ServerSettings
  readonly mailbox: ServerSettings
  readonly password: string
}

/** An account together with what signing in takes. Not for logs, not for the window. */
export interface AccountAccess {
  readonly account: Account
  readonly password: string
  /** PEM roots in place of the built-in ones; only the sandbox has some. */
  readonly ca?: string
}

/** An account that is lent for a while. */
export type VirtualAccount = AccountAccess

type VaultShut = { readonly code: 'locked' | 'no-vault' }

export type AccountFailure =
  | VaultShut
  | { readonly code: 'sandbox-only' | 'disk-full' }
  | { readonly code: 'not-found'; readonly what: string }
  | { readonly code: 'malformed-address'; readonly address: string }
  | { readonly code: 'already-known'; readonly name: string }

type NotFound = { readonly code: 'not-found'; readonly what: string }
type NotYours = { readonly code: 'sandbox-only' }

export interface AccountStore {
  list(): Account[]
  get(id: string): Account | undefined
  /** The account with that mail address. */
  forAddress(address: string): Account | undefined
  access(id: string): Result<AccountAccess, VaultShut | NotFound>
  add(input: AccountInput): Result<Account, Exclude<AccountFailure, NotFound | { code: 'sandbox-only' }>>
  /** Without a password the stored one stays. */
  update(
    id: string,
    input: Omit<AccountInput, 'password'> & { readonly password?: string | undefined },
  ): Result<Account, AccountFailure>
  remove(id: string): Result<undefined, NotFound | NotYours>
  /** Keeps the outcome of a test; of a lent account only while this process runs. */
  recordProof(id: string, proof: AccountProof): Account | undefined
}

interface AccountRow {
  readonly id: string
  readonly name: string
  readonly address: string
  readonly submission_host: string
  readonly submission_port: number
  readonly submission_security: string
  readonly submission_user: string
  readonly mailbox_host: string
  readonly mailbox_port: number
  readonly mailbox_security: string
  readonly mailbox_user: string
  readonly sealed_password: Uint8Array
  readonly last_proof: string | null
}

const table = 'accounts'

export function createAccountStore(options: {
  database: Database
  vault: Vault
  clock: Clock
  random: Random
  virtualAccounts: () => readonly VirtualAccount[]
}): AccountStore {
  const { database, vault, clock, random } = options
  const proofsOfLent = new Map<string, AccountProof>()

  function lent(): VirtualAccount[] {
    return options.virtualAccounts().map((virtual) => {
      const lastProof = proofsOfLent.get(virtual.account.id)
      return lastProof ? { ...virtual, account: { ...virtual.account, lastProof } } : virtual
    })
  }

  const rowOf = (id: string) => database.get<AccountRow>('SELECT * FROM accounts WHERE id = ?', [id])

  function list(): Account[] {
    const stored = database.all<AccountRow>('SELECT * FROM accounts ORDER BY created_at, id', [])
    return [...lent().map(({ account }) => account), ...stored.map(accountOfRow)]
  }

  function get(id: string): Account | undefined {
    const row = rowOf(id)
    return row ? accountOfRow(row) : lent().find(({ account }) => account.id === id)?.account
  }

  function sealPassword(id: string, password: string): Result<Uint8Array, VaultShut> {
    const plain = utf8Bytes(password)
    try {
      return vault.seal(table, id, plain)
    } finally {
      wipe(plain)
    }
  }

  function otherWith(address: string, exceptId: string | undefined): Account | undefined {
    const key = normalizedAddress(address)
    return list().find((account) => account.id !== exceptId && normalizedAddress(account.address) === key)
  }

  return {
    list,
    get,
    forAddress: (address) => otherWith(address, undefined),

    access(id) {
      const virtual = lent().find(({ account }) => account.id === id)
      if (virtual) return success(virtual)
      const row = rowOf(id)
      if (!row) return failure({ code: 'not-found', what: 'account' })
      const opened = vault.open(table, id, row.sealed_password)
      if (opened.ok) {
        const password = utf8Text(opened.value)
        wipe(opened.value)
        return success({ account: accountOfRow(row), password })
      }
      if (opened.error.code === 'damaged') return failure({ code: 'not-found', what: 'password' })
      return failure({ code: opened.error.code })
    },

    add(input) {
      if (!isAddress(input.address)) return failure({ code: 'malformed-address', address: input.address })
      const other = otherWith(input.address, undefined)
      if (other) return failure({ code: 'already-known', name: other.address })
      const id = randomId(random)
      const sealed = sealPassword(id, input.password)
      if (!sealed.ok) return sealed
      const written = unlessDiskFull(() =>
        database.run(
          `INSERT INTO accounts (id, name, address, address_key,
           submission_host, submission_port, submission_security, submission_user,
           mailbox_host, mailbox_port, mailbox_security, mailbox_user, sealed_password, created_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
          [id, ...settingsColumns(input), sealed.value, clock().toISOString()],
        ),
      )
      return written.ok ? success(accountOfInput(id, input)) : written
    },

    update(id, input) {
      const row = rowOf(id)
      if (!row) {
        return failure(
          lent().some(({ account }) => account.id === id)
            ? { code: 'sandbox-only' }
            : { code: 'not-found', what: 'account' },
        )
      }
      if (!isAddress(input.address)) return failure({ code: 'malformed-address', address: input.address })
      const other = otherWith(input.address, id)
      if (other) return failure({ code: 'already-known', name: other.address })
      let password = row.sealed_password
      if (input.password) {
        const sealed = sealPassword(id, input.password)
        if (!sealed.ok) return sealed
        password = sealed.value
      }
      // What was proved, was proved with the former settings.
      const written = unlessDiskFull(() =>
        database.run(
          `UPDATE accounts SET name = ?, address = ?, address_key = ?,
           submission_host = ?, submission_port = ?, submission_security = ?, submission_user = ?,
           mailbox_host = ?, mailbox_port = ?, mailbox_security = ?, mailbox_user = ?,
           sealed_password = ?, last_proof = NULL WHERE id = ?`,
          [...settingsColumns(input), password, id],
        ),
      )
      return written.ok ? success(accountOfInput(id, input)) : written
    },

    remove(id) {
      if (!rowOf(id)) {
        return failure(
          lent().some(({ account }) => account.id === id)
            ? { code: 'sandbox-only' }
            : { code: 'not-found', what: 'account' },
        )
      }
      database.run('DELETE FROM accounts WHERE id = ?', [id])
      return success(undefined)
    },

    recordProof(id, proof) {
      if (rowOf(id)) database.run('UPDATE accounts SET last_proof = ? WHERE id = ?', [JSON.stringify(proof), id])
      else proofsOfLent.set(id, proof)
      return get(id)
    },
  }
}

function settingsColumns(input: Omit<AccountInput, 'password'>): (string | number)[] {
  const { submission, mailbox } = input
  return [
    input.name,
    input.address,
    normalizedAddress(input.address),
    submission.host,
    submission.port,
    submission.security,
    submission.user,
    mailbox.host,
    mailbox.port,
    mailbox.security,
    mailbox.user,
  ]
}

function accountOfInput(id: string, input: Omit<AccountInput, 'password'>): Account {
  const { name, address, submission, mailbox } = input
  return { id, name, address, submission, mailbox, sandbox: false }
}

function accountOfRow(row: AccountRow): Account {
  return {
    id: row.id,
    name: row.name,
    address: row.address,
    submission: {
      host: row.submission_host,
      port: row.submission_port,
      security: row.submission_security === 'tls' ? 'tls' : 'starttls',
      user: row.submission_user,
    },
    mailbox: {
      host: row.mailbox_host,
      port: row.mailbox_port,
      security: row.mailbox_security === 'tls' ? 'tls' : 'starttls',
      user: row.mailbox_user,
    },
    sandbox: false,
    ...(row.last_proof === null ? {} : { lastProof: JSON.parse(row.last_proof) as AccountProof }),
  }
}
