/**
 * Writing OCSP answers (RFC 6960 §4.2, RFC 5019 §2.2). Only the encoding and the signature; what is revoked, and until when an
 * answer counts, is the caller's to say.
 */

import {
  derBitString,
  derElement,
  derExplicit,
  derOctetString,
  derOid,
  derSequence,
  universal,
} from '../../asn1/der.ts'
import { oids } from '../../asn1/oids.ts'
import { latin1Bytes } from '../../base/bytes.ts'
import { digestOf } from '../../crypto/digest.ts'
import { defaultScheme, type PrivateKeyHandle } from '../../crypto/privateKey.ts'
import { publicKeyBitsOf } from '../algorithms.ts'
import type { Certificate } from '../certificate.ts'
import { signatureAlgorithmDer } from '../issue.ts'
import { type RevocationReason, revocationReasons } from './status.ts'

export interface OcspAnswer {
  /** DER of the CertID, as it was asked. */
  readonly certId: Uint8Array
  readonly status: 'good' | 'unknown' | { readonly revokedAt: Date; readonly reason: RevocationReason }
}

/** Encodes and signs; answers with the DER OCSPResponse. `parseOcspResponse` reads it back. */
export async function issueOcspResponse(response: {
  /** The responder; its certificate comes along (RFC 6960 §4.2.2.2). */
  readonly signer: { readonly certificate: Certificate; readonly key: PrivateKeyHandle }
  readonly answers: readonly OcspAnswer[]
  readonly thisUpdate: Date
  readonly nextUpdate: Date
  /** Of the question, if it had one. */
  readonly nonce?: Uint8Array
}): Promise<Uint8Array> {
  const { signer, answers, thisUpdate, nextUpdate, nonce } = response
  const keyHash = digestOf('sha1', publicKeyBitsOf(signer.certificate.publicKeyInfo))
  const times = [generalizedTime(thisUpdate), derExplicit(0, generalizedTime(nextUpdate))]
  const signedPart = derSequence(
    derExplicit(2, derOctetString(keyHash)),
    generalizedTime(thisUpdate),
    derSequence(...answers.map(({ certId, status }) => derSequence(certId, statusDer(status), ...times))),
    ...(nonce ? [derExplicit(1, derSequence(nonceExtension(nonce)))] : []),
  )
  const scheme = defaultScheme(signer.key.algorithm)
  const basic = derSequence(
    signedPart,
    signatureAlgorithmDer(scheme),
    derBitString(await signer.key.sign(scheme, signedPart)),
    derExplicit(0, derSequence(signer.certificate.der)),
  )
  return derSequence(enumerated(0), derExplicit(0, derSequence(derOid(oids.ocspBasic), derOctetString(basic))))
}

/** OCSPResponseStatus malformedRequest: it says nothing about a certificate, and isn't signed (RFC 6960 §4.2.1). */
export function malformedRequestResponse(): Uint8Array {
  return derSequence(enumerated(1))
}

function statusDer(status: OcspAnswer['status']): Uint8Array {
  if (status === 'good') return derElement(0x80)
  if (status === 'unknown') return derElement(0x82)
  const code = revocationReasons.indexOf(status.reason)
  // RFC 5280 §5.3.1: "unspecified" is said by saying nothing.
  const reason = code <= 0 ? [] : [derExplicit(0, enumerated(code))]
  return derElement(0xa1, generalizedTime(status.revokedAt), ...reason)
}

function nonceExtension(nonce: Uint8Array): Uint8Array {
  return derSequence(derOid(oids.ocspNonce), derOctetString(derOctetString(nonce)))
}

function enumerated(value: number): Uint8Array {
  return derElement(universal.enumerated, Uint8Array.of(value))
}

/** Whole seconds, in UTC (RFC 5280 §4.1.2.5.2). */
function generalizedTime(date: Date): Uint8Array {
  return derElement(universal.generalizedTime, latin1Bytes(`${date.toISOString().slice(0, 19).replace(/[-:T]/g, '')}Z`))
}
