/** The steps of the challenge (RFC 8823 §3): waiting for the CA's mail, answering it, waiting for what the CA makes of it. */

import type { Failure } from '../../shared/contract/errors.ts'
import { utf8Bytes, utf8Text } from '../base/bytes.ts'
import { failure, type Result, success } from '../base/result.ts'
import { randomId } from '../crypto/identifier.ts'
import { readGenuineChallenge } from './acme/challenge.ts'
import { answerChallengeMail, type ChallengeMail } from './acme/emailReply.ts'
import { isLost, problemDetail, problemName } from './acme/errors.ts'
import type { Authorization } from './acme/resources.ts'
import type { ArrivedMail, EnrolmentPorts } from './enrolmentPorts.ts'
import {
  type AcmeSession,
  caSilence,
  failed,
  failedOrder,
  isTooLong,
  lostOr,
  next,
  type Outcome,
  pause,
  type StepEvent,
  type StepWork,
  sessionOf,
  type Workbench,
} from './stepWork.ts'
import type { EnrolmentProgress, StoredEnrolment } from './store.ts'

/** A challenge mail that takes longer is reported; looking again goes on where it stopped. */
const patienceMinutes = 10
/**
 * Some CAs write only after the challenge was answered; others take an answer before the mail was read for a wrong one. So
 * the mail is waited for first, longer than one that was sent would need, greylisting included.
 */
const answerFirstMinutes = 4
/** A dropped connection to the mailbox is not the end of waiting; a mailbox that stays away is. */
const mailboxAttempts = 3
/** Without a mail the authorization is looked at in between: it may have come to its end. */
const looksPerAuthorization = 12

export async function* awaitChallengeMail(enrolment: StoredEnrolment, bench: Workbench): StepWork {
  const { ports, signal, known } = bench
  const { challengeFrom, tokenPart2, mailPosition, answered } = enrolment.progress
  if (challengeFrom === undefined || tokenPart2 === undefined || mailPosition === undefined) return next('place-order')
  const session = await sessionOf(enrolment, bench)
  if (!session.ok) return failed(session.error)
  // A mail for an order that the CA has forgotten would be brought for nothing.
  if (enrolment.byHand) return (await authorizationNow(enrolment, bench, session.value)) ?? { kind: 'by-hand' }
  const since = ports.clock().getTime()
  let lookFailures = 0
  for (let look = 0; ; look++) {
    const looked = await ports.mail.look(mailPosition, (id) => known.has(id), signal)
    lookFailures = looked.ok ? 0 : lookFailures + 1
    if (!looked.ok && (lookFailures >= mailboxAttempts || signal.aborted)) return failed(looked.error)
    for (const mail of looked.ok ? looked.value : []) {
      const judged = yield* judge(mail, enrolment, ports)
      if (judged !== 'later') known.add(mail.id)
      if (typeof judged === 'string') continue
      if (answered && enrolment.accountId !== undefined) ports.account.learn(enrolment.accountId, true)
      return answerMade(enrolment, session.value, judged, ports)
    }
    const seconds = Math.floor((ports.clock().getTime() - since) / 1000)
    if (!answered && (session.value.answersFirst || seconds >= answerFirstMinutes * 60)) {
      return answerFirst(enrolment, bench, session.value)
    }
    if (look % looksPerAuthorization === looksPerAuthorization - 1) {
      const outcome = await authorizationNow(enrolment, bench, session.value)
      if (outcome) return outcome
    }
    if (seconds >= patienceMinutes * 60) return failed({ code: 'challenge-late', minutes: patienceMinutes })
    yield { type: 'waiting', step: 'await-challenge-mail', seconds, nextLookSeconds: ports.lookEverySeconds }
    await ports.sleep(ports.lookEverySeconds, signal)
    if (signal.aborted) return failed({ code: 'cancelled' })
  }
}

function answerMade(
  enrolment: StoredEnrolment,
  session: AcmeSession,
  challenge: ChallengeMail,
  ports: EnrolmentPorts,
): Outcome {
  const reply = replyTo(challenge, enrolment, session.key.thumbprint, ports)
  return next('send-reply', { progress: { ...enrolment.progress, reply } }, { from: challenge.from })
}

