/**
 * Writing certificate revocation lists (RFC 5280 §5): complete, direct, version 2. Only the encoding; whose certificates stand
 * in it, and when the next one comes, is the caller's to say.
 */

import {
  derBitString,
  derElement,
  derExplicit,
  derImplicit,
  derInteger,
  derOctetString,
  derOid,
  derSequence,
  derUtcOrGeneralizedTime,
  universal,
} from '../../asn1/der.ts'
import { oids } from '../../asn1/oids.ts'
import { hexBytes } from '../../base/bytes.ts'
import { defaultScheme, type PrivateKeyHandle } from '../../crypto/privateKey.ts'
import { type Certificate, subjectKeyIdentifierOf } from '../certificate.ts'
import { signatureAlgorithmDer } from '../issue.ts'
import { type RevocationReason, revocationReasons } from './status.ts'

export interface RevokedEntry {
  /** Hexadecimal, as in `Certificate.serialNumber`. */
  readonly serial: string
  readonly revokedAt: Date
  readonly reason: RevocationReason
}

/** Encodes and signs; answers with the DER list. `parseCrl` reads it back. `number` grows from list to list (§5.2.3). */
export async function issueCrl(list: {
  readonly issuer: { readonly certificate: Certificate; readonly key: PrivateKeyHandle }
  readonly number: number
  readonly thisUpdate: Date
  readonly nextUpdate: Date
  readonly entries: readonly RevokedEntry[]
}): Promise<Uint8Array> {
  const { certificate, key } = list.issuer
  const scheme = defaultScheme(key.algorithm)
  const algorithm = signatureAlgorithmDer(scheme)
  const authority = derSequence(derImplicit(0, derOctetString(subjectKeyIdentifierOf(certificate))))
  const signedPart = derSequence(
    derInteger(1),
    algorithm,
    certificate.subject.der,
    derUtcOrGeneralizedTime(list.thisUpdate),
    derUtcOrGeneralizedTime(list.nextUpdate),
    // §5.1.2.6: without revoked certificates the list must be absent.
    ...(list.entries.length === 0 ? [] : [derSequence(...list.entries.map(entryDer))]),
    derExplicit(
      0,
      derSequence(
        extension(oids.authorityKeyIdentifier, authority),
        extension(oids.cRLNumber, derInteger(list.number)),
      ),
    ),
  )
  return derSequence(signedPart, algorithm, derBitString(await key.sign(scheme, signedPart)))
}

function entryDer({ serial, revokedAt, reason }: RevokedEntry): Uint8Array {
  const code = revocationReasons.indexOf(reason)
  return derSequence(
    derInteger(hexBytes(serial)),
    derUtcOrGeneralizedTime(revokedAt),
    // §5.3.1: "unspecified" is said by leaving the extension out.
    ...(code === 0
      ? []
      : [derSequence(extension(oids.reasonCode, derElement(universal.enumerated, Uint8Array.of(code))))]),
  )
}

function extension(oid: string, value: Uint8Array): Uint8Array {
  return derSequence(derOid(oid), derOctetString(value))
}
