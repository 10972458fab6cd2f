/**
 * The CA's mails in the mailbox (RFC 8823 §3.1). A genuine one doesn't say which order it belongs to: two orders for one
 * address at one CA, an old one of this program or one that somebody else placed, bring two that look alike. Answering the
 * wrong one proves nothing to anybody, since the answer holds this account's thumbprint and this order's half of the token:
 * it only leaves the right one unanswered. So one at a time is answered, and the others are remembered.
 */

import type { Failure } from '../../shared/contract/errors.ts'
import { utf8Text } from '../base/bytes.ts'
import { failure, type Result, success } from '../base/result.ts'
import { randomId } from '../crypto/identifier.ts'
import { readGenuineChallenge } from './acme/challenge.ts'
import { answerChallengeMail, type ChallengeMail } from './acme/emailReply.ts'
import type { EnrolmentPorts } from './enrolmentPorts.ts'
import type { StepEvent, Workbench } from './stepWork.ts'
import type { EnrolmentProgress, StoredEnrolment } from './store.ts'

/** Of one order, those of others that are remembered: more is a flood, and no answer to it. */
const rivalLimit = 50

/**
 * Genuine mails that came since the last look and that no earlier order was answered with, the likeliest first. Refused ones
 * are told as they are found.
 */
export async function* newChallenges(
  enrolment: StoredEnrolment,
  { ports, signal, known }: Workbench,
): AsyncGenerator<StepEvent, Result<ChallengeMail[], Failure>> {
  const looked = await ports.mail.look(enrolment.progress.mailPosition ?? '', (id) => known.has(id), signal)
  if (!looked.ok) return looked
  const found: ChallengeMail[] = []
  for (const mail of looked.value) {
    if (enrolment.step === 'await-challenge-mail') {
      yield { type: 'step', step: 'authenticate-challenge', state: 'running', detail: {} }
    }
    const read = await genuineChallenge(mail.raw, enrolment, ports)
    // Its DKIM key could not be asked for: it is looked at again.
    if (read !== 'unanswered') known.add(mail.id)
    if (read !== undefined && read !== 'unanswered' && read.ok) found.push(read.value)
    else if (enrolment.step === 'await-challenge-mail') {
      yield { type: 'step', step: 'await-challenge-mail', state: 'running', detail: {} }
    }
    if (read !== undefined && read !== 'unanswered' && !read.ok) {
      yield { type: 'refused-mail', reason: read.error.reason, from: read.error.from }
    }
  }
  return success(likeliestFirst(found, enrolment.progress.askedAt))
}

/** The CA writes when it is asked to: the mail of this order is the one whose time lies nearest to that. */
function likeliestFirst(mails: readonly ChallengeMail[], askedAt: string | undefined): ChallengeMail[] {
  const asked = askedAt === undefined ? Number.NaN : Date.parse(askedAt)
  const distance = ({ sentAt }: ChallengeMail) => {
    const apart = Math.abs((sentAt?.getTime() ?? Number.NaN) - asked)
    return Number.isNaN(apart) ? Number.MAX_VALUE : apart
  }
  return [...mails].sort((left, right) => distance(left) - distance(right))
}

/** Remembers mails of other orders, and tells of each. */
export function* passOver(
  { progress }: StoredEnrolment,
  mails: readonly ChallengeMail[],
): Generator<StepEvent, Pick<EnrolmentProgress, 'rivalTokens'>> {
  const tokens = new Set(progress.rivalTokens)
  for (const { tokenPart1, from } of mails) {
    if (tokens.has(tokenPart1)) continue
    tokens.add(tokenPart1)
    yield { type: 'refused-mail', reason: 'other-order', from: from.slice(0, 320) }
  }
  return tokens.size === 0 ? {} : { rivalTokens: [...tokens].slice(-rivalLimit) }
}

export function replyTo(
  challenge: ChallengeMail,
  { address, progress }: StoredEnrolment,
  thumbprint: string,
  { clock, random }: Pick<EnrolmentPorts, 'clock' | 'random'>,
): NonNullable<EnrolmentProgress['reply']> {
  const answer = answerChallengeMail(challenge, {
    address,
    tokenPart2: progress.tokenPart2 ?? '',
    thumbprint,
    date: clock(),
    messageId: `<${randomId(random)}@${domainOf(address)}>`,
  })
  const message = utf8Text(answer.message)
  return { tokenPart1: challenge.tokenPart1, from: answer.from, to: [...answer.to], message, sent: false }
}

type MailPorts = Pick<EnrolmentPorts, 'clock' | 'resolveTxt' | 'readSigned' | 'isSpent'>

async function genuineChallenge(raw: Uint8Array, { progress, address }: StoredEnrolment, ports: MailPorts) {
  const { clock, resolveTxt, readSigned } = ports
  const { challengeFrom = '', spentTokens = [], foreignTokens = [] } = progress
  const read = await readGenuineChallenge(raw, { challengeFrom, address, at: clock(), resolveTxt, readSigned })
  if (read === undefined || read === 'unanswered' || !read.ok) return read
  const { tokenPart1, from } = read.value
  const refuse = (reason: string) => failure({ code: 'challenge-forged' as const, reason, from: from.slice(0, 320) })
  if (spentTokens.includes(tokenPart1) || ports.isSpent(tokenPart1)) return refuse('replayed')
  return foreignTokens.includes(tokenPart1) ? refuse('other-order') : read
}

/**
 * The enrolment with the answer to a mail that the person handed over, under the same conditions as one that was fetched.
 * `not-a-challenge`: it is another mail.
 */
export async function withMailByHand(
  raw: Uint8Array,
  enrolment: StoredEnrolment,
  thumbprint: string,
  ports: MailPorts & Pick<EnrolmentPorts, 'random'>,
): Promise<Result<StoredEnrolment, Failure>> {
  const { step, progress } = enrolment
  if (step !== 'await-challenge-mail' || progress.tokenPart2 === undefined) {
    return failure({ code: 'no-challenge-pending' })
  }
  const read = await genuineChallenge(raw, enrolment, ports)
  if (read === undefined) return failure({ code: 'not-a-challenge' })
  if (read === 'unanswered') return failure({ code: 'no-network', host: domainOf(progress.challengeFrom ?? '') })
  if (!read.ok) return read
  const reply = replyTo(read.value, enrolment, thumbprint, ports)
  return success({ ...enrolment, step: 'send-reply', progress: { ...progress, reply } })
}

function domainOf(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1)
}
