/**
 * The objects that an ACME server answers with (RFC 8555 §7.1, RFC 8823 §3), checked and bounded before anything reads
 * them. Members that Siegel doesn't use are dropped.
 */

import { z } from 'zod'

/** Real URLs of CAs stay under 200 characters. */
const url = z.string().max(2_048)
const text = z.string().max(4_096)
const timestamp = z.string().max(64)

export const directorySchema = z.object({
  newNonce: url,
  newAccount: url,
  newOrder: url,
  revokeCert: url.optional(),
  keyChange: url.optional(),
  /** RFC 9773 §4.1: the base that a certificate's identifier is put behind. */
  renewalInfo: url.optional(),
  meta: z
    .object({
      termsOfService: url.optional(),
      website: url.optional(),
      externalAccountRequired: z.boolean().optional(),
    })
    .optional(),
})
export type Directory = Readonly<z.infer<typeof directorySchema>>

/** RFC 7807 as RFC 8555 §6.7 uses it. A CA may leave everything out. */
export const problemSchema = z.object({
  type: text.optional(),
  detail: text.optional(),
  // More subproblems than identifiers make no sense, and an order of Siegel has one.
  subproblems: z
    .array(z.object({ type: text.optional(), detail: text.optional() }))
    .max(100)
    .optional(),
  /** Where a person has to agree to something first (§7.3.3: userActionRequired). */
  instance: url.optional(),
})
export type Problem = Readonly<z.infer<typeof problemSchema>>

export const accountSchema = z.object({
  status: z.enum(['valid', 'deactivated', 'revoked']),
  /** RFC 8555 §7.1.2.1: the list of the account's orders. Many servers have none. */
  orders: url.optional(),
})

/** RFC 8555 §7.1.2.1: a page of the list. */
export const orderListSchema = z.object({ orders: z.array(url).max(1_000) })

const identifier = z.object({ type: z.string().max(64), value: text })

export const orderSchema = z.object({
  status: z.enum(['pending', 'ready', 'processing', 'valid', 'invalid']),
  expires: timestamp.optional(),
  identifiers: z.array(identifier).min(1).max(10),
  /** What is left to prove and what was proven, without a fixed sequence; none where the CA knows enough already (§7.1.3). */
  authorizations: z.array(url).max(10),
  finalize: url,
  certificate: url.optional(),
  error: problemSchema.optional(),
})
export type Order = Readonly<z.infer<typeof orderSchema>>

const challengeSchema = z.object({
  type: z.string().max(64),
  url,
  status: z.enum(['pending', 'processing', 'valid', 'invalid']),
  token: z.string().max(512).optional(),
  /** RFC 8823 §3: the address that the challenge mail comes from. */
  from: text.optional(),
  error: problemSchema.optional(),
})

/**
 * Base64url. RFC 8555 §8 asks for 128 bits of entropy; real tokens have 16 to 64 bytes. Padding belongs to the text, as it
 * does in the mail's half.
 */
export function isToken(text: string): boolean {
  return /^[A-Za-z0-9_-]{1,512}={0,2}$/.test(text)
}

export const authorizationSchema = z.object({
  status: z.enum(['pending', 'valid', 'invalid', 'deactivated', 'expired', 'revoked']),
  identifier,
  expires: timestamp.optional(),
  // Other types of challenge have members of their own, and none of them concerns a mail (RFC 8555 §8).
  challenges: z
    .array(z.unknown())
    .max(20)
    .transform((all) => all.map((one) => challengeSchema.safeParse(one)).flatMap(({ data }) => data ?? [])),
})
export type Authorization = Readonly<z.infer<typeof authorizationSchema>>

/** RFC 9773 §4.2. */
export const renewalInfoSchema = z.object({
  suggestedWindow: z.object({ start: timestamp, end: timestamp }),
  explanationURL: url.optional(),
})
