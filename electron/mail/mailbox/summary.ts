/** One line of a folder's list, made from what the server says of a message. None of it is verified; all of it is bounded. */

import type { FetchMessageObject, MessageAddressObject, MessageStructureObject } from 'imapflow'
import type { MailSummary } from '../../../shared/contract/mailbox.ts'
import { printable } from '../../net/tls.ts'

const longestName = 200
const longestAddress = 320
const longestSubject = 998
/** A list shows the first few; the mail itself has them all. */
const mostRecipients = 20

/** What is asked of the server for a summary. */
export const summaryQuery = { uid: true, flags: true, envelope: true, size: true, bodyStructure: true } as const

export function summaryOf(message: FetchMessageObject): MailSummary {
  const { envelope } = message
  const from = addressOf(envelope?.from?.[0])
  const date = isoDate(envelope?.date)
  return {
    uid: message.uid,
    ...(from ? { from } : {}),
    to: (envelope?.to ?? []).slice(0, mostRecipients).flatMap((address) => addressOf(address) ?? []),
    subject: printable(envelope?.subject ?? '', longestSubject),
    ...(date ? { date } : {}),
    seen: message.flags?.has('\\Seen') ?? false,
    size: message.size ?? 0,
    claims: claimsOf(message.bodyStructure),
  }
}

/** RFC 8551 §3.5 and §3.3: what the outermost content type promises. It proves nothing. */
export function claimsOf(structure: MessageStructureObject | undefined): MailSummary['claims'] {
  const type = structure?.type.toLowerCase() ?? ''
  const parameters = structure?.parameters ?? {}
  if (type === 'multipart/signed') return 'signed'
  if (type === 'multipart/encrypted') return 'encrypted'
  if (!/^application\/(x-)?pkcs7-mime$/.test(type)) return 'plain'
  const kind = (parameters['smime-type'] ?? '').toLowerCase()
  return kind === 'signed-data' || kind === 'certs-only' ? 'signed' : 'encrypted'
}

function addressOf(address: MessageAddressObject | undefined): { name?: string; address: string } | undefined {
  if (!address?.address) return undefined
  const name = printable(address.name ?? '', longestName)
  return { ...(name === '' ? {} : { name }), address: printable(address.address, longestAddress) }
}

function isoDate(date: Date | string | undefined): string | undefined {
  const time = new Date(date ?? Number.NaN)
  return Number.isNaN(time.getTime()) ? undefined : time.toISOString()
}
