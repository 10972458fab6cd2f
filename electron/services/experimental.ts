/**
 * Experimental algorithms (ML-KEM, ML-DSA) and the person's leave for them: the setting, or the option of one command. Their
 * implementation is loaded when the leave is there and not before, so that nobody else waits for it.
 */

import type { Certificate } from '../certificates/certificate.ts'
import { loadPostQuantum, type PostQuantum } from '../crypto/postQuantum.ts'

export interface ExperimentalAlgorithms {
  /** Present while they may be used. */
  postQuantum(): PostQuantum | undefined
  /** To be awaited when the leave may have changed: loads what is wanted now. */
  settle(): Promise<void>
}

/** `isWanted` is asked each time, so that a leave that was taken back counts at once. */
export function createExperimentalAlgorithms(isWanted: () => boolean): ExperimentalAlgorithms {
  let loaded: PostQuantum | undefined
  return {
    postQuantum: () => (isWanted() ? loaded : undefined),
    async settle() {
      if (isWanted()) loaded ??= await loadPostQuantum()
    },
  }
}

/** The experimental algorithm of a certificate's own key: "ML-KEM-768". */
export function experimentalAlgorithmOf({ keyAlgorithm }: Certificate): string | undefined {
  return 'parameterSet' in keyAlgorithm ? keyAlgorithm.parameterSet : undefined
}
