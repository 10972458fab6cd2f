/**
 * Identifiers that nobody can guess: 127 random bits as base64url, 22 characters. The first is a letter: they are typed in the
 * terminal, where "-" begins an option.
 */

import { base64urlText } from '../base/bytes.ts'
import type { Random } from '../base/random.ts'

export function randomId(random: Random): string {
  const bytes = Uint8Array.from(random(16))
  bytes[0] = (bytes[0] ?? 0) & 0x7f
  return base64urlText(bytes)
}
