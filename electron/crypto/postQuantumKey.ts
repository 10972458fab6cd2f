/**
 * Keys of ML-DSA and ML-KEM in their structures: SubjectPublicKeyInfo (RFC 9881 §4, RFC 9935 §4) and the three forms of a
 * private key in PKCS#8 (RFC 9881 §6, RFC 9935 §6): the seed alone, the expanded key alone, or both.
 */

import { derBitString, derInteger, derOctetString, derOid, derSequence, universal } from '../asn1/der.ts'
import { contentOf, DerReader, MalformedDer, soleElement } from '../asn1/derReader.ts'
import { wipe } from '../base/bytes.ts'
import type { Random } from '../base/random.ts'
import { failure, type Result, success } from '../base/result.ts'
import { equalSecrets } from './constantTime.ts'
import { publicKeyBitsOf } from './keyInfo.ts'
import { isConsistentPair, type PostQuantum, type RawKeyPair } from './postQuantum.ts'
import { type MlDsaSet, type MlKemSet, postQuantumLengths, postQuantumOid } from './postQuantumSets.ts'

type MalformedKey = { readonly code: 'malformed-key' }
type ParameterSet = MlDsaSet | MlKemSet

/** The choice inside privateKey's OCTET STRING; views on the PKCS#8. */
interface PrivateForms {
  readonly seed?: Uint8Array
  readonly expandedKey?: Uint8Array
  /** What OneAsymmetricKey states beside it (RFC 5958 §2). */
  readonly statedPublicKey?: Uint8Array
}

/** `seed` is `[0] IMPLICIT`; the tag alone decides, never the length (RFC 9881 §6). */
const seedTag = 0x80

function readForms(pkcs8: Uint8Array, parameterSet: ParameterSet): PrivateForms {
  const fields = DerReader.inside(soleElement(pkcs8, 'key'))
  fields.integer('version')
  fields.sequence('algorithm')
  const choice = soleElement(contentOf(fields.expect(universal.octetString, 'privateKey')), 'privateKey')
  fields.optional(0xa0, 'attributes')
  const stated = fields.optional(0x81, 'publicKey')
  fields.end('key')
  const publicBits = stated && contentOf(stated)
  if (publicBits && publicBits[0] !== 0) throw new MalformedDer('publicKey')
  return {
    ...readChoice(choice, parameterSet),
    ...(publicBits ? { statedPublicKey: publicBits.subarray(1) } : {}),
  }
}

function readChoice(choice: ReturnType<typeof soleElement>, parameterSet: ParameterSet): PrivateForms {
  const lengths = postQuantumLengths[parameterSet]
  const sized = (bytes: Uint8Array, length: number): Uint8Array => {
    if (bytes.length !== length) throw new MalformedDer('privateKey')
    return bytes
  }
  switch (choice.tag) {
    case seedTag:
      return { seed: sized(contentOf(choice), lengths.seed) }
    case universal.octetString:
      return { expandedKey: sized(contentOf(choice), lengths.expandedKey) }
    case universal.sequence: {
      const both = DerReader.inside(choice)
      const seed = sized(contentOf(both.expect(universal.octetString, 'seed')), lengths.seed)
      const expandedKey = sized(contentOf(both.expect(universal.octetString, 'expandedKey')), lengths.expandedKey)
      both.end('privateKey')
      return { seed, expandedKey }
    }
    default:
      throw new MalformedDer('privateKey')
  }
}

/**
 * The pair behind a PKCS#8 key; the caller wipes `expandedKey`. With both forms the seed must give the expanded key byte by
 * byte, and an expanded key alone must work with its public one: RFC 9881 §8.2 and RFC 9935 §8 demand that a key whose parts
 * disagree is refused.
 */
export function rawKeyPairOf(
  postQuantum: PostQuantum,
  parameterSet: ParameterSet,
  pkcs8: Uint8Array,
): Result<RawKeyPair, MalformedKey> {
  const pair = pairOfForms(postQuantum, parameterSet, pkcs8)
  if (!pair) return failure({ code: 'malformed-key' })
  const { stated, publicKey, expandedKey } = pair
  if (stated && !equalSecrets(stated, publicKey)) {
    wipe(expandedKey)
    return failure({ code: 'malformed-key' })
  }
  return success({ publicKey, expandedKey })
}

function pairOfForms(
  postQuantum: PostQuantum,
  parameterSet: ParameterSet,
  pkcs8: Uint8Array,
): (RawKeyPair & { readonly stated: Uint8Array | undefined }) | undefined {
  let forms: PrivateForms
  try {
    forms = readForms(pkcs8, parameterSet)
  } catch (error) {
    if (error instanceof MalformedDer) return undefined
    throw error
  }
  const { seed, expandedKey, statedPublicKey: stated } = forms
  if (seed) {
    const pair = postQuantum.expand(parameterSet, seed)
    if (!expandedKey || equalSecrets(pair.expandedKey, expandedKey)) return { ...pair, stated }
    wipe(pair.expandedKey)
    return undefined
  }
  const publicKey = expandedKey && postQuantum.publicKeyOf(parameterSet, expandedKey)
  if (!publicKey) return undefined
  const pair = { publicKey, expandedKey: Uint8Array.from(expandedKey) }
  if (isConsistentPair(postQuantum, parameterSet, pair)) return { ...pair, stated }
  wipe(pair.expandedKey)
  return undefined
}

function algorithmIdentifier(parameterSet: ParameterSet): Uint8Array {
  return derSequence(derOid(postQuantumOid(parameterSet)))
}

/** DER SubjectPublicKeyInfo around a raw public key. */
export function postQuantumPublicKeyInfo(parameterSet: ParameterSet, publicKey: Uint8Array): Uint8Array {
  return derSequence(algorithmIdentifier(parameterSet), derBitString(publicKey))
}

/** The raw public key in a SubjectPublicKeyInfo of that set, or undefined when it is none. */
export function rawPublicKeyOf(parameterSet: ParameterSet, publicKeyInfo: Uint8Array): Uint8Array | undefined {
  const bits = publicKeyBitsOf(publicKeyInfo)
  return bits?.length === postQuantumLengths[parameterSet].publicKey ? bits : undefined
}

/** PKCS#8 with the seed alone, the form that RFC 9881 §6 and RFC 9935 §6 recommend. The caller wipes it. */
function pkcs8OfSeed(parameterSet: ParameterSet, seed: Uint8Array): Uint8Array {
  const choice = derOctetString(seed)
  choice[0] = seedTag
  return derSequence(derInteger(0), algorithmIdentifier(parameterSet), derOctetString(choice))
}

/** A key pair from a fresh seed. The caller wipes `pkcs8`. */
export function generatePostQuantumKey(
  postQuantum: PostQuantum,
  parameterSet: ParameterSet,
  random: Random,
): { readonly pkcs8: Uint8Array; readonly publicKeyInfo: Uint8Array } {
  const seed = random(postQuantumLengths[parameterSet].seed)
  const { publicKey, expandedKey } = postQuantum.expand(parameterSet, seed)
  wipe(expandedKey)
  const pkcs8 = pkcs8OfSeed(parameterSet, seed)
  wipe(seed)
  return { pkcs8, publicKeyInfo: postQuantumPublicKeyInfo(parameterSet, publicKey) }
}
