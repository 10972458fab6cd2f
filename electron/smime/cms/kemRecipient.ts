/**
 * KEMRecipientInfo (RFC 9629 §3), the OtherRecipientInfo of type id-ori-kem, with ML-KEM (RFC 9936 §2): a fresh shared
 * secret travels to the recipient's key, HKDF makes a key-encryption key of it, and AES key wrap hides the content key.
 */

import { context, derElement, derExplicit, derInteger, derOctetString, derOid, derSequence } from '../../asn1/der.ts'
import { DerReader, MalformedDer } from '../../asn1/derReader.ts'
import { oids } from '../../asn1/oids.ts'
import { wipe } from '../../base/bytes.ts'
import type { DigestName } from '../../crypto/digest.ts'
import { hkdfKey } from '../../crypto/keyDerivation.ts'
import { wrapKey } from '../../crypto/keyWrap.ts'
import {
  type MlKemSet,
  postQuantumKindByOid,
  postQuantumLengths,
  postQuantumOid,
} from '../../crypto/postQuantumSets.ts'
import { type AlgorithmIdentifier, readAlgorithm } from './algorithms.ts'
import { wrapKeyBytesByOid } from './keyAgreement.ts'
import { type CertificateIdentifier, readCertificateIdentifier } from './signerInfo.ts'

export interface Encapsulation {
  readonly kind: 'encapsulation'
  readonly parameterSet: MlKemSet
  readonly ciphertext: Uint8Array
  /** HKDF's digest. */
  readonly digest: DigestName
  /** The wrapping algorithm's identifier exactly as it stands in the message. */
  readonly wrapAlgorithm: Uint8Array
  readonly wrapKeyBytes: number
  readonly userKeyingMaterial: Uint8Array | undefined
}

export interface KemRecipient {
  readonly identifier: CertificateIdentifier
  /** Undefined when one of the algorithms isn't computed. */
  readonly management: Encapsulation | undefined
  /** "ML-KEM-768 (HKDF SHA-256, AES-256 key wrap)". */
  readonly text: string
  readonly encryptedKey: Uint8Array
}

const derivations: Readonly<Record<string, readonly [DigestName, string]>> = {
  [oids.hkdfSha256]: ['sha256', 'HKDF SHA-256'],
  [oids.hkdfSha384]: ['sha384', 'HKDF SHA-384'],
  [oids.hkdfSha512]: ['sha512', 'HKDF SHA-512'],
}

/** Reads the oriValue, KEMRecipientInfo; throws MalformedDer. */
export function readKemRecipient(value: DerReader): KemRecipient {
  const fields = value.sequence('kemRecipientInfo')
  value.end('oriValue')
  if (fields.integer('version') !== 0) throw new MalformedDer('version')
  const identifier = readCertificateIdentifier(fields, 'rid')
  const kem = readAlgorithm(fields, 'kem')
  const ciphertext = fields.octetString('kemct')
  const kdf = readAlgorithm(fields, 'kdf')
  const keyBytes = fields.integer('kekLength')
  const ukm = fields.optional(context(0), 'ukm')
  const userKeyingMaterial = ukm ? soleOctets(DerReader.inside(ukm)) : undefined
  const wrap = readAlgorithm(fields, 'wrap')
  const encryptedKey = fields.octetString('encryptedKey')
  fields.end('kemRecipientInfo')
  const parameterSet = mlKemSetOf(kem, ciphertext)
  const [digest, digestText] = derivationOf(kdf) ?? [undefined, kdf.oid]
  const wrapKeyBytes = wrapKeyBytesByOid(wrap.oid)
  // RFC 9936 §2.2.1: the length must be the wrapping algorithm's. Otherwise one secret would make keys for two.
  if (wrapKeyBytes !== undefined && wrapKeyBytes !== keyBytes) throw new MalformedDer('kekLength')
  const wrapText = wrapKeyBytes ? `AES-${wrapKeyBytes * 8} key wrap` : wrap.oid
  return {
    identifier,
    management:
      parameterSet && digest && wrapKeyBytes
        ? {
            kind: 'encapsulation',
            parameterSet,
            ciphertext,
            digest,
            wrapAlgorithm: wrap.encoding,
            wrapKeyBytes,
            userKeyingMaterial,
          }
        : undefined,
    text: `${parameterSet ?? kemNames[kem.oid] ?? kem.oid} (${digestText}, ${wrapText})`,
    encryptedKey,
  }
}

