/** Identifiers that nobody can guess: 128 random bits as base64url, 22 characters. */

import { base64urlText } from '../base/bytes.ts'
import type { Random } from '../base/random.ts'

export function randomId(random: Random): string {
  return base64urlText(random(16))
}
