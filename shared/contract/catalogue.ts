/** Where certificates come from: the catalogue of authorities, own entries of it, and whom a mail domain lets issue. */

import { oc } from '@orpc/contract'
import { z } from 'zod'
import { externalAccountBinding } from './enrolment.ts'
import { failures } from './errors.ts'
import { addressText, identifier, lineText } from './values.ts'

export const requestKeyType = z.enum(['rsa-2048', 'rsa-3072', 'rsa-4096', 'ec-p256', 'ec-p384', 'ed25519'])
export type RequestKeyType = z.infer<typeof requestKeyType>

const linkKind = z.enum(['order', 'information'])

export const catalogueEntry = z.object({
  id: identifier,
  name: z.string(),
  /** The person added it. */
  own: z.boolean(),
  issues: z.enum(['acme', 'csr', 'ca-makes-key']),
  /** Absent for own entries: nobody has said. */
  cost: z.enum(['free', 'paid', 'depends']).optional(),
  verifies: z.array(z.enum(['mailbox', 'organization', 'person'])),
  mostDays: z.number().optional(),
  keyTypes: z.array(requestKeyType),
  asciiAddressesOnly: z.boolean(),
  directoryUrl: z.string().optional(),
  links: z.array(z.object({ kind: linkKind, url: z.string() })),
  /** The month in which the facts were last looked at. */
  asOf: z.string().optional(),
  unverified: z.array(z.enum(['cost', 'verifies', 'mostDays', 'keyTypes'])),
  /**
   * Whether roots of its name are trusted for mail in this profile, computed now. `limited`: only for some domains, or only
   * for certificates issued up to a date; `no-root`: the catalogue knows none of its own.
   */
  trust: z.object({ state: z.enum(['trusted', 'limited', 'not-trusted', 'no-root']), roots: z.array(z.string()) }),
  /** What the authority calls this customer, where an account is bound to that. */
  bindingKeyId: z.string().optional(),
  /** A backup brought the entry: nothing is ordered or opened there before the person has agreed (`trustServer`). */
  fromBackup: z.boolean(),
})
export type CatalogueEntry = z.infer<typeof catalogueEntry>

/** What the domain's CAA records mean for one authority. */
export const caaVerdict = z.enum([
  'allowed',
  'allowed-with-conditions',
  'forbidden',
  'nobody',
  'unknown-condition',
  'unanswered',
  'name-not-known',
])

export const caaFinding = z.object({
  domain: z.string(),
  verdict: caaVerdict,
  /** Where the records stand that count: the domain itself or one above it. */
  at: z.string().optional(),
  /** Whom they name. */
  issuers: z.array(z.string()),
  unknownConditions: z.array(z.string()),
})
export type CaaFinding = z.infer<typeof caaFinding>

/** https only, and no credentials inside. */
export const secureUrl = z
  .url({ protocol: /^https$/ })
  .max(2_048)
  .refine((url) => URL.canParse(url) && new URL(url).username === '' && new URL(url).password === '')

export const catalogueContract = {
  list: oc.output(z.array(catalogueEntry)),
  /**
   * Asks the DNS whether the domain of the address lets this authority issue (RFC 9495). Silence of the DNS is an answer, too.
   * Without an authority (the empty text) it is one that isn't in the catalogue.
   */
  checkDomain: oc
    .input(z.object({ address: addressText, authority: z.string().max(64) }))
    .output(caaFinding)
    .errors(failures('malformed-address', 'not-found')),
  /** Adds an ACME directory or a page that takes requests. A binding makes the account for it, and wants the vault open. */
  add: oc
    .input(
      z.object({
        name: lineText.min(1).max(100),
        issues: z.enum(['acme', 'csr']),
        url: secureUrl,
        externalAccountBinding: externalAccountBinding.optional(),
      }),
    )
    .output(catalogueEntry)
    .errors(failures('locked', 'no-vault', 'not-found', 'damaged-file', 'already-known', 'name-taken', 'disk-full')),
  /** Takes an own entry out. What was ordered there stays. */
  remove: oc
    .input(z.object({ id: identifier }))
    .output(z.object({}))
    .errors(failures('not-found', 'disk-full')),
  /** Opens a link of the catalogue in the system's browser; `opened` is false where this host leaves that to the window. */
  openLink: oc
    .input(z.object({ id: identifier, kind: linkKind }))
    .output(z.object({ opened: z.boolean(), url: z.string() }))
    .errors(failures('not-found', 'authority-from-backup')),
  /** The person knows the host that an entry from a backup leads to; `host` is the one that they were shown. */
  trustServer: oc
    .input(z.object({ id: identifier, host: z.string().max(300) }))
    .output(catalogueEntry)
    .errors(failures('not-found', 'disk-full')),
}
