/** The user's own certificates with their private keys. */

import { oc } from '@orpc/contract'
import { z } from 'zod'
import { certificateSummary, certificateView, chainState } from './certificates.ts'
import { failures, weakPassphrase } from './errors.ts'
import { allowWeak, byteSource, identifier, instant } from './values.ts'

export const identity = z.object({
  id: identifier,
  certificate: certificateSummary,
  addresses: z.array(z.string()),
  keyAlgorithm: z.string(),
  canSign: z.boolean(),
  canEncrypt: z.boolean(),
  state: z.enum(['valid', 'expired', 'not-yet-valid', 'unknown-issuer', 'revoked', 'other']),
  /** Others have the key, as its owner or a CA said of this certificate or of another one for it. */
  keyCompromised: z.boolean().optional(),
  /** Retired identities still open old mail; they no longer sign. */
  retired: z.boolean(),
  /** The one that signs for its addresses. */
  preferred: z.boolean(),
  source: z.enum(['enrolment', 'import']),
  createdAt: instant,
  /** When a copy was last saved outside of Siegel. */
  backedUpAt: instant.optional(),
})
export type Identity = z.infer<typeof identity>

export const importPreview = z.object({
  /** The identities in the file: certificate and key that belong together. */
  identities: z.array(
    z.object({
      certificate: certificateSummary,
      keyAlgorithm: z.string(),
      known: z.boolean(),
      odd: certificateView.shape.odd,
    }),
  ),
  /** Certificates without a key: parts of the chain. */
  others: z.array(certificateSummary),
  keysWithoutCertificate: z.number(),
})
export type ImportPreview = z.infer<typeof importPreview>

/** Whom an exported file is for. `apple-profile` is a configuration profile: the identity and the mail account that uses it. */
export const exportTarget = z.enum(['modern', 'thunderbird', 'windows', 'apple', 'apple-profile', 'android'])
export type ExportTarget = z.infer<typeof exportTarget>

const fileFailures = failures(
  'password-needed',
  'wrong-password',
  'damaged-file',
  'not-a-key-file',
  'unsupported-algorithm',
  'experimental-algorithm',
  'over-budget',
  'too-large',
  'not-found',
  'key-without-certificate',
  'certificate-without-key',
  'key-of-another-certificate',
  'broken-key',
  'damaged-archive',
  'encrypted-archive',
  'archive-in-archive',
)

export const identitiesContract = {
  list: oc.output(z.array(identity)),
  get: oc
    .input(z.object({ id: identifier }))
    .output(identity.extend({ view: certificateView, chain: chainState }))
    .errors(failures('not-found')),
  /** Shows what is inside before anything is taken. */
  previewImport: oc
    .input(z.object({ source: byteSource, password: z.string().max(1024).optional() }))
    .output(importPreview)
    .errors(fileFailures),
  import: oc
    .input(z.object({ source: byteSource, password: z.string().max(1024).optional() }))
    .output(z.object({ imported: z.array(identity), known: z.array(identity) }))
    .errors({ ...fileFailures, ...failures('locked', 'no-vault', 'disk-full') }),
  /** A strong password that can be read aloud and typed on a phone: five groups of four characters, 100 random bits. */
  suggestPassword: oc.output(z.object({ password: z.string() })),
  /** The way out for a private key: a file in the spool, asked for with the passphrase. */
  export: oc
    .input(
      z.object({
        id: identifier,
        password: z.string().min(1).max(1024),
        allowWeak,
        target: exportTarget,
        /** The vault's passphrase, again: an unlocked window is not consent. */
        passphrase: z.string().min(1).max(1024),
      }),
    )
    .output(
      z.object({
        spoolId: identifier,
        name: z.string(),
        size: z.number(),
        countsOnceSaved: z.literal(true),
      }),
    )
    .errors(
      failures(
        ...weakPassphrase,
        'locked',
        'no-vault',
        'wrong-passphrase',
        'too-many-attempts',
        'not-found',
        'too-many-files',
        'disk-full',
      ),
    ),
  /** Puts aside, or takes back into use; the latter not for one whose certificate was revoked. */
  retire: oc
    .input(z.object({ id: identifier, retired: z.boolean() }))
    .output(identity)
    .errors(failures('not-found', 'identity-revoked', 'disk-full')),
  prefer: oc
    .input(z.object({ id: identifier }))
    .output(identity)
    .errors(failures('not-found', 'disk-full')),
}
