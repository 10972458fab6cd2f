/**
 * The ACME conversation (RFC 8555 §7) as far as a mail certificate needs it: account, order, authorization, challenge,
 * finalize, certificate, revocation, renewal information. One request per function; when to ask again is the caller's business.
 *
 * It does not know what a challenge means: the mail of RFC 8823 is emailReply.ts.
 */

import type { z } from 'zod'
import { base64urlText } from '../../base/bytes.ts'
import { failure, type Result, success } from '../../base/result.ts'
import { type Certificate, readCertificates } from '../../certificates/certificate.ts'
import type { AccountKey } from './accountKey.ts'
import { type AcmeAccounts, createAccounts } from './accounts.ts'
import type { AcmeError } from './errors.ts'
import { isPage } from './location.ts'
import { type RenewalInfo, readRenewalInfo } from './renewalInfo.ts'
import { type Authorization, authorizationSchema, type Order, orderListSchema, orderSchema } from './resources.ts'
import { type RevocationSigner, type RevocationWish, revokeCertificate } from './revocation.ts'
import { type AcmeAnswer, type AcmeConnection, type AcmeTransport, connectAcme, readJson } from './transport.ts'

export type Answered<Value> = Promise<Result<Value & { readonly retryAfterSeconds?: number }, AcmeError>>

/** What a CA says about itself (RFC 8555 §7.1.1). */
export interface DirectoryFacts {
  /** A page, or nothing: the person is asked to open it. */
  readonly termsOfService?: string
  readonly externalAccountRequired: boolean
  /** It says when certificates should be renewed (RFC 9773). */
  readonly renewalInfo: boolean
  readonly revocation: boolean
  readonly keyChange: boolean
}

export interface AcmeClient extends AcmeAccounts {
  readonly facts: DirectoryFacts
  /**
   * Orders a certificate for one mail address, spelled as `certificateAddress` does (§7.4, RFC 8823 §3).
   *
   * @param replaces the identifier of the certificate that it follows (RFC 9773 §5), for CAs with renewal information.
   */
  placeOrder(
    accountUrl: string,
    address: string,
    replaces?: string,
  ): Answered<{ readonly order: Order; readonly orderUrl: string }>
  /** The URLs in the account's list of orders (§7.1.2.1); empty where the list can't be read. */
  orderUrls(accountUrl: string, ordersUrl: string): Promise<readonly string[]>
  order(accountUrl: string, orderUrl: string): Answered<{ readonly order: Order }>
  authorization(accountUrl: string, authorizationUrl: string): Answered<{ readonly authorization: Authorization }>
  /** Takes an authorization back that nobody will complete (§7.5.2). */
  deactivateAuthorization(
    accountUrl: string,
    authorizationUrl: string,
  ): Promise<Result<Record<never, never>, AcmeError>>
  /** Tells the server that the challenge can be checked (§7.5.1). */
  answerChallenge(accountUrl: string, challengeUrl: string): Promise<Result<Record<never, never>, AcmeError>>
  /** Hands the PKCS#10 request in (§7.4). */
  finalize(accountUrl: string, finalizeUrl: string, request: Uint8Array): Answered<{ readonly order: Order }>
  /** The issued certificate with each chain that is offered, the CA's preferred one first (§7.4.2). */
  certificate(
    accountUrl: string,
    certificateUrl: string,
  ): Promise<Result<readonly (readonly Certificate[])[], AcmeError>>
  revoke(
    certificateDer: Uint8Array,
    reason: RevocationWish,
    signer: RevocationSigner,
  ): Promise<Result<Record<never, never>, AcmeError>>
  /** Undefined where the CA has no renewal information for this certificate. */
  renewalInfo(certificate: Certificate): Promise<Result<RenewalInfo | undefined, AcmeError>>
  /** What time it is by the CA's last answer; undefined where it doesn't say. */
  toldTime(): Date | undefined
}

type Asked<Schema extends z.ZodType> = Result<{ value: z.infer<Schema>; answer: AcmeAnswer }, AcmeError>

