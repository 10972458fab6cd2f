/** The answers of whoever is on the way to a certificate and has begun no order yet: kept, so that closing loses none of them. */

import { oc } from '@orpc/contract'
import { z } from 'zod'
import { requestKeyType } from './catalogue.ts'
import { keyType } from './enrolment.ts'
import { identifier, instant, lineText } from './values.ts'

/** As far as they were given: an address may be half typed. Nothing of an account's binding belongs here, it is a secret. */
export const keptAnswers = z.object({
  step: z.enum(['who', 'where', 'key']),
  name: lineText,
  address: z.string().max(320),
  ca: z.enum(['sandbox', 'catalogue', 'acme', 'file']),
  /** Where `ca` is the catalogue: its entry; empty until one is chosen. */
  authority: z.string().max(64),
  directoryUrl: z.string().max(2_048),
  keyType,
  /** The person does the authority's mails. */
  byHand: z.boolean(),
  /** For a request: what for, and which key if it isn't the usual one. */
  purpose: z.enum(['both', 'separate', 'sign']),
  requestKey: requestKeyType.optional(),
  /** The identity that the new one follows. */
  renews: identifier.optional(),
})
export type KeptAnswers = z.infer<typeof keptAnswers>

export const wizardContract = {
  /** What is still to be gone on with. Nothing once an order, a request or a certificate for the address came after it. */
  answers: oc.output(z.object({ answers: keptAnswers, keptAt: instant }).nullable()),
  keep: oc.input(keptAnswers).output(z.object({})),
  /** To begin anew. */
  forget: oc.output(z.object({})),
}
