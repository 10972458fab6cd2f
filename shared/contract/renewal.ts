/** Keeping a certificate going: when it should be renewed, reminders of its end, and revoking it. */

import { oc } from '@orpc/contract'
import { z } from 'zod'
import { failures } from './errors.ts'
import { identity } from './identities.ts'
import { identifier, instant, spooledFile } from './values.ts'

export const renewal = z.object({
  identityId: identifier,
  /** Whether Siegel can order the next one itself, or the person asks for it as they did the first time. */
  way: z.enum(['acme', 'request']),
  /** It is ordered without a hand: by ACME, through the mail account, and the setting says so. */
  byItself: z.boolean(),
  /** When it should be renewed. */
  renewAt: instant,
  due: z.boolean(),
  /** What the CA suggests (RFC 9773); absent where it says nothing. */
  suggested: z.object({ start: instant, end: instant, explanationUrl: z.string().optional() }).optional(),
  /** The order of the next one, while it isn't finished. */
  enrolmentId: identifier.optional(),
})
export type Renewal = z.infer<typeof renewal>

/** A certificate that comes to its end, to be told once for each stage. */
export const reminder = z.object({
  identityId: identifier,
  /** It ends; its CA wants it renewed long before that; its CA has revoked it; or others have its key, as a CA says. */
  kind: z.enum(['ends', 'wanted', 'revoked', 'key-compromised']),
  address: z.string(),
  notAfter: instant,
  /** Days before the end: 30, 7, or 0 when it has come. Of the other kinds a number of their own. */
  stage: z.number(),
  /** Whole days that are left, 0 or less afterwards. */
  days: z.number(),
})
export type Reminder = z.infer<typeof reminder>

/** Why the owner revokes, in the names of RFC 5280 §5.3.1. */
export const revocationWish = z.enum([
  'keyCompromise',
  'cessationOfOperation',
  'superseded',
  'affiliationChanged',
  'unspecified',
])
export type RevocationWish = z.infer<typeof revocationWish>

export const revocationWay = z.object({
  /** By the CA's ACME server, or by the person at the CA. */
  way: z.enum(['acme', 'instructions']),
  caName: z.string(),
  /** Pages of the CA, from its certificates and the catalogue; https only. */
  links: z.array(z.string()),
  /** Host of an ACME server that could be asked as well: a backup chose it, and the person hasn't agreed to it. */
  serverFromBackup: z.string().optional(),
  revokedAt: instant.optional(),
  reason: revocationWish.optional(),
})
export type RevocationWay = z.infer<typeof revocationWay>

export const renewalContract = {
  /** Of the identities that are in use and have no successor. */
  list: oc.output(z.array(renewal)),
  /** Asks the CA when it would like the renewal, where it is time to ask again and no later certificate follows. */
  ask: oc
    .input(z.object({ identityId: identifier }))
    .output(renewal)
    .errors(
      failures('not-found', 'sandbox-not-running', 'ca-unreachable', 'ca-refused', 'ca-busy', 'ca-answer-unusable'),
    ),
  /** An iCalendar file (RFC 5545) with the end of each certificate and alarms 30 and 7 days before it, in the language that the window or the terminal speaks. */
  calendar: oc
    .input(z.object({ identityId: identifier.optional(), language: z.enum(['en', 'de']) }))
    .output(spooledFile)
    .errors(failures('not-found', 'too-many-files', 'disk-full')),
  /** What is to be told and wasn't yet: for hosts whose window shows notifications. */
  reminders: oc.output(z.array(reminder)),
  reminded: oc.input(z.object({ identityId: identifier, stage: z.number() })).output(z.object({})),
  /** Opens a page of the CA's: why it suggests a time, or where it is asked to revoke. */
  openLink: oc
    .input(z.object({ identityId: identifier, kind: z.enum(['explanation', 'revocation']) }))
    .output(z.object({ opened: z.boolean(), url: z.string() }))
    .errors(failures('not-found')),
  revocation: oc
    .input(z.object({ identityId: identifier }))
    .output(revocationWay)
    .errors(failures('not-found')),
  /** The person says that the backup is theirs and that they know its server, named by `host`: it is asked to revoke from now on. */
  trustServer: oc
    .input(z.object({ identityId: identifier, host: z.string().max(300) }))
    .output(revocationWay)
    .errors(failures('not-found', 'disk-full')),
  /** Revokes through ACME and retires the identity. `signer`: the account that ordered it, or the certificate's own key. */
  revoke: oc
    .input(
      z.object({
        identityId: identifier,
        reason: revocationWish,
        /** The vault's passphrase, again: an unlocked window is not consent. */
        passphrase: z.string().min(1).max(1024),
        signer: z.enum(['account', 'certificate']).optional(),
      }),
    )
    .output(identity)
    .errors(
      failures(
        'locked',
        'no-vault',
        'wrong-passphrase',
        'too-many-attempts',
        'not-found',
        'not-by-acme',
        'sandbox-not-running',
        'ca-unreachable',
        'ca-refused',
        'ca-busy',
        'ca-answer-unusable',
        'terms-not-agreed',
        'external-account-required',
        'unsupported-algorithm',
        'experimental-algorithm',
        'damaged-file',
        'disk-full',
      ),
    ),
  /** The person had it revoked at the CA: the identity is retired. */
  markRevoked: oc
    .input(z.object({ identityId: identifier, reason: revocationWish }))
    .output(identity)
    .errors(failures('not-found', 'disk-full')),
}
