/** A certificate's key in the words of people who compare keys. */

import type { Certificate } from './certificate.ts'

/** "RSA 3072", "EC P-256", "Ed25519", "ML-DSA-65", or the OID of a key that Siegel can't use. */
export function keyAlgorithmText({ keyAlgorithm }: Certificate): string {
  switch (keyAlgorithm.kind) {
    case 'rsa':
      return `RSA ${keyAlgorithm.bits}`
    case 'ec':
      return `EC ${keyAlgorithm.curve}`
    case 'ed25519':
      return 'Ed25519'
    case 'x25519':
      return 'X25519'
    case 'ml-dsa':
    case 'ml-kem':
      return keyAlgorithm.parameterSet
    case 'unsupported':
      return keyAlgorithm.oid
  }
}
