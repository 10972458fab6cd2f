/**
 * The ACME conversation (RFC 8555 §7) as far as a mail certificate needs it: account, order, authorization, challenge,
 * finalize, certificate. One request per function; when to ask again is the caller's business.
 *
 * It does not know what a challenge means: the mail of RFC 8823 is emailReply.ts.
 */

import type { z } from 'zod'
import { base64urlText } from '../../base/bytes.ts'
import { failure, type Result, success } from '../../base/result.ts'
import { type Certificate, readCertificates } from '../../certificates/certificate.ts'
import type { AccountKey } from './accountKey.ts'
import type { AcmeError } from './errors.ts'
import { type Authorization, accountSchema, authorizationSchema, type Order, orderSchema } from './resources.ts'
import { type AcmeAnswer, type AcmeConnection, type AcmeTransport, connectAcme, readJson } from './transport.ts'

export type Answered<Value> = Promise<Result<Value & { readonly retryAfterSeconds?: number }, AcmeError>>

export interface AcmeClient {
  readonly termsOfService?: string
  /** Registers the key, or finds the account that it already has: the server answers both alike (§7.3). */
  openAccount(): Promise<Result<{ readonly accountUrl: string }, AcmeError>>
  /** Orders a certificate for one mail address, spelled as `certificateAddress` does (§7.4, RFC 8823 §3). */
  placeOrder(accountUrl: string, address: string): Answered<{ readonly order: Order; readonly orderUrl: string }>
  order(accountUrl: string, orderUrl: string): Answered<{ readonly order: Order }>
  authorization(accountUrl: string, authorizationUrl: string): Answered<{ readonly authorization: Authorization }>
  /** Tells the server that the challenge can be checked (§7.5.1). */
  answerChallenge(accountUrl: string, challengeUrl: string): Promise<Result<Record<never, never>, AcmeError>>
  /** Hands the PKCS#10 request in (§7.4). */
  finalize(accountUrl: string, finalizeUrl: string, request: Uint8Array): Answered<{ readonly order: Order }>
  /** The issued certificate and its chain, in the server's order (§7.4.2). */
  certificate(accountUrl: string, certificateUrl: string): Promise<Result<readonly Certificate[], AcmeError>>
}

/** A chain has the leaf and a few CAs; more is a server that sends its whole store. */
const chainLimit = 10

/** Reads the directory and returns a client for it. `ca-unreachable`, `ca-refused`, `ca-answer-unusable`. */
export async function openAcmeClient(
  connection: AcmeConnection,
  key: AccountKey,
): Promise<Result<AcmeClient, AcmeError>> {
  const transport = await connectAcme(connection)
  return transport.ok ? success(createClient(transport.value, key)) : transport
}

function createClient(transport: AcmeTransport, key: AccountKey): AcmeClient {
  const { directory } = transport

  /** One signed request whose answer is the object that `schema` describes. */
  async function ask<Schema extends z.ZodType>(
    accountUrl: string,
    url: string,
    payload: object | 'get',
    schema: Schema,
    what: string,
  ): Promise<Result<{ value: z.infer<Schema>; answer: AcmeAnswer }, AcmeError>> {
    const answer = await transport.post(url, payload, { key, accountUrl })
    if (!answer.ok) return answer
    const parsed = schema.safeParse(readJson(answer.value.body))
    if (!parsed.success) return failure({ code: 'ca-answer-unusable', reason: what })
    return success({ value: parsed.data, answer: answer.value })
  }

  const termsOfService = directory.meta?.termsOfService
  return {
    ...(termsOfService === undefined ? {} : { termsOfService }),

    async openAccount() {
      // No contact: RFC 8555 §7.3 makes it optional, and the address that matters stands in the order.
      const answer = await transport.post(directory.newAccount, { termsOfServiceAgreed: true }, { key })
      if (!answer.ok) return answer
      const account = accountSchema.safeParse(readJson(answer.value.body))
      if (!account.success || !answer.value.location) return failure({ code: 'ca-answer-unusable', reason: 'account' })
      if (account.data.status !== 'valid') {
        return failure({ code: 'ca-refused', problem: account.data.status, detail: '', status: answer.value.status })
      }
      return success({ accountUrl: answer.value.location })
    },

    async placeOrder(accountUrl, address) {
      const identifiers = [{ type: 'email', value: address }]
      const asked = await ask(accountUrl, directory.newOrder, { identifiers }, orderSchema, 'order')
      if (!asked.ok) return asked
      const { value: order, answer } = asked.value
      if (!answer.location) return failure({ code: 'ca-answer-unusable', reason: 'order-location' })
      return success({ order, orderUrl: answer.location, ...retryOf(answer) })
    },

    async order(accountUrl, orderUrl) {
      const asked = await ask(accountUrl, orderUrl, 'get', orderSchema, 'order')
      return asked.ok ? success({ order: asked.value.value, ...retryOf(asked.value.answer) }) : asked
    },

    async authorization(accountUrl, authorizationUrl) {
      const asked = await ask(accountUrl, authorizationUrl, 'get', authorizationSchema, 'authorization')
      return asked.ok ? success({ authorization: asked.value.value, ...retryOf(asked.value.answer) }) : asked
    },

    async answerChallenge(accountUrl, challengeUrl) {
      const answer = await transport.post(challengeUrl, {}, { key, accountUrl })
      return answer.ok ? success({}) : answer
    },

    async finalize(accountUrl, finalizeUrl, request) {
      const asked = await ask(accountUrl, finalizeUrl, { csr: base64urlText(request) }, orderSchema, 'order')
      return asked.ok ? success({ order: asked.value.value, ...retryOf(asked.value.answer) }) : asked
    },

    async certificate(accountUrl, certificateUrl) {
      const type = 'application/pem-certificate-chain'
      const answer = await transport.post(certificateUrl, 'get', { key, accountUrl }, type)
      if (!answer.ok) return answer
      // Another type could be an HTML page that a lenient PEM reader finds something in.
      if (answer.value.contentType !== type) return failure({ code: 'ca-answer-unusable', reason: 'certificate-type' })
      const certificates = readCertificates(answer.value.body)
      if (!certificates.ok) return failure({ code: 'ca-answer-unusable', reason: certificates.error.code })
      if (certificates.value.length > chainLimit) return failure({ code: 'ca-answer-unusable', reason: 'long-chain' })
      return success(certificates.value)
    },
  }
}

function retryOf(answer: AcmeAnswer): { retryAfterSeconds?: number } {
  return answer.retryAfterSeconds === undefined ? {} : { retryAfterSeconds: answer.retryAfterSeconds }
}
