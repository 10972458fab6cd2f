/** The computer's own stores of people's certificates: the keychain, Windows' store, NSS's shared database, GnuPG's keyring. */

import { oc } from '@orpc/contract'
import { z } from 'zod'
import { certificateSummary, certificateView } from './certificates.ts'
import { failures } from './errors.ts'
import { identity } from './identities.ts'
import { fingerprint, identifier } from './values.ts'

const systemStore = z.object({
  id: identifier,
  /** Its name and how a certificate is exported there by hand are in words under `systemStores.<kind>`. */
  kind: z.enum(['nss', 'gpgsm', 'keychain', 'windows']),
  /** Its folder, or its name on that system. */
  place: z.string(),
  /** False where the programs are missing without which nothing below works. */
  tools: z.boolean(),
})
export type SystemStore = z.infer<typeof systemStore>

const systemCertificate = z.object({
  certificate: certificateSummary,
  keyAlgorithm: z.string(),
  canSign: z.boolean(),
  canEncrypt: z.boolean(),
  /** Siegel has it already. */
  known: z.boolean(),
  odd: certificateView.shape.odd,
  /** False where the store says before that the key doesn't leave it. */
  exportable: z.boolean(),
})
export type SystemCertificate = z.infer<typeof systemCertificate>

const storeFailures = failures('not-found', 'store-tools-missing', 'store-unreadable')

export const systemStoresContract = {
  stores: oc.output(z.array(systemStore)),
  /** The certificates in a store whose private key is there. No password is needed, and nothing is taken. */
  certificates: oc
    .input(z.object({ store: identifier }))
    .output(z.array(systemCertificate))
    .errors(storeFailures),
  /** Takes the chosen ones with their keys. The system may ask the person in a window of its own. */
  take: oc
    .input(
      z.object({
        store: identifier,
        certificates: z.array(fingerprint).min(1).max(200),
        storePassword: z.string().max(1024).optional(),
      }),
    )
    .output(z.object({ imported: z.array(identity), known: z.array(identity) }))
    .errors({
      ...storeFailures,
      ...failures('store-password-needed', 'wrong-store-password', 'store-refused', 'key-not-exportable'),
      ...failures('damaged-file', 'unsupported-algorithm', 'experimental-algorithm', 'over-budget'),
      ...failures('locked', 'no-vault', 'disk-full'),
    }),
}
