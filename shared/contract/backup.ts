/** One file with everything that can't be had again: made, rehearsed, restored. And the paper key that opens it. */

import { oc } from '@orpc/contract'
import { z } from 'zod'
import { failures, weakPassphrase } from './errors.ts'
import { allowWeak, byteSource, fingerprint, identifier, instant, passphrase } from './values.ts'

/** How a backup is opened: its own passphrase, or the paper key as typed. */
export const backupSecret = z.union([z.object({ passphrase }), z.object({ paperKey: z.string().max(1000) })])
export type BackupSecret = z.infer<typeof backupSecret>

export const backupState = z.object({
  /** The newest one made here, or restored here. */
  last: z
    .object({
      id: identifier,
      madeAt: instant,
      /** When it was last opened from its file and every key tried. */
      rehearsedAt: instant.optional(),
    })
    .optional(),
  /** Private keys in this profile, and those of them that the last backup doesn't have. */
  keys: z.number(),
  keysMissing: z.number(),
  /** What Home asks for: a first backup, a rehearsal, or a new backup for new keys. */
  need: z.enum(['nothing', 'make', 'rehearse', 'renew']),
  paperKey: z.object({ keyId: z.string(), madeAt: instant }).optional(),
})
export type BackupState = z.infer<typeof backupState>

export const triedKey = z.object({
  sha256: fingerprint,
  name: z.string(),
  addresses: z.array(z.string()),
  keyAlgorithm: z.string(),
  notAfter: instant,
  /**
   * `opened`: the key opened the letter that was sealed to its certificate when the backup was made. `signed`: a key that only
   * signs has signed, and its certificate confirmed it. `fits`: it belongs to its certificate, and no more can be tried.
   */
  outcome: z.enum(['opened', 'signed', 'fits', 'unusable']),
})
export type TriedKey = z.infer<typeof triedKey>

export const restoredKind = z.enum([
  'identities',
  'keys',
  'contacts',
  'trust',
  'accounts',
  'requests',
  'drafts',
  'authorities',
  'catalogue',
  'paperKey',
  'settings',
])
export type RestoredKind = z.infer<typeof restoredKind>

export const restoredPart = z.object({
  kind: restoredKind,
  /** What the profile didn't have; of contacts also those that gained a certificate. */
  added: z.number(),
  /** What it had, and keeps as it is. */
  known: z.number(),
})
export type RestoredPart = z.infer<typeof restoredPart>

/** Somebody whose letters would be sealed with, or whose signatures judged by, certificates that the backup brings. */
export const restoredPerson = z.object({
  address: z.string(),
  /** In this profile, else in the backup. */
  name: z.string(),
  /**
   * `another`: there is a certificate for the address here, and the backup brings another one. `vouched`: the certificate is
   * here, and the backup says that the person took it from a file, which makes it good without a root. `first`: a contact
   * that has none here. `new`: nobody here has the address. `past`: all that it brings has expired.
   */
  change: z.enum(['another', 'vouched', 'first', 'new', 'past']),
  /** How many certificates it brings. */
  certificates: z.number(),
  /** Letters can be sealed with them; else they are there for signatures alone. */
  sealing: z.boolean(),
})
export type RestoredPerson = z.infer<typeof restoredPerson>

/** An entry in the list of CAs. */
export const restoredEntry = z.object({ name: z.string(), host: z.string() })
export type RestoredEntry = z.infer<typeof restoredEntry>

export const restoration = z.object({
  madeAt: instant,
  parts: z.array(restoredPart),
  /** Roots that the profile didn't trust: whoever made the backup decides whose mail counts. */
  trusts: z.array(z.object({ sha256: fingerprint, name: z.string() })),
  /** Hosts that mail and passwords would be handed to from then on, and CAs whose accounts would be used: the backup's choice, too. */
  servers: z.array(z.string()),
  /** What would stand in the list of CAs, under a name that the backup chose. */
  entries: z.array(restoredEntry),
  /** Leave to ask strangers about what the person reads, which they haven't given here. */
  asks: z.array(z.enum(['ocsp', 'issuers'])),
  /** Whom the backup would vouch for, the surprising first. Those whom this profile knows are all named. */
  people: z.array(restoredPerson),
  /** Strangers beyond the first thousand. */
  morePeople: z.number(),
  /** Every identity in the backup, tried. */
  keys: z.array(triedKey),
})
export type Restoration = z.infer<typeof restoration>

const opening = failures(
  'not-a-backup',
  'backup-newer',
  'backup-of-other-kind',
  'wrong-backup-passphrase',
  'other-paper-key',
  'no-paper-key',
  'paper-key-group',
  'paper-key-length',
  'paper-key-whole',
  'damaged-file',
  'too-large',
  'over-budget',
  'not-found',
)
const consent = failures('locked', 'no-vault', 'wrong-passphrase', 'too-many-attempts')

export const backupContract = {
  state: oc.output(backupState),
  /**
   * A file in the spool, a backup once it is saved (`spool.saved`). The vault's passphrase again: an unlocked window is not consent
   * to take every key out.
   */
  make: oc
    .input(
      z.object({
        /** The vault's. */
        passphrase,
        /** The file's own. */
        backupPassphrase: passphrase,
        allowWeak,
      }),
    )
    .output(
      z.object({
        spoolId: identifier,
        name: z.string(),
        size: z.number(),
        countsOnceSaved: z.literal(true),
        identities: z.number(),
        /** Passwords and drafts that were damaged on the disk and are not in it. */
        unreadable: z.number(),
        /** The file's passphrase is the vault's. */
        samePassphrase: z.boolean(),
        /** It opens with the paper key, too. */
        paperKey: z.boolean(),
      }),
    )
    .errors({ ...consent, ...failures(...weakPassphrase, 'not-found', 'too-large', 'too-many-files', 'disk-full') }),
  /** Opens the file and tries each of its keys, and nothing but them. Nothing changes but the date of the rehearsal. */
  rehearse: oc
    .input(z.object({ source: byteSource, secret: backupSecret }))
    .output(
      z.object({
        madeAt: instant,
        keys: z.array(triedKey),
        /** Every key did what it is kept for. */
        passed: z.boolean(),
        /** It is this profile's last backup, and the rehearsal counts for it. */
        recorded: z.boolean(),
      }),
    )
    .errors({ ...opening, ...failures('disk-full') }),
  /** What `restore` would do now. Nothing changes. */
  preview: oc
    .input(z.object({ source: byteSource, secret: backupSecret }))
    .output(restoration)
    .errors({ ...opening, ...failures('disk-full') }),
  /** All or nothing. What the profile has stays as it is. */
  restore: oc
    .input(z.object({ source: byteSource, secret: backupSecret }))
    .output(restoration)
    .errors({ ...opening, ...failures('locked', 'no-vault', 'disk-full') }),
  /**
   * The paper key, to be printed: made at the first call, the same one afterwards, another one with `anew`. This is the one
   * secret that is shown, since a person has to see what they shall keep.
   */
  paperKey: oc
    .input(z.object({ passphrase, anew: z.boolean() }))
    .output(z.object({ key: z.string(), keyId: z.string(), madeAt: instant }))
    .errors({ ...consent, ...failures('not-found', 'disk-full') }),
}
