/**
 * Looking for an authority's answer in the mailbox of the address that it is for. Whether a mail is the answer is told by
 * its certificate's key alone: sender, subject and text are what anybody may write. The mailbox is only read.
 */

import type { Failure } from '../../../shared/contract/errors.ts'
import type { MailSummary } from '../../../shared/contract/mailbox.ts'
import { type AnswerMail, type AnswerSearch, answerSourceLimit } from '../../../shared/contract/requests.ts'
import { readAnswer } from '../../acquisition/answers.ts'
import type { StoredRequest } from '../../acquisition/requests.ts'
import { equalBytes } from '../../base/bytes.ts'
import { type Result, success } from '../../base/result.ts'
import type { Mailbox } from '../../mail/mailbox/mailbox.ts'
import { normalizedAddress } from '../../mime/address.ts'
import type { ServiceContext } from '../context.ts'
import { searchedFolders } from '../enrolment/searchedFolders.ts'
import { type Judge, judgeAt } from '../judge.ts'
import { accountFor, withMailbox } from '../mail/mailAccess.ts'
import { mailKeyFor } from '../mailKeys.ts'
import { orRaise, raise } from '../raise.ts'

/** A certificate with its issuers has 20 kB, an authority's brochure beside it rarely more than this. */
const mailByteLimit = 2_097_152
/** What one look fetches at most, a minute at 10 Mbit/s. */
const fetchedByteLimit = 67_108_864
/** Two weeks of a full mailbox; somebody who waits longer there finds the mail by its sender and brings it. */
const mailLimit = 300
/** RFC 9051 §6.4.4 counts days and leaves the time zone aside, and clocks differ. */
const earlierMs = 86_400_000

/** Ends the procedure with `not-found` where no request of the address is open, or with the mailbox's failure. */
export async function searchMailbox(
  context: ServiceContext,
  address: string,
  signal: AbortSignal | undefined,
): Promise<AnswerSearch> {
  const open = openRequests(context, address)
  const created = open.map(({ createdAt }) => createdAt).sort()
  const since = created[0] ?? raise({ code: 'not-found', what: 'request' })
  const account = orRaise(accountFor(context, address))
  const found = await withMailbox(context, account.id, signal, (mailbox) =>
    look(context, mailbox, new Date(Date.parse(since) - earlierMs), open),
  )
  const { mails, ...facts } = orRaise(found)
  return { ...facts, since, mails: await handedOver(context, mails) }
}

/** What waits, and what was given up with its key kept: an answer to that is joined as well. */
function openRequests({ application }: ServiceContext, address: string): StoredRequest[] {
  const wanted = normalizedAddress(address)
  return application.requests
    .list()
    .filter((one) => one.state !== 'done' && !one.keyDiscarded && normalizedAddress(one.address) === wanted)
}

interface FoundMail {
  readonly summary: MailSummary
  readonly raw: Uint8Array
}

interface Look extends Pick<AnswerSearch, 'looked' | 'passedOver' | 'folders'> {
  readonly mails: readonly FoundMail[]
}

async function look(
  context: ServiceContext,
  mailbox: Mailbox,
  since: Date,
  open: readonly StoredRequest[],
): Promise<Result<Look, Failure>> {
  const judge = judgeAt(context, context.runtime.clock())
  const waiting = new Set(open.filter(({ state }) => state === 'waiting').map(({ keyId }) => keyId))
  const mails: FoundMail[] = []
  let [looked, passedOver, folders, fetchedBytes] = [0, 0, 0, 0]
  for (const { path, use } of await searchedFolders(mailbox)) {
    const listed = await mailbox.mailsSince(since, path, Math.max(0, mailLimit - looked))
    // Another folder may have been removed meanwhile.
    if (!listed.ok && use === 'inbox') return listed
    if (!listed.ok) continue
    folders++
    passedOver += Math.max(0, listed.value.total - listed.value.mails.length)
    for (const summary of listed.value.mails) {
      if (summary.size > mailByteLimit || fetchedBytes > fetchedByteLimit) {
        passedOver++
        continue
      }
      const fetched = await mailbox.fetch(path, summary.uid, mailByteLimit)
      if (!fetched.ok) {
        if (fetched.error.code !== 'too-large' && fetched.error.code !== 'not-found') return fetched
        passedOver++
        continue
      }
      looked++
      fetchedBytes += fetched.value.length
      // Some servers have each mail in a folder of all mails, too.
      if (mails.some(({ raw }) => equalBytes(raw, fetched.value))) continue
      const answers = await newAnswersIn(context, fetched.value, judge)
      if (answers.length === 0) continue
      if (mails.length === answerSourceLimit) {
        passedOver++
        // What a trusted root vouches for comes before the rest.
        if (!answers.some(({ trusted }) => trusted)) continue
        mails.pop()
      }
      mails.push({ summary, raw: fetched.value })
      // Whoever has seen a request can write a certificate for its key: the CA's may lie behind that one.
      for (const { keyId, trusted } of answers) if (trusted) waiting.delete(keyId)
      // Every request has its answer: the older mails need not be fetched.
      if (waiting.size === 0) return success({ mails, looked, passedOver, folders })
    }
  }
  return success({ mails, looked, passedOver, folders })
}

/** Keys here for which the mail brings a certificate that isn't here yet, and whether a trusted root vouches for it. */
async function newAnswersIn(
  context: ServiceContext,
  raw: Uint8Array,
  judge: Judge,
): Promise<{ readonly keyId: string; readonly trusted: boolean }[]> {
  const read = await readAnswer(raw)
  if (!read.ok) return []
  const known = new Set(context.application.identities.list().map(({ sha256 }) => sha256))
  return read.value.flatMap((certificate) => {
    const keyId = known.has(certificate.sha256) ? undefined : mailKeyFor(context, certificate.der)
    if (keyId === undefined) return []
    return [{ keyId, trusted: judge.chain(certificate, read.value).state === 'valid' }]
  })
}

async function handedOver(context: ServiceContext, mails: readonly FoundMail[]): Promise<AnswerMail[]> {
  const { handover } = context.application
  const handed: AnswerMail[] = []
  for (const { summary, raw } of mails) {
    const { subject, from, date } = summary
    const { spoolId } = orRaise(await handover.offer({ name: 'answer.eml', mediaType: 'message/rfc822' }, raw))
    handed.push({ spoolId, subject, ...(from ? { from: from.address } : {}), ...(date ? { date } : {}) })
  }
  return handed
}
