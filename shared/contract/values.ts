/** Small schemas that every area uses, with the bounds that keep a hostile caller from filling memory. */

import { z } from 'zod'

// No code generation at run time: the window's content policy forbids it.
z.config({ jitless: true })

/** An instant as ISO 8601 in UTC. */
export const instant = z.iso.datetime()

/** Bytes as base64. The bound is 8 MiB of bytes; anything larger travels through the spool area in pieces. */
export const smallBytes = z.base64().max(11_184_812)

/** SHA-256 of a DER certificate, 64 lower-case hexadecimal digits. */
export const fingerprint = z.string().regex(/^[0-9a-f]{64}$/)

/** An identifier that Siegel made: 128 random bits as base64url, or a row number. */
export const identifier = z.string().min(1).max(64)

/** A mail address as a person types it; whether it is well-formed is decided by the area that uses it. */
export const addressText = z.string().trim().min(3).max(320)

/** One line of text for a name or a subject: no line break can be smuggled into a header. */
export const lineText = z
  .string()
  .max(998)
  .regex(/^[^\x00-\x1f\x7f]*$/)

export const passphrase = z.string().min(1).max(1024)

/** The host has told that what is chosen is weak (shared/contract/passphrases.ts), and whoever chose it wants it so. */
export const allowWeak = z.boolean().optional()

/** How much of a sealed letter's header is hidden outside (RFC 9788 §3.2.1, §3.2.2). */
export const headerPolicy = z.enum(['baseline', 'shy'])

export const mailbox = z.object({ name: lineText.optional(), address: addressText })
export type Mailbox = z.infer<typeof mailbox>

/** A reference to bytes in the spool: a file that was handed over in pieces. */
export const spooledFile = z.object({
  spoolId: identifier,
  name: lineText,
  mediaType: z.string().max(255),
  size: z.number().int().nonnegative(),
})
export type SpooledFile = z.infer<typeof spooledFile>

/** Where bytes come from: small ones directly, larger ones through the spool. */
export const byteSource = z.union([z.object({ bytes: smallBytes }), z.object({ spoolId: identifier })])
export type ByteSource = z.infer<typeof byteSource>
