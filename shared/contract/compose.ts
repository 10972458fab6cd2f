/** Writing and handing in: who can read it, sealing, and the outcome of the submission. */

import { eventIterator, oc } from '@orpc/contract'
import { z } from 'zod'
import { tlsFacts } from './accounts.ts'
import { failures, mailServerFailures } from './errors.ts'
import { hiddenHeaders } from './report.ts'
import { addressText, headerPolicy, identifier, instant, lineText, mailbox, spooledFile } from './values.ts'

export const recipientState = z.object({
  address: z.string(),
  name: z.string().optional(),
  /** sealed: a usable certificate is known. postcard: none is known. broken: one is known but can't be used. */
  state: z.enum(['sealed', 'postcard', 'broken', 'malformed']),
  /** Why not, as a code under `recipientReasons` in the words. */
  reason: z
    .enum([
      'no-certificate',
      'expired',
      'not-yet-valid',
      'unknown-issuer',
      'wrong-purpose',
      'weak',
      'revoked',
      'experimental',
      'malformed-address',
      'other',
    ])
    .optional(),
  since: instant.optional(),
  sha256: z.string().optional(),
})
export type RecipientState = z.infer<typeof recipientState>

export const senderState = z.object({
  address: z.string(),
  name: z.string(),
  accountId: identifier,
  identityId: identifier.optional(),
  canSign: z.boolean(),
})
export type SenderState = z.infer<typeof senderState>

/** How a letter is signed, where it isn't as every program reads it. */
export const signatureChoices = z.object({
  /** Of RSA keys. */
  padding: z.enum(['pkcs1', 'pss']).optional(),
  /** As strong as the key where it is missing. */
  digest: z.enum(['sha256', 'sha384', 'sha512']).optional(),
  /** The text inside the signature: programs without S/MIME show nothing of it. */
  opaque: z.boolean().optional(),
  /** Further own addresses whose identities sign beside the sender's. */
  alsoBy: z.array(addressText).max(8).optional(),
  /** Signs the encrypted letter once more outside (RFC 2634 §1.1); only where it is both signed and encrypted. */
  tripleWrap: z.boolean().optional(),
})
export type SignatureChoices = z.infer<typeof signatureChoices>

export const draft = z.object({
  from: addressText,
  to: z.array(mailbox).max(1000),
  cc: z.array(mailbox).max(1000),
  bcc: z.array(mailbox).max(1000),
  subject: lineText,
  text: z.string().max(5_000_000),
  attachments: z.array(spooledFile).max(100),
  sign: z.boolean(),
  encrypt: z.boolean(),
  signature: signatureChoices.optional(),
  inReplyTo: lineText.optional(),
  references: z.string().max(10_000).optional(),
  /** What the letter that is answered hid. Such an answer is only sent encrypted, and hides it too. */
  answered: hiddenHeaders.optional(),
  /** As the settings have it, where these are missing. */
  headerPolicy: headerPolicy.optional(),
  legacyDisplay: z.boolean().optional(),
})
export type Draft = z.infer<typeof draft>

export const transcriptLine = z.object({ direction: z.enum(['client', 'server', 'note']), text: z.string() })

export const submissionOutcome = z.object({
  tls: tlsFacts,
  server: z.string(),
  accepted: z.array(z.string()),
  rejected: z.array(z.object({ address: z.string(), response: z.string() })),
  response: z.string(),
  transcript: z.array(transcriptLine),
})
export type SubmissionOutcome = z.infer<typeof submissionOutcome>

export const sendEvent = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('stage'),
    stage: z.enum(['sealing', 'connecting', 'sending', 'filing']),
    recipient: z.string().optional(),
  }),
  z.object({ type: z.literal('progress'), sent: z.number(), total: z.number() }),
  z.object({
    type: z.literal('done'),
    messageId: z.string(),
    outcomes: z.array(submissionOutcome),
    filedInSent: z.boolean(),
  }),
])
export type SendEvent = z.infer<typeof sendEvent>

export const completion = z.object({ name: z.string(), address: z.string(), state: recipientState.shape.state })

const sendFailures = failures(
  'locked',
  'no-vault',
  'no-account',
  'no-identity',
  'own-certificate-revoked',
  'own-key-compromised',
  'no-recipients',
  'malformed-address',
  'recipient-without-certificate',
  'recipient-experimental',
  'experimental-algorithm',
  'answer-reveals',
  ...mailServerFailures,
  'sender-refused',
  'recipients-refused',
  'message-refused',
  'message-too-large',
  'not-found',
  'disk-full',
)

export const heldMail = z.object({
  id: identifier,
  subject: z.string(),
  to: z.array(z.string()),
  createdAt: instant,
  state: z.enum(['held', 'sending']),
  failure: z.object({ code: z.string(), data: z.record(z.string(), z.unknown()) }).optional(),
})

export const composeContract = {
  senders: oc.output(z.array(senderState)),
  /** Contacts and own addresses that begin with or contain the query. */
  complete: oc.input(z.object({ query: z.string().max(200) })).output(z.array(completion)),
  recipients: oc.input(z.object({ addresses: z.array(z.string().max(320)).max(1000) })).output(z.array(recipientState)),
  /** Seals and hands in. A message that could not be handed in stays in the outbox. */
  send: oc.input(draft).output(eventIterator(sendEvent)).errors(sendFailures),
  outbox: oc.output(z.array(heldMail)),
  retry: oc
    .input(z.object({ id: identifier }))
    .output(eventIterator(sendEvent))
    .errors(sendFailures),
  discard: oc
    .input(z.object({ id: identifier }))
    .output(z.object({}))
    .errors(failures('not-found')),
  saveDraft: oc
    .input(z.object({ id: identifier.optional(), draft: draft.partial() }))
    .output(z.object({ id: identifier }))
    .errors(failures('locked', 'no-vault', 'disk-full')),
  drafts: oc
    .output(z.array(z.object({ id: identifier, savedAt: instant, draft: draft.partial() })))
    .errors(failures('locked', 'no-vault')),
  discardDraft: oc
    .input(z.object({ id: identifier }))
    .output(z.object({}))
    .errors(failures('not-found')),
}
