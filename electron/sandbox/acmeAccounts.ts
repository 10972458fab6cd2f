/**
 * The accounts at the sandbox's CA (RFC 8555 §7.3): registering, finding, binding to a customer, changing the key, closing.
 * In memory, like its orders.
 */

import { type FlattenedJWSInput, flattenedVerify } from 'jose'
import { z } from 'zod'
import { base64Bytes, utf8Text } from '../base/bytes.ts'
import type { Random } from '../base/random.ts'
import { randomId } from '../crypto/identifier.ts'
import { AcmeProblem, malformed } from './acmeProblem.ts'
import { type Account, type AcmeRequest, readKeyChange } from './acmeRequest.ts'

/** What the CA asks of whoever registers; nothing, unless a test or a company's rules want it. */
export interface AcmePolicy {
  /** Registering needs consent to the terms at this URL. */
  readonly termsOfService?: string
  /** Registering needs one of these keys: key id to MAC key, base64url. */
  readonly externalAccounts?: Readonly<Record<string, string>>
  /** The challenge mail is sent only when the challenge was answered. */
  readonly mailsAfterAnswer?: boolean
  /** An answer before the mail was replied to makes the challenge invalid. */
  readonly refusesEarlyAnswers?: boolean
}

export interface AcmeAccountBook {
  find(url: string): Account | undefined
  /** The account's URL, and whether it is new. Throws an AcmeProblem. */
  open(request: AcmeRequest): Promise<{ readonly account: Account; readonly isNew: boolean }>
  /** Contact and deactivation (§7.3.2, §7.3.6). */
  change(account: Account, request: AcmeRequest): void
  changeKey(account: Account, request: AcmeRequest, url: string): Promise<void>
}

const accountLimit = 1_000
const newAccount = z.object({
  termsOfServiceAgreed: z.boolean().optional(),
  contact: z.array(z.string()).optional(),
  onlyReturnExisting: z.boolean().optional(),
  externalAccountBinding: z
    .strictObject({ protected: z.string(), payload: z.string(), signature: z.string() })
    .optional(),
})
const accountChange = z.object({ status: z.literal('deactivated').optional(), contact: z.array(z.string()).optional() })

export function createAcmeAccounts(options: {
  readonly random: Random
  readonly policy: AcmePolicy
  readonly link: (path: string) => string
}): AcmeAccountBook {
  const { random, policy, link } = options
  const accounts = new Map<string, Account>()
  const withKey = (thumbprint: string) =>
    [...accounts.values()].find((account) => account.thumbprint === thumbprint && account.status === 'valid')

  async function checkBinding(binding: FlattenedJWSInput | undefined, jwk: AcmeRequest['jwk']): Promise<void> {
    const { externalAccounts } = policy
    if (!externalAccounts) return
    if (!binding) throw new AcmeProblem(403, 'externalAccountRequired', 'Only customers may register.')
    const refused = new AcmeProblem(403, 'unauthorized', 'The binding to the customer account does not verify.')
    const header = headerOf(binding)
    const macKey = Object.hasOwn(externalAccounts, header.kid) ? externalAccounts[header.kid] : undefined
    if (macKey === undefined || header.alg !== 'HS256' || header.url !== link('/new-account')) throw refused
    try {
      const { payload } = await flattenedVerify(binding, base64Bytes(macKey), { algorithms: ['HS256'] })
      if (!sameKey(JSON.parse(utf8Text(payload)), jwk)) throw refused
    } catch {
      throw refused
    }
  }

  return {
    find(url) {
      const account = accounts.get(url)
      return account?.status === 'valid' ? account : undefined
    },

    async open({ payload, jwk, thumbprint }) {
      const wish = newAccount.safeParse(payload)
      if (!wish.success) throw malformed('The account object is malformed.')
      const known = withKey(thumbprint)
      if (known) return { account: known, isNew: false }
      // RFC 8555 §7.3.6: nothing more is done for its key.
      if ([...accounts.values()].some((account) => account.thumbprint === thumbprint)) {
        throw new AcmeProblem(403, 'unauthorized', 'The account is closed.')
      }
      if (wish.data.onlyReturnExisting) throw new AcmeProblem(400, 'accountDoesNotExist', 'No such account.')
      if (policy.termsOfService !== undefined && !wish.data.termsOfServiceAgreed) {
        throw new AcmeProblem(403, 'userActionRequired', 'The terms of service were not agreed to.')
      }
      await checkBinding(wish.data.externalAccountBinding, jwk)
      const url = link(`/account/${randomId(random)}`)
      const account: Account = { url, jwk, thumbprint, status: 'valid', contact: wish.data.contact ?? [] }
      accounts.set(url, account)
      const [oldest] = accounts.keys()
      if (accounts.size > accountLimit && oldest !== undefined) accounts.delete(oldest)
      return { account, isNew: true }
    },

    change(account, { payload, isPostAsGet }) {
      if (isPostAsGet) return
      const change = accountChange.safeParse(payload)
      if (!change.success) throw malformed('The account object is malformed.')
      const { status, contact } = change.data
      accounts.set(account.url, { ...account, ...(contact ? { contact } : {}), ...(status ? { status } : {}) })
    },

    async changeKey(account, { payload }, url) {
      const next = await readKeyChange(payload, { url, account })
      if (withKey(next.thumbprint)) throw new AcmeProblem(409, 'malformed', 'The key is another account’s.')
      accounts.set(account.url, { ...account, ...next })
    },
  }
}

function headerOf(jws: FlattenedJWSInput): { alg?: unknown; kid: string; url?: unknown } {
  try {
    const header = JSON.parse(utf8Text(base64Bytes(String(jws.protected)))) as Record<string, unknown>
    return { ...header, kid: String(header['kid'] ?? '') }
  } catch {
    return { kid: '' }
  }
}

function sameKey(left: unknown, right: AcmeRequest['jwk']): boolean {
  const parts = ['kty', 'crv', 'x', 'y', 'n', 'e']
  const one = left as Record<string, unknown> | null
  return one !== null && typeof one === 'object' && parts.every((part) => one[part] === right[part])
}
