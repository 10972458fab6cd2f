/** The address book: people, their certificates, and the evidence for each certificate. */

import { oc } from '@orpc/contract'
import { z } from 'zod'
import { certificateSummary } from './certificates.ts'
import { certificateFileFailures, failures } from './errors.ts'
import { addressText, byteSource, fingerprint, identifier, instant, lineText } from './values.ts'

export const evidence = z.object({
  kind: z.enum(['signed-mail', 'file', 'own']),
  /** The file's name, or the subject of the mail. */
  from: z.string().optional(),
  /** Date of the mail or of the import. */
  date: instant,
})

export const contactCertificate = z.object({
  certificate: certificateSummary,
  keyAlgorithm: z.string(),
  evidence: z.array(evidence),
  firstSeen: instant,
  lastSeen: instant,
  state: z.enum(['valid', 'expired', 'not-yet-valid', 'unknown-issuer', 'wrong-purpose', 'revoked', 'other']),
  canEncrypt: z.boolean(),
  /** Used for writing to this contact now. */
  used: z.boolean(),
})
export type ContactCertificate = z.infer<typeof contactCertificate>

export const contact = z.object({
  id: identifier,
  name: z.string(),
  addresses: z.array(z.string()),
  notes: z.string(),
  certificates: z.array(contactCertificate),
  /** At least one address can receive sealed letters now. */
  canReadSealed: z.boolean(),
  createdAt: instant,
})
export type Contact = z.infer<typeof contact>

export const contactInput = z.object({
  name: lineText,
  addresses: z.array(addressText).min(1).max(50),
  notes: z.string().max(10_000),
})

export const contactsContract = {
  list: oc
    .input(z.object({ query: z.string().max(200).default(''), canReadSealed: z.boolean().default(false) }))
    .output(z.array(contact)),
  get: oc
    .input(z.object({ id: identifier }))
    .output(contact)
    .errors(failures('not-found')),
  add: oc.input(contactInput).output(contact).errors(failures('malformed-address', 'disk-full')),
  update: oc
    .input(contactInput.extend({ id: identifier }))
    .output(contact)
    .errors(failures('not-found', 'malformed-address', 'disk-full')),
  /** Deletes; `undo` with the token restores everything, until the program ends. */
  delete: oc
    .input(z.object({ id: identifier }))
    .output(z.object({ undoToken: identifier }))
    .errors(failures('not-found', 'disk-full')),
  undo: oc
    .input(z.object({ undoToken: identifier }))
    .output(contact)
    .errors(failures('nothing-to-undo', 'disk-full')),
  /** Certificates from a file; each goes to the contact with its address, or to a new one. */
  addFromFile: oc
    .input(z.object({ source: byteSource, fileName: lineText, contactId: identifier.optional() }))
    .output(z.object({ contacts: z.array(contact), added: z.number(), known: z.number() }))
    .errors(failures(...certificateFileFailures, 'disk-full')),
  /** Takes a signer of an opened mail into the address book. */
  harvest: oc
    .input(z.object({ openedId: identifier, sha256: fingerprint }))
    .output(contact)
    .errors(failures('not-found', 'not-signed', 'signature-not-good', 'disk-full')),
  removeCertificate: oc
    .input(z.object({ id: identifier, sha256: fingerprint }))
    .output(contact)
    .errors(failures('not-found', 'disk-full')),
}