function replyTo(
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

/** Tells the CA that the challenge can be checked before its mail is there. */
async function answerFirst(enrolment: StoredEnrolment, bench: Workbench, session: AcmeSession): Promise<Outcome> {
  const { client, accountUrl } = session
  const answered = await client.answerChallenge(accountUrl, enrolment.progress.challengeUrl ?? '')
  // Whatever a CA has against it, its mail may still come; only a lost order has to be placed anew.
  if (!answered.ok && (answered.error.code !== 'ca-refused' || isLost(answered.error))) {
    return lostOr(answered.error, enrolment, bench)
  }
  return next('await-challenge-mail', { progress: { ...enrolment.progress, answered: true } })
}

/** The end of an order that no mail has come for; undefined while it is open. */
async function authorizationNow(
  enrolment: StoredEnrolment,
  bench: Workbench,
  { client, accountUrl }: AcmeSession,
): Promise<Outcome | undefined> {
  const asked = await client.authorization(accountUrl, enrolment.progress.authorizationUrl ?? '')
  if (!asked.ok) return isLost(asked.error) ? lostOr(asked.error, enrolment, bench) : undefined
  const { authorization } = asked.value
  if (authorization.status === 'valid') return next('finalize')
  const refused = refusedChallenge(enrolment, authorization)
  // It takes an early answer for a wrong one: the next order waits for the mail, however long that takes.
  if (refused && enrolment.progress.answered && enrolment.accountId !== undefined) {
    bench.ports.account.learn(enrolment.accountId, false)
  }
  return refused
}

/** A challenge may be invalid without saying why, and before its authorization is (RFC 8555 §7.1.6). */
function refusedChallenge(enrolment: StoredEnrolment, authorization: Authorization): Outcome | undefined {
  const challenge = authorization.challenges.find(({ url }) => url === enrolment.progress.challengeUrl)
  const isOpen = authorization.status === 'pending' && challenge?.status !== 'invalid'
  if (isOpen || authorization.status === 'valid') return undefined
  const problem = challenge?.error ? problemName(challenge.error) : 'challenge-invalid'
  return failedOrder(enrolment, { code: 'ca-refused', problem, detail: problemDetail(challenge?.error) })
}

/** The challenge in a mail; 'other' when it is none or refused, 'later' when its DKIM key could not be asked for. */
async function* judge(
  mail: ArrivedMail,
  enrolment: StoredEnrolment,
  ports: EnrolmentPorts,
): AsyncGenerator<StepEvent, ChallengeMail | 'other' | 'later'> {
  yield { type: 'step', step: 'authenticate-challenge', state: 'running', detail: {} }
  const read = await genuineChallenge(mail.raw, enrolment, ports)
  if (read !== undefined && read !== 'unanswered' && read.ok) return read.value
  if (read !== undefined && read !== 'unanswered' && !read.ok && read.error.code === 'challenge-forged') {
    yield { type: 'refused-mail', reason: read.error.reason, from: read.error.from }
  }
  yield { type: 'step', step: 'await-challenge-mail', state: 'running', detail: {} }
  return read === 'unanswered' ? 'later' : 'other'
}

type MailPorts = Pick<EnrolmentPorts, 'clock' | 'resolveTxt' | 'readSigned' | 'isSpent'>

async function genuineChallenge(raw: Uint8Array, { progress, address }: StoredEnrolment, ports: MailPorts) {
  const { clock, resolveTxt, readSigned } = ports
  const { challengeFrom = '', spentTokens = [] } = progress
  const read = await readGenuineChallenge(raw, { challengeFrom, address, at: clock(), resolveTxt, readSigned })
  if (read === undefined || read === 'unanswered' || !read.ok) return read
  const { tokenPart1, from } = read.value
  const isReplayed = spentTokens.includes(tokenPart1) || ports.isSpent(tokenPart1)
  return isReplayed
    ? failure({ code: 'challenge-forged' as const, reason: 'replayed', from: from.slice(0, 320) })
    : read
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

// biome-ignore lint/correctness/useYield: every step has the same shape
export async function* sendReply(enrolment: StoredEnrolment, { ports, signal }: Workbench): StepWork {
  const { reply } = enrolment.progress
  if (!reply) return next('await-challenge-mail')
  if (enrolment.byHand && !reply.sent) return { kind: 'by-hand' }
  if (!reply.sent) {
    // Killed between sending and saving, the same answer goes out twice; a CA takes the first.
    const sent = await ports.mail.send({ from: reply.from, to: reply.to, message: utf8Bytes(reply.message) }, signal)
    if (!sent.ok) return failed(sent.error)
  }
  const progress = { ...enrolment.progress, reply: { ...reply, sent: true } }
  return next('await-validation', { progress }, { to: reply.to.join(', ') })
}

export async function* awaitValidation(enrolment: StoredEnrolment, bench: Workbench): StepWork {
  const { authorizationUrl, challengeUrl } = enrolment.progress
  if (authorizationUrl === undefined || challengeUrl === undefined) return next('place-order')
  const session = await sessionOf(enrolment, bench)
  if (!session.ok) return failed(session.error)
  const { client, accountUrl } = session.value
  if (!enrolment.progress.answered) {
    const answered = await client.answerChallenge(accountUrl, challengeUrl)
    // A challenge that is valid already can't be answered again; the authorization says what it is.
    if (!answered.ok && (answered.error.code !== 'ca-refused' || isLost(answered.error))) {
      return lostOr(answered.error, enrolment, bench)
    }
  }
  const since = bench.ports.clock().getTime()
  while (true) {
    const asked = await client.authorization(accountUrl, authorizationUrl)
    if (!asked.ok) return lostOr(asked.error, enrolment, bench)
    const { authorization, retryAfterSeconds } = asked.value
    if (authorization.status === 'valid') return next('finalize')
    const refused = refusedChallenge(enrolment, authorization)
    if (refused) return refused
    if (isTooLong(since, bench)) return failed(caSilence(enrolment))
    yield* pause('await-validation', since, retryAfterSeconds, bench)
    if (bench.signal.aborted) return failed({ code: 'cancelled' })
  }
}

function domainOf(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1)
}
