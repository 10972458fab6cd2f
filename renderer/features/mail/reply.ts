/** The beginning of an answer: to whom, about what, with the text quoted, and sealed when the letter was. */

import type { Draft } from '../../../shared/contract/compose.ts'
import type { OpenedMail } from '../../../shared/contract/report.ts'
import type { Mailbox } from '../../../shared/contract/values.ts'
import type { Say } from '../../client/words.ts'

/** A quotation longer than this is cut: the reader has the letter. */
const quotedCharacters = 20_000

/** Who an answer goes to. What one wrote oneself is taken up with those it went to. */
export function answeredPeople(mail: Pick<OpenedMail, 'from' | 'to' | 'cc'>, own: string | undefined) {
  const isOwn = ({ address }: Mailbox) => address.toLowerCase() === own?.toLowerCase()
  const toOthers = mail.to.filter((one) => !isOwn(one))
  const to = mail.from.every(isOwn) && toOthers.length > 0 ? toOthers : mail.from
  const answered = new Set(to.map(({ address }) => address.toLowerCase()))
  const others = [...mail.to, ...mail.cc].filter((one) => !isOwn(one) && !answered.has(one.address.toLowerCase()))
  return { to: to.map(mailboxOf), others: others.map(mailboxOf) }
}

function mailboxOf({ name, address }: OpenedMail['from'][number]): Mailbox {
  return name ? { name, address } : { address }
}

export interface ReplyOptions {
  readonly own: string | undefined
  /** To everyone the mail went to, too. */
  readonly all: boolean
}

export function replyTo(mail: OpenedMail, { own, all }: ReplyOptions, say: Say): Partial<Draft> {
  const { to, others } = answeredPeople(mail, own)
  const text = mail.parts.find(({ kind }) => kind === 'text')?.text ?? ''
  const [sender] = mail.from
  const quoted = text
    .slice(0, quotedCharacters)
    .trimEnd()
    .split('\n')
    .map((line) => `> ${line}`)
    .join('\n')
  return {
    ...(own === undefined ? {} : { from: own }),
    to,
    ...(all ? { cc: others } : {}),
    subject: /^(re|aw):/i.test(mail.subject) ? mail.subject : `Re: ${mail.subject}`.slice(0, 998),
    text: quoted === '>' ? '' : `\n\n${say('mail.wrote', { who: sender?.name || sender?.address || '' })}\n${quoted}\n`,
    // What came in an envelope must not go back on a postcard by accident.
    ...(mail.hidden ? { encrypt: true, answered: mail.hidden } : {}),
    ...(mail.messageId === undefined ? {} : { inReplyTo: mail.messageId, references: mail.messageId }),
  }
}
