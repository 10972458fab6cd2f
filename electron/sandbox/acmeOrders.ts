/**
 * The sandbox CA's books: accounts, orders with their one authorization and challenge, certificates (RFC 8555 §7.1, RFC 8823
 * §3). In memory: a sandbox that was stopped has forgotten its orders, and a client has to cope with a CA like that.
 */

import { certificateAddress } from '../acquisition/address.ts'
import { readCertificateRequest } from '../acquisition/csr.ts'
import { base64Bytes, base64urlText, equalBytes } from '../base/bytes.ts'
import type { Clock } from '../base/clock.ts'
import type { Random } from '../base/random.ts'
import { attributeValue } from '../certificates/name.ts'
import { isWeakKey } from '../certificates/strength.ts'
import { randomId } from '../crypto/identifier.ts'
import { sameAddress } from '../mime/address.ts'
import { AcmeProblem, malformed } from './acmeProblem.ts'
import type { Authority } from './authority.ts'

export interface SandboxOrder {
  readonly id: string
  /** The account's URL. */
  readonly owner: string
  /** Of the account's key at the time of the order: what the answer to the challenge holds. */
  readonly thumbprint: string
  readonly address: string
  readonly expires: Date
  /** The half of the token that goes by mail (RFC 8823 §3), and the one that goes over HTTPS. */
  readonly tokenPart1: string
  readonly tokenPart2: string
  readonly messageId: string
  challenge: 'pending' | 'processing' | 'valid' | 'invalid'
  /** The account took its authorization back (RFC 8555 §7.5.2). */
  withdrawn: boolean
  /** The right answer has come by mail. */
  replied: boolean
  error?: { readonly type: string; readonly detail: string }
  certificate?: Uint8Array
}

export interface AcmeOrders {
  place(owner: { readonly url: string; readonly thumbprint: string }, address: string): SandboxOrder
  all(): Iterable<SandboxOrder>
  /** Ids of an account's orders, the oldest first. */
  of(owner: string): string[]
  /** Throws when it is unknown or another account's. */
  find(id: string, owner: string): SandboxOrder
  withToken(tokenPart1: string): SandboxOrder | undefined
  finalize(order: SandboxOrder, request: Uint8Array): Promise<void>
  /** The order that a certificate came from, by its DER. */
  issued(certificate: Uint8Array): SandboxOrder | undefined
}

/** A sandbox is one person's; the oldest orders give way. */
const orderLimit = 1_000
const lifetime = 3_600_000
const nameLimit = 64

export function statusOf(order: SandboxOrder, now: Date): 'pending' | 'ready' | 'valid' | 'invalid' {
  if (order.certificate) return 'valid'
  if (order.challenge === 'invalid' || order.withdrawn || now > order.expires) return 'invalid'
  return order.challenge === 'valid' ? 'ready' : 'pending'
}

export function createOrders(options: {
  readonly authority: Authority
  readonly clock: Clock
  readonly random: Random
  /** Addresses whose mailboxes the sandbox has. */
  readonly addresses: readonly string[]
  readonly domain: string
}): AcmeOrders {
  const { authority, clock, random } = options
  const orders = new Map<string, SandboxOrder>()

  return {
    place(owner, text) {
      const address = certificateAddress(text)
      if (address === undefined) throw malformed('The identifier is no mail address.')
      if (!options.addresses.some((known) => sameAddress(known, address))) {
        throw new AcmeProblem(403, 'rejectedIdentifier', 'The sandbox has no mailbox for this address.')
      }
      const order: SandboxOrder = {
        id: randomId(random),
        owner: owner.url,
        thumbprint: owner.thumbprint,
        address,
        expires: new Date(clock().getTime() + lifetime),
        tokenPart1: base64urlText(random(20)),
        tokenPart2: base64urlText(random(32)),
        messageId: `<${randomId(random)}@${options.domain}>`,
        challenge: 'pending',
        withdrawn: false,
        replied: false,
      }
      orders.set(order.id, order)
      const [oldest] = orders.keys()
      if (orders.size > orderLimit && oldest !== undefined) orders.delete(oldest)
      return order
    },

    find(id, owner) {
      const order = orders.get(id)
      if (!order) throw new AcmeProblem(404, 'malformed', 'No such resource.')
      if (order.owner !== owner) throw new AcmeProblem(403, 'unauthorized', 'The resource is of another account.')
      return order
    },

    all: () => orders.values(),
    of: (owner) => [...orders.values()].filter((order) => order.owner === owner).map(({ id }) => id),
    issued: (certificate) =>
      [...orders.values()].find((order) => order.certificate && equalBytes(order.certificate, certificate)),

    withToken: (tokenPart1) => [...orders.values()].find((order) => order.tokenPart1 === tokenPart1),

    async finalize(order, bytes) {
      if (statusOf(order, clock()) !== 'ready') {
        throw new AcmeProblem(403, 'orderNotReady', 'The order is not ready to be finalized.')
      }
      const badRequest = (detail: string) => new AcmeProblem(400, 'badCSR', detail)
      const request = readCertificateRequest(bytes)
      if (!request.ok) throw badRequest(`The request can't be used: ${request.error.code}.`)
      const { emails, otherNames, keyAlgorithm, publicKeyInfo, subject } = request.value
      const [email] = emails
      if (emails.length !== 1 || otherNames > 0 || !email || !sameAddress(email, order.address)) {
        throw badRequest('The request must hold exactly the address of the order.')
      }
      if (isWeakKey(keyAlgorithm) || !['rsa', 'ec'].includes(keyAlgorithm.kind)) {
        throw badRequest('The key is too weak or of a kind that is not certified here.')
      }
      const name = (attributeValue(subject, 'CN') ?? '').slice(0, nameLimit)
      order.certificate = await authority.issueMail({ name, address: order.address, publicKeyInfo })
    },
  }
}

/** base64url without padding, as RFC 8555 §6.1 wants it everywhere. */
export function strictBase64url(text: unknown): Uint8Array {
  if (typeof text !== 'string' || !/^[A-Za-z0-9_-]+$/.test(text)) throw malformed('A field is no base64url.')
  return base64Bytes(text)
}
