/**
 * The parameter sets of ML-DSA (FIPS 204 §4) and ML-KEM (FIPS 203 §8) that Siegel computes, by the names and OIDs of
 * RFC 9881 §2 and RFC 9935 §3. ML-KEM-512 is named and not computed: mail shall stay secret for decades, and the larger
 * sets cost next to nothing more.
 */

import { oids } from '../asn1/oids.ts'

export type MlDsaSet = 'ML-DSA-44' | 'ML-DSA-65' | 'ML-DSA-87'
export type MlKemSet = 'ML-KEM-768' | 'ML-KEM-1024'

export type PostQuantumKind =
  | { readonly kind: 'ml-dsa'; readonly parameterSet: MlDsaSet }
  | { readonly kind: 'ml-kem'; readonly parameterSet: MlKemSet }

/** All lengths in bytes. */
interface Lengths {
  readonly seed: number
  readonly publicKey: number
  readonly expandedKey: number
  /** Of a signature, or of a ciphertext that carries a shared secret. */
  readonly output: number
}

export const postQuantumLengths: Readonly<Record<MlDsaSet | MlKemSet, Lengths>> = {
  'ML-DSA-44': { seed: 32, publicKey: 1_312, expandedKey: 2_560, output: 2_420 },
  'ML-DSA-65': { seed: 32, publicKey: 1_952, expandedKey: 4_032, output: 3_309 },
  'ML-DSA-87': { seed: 32, publicKey: 2_592, expandedKey: 4_896, output: 4_627 },
  'ML-KEM-768': { seed: 64, publicKey: 1_184, expandedKey: 2_400, output: 1_088 },
  'ML-KEM-1024': { seed: 64, publicKey: 1_568, expandedKey: 3_168, output: 1_568 },
}

const kinds: Readonly<Record<string, PostQuantumKind>> = {
  [oids.mlDsa44]: { kind: 'ml-dsa', parameterSet: 'ML-DSA-44' },
  [oids.mlDsa65]: { kind: 'ml-dsa', parameterSet: 'ML-DSA-65' },
  [oids.mlDsa87]: { kind: 'ml-dsa', parameterSet: 'ML-DSA-87' },
  [oids.mlKem768]: { kind: 'ml-kem', parameterSet: 'ML-KEM-768' },
  [oids.mlKem1024]: { kind: 'ml-kem', parameterSet: 'ML-KEM-1024' },
}

/** One OID names the key, and for ML-DSA its signatures as well (RFC 9881 §2). */
export function postQuantumKindByOid(oid: string): PostQuantumKind | undefined {
  return kinds[oid]
}

const oidsBySet: Readonly<Record<MlDsaSet | MlKemSet, string>> = {
  'ML-DSA-44': oids.mlDsa44,
  'ML-DSA-65': oids.mlDsa65,
  'ML-DSA-87': oids.mlDsa87,
  'ML-KEM-768': oids.mlKem768,
  'ML-KEM-1024': oids.mlKem1024,
}

export function postQuantumOid(parameterSet: MlDsaSet | MlKemSet): string {
  return oidsBySet[parameterSet]
}

/** Whether a name is one of an algorithm that only the experimental setting reads. */
export function isPostQuantumName(name: string): boolean {
  return Object.hasOwn(oidsBySet, name)
}
