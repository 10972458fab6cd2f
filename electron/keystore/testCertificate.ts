/**
 * The shape of a certificate around a public key, for tests of the keystore: it reads the public key and nothing else, and
 * whether somebody signed is not its business. Real certificates are issued by certificates/issue.ts.
 */

import {
  derBitString,
  derElement,
  derInteger,
  derOid,
  derPrintableString,
  derSequence,
  derSet,
  derUtcOrGeneralizedTime,
  universal,
} from '../asn1/der.ts'
import { oids } from '../asn1/oids.ts'

export function certificateAround(publicKeyInfo: Uint8Array, serial: number): Uint8Array {
  const algorithm = derSequence(derOid(oids.ecdsaWithSha256))
  const name = derSequence(derSet(derSequence(derOid(oids.commonName), derPrintableString('test'))))
  const validity = derSequence(
    derUtcOrGeneralizedTime(new Date('2026-01-01T00:00:00Z')),
    derUtcOrGeneralizedTime(new Date('2028-01-01T00:00:00Z')),
  )
  const signedPart = derSequence(
    derElement(0xa0, derInteger(2)),
    derInteger(serial + 1),
    algorithm,
    name,
    validity,
    name,
    publicKeyInfo,
  )
  return derElement(universal.sequence, signedPart, algorithm, derBitString(new Uint8Array(8)))
}
