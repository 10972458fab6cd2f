/**
 * An account at a CA (RFC 8555 §7.3): registering and finding it, binding it to a customer's account, giving it another key,
 * and closing it.
 */

import { base64Bytes, utf8Bytes, utf8Text } from '../../base/bytes.ts'
import { failure, type Result, success } from '../../base/result.ts'
import type { AccountKey } from './accountKey.ts'
import type { AcmeError } from './errors.ts'
import { externalAccountJws } from './externalAccount.ts'
import { accountSchema } from './resources.ts'
import { type AcmeAnswer, type AcmeTransport, readJson } from './transport.ts'

/** What a CA hands to its customers so that their ACME accounts are theirs (RFC 8555 §7.3.4). */
export interface ExternalAccountBinding {
  readonly keyId: string
  /** Base64url, as the CA shows it. */
  readonly hmacKey: string
}

export interface Registration {
  /** The person has agreed to the terms that the directory names. */
  readonly termsAgreed: boolean
  readonly externalAccountBinding?: ExternalAccountBinding
}

export interface OpenedAccount {
  readonly accountUrl: string
  /** Where the list of its orders is, at servers that keep one. */
  readonly ordersUrl?: string
}

export interface AcmeAccounts {
  /** Registers the key, or finds the account that it already has: the server answers both alike (§7.3). */
  openAccount(registration: Registration): Promise<Result<OpenedAccount, AcmeError>>
  /** Finds the key's account and registers nothing (§7.3.1); `ca-refused` with accountDoesNotExist where there is none. */
  findAccount(): Promise<Result<OpenedAccount, AcmeError>>
  /** Addresses for the CA's own notices (§7.3.2); nobody's is given without being asked, and none takes them back. */
  changeContact(accountUrl: string, contact: readonly string[]): Promise<Result<Record<never, never>, AcmeError>>
  /**
   * Puts `next` in the place of the account's key (§7.3.5). Asked again after it was done, the old key is refused; whoever
   * was interrupted finds out by `findAccount` with the new one.
   */
  changeKey(accountUrl: string, next: AccountKey): Promise<Result<Record<never, never>, AcmeError>>
  /** Closes the account for good (§7.3.6): what it ordered stays valid, and nothing can be ordered or revoked with it. */
  deactivate(accountUrl: string): Promise<Result<Record<never, never>, AcmeError>>
}

export function createAccounts(transport: AcmeTransport, key: AccountKey): AcmeAccounts {
  const { directory } = transport

  async function newAccount(payload: object): Promise<Result<OpenedAccount, AcmeError>> {
    const answer = await transport.post(directory.newAccount, payload, { key })
    if (!answer.ok) return answer
    const account = accountSchema.safeParse(readJson(answer.value.body))
    if (!account.success || !answer.value.location) return failure({ code: 'ca-answer-unusable', reason: 'account' })
    const { status, orders } = account.data
    if (status !== 'valid') return failure(refusedAccount(status, answer.value))
    return success({ accountUrl: answer.value.location, ...(orders === undefined ? {} : { ordersUrl: orders }) })
  }

  const done = (answer: Result<AcmeAnswer, AcmeError>) => (answer.ok ? success({}) : answer)

  return {
    async openAccount({ termsAgreed, externalAccountBinding }) {
      const binding =
        externalAccountBinding &&
        (await externalAccountJws(directory.newAccount, key.publicJwk, {
          keyId: externalAccountBinding.keyId,
          hmacKey: base64Bytes(externalAccountBinding.hmacKey),
        }))
      return newAccount({
        ...(termsAgreed ? { termsOfServiceAgreed: true } : {}),
        ...(binding ? { externalAccountBinding: binding } : {}),
      })
    },

    findAccount: () => newAccount({ onlyReturnExisting: true }),

    async changeContact(accountUrl, contact) {
      return done(await transport.post(accountUrl, { contact: contact.map(mailtoOf) }, { key, accountUrl }))
    },

    async changeKey(accountUrl, next) {
      const { keyChange } = directory
      if (keyChange === undefined) return failure({ code: 'ca-answer-unusable', reason: 'no-key-change' })
      const payload = utf8Bytes(JSON.stringify({ account: accountUrl, oldKey: key.publicJwk }))
      const inner = JSON.parse(utf8Text(await next.sign(payload, { url: keyChange }))) as object
      return done(await transport.post(keyChange, inner, { key, accountUrl }))
    },

    async deactivate(accountUrl) {
      return done(await transport.post(accountUrl, { status: 'deactivated' }, { key, accountUrl }))
    },
  }
}

/** Percent-encoded where RFC 6068 §2 asks for it; the at sign stays. */
function mailtoOf(address: string): string {
  return `mailto:${encodeURIComponent(address).replaceAll('%40', '@')}`
}

function refusedAccount(status: string, answer: AcmeAnswer): AcmeError {
  return { code: 'ca-refused', problem: `account-${status}`, detail: '', status: answer.status }
}
