/** The program itself: which profile is open, what changed, settings, and handing files over in pieces. */

import { eventIterator, oc } from '@orpc/contract'
import { z } from 'zod'
import { failures } from './errors.ts'
import { headerPolicy, identifier, lineText, spooledFile } from './values.ts'

export const topic = z.enum([
  'vault',
  'identities',
  'enrolments',
  'requests',
  'catalogue',
  'contacts',
  'accounts',
  'outbox',
  'drafts',
  'mailbox',
  'anchors',
  'backups',
  'authorities',
  'settings',
  'sandbox',
  'profile',
])
export type Topic = z.infer<typeof topic>

export const settings = z.object({
  language: z.enum(['system', 'en', 'de']),
  theme: z.enum(['system', 'light', 'dark']),
  /** The first-run cards were read to the end. */
  welcomed: z.boolean(),
  signByDefault: z.boolean(),
  encryptWhenPossible: z.boolean(),
  /** Post-quantum algorithms (ML-KEM, ML-DSA) are read and written; off unless wanted. */
  experimentalAlgorithms: z.boolean(),
  /** What the outside of a sealed letter hides (RFC 9788 §3.2): its subject, or also the names beside the addresses. */
  headerPolicy,
  /** Repeats what is hidden at the start of the text, for programs that don't look inside for it. */
  legacyDisplay: z.boolean(),
  /** Orders the next certificate by itself when it is time, where the CA speaks ACME. */
  renewByItself: z.boolean(),
  /** Whom Siegel asks whether certificates are still valid; each tells somebody something about the reader. */
  revocation: z.object({
    /** Fetches the revocation lists of CAs that the person trusts. A CA sees that somebody has a certificate of its kind. */
    lists: z.boolean(),
    /** Asks such a CA about one certificate (OCSP) where no list answers: it learns who is read, and when. */
    ocsp: z.boolean(),
    /** Fetches a missing issuer's certificate from an address that nobody has vouched for. */
    issuers: z.boolean(),
  }),
})
export type Settings = z.infer<typeof settings>

export const appStatus = z.object({
  version: z.string(),
  host: z.enum(['desktop', 'browser', 'cli']),
  profile: z.object({
    kind: z.enum(['real', 'sandbox']),
    state: z.enum(['open', 'damaged', 'unusable']),
    folder: z.string(),
    /** Present when the database was damaged: whether a copy of the last good state exists. */
    backupAvailable: z.boolean(),
  }),
})
export type AppStatus = z.infer<typeof appStatus>

export const appContract = {
  status: oc.output(appStatus),
  /** First the current revisions, then one event per change. The receiver asks again for what it shows. */
  events: oc.output(eventIterator(z.object({ topic, revision: z.number() }))),
  settings: oc.output(settings),
  changeSettings: oc.input(settings.partial()).output(settings).errors(failures('disk-full')),
  /** Puts a damaged database aside (it is kept) and opens the last good copy. */
  restoreBackup: oc.output(appStatus).errors(failures('not-found', 'profile-unusable', 'disk-full')),
}

/** A piece of a file: 1 MiB of bytes at most, as base64. */
export const piece = z.base64().max(1_398_104)

export const spoolContract = {
  begin: oc
    .input(
      z.object({
        name: lineText,
        mediaType: z.string().max(255),
        size: z
          .number()
          .int()
          .nonnegative()
          .max(2 ** 31),
      }),
    )
    .output(spooledFile)
    .errors(failures('too-large', 'too-many-files', 'disk-full')),
  append: oc
    .input(z.object({ spoolId: identifier, offset: z.number().int().nonnegative(), bytes: piece }))
    .output(z.object({ received: z.number() }))
    .errors(failures('not-found', 'too-large', 'disk-full')),
  read: oc
    .input(
      z.object({
        spoolId: identifier,
        offset: z.number().int().nonnegative(),
        length: z.number().int().min(1).max(1_048_576),
      }),
    )
    .output(z.object({ bytes: z.base64(), end: z.boolean() }))
    .errors(failures('not-found')),
  /** The file was written where the person wanted it: what says `countsOnceSaved` of itself counts from now on. */
  saved: oc
    .input(z.object({ spoolId: identifier }))
    .output(z.object({}))
    .errors(failures('disk-full')),
  discard: oc.input(z.object({ spoolId: identifier })).output(z.object({})),
}
