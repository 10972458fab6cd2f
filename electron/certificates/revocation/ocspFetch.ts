/**
 * Asking an OCSP responder over HTTP (RFC 6960 appendix A.1, RFC 5019 §5, RFC 9654). It tells the CA which certificate
 * somebody looks at just now, so that whoever calls has the person's consent. What the answer is worth says `ocspStatus`.
 */

import { equalBytes } from '../../base/bytes.ts'
import { failure, type Result, success } from '../../base/result.ts'
import { type FetchError, type FetchRequest, fetchBytes } from '../../net/http.ts'
import { matchesCertId } from './ocspCertId.ts'
import type { OcspError } from './ocspError.ts'
import { type OcspQuery, ocspGetUrl, ocspRequestDer } from './ocspRequest.ts'
import { type OcspResponse, ocspByteLimit, parseOcspResponse } from './ocspResponse.ts'
import type { SingleResponse } from './ocspSingleResponse.ts'

export interface OcspFetch extends OcspQuery {
  /** The responder's address, one of `ocspRespondersOf`. */
  readonly responder: string
  /** Limits and permissions of the exchange. */
  readonly exchange?: Pick<FetchRequest, 'timeoutMs' | 'idleMs' | 'otherHosts' | 'localAddresses' | 'signal'>
}

export interface FetchedOcspResponse {
  readonly response: OcspResponse
  /** What it says about the certificate in question; its signature isn't checked yet. */
  readonly answer: SingleResponse
  /** As it came, for a cache. */
  readonly der: Uint8Array
  /** The present, as the server says (net/http.ts). */
  readonly date?: Date
}

export type OcspFetchError =
  | FetchError
  | OcspError
  /** The answer has a nonce, and it is not the one that was sent: an old answer, played again. */
  | { readonly code: 'wrong-nonce' }
  /** The answer is about other certificates. */
  | { readonly code: 'other-certificate' }

/**
 * Asks about one certificate. Without a nonce the question goes into the address if it fits, where caches can answer it;
 * with one it is posted.
 */
export async function fetchOcspResponse(input: OcspFetch): Promise<Result<FetchedOcspResponse, OcspFetchError>> {
  const { certificate, issuer, responder, nonce } = input
  const request = ocspRequestDer(input)
  const getUrl = nonce ? undefined : ocspGetUrl(responder, request)
  const fetched = await fetchBytes({
    ...input.exchange,
    ...(getUrl === undefined
      ? { url: responder, body: request, headers: { 'content-type': 'application/ocsp-request' } }
      : { url: getUrl }),
    maxBytes: ocspByteLimit,
  })
  if (!fetched.ok) return fetched
  const { body: der, date } = fetched.value
  const response = parseOcspResponse(der)
  if (!response.ok) return response
  if (nonce && response.value.nonce && !equalBytes(nonce, response.value.nonce)) return failure({ code: 'wrong-nonce' })
  const answer = response.value.responses.find(({ certId }) => matchesCertId(certId, certificate, issuer))
  if (!answer) return failure({ code: 'other-certificate' })
  return success({ response: response.value, answer, der, ...(date ? { date } : {}) })
}
