/**
 * ML-DSA (FIPS 204) and ML-KEM (FIPS 203) on raw keys. Electron's BoringSSL and Node 20 have neither, so that both come
 * from a JavaScript implementation, on every runtime the same one. It is loaded when somebody asks for it, and nothing here
 * works without it: whoever holds a `PostQuantum` has the person's leave to use experimental algorithms.
 *
 * JavaScript can't promise constant time. Signing draws fresh randomness each time (the hedged variant, FIPS 204 §3.4),
 * and decapsulation rejects implicitly (FIPS 203 §6.3), which is what can be done about it from here.
 */

import { wipe } from '../base/bytes.ts'
import { equalSecrets } from './constantTime.ts'
import { type MlDsaSet, type MlKemSet, postQuantumLengths } from './postQuantumSets.ts'

export interface RawKeyPair {
  readonly publicKey: Uint8Array
  /** Secret; the caller wipes it. */
  readonly expandedKey: Uint8Array
}

export interface PostQuantum {
  /** The pair that a seed stands for (ML-DSA.KeyGen_internal, ML-KEM.KeyGen_internal). Throws for a seed of another length. */
  expand(parameterSet: MlDsaSet | MlKemSet, seed: Uint8Array): RawKeyPair
  /** The public key inside an expanded one, or undefined when the key isn't one of this set. */
  publicKeyOf(parameterSet: MlDsaSet | MlKemSet, expandedKey: Uint8Array): Uint8Array | undefined
  /** Pure ML-DSA with an empty context (FIPS 204 §5.2), as RFC 9881 and RFC 9882 use it. */
  sign(parameterSet: MlDsaSet, expandedKey: Uint8Array, message: Uint8Array): Uint8Array
  /** Never throws: broken keys and signatures of another length are "no". */
  verify(parameterSet: MlDsaSet, publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean
  /** A fresh shared secret of 32 bytes and what carries it; undefined for a broken public key (FIPS 203 §7.2). */
  encapsulate(
    parameterSet: MlKemSet,
    publicKey: Uint8Array,
  ): { readonly ciphertext: Uint8Array; readonly sharedSecret: Uint8Array } | undefined
  /**
   * 32 bytes. A changed ciphertext gives another secret and no error; undefined only for a wrong length or a key whose
   * hash is wrong (FIPS 203 §7.3).
   */
  decapsulate(parameterSet: MlKemSet, expandedKey: Uint8Array, ciphertext: Uint8Array): Uint8Array | undefined
}

/** What a call throws for input that it refuses is a "no" here: all input comes from strangers. */
function unlessRefused<Value>(compute: () => Value): Value | undefined {
  try {
    return compute()
  } catch {
    return undefined
  }
}

/** Loads the implementation: about 70 kB of code, some tens of milliseconds the first time. */
export async function loadPostQuantum(): Promise<PostQuantum> {
  const [dsa, kem] = await Promise.all([
    import('@noble/post-quantum/ml-dsa.js'),
    import('@noble/post-quantum/ml-kem.js'),
  ])
  const signers = { 'ML-DSA-44': dsa.ml_dsa44, 'ML-DSA-65': dsa.ml_dsa65, 'ML-DSA-87': dsa.ml_dsa87 }
  const kems = { 'ML-KEM-768': kem.ml_kem768, 'ML-KEM-1024': kem.ml_kem1024 }
  const schemes = { ...signers, ...kems }
  return {
    expand(parameterSet, seed) {
      const { publicKey, secretKey } = schemes[parameterSet].keygen(seed)
      return { publicKey, expandedKey: secretKey }
    },
    publicKeyOf(parameterSet, expandedKey) {
      if (expandedKey.length !== postQuantumLengths[parameterSet].expandedKey) return undefined
      return unlessRefused(() => schemes[parameterSet].getPublicKey(expandedKey))
    },
    sign: (parameterSet, expandedKey, message) => signers[parameterSet].sign(message, expandedKey),
    verify(parameterSet, publicKey, message, signature) {
      return unlessRefused(() => signers[parameterSet].verify(signature, message, publicKey)) ?? false
    },
    encapsulate(parameterSet, publicKey) {
      const made = unlessRefused(() => kems[parameterSet].encapsulate(publicKey))
      return made && { ciphertext: made.cipherText, sharedSecret: made.sharedSecret }
    },
    decapsulate(parameterSet, expandedKey, ciphertext) {
      if (ciphertext.length !== postQuantumLengths[parameterSet].output) return undefined
      return unlessRefused(() => kems[parameterSet].decapsulate(ciphertext, expandedKey))
    },
  }
}

/**
 * Whether public and expanded key belong together: signing and verifying, or carrying a secret over and back. It finds a key
 * whose hash of the public one was changed (RFC 9881 §8.2, RFC 9935 §8) and one that can't work. A changed t_0 of ML-DSA can
 * escape it: only the seed proves that, which is why it is the form that Siegel writes.
 */
export function isConsistentPair(
  postQuantum: PostQuantum,
  parameterSet: MlDsaSet | MlKemSet,
  { publicKey, expandedKey }: RawKeyPair,
): boolean {
  if (parameterSet === 'ML-KEM-768' || parameterSet === 'ML-KEM-1024') {
    const made = postQuantum.encapsulate(parameterSet, publicKey)
    const received = made && postQuantum.decapsulate(parameterSet, expandedKey, made.ciphertext)
    const same = made !== undefined && received !== undefined && equalSecrets(made.sharedSecret, received)
    for (const secret of [made?.sharedSecret, received]) if (secret) wipe(secret)
    return same
  }
  const message = new Uint8Array(32)
  const signature = unlessRefused(() => postQuantum.sign(parameterSet, expandedKey, message))
  return signature !== undefined && postQuantum.verify(parameterSet, publicKey, message, signature)
}
