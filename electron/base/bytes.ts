/** Bytes and their spellings. All functions are pure; none of them looks at what the bytes mean. */

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8')

export function utf8Bytes(text: string): Uint8Array {
  return encoder.encode(text)
}

/** Decodes UTF-8; an ill-formed sequence becomes U+FFFD, never an exception. */
export function utf8Text(bytes: Uint8Array): string {
  return decoder.decode(bytes)
}

/** One character per byte (ISO 8859-1), for protocols that are ASCII with accidents. */
export function latin1Text(bytes: Uint8Array): string {
  return asBuffer(bytes).toString('latin1')
}

export function latin1Bytes(text: string): Uint8Array {
  return Buffer.from(text, 'latin1')
}

export function hexText(bytes: Uint8Array): string {
  return asBuffer(bytes).toString('hex')
}

export function hexBytes(text: string): Uint8Array {
  return Buffer.from(text, 'hex')
}

/** Base64 with padding, on one line. */
export function base64Text(bytes: Uint8Array): string {
  return asBuffer(bytes).toString('base64')
}

/** Lenient: white space and foreign characters are passed over, as RFC 2045 §6.8 demands of mail. */
export function base64Bytes(text: string): Uint8Array {
  return Buffer.from(text, 'base64')
}

/** Base64url without padding (RFC 4648 §5). */
export function base64urlText(bytes: Uint8Array): string {
  return asBuffer(bytes).toString('base64url')
}

export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(parts)
}

/** Compares public values. For secrets use crypto/constantTime. */
export function equalBytes(left: Uint8Array, right: Uint8Array): boolean {
  return asBuffer(left).equals(right)
}

/** Overwrites a buffer that held a secret. JavaScript may still hold copies elsewhere; this removes the one we own. */
export function wipe(bytes: Uint8Array): void {
  bytes.fill(0)
}

/**
 * Gives the memory of bytes that nobody else has back at once, where the platform can: what waits for the collector is memory
 * that the next buffer touches for the first time, page by page. The bytes are empty afterwards.
 */
export function release(bytes: Uint8Array): void {
  const buffer = bytes.buffer as ArrayBufferLike & { transfer?(length: number): unknown }
  // A part of the platform's pool has neighbours.
  if (buffer.byteLength === bytes.byteLength) buffer.transfer?.(0)
}

/** The same memory seen as a Buffer; nothing is copied. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