/** Named, not computed. */
const kemNames: Readonly<Record<string, string>> = { [oids.mlKem512]: 'ML-KEM-512' }

function soleOctets(fields: DerReader): Uint8Array {
  const octets = fields.octetString('ukm')
  fields.end('ukm')
  return octets
}

/** RFC 9936 §3: no parameters; the ciphertext's length is the set's (FIPS 203 §8). */
function mlKemSetOf(kem: AlgorithmIdentifier, ciphertext: Uint8Array): MlKemSet | undefined {
  const known = postQuantumKindByOid(kem.oid)
  if (known?.kind !== 'ml-kem') return undefined
  if (kem.parameters) throw new MalformedDer('kem')
  if (ciphertext.length !== postQuantumLengths[known.parameterSet].output) throw new MalformedDer('kemct')
  return known.parameterSet
}

/** RFC 8619 §2: HKDF's identifiers have no parameters. */
function derivationOf(kdf: AlgorithmIdentifier): readonly [DigestName, string] | undefined {
  const known = derivations[kdf.oid]
  if (known && kdf.parameters) throw new MalformedDer('kdf')
  return known
}

/**
 * The key-encryption key: HKDF without salt over the secret, bound to CMSORIforKEMOtherInfo (RFC 9629 §5). Consumes and wipes
 * `sharedSecret`; the caller wipes the result.
 */
export function encapsulatedKeyOf(
  {
    digest,
    wrapAlgorithm,
    wrapKeyBytes,
    userKeyingMaterial,
  }: Omit<Encapsulation, 'kind' | 'parameterSet' | 'ciphertext'>,
  sharedSecret: Uint8Array,
): Uint8Array {
  const otherInfo = derSequence(
    wrapAlgorithm,
    derInteger(wrapKeyBytes),
    ...(userKeyingMaterial ? [derExplicit(0, derOctetString(userKeyingMaterial))] : []),
  )
  try {
    return hkdfKey(digest, sharedSecret, wrapKeyBytes, otherInfo)
  } finally {
    wipe(sharedSecret)
  }
}

/**
 * One DER RecipientInfo with HKDF-SHA256 and AES-256 key wrap (RFC 9936 §2.1: what every implementation has). `identifier` is
 * a DER RecipientIdentifier. Consumes and wipes `sharedSecret`.
 */
export function kemRecipientInfo(
  identifier: Uint8Array,
  parameterSet: MlKemSet,
  { ciphertext, sharedSecret }: { readonly ciphertext: Uint8Array; readonly sharedSecret: Uint8Array },
  contentKey: Uint8Array,
): Uint8Array {
  // RFC 3565 §2.3.2: the parameters of AES key wrap are absent.
  const wrapAlgorithm = derSequence(derOid(oids.aes256Wrap))
  const scheme = { digest: 'sha256', wrapAlgorithm, wrapKeyBytes: 32, userKeyingMaterial: undefined } as const
  const wrappingKey = encapsulatedKeyOf(scheme, sharedSecret)
  try {
    return derElement(
      context(4),
      derOid(oids.kemRecipientInfo),
      derSequence(
        derInteger(0),
        identifier,
        derSequence(derOid(postQuantumOid(parameterSet))),
        derOctetString(ciphertext),
        derSequence(derOid(oids.hkdfSha256)),
        derInteger(scheme.wrapKeyBytes),
        wrapAlgorithm,
        derOctetString(wrapKey(wrappingKey, contentKey)),
      ),
    )
  } finally {
    wipe(wrappingKey)
  }
}
