/**
 * What Siegel knows about a received mail. Facts (`report`), judgement (`verdict`) and words are three separate steps:
 * this file has the facts and the judgement; the words stand in shared/words under `verdict`, `findings` and `reasons`.
 */

import { z } from 'zod'
import { certificateSummary, certificateView, chainState } from './certificates.ts'
import { instant } from './values.ts'

export const signatureVerdict = z.enum([
  'none',
  'good',
  'address-mismatch',
  'unknown-issuer',
  'expired',
  'not-yet-valid',
  'revoked',
  'revocation-unknown',
  'weak-algorithm',
  'wrong-purpose',
  'broken',
  'malformed',
])
export const encryptionVerdict = z.enum(['none', 'decrypted', 'no-key', 'damaged', 'malformed'])
export const verdictLevel = z.enum(['good', 'caution', 'bad', 'neutral'])

export const verdict = z.object({
  signature: signatureVerdict,
  encryption: encryptionVerdict,
  /** Present when something was decrypted: whether the cipher proves that the content is unchanged (AEAD). */
  authenticated: z.boolean().optional(),
  level: verdictLevel,
})
export type Verdict = z.infer<typeof verdict>

export const layer = z.object({
  kind: z.enum(['signed', 'clear-signed', 'enveloped', 'auth-enveloped', 'compressed', 'certs-only']),
  /** Named plainly, outermost mechanism first: { digest, signature } or { cipher, keyManagement }. */
  algorithms: z.record(z.string(), z.string()),
  state: z.enum([
    'verified',
    'broken',
    'malformed',
    'decrypted',
    'no-key',
    'damaged',
    'unpacked',
    'unsupported-algorithm',
  ]),
  recipients: z
    .array(
      z.object({
        issuer: z.string().optional(),
        serial: z.string().optional(),
        keyIdentifier: z.string().optional(),
        keyManagement: z.string(),
        mine: z.boolean(),
      }),
    )
    .optional(),
  /** Of many recipients only the first 100 are listed; this is their number. */
  recipientCount: z.number().optional(),
  size: z.number().optional(),
})
export type Layer = z.infer<typeof layer>

/** Why a chain or a signer is not what it should be; `link` counts from the signer (0) to the root. */
export const reason = z.object({
  code: z.string(),
  link: z.number().optional(),
  data: z.record(z.string(), z.unknown()),
})

export const chainLink = certificateSummary.extend({ anchor: z.boolean() })

export const signerReport = z.object({
  emails: z.array(z.string()),
  subject: z.string(),
  issuer: z.string(),
  serial: z.string(),
  sha256: z.string(),
  algorithm: z.string(),
  signingTime: instant.optional(),
  chain: z.array(chainLink),
  state: signatureVerdict,
  reasons: z.array(reason),
  revocation: chainState.shape.revocation,
  /** What the certificate with its addresses proves; only where the signature is right and somebody trusted vouches for it. */
  proves: certificateView.shape.proves.optional(),
  /** What the chain was worth at `signingTime`, which is the signer's own claim. */
  atSigning: chainState.shape.state.optional(),
  /** It was revoked after `signingTime`, and for a reason that says nothing against what was signed before. */
  revokedSince: z.boolean().optional(),
})
export type SignerReport = z.infer<typeof signerReport>

export const headerField = z.object({ name: z.string(), value: z.string() })

export const headersReport = z.object({
  /** What the reader shows, after header protection. */
  shown: z.array(headerField),
  protected: z.array(headerField),
  outer: z.array(headerField),
  differences: z.array(
    z.object({
      name: z.string(),
      protected: z.string().optional(),
      outer: z.string().optional(),
      confidential: z.boolean(),
    }),
  ),
  /** RFC 9788's `hp` parameter, or the older forms. */
  protection: z.enum(['none', 'clear', 'cipher', 'rfc8551', 'draft']),
})

export const finding = z.object({
  code: z.string(),
  severity: z.enum(['info', 'warning', 'error']),
  data: z.record(z.string(), z.unknown()),
})
export type Finding = z.infer<typeof finding>

export const transportReport = z.object({
  /** As the Received fields claim them, the last server first; nothing of this was checked. */
  hops: z.array(
    z.object({
      from: z.string().optional(),
      by: z.string().optional(),
      protocol: z.string().optional(),
      tls: z.string().optional(),
      time: z.string().optional(),
    }),
  ),
  /** As an Authentication-Results field claims, with the server that says so. */
  spf: z.string().optional(),
  dkim: z.string().optional(),
  dmarc: z.string().optional(),
  arc: z.string().optional(),
  claimedBy: z.string().optional(),
})

export const report = z.object({
  verdict,
  layers: z.array(layer),
  signers: z.array(signerReport),
  headers: headersReport,
  transport: transportReport,
  findings: z.array(finding),
})
export type Report = z.infer<typeof report>

/** One piece of the message as a reader sees it. */
export const displayPart = z.object({
  id: z.string(),
  kind: z.enum(['text', 'html', 'attachment']),
  mediaType: z.string(),
  name: z.string().optional(),
  size: z.number(),
  /** Text and HTML up to 1 MiB; longer parts are cut and say so. */
  text: z.string().optional(),
  cut: z.boolean().optional(),
  /** Whether a verified signature covers this part. */
  covered: z.boolean(),
  /** For cid: references within the same message. */
  contentId: z.string().optional(),
})
export type DisplayPart = z.infer<typeof displayPart>

/** What stood only inside an envelope. An answer keeps it there (RFC 9788 §6.1). */
export const hiddenHeaders = z.object({
  subject: z.boolean(),
  /** Names beside addresses. */
  names: z.boolean(),
  addresses: z.array(z.string().max(320)).max(1000),
  /** With angle brackets. */
  messageIds: z.array(z.string().max(998)).max(1000),
})
export type HiddenHeaders = z.infer<typeof hiddenHeaders>

export const openedMail = z.object({
  /** Handle for parts and source, until closed or locked. */
  openedId: z.string(),
  from: z.array(z.object({ name: z.string().optional(), address: z.string() })),
  to: z.array(z.object({ name: z.string().optional(), address: z.string() })),
  cc: z.array(z.object({ name: z.string().optional(), address: z.string() })),
  subject: z.string(),
  date: z.string().optional(),
  messageId: z.string().optional(),
  /** Present where something came in an envelope and was decrypted. */
  hidden: hiddenHeaders.optional(),
  parts: z.array(displayPart),
  report,
  /** Signers that may be added to the contacts: their signature covers the message and their address is in the certificate. */
  harvestable: z.array(z.object({ sha256: z.string(), emails: z.array(z.string()), known: z.boolean() })),
})
export type OpenedMail = z.infer<typeof openedMail>
