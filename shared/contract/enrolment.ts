/** Obtaining a certificate by ACME with the RFC 8823 challenge, step by step and durable at each step. */

import { eventIterator, oc } from '@orpc/contract'
import { z } from 'zod'
import { failures, keptFailure } from './errors.ts'
import { identity } from './identities.ts'
import { addressText, identifier, instant, lineText } from './values.ts'

export const keyType = z.enum(['rsa-3072', 'ec-p256'])
export type KeyType = z.infer<typeof keyType>

/** The steps in their order, as the wizard lists them. */
export const enrolmentStep = z.enum([
  'generate-key',
  'register-account',
  'place-order',
  'await-challenge-mail',
  'authenticate-challenge',
  'send-reply',
  'await-validation',
  'finalize',
  'install',
])
export type EnrolmentStep = z.infer<typeof enrolmentStep>

export const enrolment = z.object({
  id: identifier,
  name: z.string(),
  address: z.string(),
  ca: z.enum(['sandbox', 'acme']),
  caName: z.string(),
  keyType,
  step: enrolmentStep,
  state: z.enum(['running', 'paused', 'done', 'failed', 'cancelled']),
  failure: keptFailure.optional(),
  createdAt: instant,
  updatedAt: instant,
  identityId: identifier.optional(),
})
export type Enrolment = z.infer<typeof enrolment>

export const enrolmentEvent = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('step'),
    step: enrolmentStep,
    state: z.enum(['running', 'done']),
    detail: z.record(z.string(), z.string()),
  }),
  /** Waiting: what for is the step; `seconds` since when, `nextLookSeconds` until the next look. */
  z.object({ type: z.literal('waiting'), step: enrolmentStep, seconds: z.number(), nextLookSeconds: z.number() }),
  /** A mail that claimed to be the challenge and was refused; the enrolment waits on. */
  z.object({ type: z.literal('refused-mail'), reason: z.string(), from: z.string() }),
  z.object({ type: z.literal('done'), identity }),
  keptFailure.extend({ type: z.literal('failed') }),
])
export type EnrolmentEvent = z.infer<typeof enrolmentEvent>

export const enrolmentContract = {
  list: oc.output(z.array(enrolment)),
  /** Makes the order durable and returns its id; `follow` does the work. */
  begin: oc
    .input(
      z.object({
        name: lineText,
        address: addressText,
        keyType,
        ca: z.union([
          z.object({ kind: z.literal('sandbox') }),
          z.object({ kind: z.literal('acme'), directoryUrl: z.url() }),
        ]),
      }),
    )
    .output(enrolment)
    .errors(
      failures(
        'locked',
        'no-vault',
        'malformed-address',
        'no-account',
        'request-under-way',
        'sandbox-not-running',
        'disk-full',
      ),
    ),
  /** Runs or resumes an enrolment and tells its steps; ending the stream pauses it. */
  follow: oc
    .input(z.object({ id: identifier }))
    .output(eventIterator(enrolmentEvent))
    .errors(failures('locked', 'no-vault', 'not-found', 'sandbox-not-running')),
  cancel: oc
    .input(z.object({ id: identifier }))
    .output(enrolment)
    .errors(failures('not-found')),
}