/** Servers put some orders or some hundred on a page; a person has a handful, and a list of lists has no end. */
const listPages = 20
/** A chain has the leaf and a few CAs; more is a server that sends its whole store. */
const chainLimit = 10
const chainType = 'application/pem-certificate-chain'

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
  ): Promise<Asked<Schema>> {
    const answer = await transport.post(url, payload, { key, accountUrl })
    if (!answer.ok) return answer
    const parsed = schema.safeParse(readJson(answer.value.body))
    if (!parsed.success) return failure({ code: 'ca-answer-unusable', reason: what })
    return success({ value: parsed.data, answer: answer.value })
  }

  async function chainAt(
    accountUrl: string,
    url: string,
  ): Promise<Result<{ chain: readonly Certificate[]; alternates: readonly string[] }, AcmeError>> {
    const answer = await transport.post(url, 'get', { key, accountUrl }, chainType)
    if (!answer.ok) return answer
    const { contentType, body, alternates } = answer.value
    // Another type could be an HTML page that a lenient PEM reader finds something in.
    if (contentType !== chainType) return failure({ code: 'ca-answer-unusable', reason: 'certificate-type' })
    const certificates = readCertificates(body)
    if (!certificates.ok) return failure({ code: 'ca-answer-unusable', reason: certificates.error.code })
    if (certificates.value.length > chainLimit) return failure({ code: 'ca-answer-unusable', reason: 'long-chain' })
    return success({ chain: certificates.value, alternates })
  }

  return {
    ...createAccounts(transport, key),
    facts: factsOf(transport),
    toldTime: () => transport.toldTime(),

    async placeOrder(accountUrl, address, replaces) {
      const identifiers = [{ type: 'email', value: address }]
      const wish = (replaced: string | undefined) => ({
        identifiers,
        ...(replaced === undefined ? {} : { replaces: replaced }),
      })
      const stated = directory.renewalInfo === undefined ? undefined : replaces
      let asked = await ask(accountUrl, directory.newOrder, wish(stated), orderSchema, 'order')
      // RFC 9773 §5: replaced already (409), or a certificate that it doesn't know. The order is as good without it.
      if (!asked.ok && stated !== undefined && isAboutReplacing(asked.error)) {
        asked = await ask(accountUrl, directory.newOrder, wish(undefined), orderSchema, 'order')
      }
      if (!asked.ok) return asked
      const { value: order, answer } = asked.value
      if (!answer.location) return failure({ code: 'ca-answer-unusable', reason: 'order-location' })
      return success({ order, orderUrl: answer.location, ...retryOf(answer) })
    },

    async orderUrls(accountUrl, ordersUrl) {
      const urls: string[] = []
      let page: string | undefined = ordersUrl
      for (let left = listPages; page !== undefined && left > 0; left--) {
        const asked: Asked<typeof orderListSchema> = await ask(accountUrl, page, 'get', orderListSchema, 'orders')
        if (!asked.ok) break
        urls.push(...asked.value.value.orders)
        page = asked.value.answer.nextPages[0]
      }
      return urls
    },

    async order(accountUrl, orderUrl) {
      const asked = await ask(accountUrl, orderUrl, 'get', orderSchema, 'order')
      return asked.ok ? success({ order: asked.value.value, ...retryOf(asked.value.answer) }) : asked
    },

    async authorization(accountUrl, authorizationUrl) {
      const asked = await ask(accountUrl, authorizationUrl, 'get', authorizationSchema, 'authorization')
      return asked.ok ? success({ authorization: asked.value.value, ...retryOf(asked.value.answer) }) : asked
    },

    async deactivateAuthorization(accountUrl, authorizationUrl) {
      const answer = await transport.post(authorizationUrl, { status: 'deactivated' }, { key, accountUrl })
      return answer.ok ? success({}) : answer
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
      const preferred = await chainAt(accountUrl, certificateUrl)
      if (!preferred.ok) return preferred
      const chains = [preferred.value.chain]
      for (const alternate of preferred.value.alternates) {
        // An alternate that can't be had is no reason to refuse the certificate.
        const other = await chainAt(accountUrl, alternate)
        if (other.ok) chains.push(other.value.chain)
      }
      return success(chains)
    },

    revoke: (certificateDer, reason, signer) => revokeCertificate(transport, certificateDer, reason, signer),
    renewalInfo: (certificate) => readRenewalInfo(transport, certificate),
  }
}

function factsOf({ directory }: AcmeTransport): DirectoryFacts {
  const { termsOfService, externalAccountRequired = false } = directory.meta ?? {}
  return {
    ...(termsOfService !== undefined && isPage(termsOfService) ? { termsOfService } : {}),
    externalAccountRequired,
    renewalInfo: directory.renewalInfo !== undefined,
    revocation: directory.revokeCert !== undefined,
    keyChange: directory.keyChange !== undefined,
  }
}

function isAboutReplacing(error: AcmeError): boolean {
  if (error.code !== 'ca-refused') return false
  return error.status === 409 || ['alreadyReplaced', 'malformed', 'unauthorized'].includes(error.problem)
}

function retryOf(answer: AcmeAnswer): { retryAfterSeconds?: number } {
  return answer.retryAfterSeconds === undefined ? {} : { retryAfterSeconds: answer.retryAfterSeconds }
}
