/** Reading over IMAP: folders, the newest mails, and opening one of them. */

import { eventIterator, oc } from '@orpc/contract'
import { z } from 'zod'
import { failures, mailServerFailures } from './errors.ts'
import { openedMail } from './report.ts'
import { identifier, lineText } from './values.ts'

export const mailSummary = z.object({
  uid: z.number().int().positive(),
  from: z.object({ name: z.string().optional(), address: z.string() }).optional(),
  to: z.array(z.object({ name: z.string().optional(), address: z.string() })),
  subject: z.string(),
  date: z.string().optional(),
  seen: z.boolean(),
  size: z.number(),
  /** What the structure claims before anything is opened. */
  claims: z.enum(['plain', 'signed', 'encrypted']),
})
export type MailSummary = z.infer<typeof mailSummary>

const connectionFailures = failures('locked', 'no-vault', 'not-found', ...mailServerFailures)

export const mailboxContract = {
  folders: oc
    .input(z.object({ accountId: identifier }))
    .output(
      z.array(
        z.object({
          path: z.string(),
          name: z.string(),
          use: z.enum(['inbox', 'sent', 'drafts', 'trash', 'junk', 'archive', 'other']),
        }),
      ),
    )
    .errors(connectionFailures),
  /** The newest first; `before` is the uid to go on from. */
  list: oc
    .input(
      z.object({
        accountId: identifier,
        folder: lineText.default('INBOX'),
        limit: z.number().int().min(1).max(200).default(50),
        before: z.number().int().optional(),
      }),
    )
    .output(z.object({ mails: z.array(mailSummary), total: z.number() }))
    .errors(connectionFailures),
  open: oc
    .input(z.object({ accountId: identifier, folder: lineText.default('INBOX'), uid: z.number().int().positive() }))
    .output(openedMail)
    .errors({ ...connectionFailures, ...failures('too-large', 'not-a-message', 'over-budget', 'disk-full') }),
  /** One event per change in the folder, until the caller ends the stream. */
  watch: oc
    .input(z.object({ accountId: identifier, folder: lineText.default('INBOX') }))
    .output(eventIterator(z.object({ type: z.literal('changed') })))
    .errors(connectionFailures),
}
