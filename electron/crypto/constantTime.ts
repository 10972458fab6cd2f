/** Compares secrets in a time that does not depend on where they differ. */

import { timingSafeEqual } from 'node:crypto'

/** Lengths are not secret: texts or bytes of different length are told apart at once. */
export function equalSecrets(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && timingSafeEqual(left, right)
}
