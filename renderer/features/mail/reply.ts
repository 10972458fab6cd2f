/** The beginning of an answer: to whom, about what, with the text quoted, and sealed when the letter was. */

import type { Draft } from '../../../shared/contract/compose.ts'
import type { OpenedMail } from '../../../shared/contract/report.ts'
import type { Say } from '../../client/words.ts'

/** A quotation longer than this is cut: the reader has the letter. */
const quotedCharacters = 20_000

export function replyTo(mail: OpenedMail, own: string | undefined, say: Say): Partial<Draft> {
  const text = mail.parts.find(({ kind }) => kind === 'text')?.text ?? ''
  const [sender] = mail.from
  const quoted = text
    .slice(0, quotedCharacters)
    .trimEnd()
    .split('\n')
    .map((line) => `> ${line}`)
    .join('\n')
  const wasSealed = mail.report.verdict.encryption === 'decrypted'
  return {
    ...(own === undefined ? {} : { from: own }),
    to: mail.from.map(({ name, address }) => (name ? { name, address } : { address })),
    subject: /^(re|aw):/i.test(mail.subject) ? mail.subject : `Re: ${mail.subject}`.slice(0, 998),
    text: quoted === '>' ? '' : `\n\n${say('mail.wrote', { who: sender?.name || sender?.address || '' })}\n${quoted}\n`,
    // What came in an envelope must not go back on a postcard by accident.
    ...(wasSealed ? { encrypt: true } : {}),
    ...(mail.messageId === undefined ? {} : { inReplyTo: mail.messageId, references: mail.messageId }),
  }
}
