/**
 * Verifying DSA signatures (FIPS 186-4 §4.7, keys as RFC 3279 §2.3.2 writes them), for the certificates and revocation lists
 * of old authorities. RFC 8551 dropped DSA and FIPS 186-5 withdrew it, so nothing is signed with it here, and no mail.
 *
 * Computed with BigInt: BoringSSL has no DSA, and all values are public, so that timing tells nothing.
 */

import { derOid, derSequence, universal } from '../asn1/der.ts'
import { contentOf, DerReader, encodingOf, MalformedDer } from '../asn1/derReader.ts'
import { oids } from '../asn1/oids.ts'
import { hexText } from '../base/bytes.ts'
import { type DigestName, digestOf } from './digest.ts'

export interface DsaScheme {
  readonly kind: 'dsa'
  readonly digest: DigestName
}

/** Bits of p and q. FIPS 186-4 §4.2 ends here; longer ones would let a stranger choose how long a check takes. */
const mostModulusBits = 3_072
const mostOrderBits = 256
/** FIPS 186-4 §4.2 begins here: a shorter order makes forging a matter of counting. */
const leastOrderBits = 160

interface DsaKey {
  readonly p: bigint
  readonly q: bigint
  readonly g: bigint
  readonly y: bigint
}

interface DsaKeyInfo {
  /** DER Dss-Parms, absent where they are the issuer's (RFC 3279 §2.3.2). */
  readonly parameters?: Uint8Array
  /** The BIT STRING's element: y inside. */
  readonly subjectPublicKey: Uint8Array
}

/** A reader of the SEQUENCE that the bytes are; throws MalformedDer. */
function sequenceIn(bytes: Uint8Array): DerReader {
  const reader = new DerReader(bytes)
  const inside = reader.sequence('dsa')
  reader.end('dsa')
  return inside
}

/** A non-negative INTEGER of at most `mostBits` bits; throws MalformedDer. */
function numberOf(reader: DerReader, mostBits: number): bigint {
  const content = contentOf(reader.expect(universal.integer, 'dsa'))
  if (content.length === 0 || (content[0] ?? 0) >= 0x80 || content.length > mostBits / 8 + 1) {
    throw new MalformedDer('dsa')
  }
  return BigInt(`0x${hexText(content)}`)
}

function keyInfoOf(publicKeyInfo: Uint8Array): DsaKeyInfo | undefined {
  try {
    const fields = sequenceIn(publicKeyInfo)
    const algorithm = fields.sequence('dsa')
    if (algorithm.oid('dsa') !== oids.dsa) return undefined
    const parameters = algorithm.atEnd ? undefined : algorithm.any('dsa')
    algorithm.end('dsa')
    const subjectPublicKey = encodingOf(fields.expect(universal.bitString, 'dsa'))
    fields.end('dsa')
    return parameters && parameters.tag !== universal.null
      ? { parameters: encodingOf(parameters), subjectPublicKey }
      : { subjectPublicKey }
  } catch (error) {
    if (error instanceof MalformedDer) return undefined
    throw error
  }
}

/** Whether a SubjectPublicKeyInfo is a DSA key's, and whether it brings its domain parameters. */
export function dsaKeyOf(publicKeyInfo: Uint8Array): 'complete' | 'without-parameters' | undefined {
  const info = keyInfoOf(publicKeyInfo)
  return info && (info.parameters ? 'complete' : 'without-parameters')
}

/** RFC 5280 §6.1.4(e): the key with the parameters of `issuerInfo`; undefined when one of them isn't DSA or none has any. */
export function withDsaParametersOf(publicKeyInfo: Uint8Array, issuerInfo: Uint8Array): Uint8Array | undefined {
  const own = keyInfoOf(publicKeyInfo)
  const parameters = keyInfoOf(issuerInfo)?.parameters
  if (!own || !parameters) return undefined
  return derSequence(derSequence(derOid(oids.dsa), parameters), own.subjectPublicKey)
}

/** Number of bits of a positive number. */
function bitsOf(value: bigint): number {
  return value.toString(2).length
}

/** FIPS 186-4 §4.1 as far as it can be seen without proving primes; throws MalformedDer. */
function keyOf({ parameters, subjectPublicKey }: DsaKeyInfo): DsaKey | undefined {
  if (!parameters) return undefined
  const domain = sequenceIn(parameters)
  const p = numberOf(domain, mostModulusBits)
  const q = numberOf(domain, mostOrderBits)
  const g = numberOf(domain, mostModulusBits)
  domain.end('dsa')
  const bits = new DerReader(subjectPublicKey).bitString('dsa')
  const inside = new DerReader(bits)
  const y = numberOf(inside, mostModulusBits)
  inside.end('dsa')
  const isSound =
    bitsOf(p) <= mostModulusBits &&
    bitsOf(q) >= leastOrderBits &&
    bitsOf(q) <= mostOrderBits &&
    (p - 1n) % q === 0n &&
    g > 1n &&
    g < p &&
    y > 1n &&
    y < p
  return isSound ? { p, q, g, y } : undefined
}

/** The inverse modulo `modulus`, or undefined when there is none (a "prime" that isn't). */
function inverse(value: bigint, modulus: bigint): bigint | undefined {
  let [rest, next, factor, nextFactor] = [modulus, value % modulus, 0n, 1n]
  while (next !== 0n) {
    const quotient = rest / next
    const after = rest - quotient * next
    const factorAfter = factor - quotient * nextFactor
    rest = next
    next = after
    factor = nextFactor
    nextFactor = factorAfter
  }
  return rest === 1n ? ((factor % modulus) + modulus) % modulus : undefined
}

/** g^u · y^v mod p, both powers in one pass over their bits. */
function doublePower({ p, q, g, y }: DsaKey, u: bigint, v: bigint): bigint {
  const both = (g * y) % p
  let result = 1n
  for (let bit = BigInt(bitsOf(q)) - 1n; bit >= 0n; bit--) {
    result = (result * result) % p
    const inU = (u >> bit) & 1n
    const inV = (v >> bit) & 1n
    if (inU && inV) result = (result * both) % p
    else if (inU) result = (result * g) % p
    else if (inV) result = (result * y) % p
  }
  return result
}

/** FIPS 186-4 §4.7. */
function holds(key: DsaKey, digest: Uint8Array, r: bigint, s: bigint): boolean {
  const { q } = key
  if (r <= 0n || r >= q || s <= 0n || s >= q) return false
  const excess = Math.max(digest.length * 8 - bitsOf(q), 0)
  const z = BigInt(`0x${hexText(digest)}`) >> BigInt(excess)
  const w = inverse(s, q)
  if (w === undefined) return false
  return doublePower(key, (z * w) % q, (r * w) % q) % q === r
}

/**
 * Whether `signature` (DER Dss-Sig-Value, RFC 3279 §2.2.2) is the key's over `signed`. Broken keys, keys without parameters
 * and malformed signatures are all "no". A check takes up to some milliseconds.
 */
export function verifyDsa(
  publicKeyInfo: Uint8Array,
  { digest }: DsaScheme,
  signed: Uint8Array,
  signature: Uint8Array,
): boolean {
  const info = keyInfoOf(publicKeyInfo)
  if (!info) return false
  try {
    const key = keyOf(info)
    if (!key) return false
    const pair = sequenceIn(signature)
    const r = numberOf(pair, mostOrderBits)
    const s = numberOf(pair, mostOrderBits)
    pair.end('dsa')
    return holds(key, digestOf(digest, signed), r, s)
  } catch (error) {
    if (error instanceof MalformedDer) return false
    throw error
  }
}
