/**
 * OCSP requests (RFC 6960 §4.1) for one certificate, unsigned, and the two forms in which they travel over HTTP (RFC 6960
 * appendix A.1, RFC 5019 §5).
 */

import { derExplicit, derOctetString, derOid, derSequence } from '../../asn1/der.ts'
import { oids } from '../../asn1/oids.ts'
import type { Certificate } from '../certificate.ts'
import { type CertIdDigest, certIdDer } from './ocspCertId.ts'

export interface OcspQuery {
  readonly certificate: Certificate
  /** The certificate of the CA that issued it. */
  readonly issuer: Certificate
  /** SHA-1 unless told otherwise. */
  readonly digest?: CertIdDigest
  /** Asks for an answer of this moment: `ocspNonceBytes` unpredictable bytes. Responders that answer from a store leave it out. */
  readonly nonce?: Uint8Array
}

/** RFC 9654 §2.1: at least 32 bytes, at most 128; every responder must take 32. */
export const ocspNonceBytes = 32

/** The DER of the OCSPRequest. */
export function ocspRequestDer({ certificate, issuer, digest = 'sha1', nonce }: OcspQuery): Uint8Array {
  const request = derSequence(certIdDer(certificate, issuer, digest))
  if (!nonce) return derSequence(derSequence(derSequence(request)))
  // The extension's value is the DER of an OCTET STRING, so that there are two of them (RFC 9654 §2.1).
  const extension = derSequence(derOid(oids.ocspNonce), derOctetString(derOctetString(nonce)))
  return derSequence(derSequence(derSequence(request), derExplicit(2, derSequence(extension))))
}

/** RFC 5019 §5: up to here, scheme and host included, a request goes into the address, where caches can answer it. */
const getUrlLimit = 255

/**
 * The address that carries the request itself, for GET; undefined when it would be too long or the responder's address has a
 * query, to which nothing can be appended. Then the request is posted.
 */
export function ocspGetUrl(responder: string, requestDer: Uint8Array): string | undefined {
  if (/[?#]/.test(responder)) return undefined
  const encoded = encodeURIComponent(Buffer.from(requestDer).toString('base64'))
  const url = `${responder.replace(/\/$/, '')}/${encoded}`
  return url.length <= getUrlLimit ? url : undefined
}

/** A certificate with more responders than this is a list of hosts to be asked on a stranger's behalf; real ones name one. */
const responderLimit = 3

/** The responders that a certificate names (RFC 5280 §4.2.2.1, id-ad-ocsp), those that HTTP reaches, in its order. */
export function ocspRespondersOf(certificate: Certificate): string[] {
  const locations = (certificate.extensions.authorityInfoAccess ?? [])
    .filter(({ method, location }) => method === oids.ocsp && location.kind === 'uri')
    .map(({ location }) => location.value)
    .filter((url) => /^https?:\/\//i.test(url))
  return [...new Set(locations)].slice(0, responderLimit)
}
