/** Thunderbird's profiles on this computer: certificates taken from one, and put into one. */

import { oc } from '@orpc/contract'
import { z } from 'zod'
import { certificateSummary, certificateView } from './certificates.ts'
import { failures } from './errors.ts'
import { identity } from './identities.ts'
import { fingerprint, identifier, passphrase } from './values.ts'

/** One sender of one of Thunderbird's accounts. */
const thunderbirdSender = z.object({
  key: identifier,
  name: z.string(),
  address: z.string(),
  /** The nickname of the certificate that signs for it now. */
  certificate: z.string().optional(),
  signs: z.boolean(),
  encrypts: z.boolean(),
})

const thunderbirdProfile = z.object({
  id: identifier,
  name: z.string(),
  folder: z.string(),
  isDefault: z.boolean(),
  /** Thunderbird has it open now: it may be read, but not changed. */
  running: z.boolean(),
  /**
   * An earlier `install` whose process was killed was found just now, and is told once. `put-back`: the profile is as it was before.
   * `kept`: it was used since, or can't be written; its files as they were before lie in `folder`.
   */
  cutOff: z.object({ outcome: z.enum(['put-back', 'kept']), folder: z.string() }).optional(),
  senders: z.array(thunderbirdSender),
})
export type ThunderbirdProfile = z.infer<typeof thunderbirdProfile>

const thunderbirdCertificate = z.object({
  certificate: certificateSummary,
  keyAlgorithm: z.string(),
  nickname: z.string(),
  canSign: z.boolean(),
  canEncrypt: z.boolean(),
  /** Siegel has it already. */
  known: z.boolean(),
  odd: certificateView.shape.odd,
})

const primaryPassword = z.string().max(1024).optional()

const storeFailures = failures('not-found', 'nss-tools-missing', 'thunderbird-store-unreadable')
const passwordFailures = failures('primary-password-needed', 'wrong-primary-password')

export const thunderbirdContract = {
  /** `tools` is false where NSS's certutil and pk12util are missing, without which nothing else works. */
  profiles: oc.output(z.object({ tools: z.boolean(), profiles: z.array(thunderbirdProfile) })),
  /** The certificates in a profile whose private key is there. No password is needed, and nothing is taken. */
  certificates: oc
    .input(z.object({ profile: identifier }))
    .output(z.array(thunderbirdCertificate))
    .errors(storeFailures),
  /** Takes the chosen ones with their keys. */
  take: oc
    .input(z.object({ profile: identifier, certificates: z.array(fingerprint).min(1).max(200), primaryPassword }))
    .output(z.object({ imported: z.array(identity), known: z.array(identity) }))
    .errors({
      ...storeFailures,
      ...passwordFailures,
      ...failures('damaged-file', 'unsupported-algorithm', 'experimental-algorithm', 'over-budget'),
      ...failures('locked', 'no-vault', 'disk-full'),
    }),
  /**
   * Puts an identity with its key into a profile that Thunderbird doesn't have open, and lets the senders use it. What is changed is
   * copied into a folder beside it before.
   */
  install: oc
    .input(
      z.object({
        profile: identifier,
        identity: identifier,
        /** Keys of the profile's senders; none: the certificate is only put into the store. */
        senders: z.array(identifier).max(50),
        sign: z.boolean(),
        encrypt: z.boolean(),
        /** Thunderbird shall trust the chain's root for mail. Without it a private root's certificates can't be used there. */
        trustRoot: z.boolean(),
        primaryPassword,
        /** The vault's passphrase, again: an unlocked window is not consent. */
        passphrase,
      }),
    )
    .output(z.object({ addresses: z.array(z.string()), copyFolder: z.string() }))
    .errors({
      ...storeFailures,
      ...passwordFailures,
      ...failures('thunderbird-running', 'thunderbird-not-changed', 'thunderbird-half-changed'),
      ...failures('locked', 'no-vault', 'wrong-passphrase', 'too-many-attempts'),
    }),
}
