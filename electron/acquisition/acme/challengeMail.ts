/**
 * Whether a challenge mail comes from the CA (RFC 8823 §3.1 point 6): a DKIM signature (RFC 6376) by exactly the domain of
 * From, over everything that the answer depends on. Whoever can put a mail into the mailbox could otherwise have Siegel
 * answer challenges of other people's orders, or have the answer sent elsewhere by a Reply-To of their own.
 *
 * S/MIME-signed challenges, the RFC's other way, are challenge.ts.
 */

import { domainToASCII } from 'node:url'
import { asBuffer } from '../../base/bytes.ts'
import { failure, type Result, success } from '../../base/result.ts'
import { parseEntity } from '../../mime/entity.ts'
import type { ChallengeMailError } from './emailReply.ts'

/** The shape of node:dns/promises `resolveTxt`; rejects with `code` ENOTFOUND or ENODATA for a name without records. */
export type TxtResolver = (name: string) => Promise<string[][]>

/** `unanswered`: the key could not be asked for, so the mail is neither genuine nor forged; look again later. */
export type ChallengeAuthenticity = 'genuine' | 'unanswered'

/** The fields of RFC 8823 §3.1 point 6. Each one that stands in the mail must be signed, and every copy of it. */
const protectedFields = [
  'from',
  'sender',
  'reply-to',
  'to',
  'cc',
  'subject',
  'date',
  'in-reply-to',
  'references',
  'message-id',
  'auto-submitted',
  'content-type',
  'content-transfer-encoding',
]
/** Without these the mail says nothing that could be trusted. */
const requiredFields = ['from', 'to', 'subject', 'auto-submitted']
/** Each signature costs a DNS question to a name that the sender chose; forwarders add a handful. */
const signatureLimit = 10

/**
 * Checks the signatures of the raw mail; `from` is the address in its From. A CA checks an answer with it in the same way,
 * only that the answer need not be marked as automatic.
 */
export async function authenticateChallenge(
  raw: Uint8Array,
  from: string,
  resolveTxt: TxtResolver,
  at: Date,
  required: readonly string[] = requiredFields,
): Promise<Result<ChallengeAuthenticity, ChallengeMailError>> {
  const refuse = (reason: string) => failure({ code: 'challenge-forged' as const, reason, from: from.slice(0, 320) })
  const entity = parseEntity(raw)
  if (!entity.ok) return refuse('not-a-message')
  const read = entity.value.headers.map((header) => header.name.toLowerCase())
  if (countOf(read, 'dkim-signature') > signatureLimit) return refuse('too-many-signatures')

  const domain = domainToASCII(from.slice(from.lastIndexOf('@') + 1)).toLowerCase()
  // A third of what the program loads, and needed once in two years.
  const { dkimVerify } = await import('mailauth/lib/dkim/verify.js')
  const { results, headers } = await dkimVerify(asBuffer(raw), {
    resolver: (name) => resolveTxt(name),
    strict: true,
    minBitLength: 1024,
    curTime: at,
  })
  // Two parsers read this mail; where they see different fields, one of them was led astray.
  const verified = (headers?.parsed ?? []).map(({ key }) => key)
  for (const name of protectedFields) {
    if (countOf(read, name) !== countOf(verified, name)) return refuse('ambiguous-headers')
  }
  for (const name of required) if (countOf(read, name) !== 1) return refuse(`missing-${name}`)

  let best: { rank: number; reason: string } = { rank: 0, reason: 'not-signed' }
  const remember = (rank: number, reason: string) => {
    if (rank > best.rank) best = { rank, reason }
  }
  let unanswered = false
  for (const result of results) {
    if (result.signingDomain === undefined) continue
    if (domainToASCII(result.signingDomain).toLowerCase() !== domain) {
      remember(1, 'other-domain')
      continue
    }
    if (result.status.result === 'temperror') unanswered = true
    if (result.status.result !== 'pass') {
      remember(2, 'signature-failed')
      continue
    }
    // Whoever tries DKIM out doesn't stand by its signatures yet: they count for nothing (RFC 6376 §3.6.1).
    if (result.status.testing) {
      remember(3, 'trial-key')
      continue
    }
    // l= leaves the end of the body to anyone (RFC 6376 §8.2).
    if (result.canonBodyLengthLimited && typeof result.canonBodyLengthLimit === 'number') {
      remember(3, 'partial-body')
      continue
    }
    const covered = (result.signingHeaders?.keys ?? '').split(':').map((name) => name.trim().toLowerCase())
    const open = protectedFields.find((name) => countOf(covered, name) < countOf(read, name))
    if (open === undefined) return success('genuine')
    remember(4, `unsigned-${open}`)
  }
  if (unanswered) return success('unanswered')
  return refuse(best.reason)
}

function countOf(names: readonly string[], name: string): number {
  return names.filter((other) => other === name).length
}
