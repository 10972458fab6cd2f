/**
 * Signature checks on the way to an anchor (RFC 5280 §6.1.3(a)(1) and §6.1.4(d) to (f)), counted: they are what a search costs.
 * Of certificates and of revocation lists alike.
 */

import { latin1Text } from '../base/bytes.ts'
import { createRecentValues } from '../base/recentValues.ts'
import { type DsaScheme, dsaKeyOf, withDsaParametersOf } from '../crypto/dsa.ts'
import type { PostQuantum } from '../crypto/postQuantum.ts'
import type { SignatureScheme } from '../crypto/privateKey.ts'
import { verifySignature } from '../crypto/publicKey.ts'
import type { SignatureAlgorithm } from './algorithms.ts'
import type { Certificate } from './certificate.ts'

/** A certificate or a revocation list. */
export interface SignedStructure {
  /** Of the whole structure, lower-case hexadecimal. */
  readonly sha256: string
  readonly signatureAlgorithm: SignatureAlgorithm
  readonly signedPart: Uint8Array
  readonly signatureValue: Uint8Array
}

export interface SignatureBudget {
  /** Checks that may still be made; below zero once one too many was asked for. */
  left: number
  /** What this search has found already, by structure and key; asking again is free. */
  readonly outcomes: Map<string, boolean>
}

/** `without-parameters`: a DSA key whose parameters are those of a certificate further up. */
export type SignatureOutcome = 'verified' | 'failed' | 'unsupported' | 'without-parameters' | 'exhausted'

/** Checks of ML-DSA and DSA take milliseconds: each counts as several, and a chain of five still fits among strangers. */
const mlDsaChecks = 4
const dsaChecks = 8

function checksOf(scheme: SignatureScheme | DsaScheme): number {
  return scheme.kind === 'ml-dsa' ? mlDsaChecks : scheme.kind === 'dsa' ? dsaChecks : 1
}

/** Signatures by structure and key that were checked last: every mail of a mailbox brings the same few chains. */
const checkedLast = createRecentValues<boolean>(2_048)

function canVerify(
  scheme: SignatureScheme | DsaScheme,
  { keyAlgorithm, publicKeyInfo }: Certificate,
  postQuantum: PostQuantum | undefined,
): boolean {
  if (scheme.kind === 'dsa') return keyAlgorithm.kind !== 'unsupported' || dsaKeyOf(publicKeyInfo) !== undefined
  return keyAlgorithm.kind !== 'unsupported' && (scheme.kind !== 'ml-dsa' || postQuantum !== undefined)
}

/** Whether `signer`'s key made the signature; `publicKeyInfo` is that key with the parameters that the path gives it. */
export function checkSignature(
  signed: SignedStructure,
  signer: Certificate,
  budget: SignatureBudget,
  postQuantum: PostQuantum | undefined,
  publicKeyInfo: Uint8Array = signer.publicKeyInfo,
): SignatureOutcome {
  const scheme = signed.signatureAlgorithm.scheme ?? signed.signatureAlgorithm.dsa
  if (!scheme || !canVerify(scheme, signer, postQuantum)) return 'unsupported'
  if (scheme.kind === 'dsa' && dsaKeyOf(publicKeyInfo) === 'without-parameters') return 'without-parameters'
  const isInherited = publicKeyInfo !== signer.publicKeyInfo
  const name = `${signed.sha256} ${isInherited ? latin1Text(publicKeyInfo) : signer.sha256}`
  const before = budget.outcomes.get(name)
  if (before !== undefined) return before ? 'verified' : 'failed'
  budget.left -= checksOf(scheme)
  if (budget.left < 0) return 'exhausted'
  // Counted against the budget all the same: an answer must not depend on what was asked before.
  const verified =
    checkedLast.get(name) ??
    verifySignature(publicKeyInfo, scheme, signed.signedPart, signed.signatureValue, postQuantum)
  checkedLast.set(name, verified)
  budget.outcomes.set(name, verified)
  return verified ? 'verified' : 'failed'
}

/**
 * RFC 5280 §6.1.4(d) to (f): the key at `link`, with the parameters of the next DSA key above where it has none itself;
 * undefined where there is none to take them from.
 */
export function workingPublicKey(path: readonly Certificate[], link: number): Uint8Array | undefined {
  const own = path[link]
  if (own?.keyAlgorithm.kind !== 'unsupported') return own?.publicKeyInfo
  if (dsaKeyOf(own.publicKeyInfo) !== 'without-parameters') return own.publicKeyInfo
  for (const { publicKeyInfo } of path.slice(link + 1)) {
    const kind = dsaKeyOf(publicKeyInfo)
    if (kind !== 'without-parameters') return withDsaParametersOf(own.publicKeyInfo, publicKeyInfo)
  }
  return undefined
}
