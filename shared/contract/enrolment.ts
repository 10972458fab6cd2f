/** Obtaining a certificate by ACME with the RFC 8823 challenge, step by step and durable at each step. */

import { eventIterator, oc } from '@orpc/contract'
import { z } from 'zod'
import { failures, keptFailure } from './errors.ts'
import { identity } from './identities.ts'
import { addressText, byteSource, identifier, instant, lineText } from './values.ts'

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
  /** As the person or the catalogue calls it, else its host. */
  caName: z.string(),
  /** The host of its directory, where the name is another one. */
  caHost: z.string().optional(),
  keyType,
  /** The person fetches and sends the mails themselves. */
  byHand: z.boolean(),
  /** The identity that the new one follows. */
  renews: identifier.optional(),
  step: enrolmentStep,
  state: z.enum(['running', 'paused', 'done', 'failed', 'cancelled']),
  failure: keptFailure.optional(),
  createdAt: instant,
  updatedAt: instant,
  identityId: identifier.optional(),
})
export type Enrolment = z.infer<typeof enrolment>

/** What a person who does both mails themselves is to do now. */
export const handNeed = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('challenge-mail'),
    from: z.string(),
    to: z.string(),
    /** The CA was asked for it already: some send it only then. */
    asked: z.boolean(),
  }),
  z.object({
    kind: z.literal('reply'),
    to: z.string(),
    subject: z.string(),
    /** The body, to be sent as it is. */
    text: z.string(),
    /** The whole mail (RFC 5322), for programs that open one. */
    message: z.string(),
  }),
])
export type HandNeed = z.infer<typeof handNeed>

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
  /** The stream ends here; it goes on once the person has done what is needed. */
  z.object({ type: z.literal('by-hand'), need: handNeed }),
  z.object({ type: z.literal('done'), identity }),
  keptFailure.extend({ type: z.literal('failed') }),
])
export type EnrolmentEvent = z.infer<typeof enrolmentEvent>

/** What a CA hands to its customers (RFC 8555 §7.3.4); the MAC key is base64url, as the CA shows it. */
export const externalAccountBinding = z.object({
  keyId: lineText,
  hmacKey: z.string().regex(/^[A-Za-z0-9_-]{22,1024}={0,2}$/),
})

/** An account at a CA, as far as a person has to do with it. */
export const caAccount = z.object({
  id: identifier,
  /** As an order calls it. */
  caName: z.string(),
  caHost: z.string().optional(),
  createdAt: instant,
  registered: z.boolean(),
  /** A change of its key began and was not confirmed yet. */
  keyChangePending: z.boolean(),
  closed: z.boolean(),
  /** It came from a backup, and is used for nothing new before the person agrees to it with an order. */
  fromBackup: z.boolean(),
  /** How many of the person's certificates it ordered. */
  certificates: z.number(),
  /** Where the authority sends its notices, as it was told last. */
  contact: z.string().optional(),
})
export type CaAccount = z.infer<typeof caAccount>

/** Whatever speaks with a CA through an account of it. */
const caFailures = failures(
  'locked',
  'no-vault',
  'not-found',
  'sandbox-not-running',
  'ca-unreachable',
  'ca-refused',
  'ca-busy',
  'ca-answer-unusable',
  'terms-not-agreed',
  'external-account-required',
  'server-from-backup',
  'damaged-file',
)

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
          z.object({
            kind: z.literal('acme'),
            directoryUrl: z.url(),
            externalAccountBinding: externalAccountBinding.optional(),
          }),
        ]),
        /** The person does both mails themselves: for mailboxes that Siegel can't read. */
        byHand: z.boolean().optional(),
      }),
    )
    .output(enrolment)
    .errors(
      failures(
        'locked',
        'no-vault',
        'authority-from-backup',
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
  /** Gives the request up: its key is kept, and the CA is told as far as it can be. */
  cancel: oc
    .input(z.object({ id: identifier }))
    .output(enrolment)
    .errors(failures('not-found')),
  /** The person has read the terms at `url` and agrees to them. */
  agree: oc
    .input(z.object({ id: identifier, url: z.url().max(2_048) }))
    .output(enrolment)
    .errors(failures('not-found', 'disk-full')),
  /** The order came from a backup: the person agrees to its server, and to the account that came with it. */
  trustServer: oc
    .input(z.object({ id: identifier }))
    .output(enrolment)
    .errors(failures('not-found', 'disk-full')),
  /** Opens the terms that the request waits for in the system's browser; `opened` is false where the window does that. */
  openTerms: oc
    .input(z.object({ id: identifier }))
    .output(z.object({ opened: z.boolean(), url: z.string() }))
    .errors(failures('not-found')),
  /** What the CA handed out for its customers, where it wants that. */
  bind: oc
    .input(z.object({ id: identifier, externalAccountBinding }))
    .output(enrolment)
    .errors(failures('locked', 'no-vault', 'not-found', 'disk-full')),
  /** Who does the mails from now on. */
  setByHand: oc
    .input(z.object({ id: identifier, byHand: z.boolean() }))
    .output(enrolment)
    .errors(failures('not-found', 'no-account', 'disk-full')),
  /** The CA's mail as the person got it, whole, with its header. It has to pass what a fetched one has to. */
  giveMail: oc
    .input(z.object({ id: identifier, source: byteSource }))
    .output(z.object({ enrolment, need: handNeed }))
    .errors({
      ...caFailures,
      ...failures(
        'no-challenge-pending',
        'not-a-challenge',
        'challenge-forged',
        'no-network',
        'too-large',
        'disk-full',
      ),
    }),
  /** The person has sent the answer. */
  replySent: oc
    .input(z.object({ id: identifier }))
    .output(enrolment)
    .errors(failures('not-found', 'no-challenge-pending', 'disk-full')),
  /** Tells the CA that the challenge can be checked, for those that write only then. */
  askForMail: oc
    .input(z.object({ id: identifier }))
    .output(enrolment)
    .errors({ ...caFailures, ...failures('no-challenge-pending') }),
  /** Orders the next certificate for an identity that came from such an enrolment. */
  renew: oc
    .input(z.object({ identityId: identifier, sameKey: z.boolean(), byHand: z.boolean().optional() }))
    .output(enrolment)
    .errors(
      failures(
        'locked',
        'no-vault',
        'not-found',
        'not-by-acme',
        'identity-revoked',
        'no-account',
        'request-under-way',
        'sandbox-not-running',
        'disk-full',
      ),
    ),
  accounts: oc.output(z.array(caAccount)),
  /** Another key in the place of the account's (RFC 8555 §7.3.5). */
  changeAccountKey: oc
    .input(z.object({ id: identifier }))
    .output(caAccount)
    .errors(caFailures),
  /** Where the CA sends its own notices; without an address it has none (§7.3.2). */
  changeAccountContact: oc
    .input(z.object({ id: identifier, address: addressText.optional() }))
    .output(caAccount)
    .errors({ ...caFailures, ...failures('malformed-address', 'disk-full') }),
  /** Closes the account for good (§7.3.6): its certificates stay valid, and can be revoked only with their own keys. */
  closeAccount: oc
    .input(z.object({ id: identifier }))
    .output(caAccount)
    .errors({ ...caFailures, ...failures('request-under-way') }),
}
