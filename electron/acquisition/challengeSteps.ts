/** The steps of the challenge (RFC 8823 §3): waiting for the CA's mail, answering it, waiting for what the CA makes of it. */

import type { Failure } from '../../shared/contract/errors.ts'
import { utf8Bytes } from '../base/bytes.ts'
import type { ChallengeMail } from './acme/emailReply.ts'
import { isLost, problemDetail, problemName } from './acme/errors.ts'
import type { Authorization } from './acme/resources.ts'
import { newChallenges, passOver, replyTo } from './challengeMails.ts'
import type { EnrolmentPorts } from './enrolmentPorts.ts'
import {
  type AcmeSession,
  expiredOrder,
  failed,
  failedOrder,
  lostOr,
  next,
  type Outcome,
  pause,
  type StepEvent,
  type StepWork,
  sessionOf,
  stillWorking,
  type Workbench,
  withoutOrder,
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
/**
 * The mail of this order and one of an old one; whoever orders in the person's name without end must not have this program
 * write as often.
 */
const answersPerOrder = 3
/** Trying again would lock the person out of their mailbox: servers count wrong passwords. */
const lasting: ReadonlySet<Failure['code']> = new Set([
  'authentication-refused',
  'authentication-unavailable',
  'no-account',
  'locked',
])
/** Without a mail the authorization is looked at in between: it may have come to its end. */
const looksPerAuthorization = 12

export async function* awaitChallengeMail(enrolment: StoredEnrolment, bench: Workbench): StepWork {
  const { ports, signal } = bench
  const { challengeFrom, tokenPart2, mailPosition, answered } = enrolment.progress
  if (challengeFrom === undefined || tokenPart2 === undefined || mailPosition === undefined) return next('place-order')
  const session = await sessionOf(enrolment, bench)
  if (!session.ok) return failed(session.error)
  // A mail for an order that the CA has forgotten would be brought for nothing.
  if (enrolment.byHand) return (await authorizationNow(enrolment, bench, session.value)) ?? { kind: 'by-hand' }
  const since = ports.clock().getTime()
  let lookFailures = 0
  for (let look = 0; ; look++) {
    const found = yield* newChallenges(enrolment, bench)
    lookFailures = found.ok ? 0 : lookFailures + 1
    const isOver = !found.ok && (lookFailures >= mailboxAttempts || lasting.has(found.error.code))
    if (!found.ok && (isOver || signal.aborted)) return failed(found.error)
    const [likeliest, ...others] = found.ok ? found.value : []
    if (likeliest) {
      if (answered && enrolment.accountId !== undefined) ports.account.learn(enrolment.accountId, true)
      bench.rivals.push(...others)
      const rivals = yield* passOver(enrolment, others)
      return answerMade(enrolment, session.value, likeliest, ports, rivals)
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
  more: Partial<EnrolmentProgress>,
): Outcome {
  const reply = replyTo(challenge, enrolment, session.key.thumbprint, ports)
  return next('send-reply', { progress: { ...enrolment.progress, ...more, reply } }, { from: challenge.from })
}

/** Tells the CA that the challenge can be checked before its mail is there. */
async function answerFirst(enrolment: StoredEnrolment, bench: Workbench, session: AcmeSession): Promise<Outcome> {
  const { client, accountUrl } = session
  const askedAt = bench.ports.clock().toISOString()
  const answered = await client.answerChallenge(accountUrl, enrolment.progress.challengeUrl ?? '')
  // Whatever a CA has against it, its mail may still come; only a lost order has to be placed anew.
  if (!answered.ok && (answered.error.code !== 'ca-refused' || isLost(answered.error))) {
    return lostOr(answered.error, enrolment, bench)
  }
  return next('await-challenge-mail', { progress: { ...enrolment.progress, answered: true, askedAt } })
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
  // It takes an early answer for a wrong one: the next order waits for the mail first. One that ran out without it says nothing.
  if (
    refused &&
    authorization.status !== 'expired' &&
    enrolment.progress.answered &&
    enrolment.accountId !== undefined
  ) {
    bench.ports.account.learn(enrolment.accountId, false)
  }
  return refused ?? expiredOrder(enrolment, authorization, bench)
}

/** A challenge may be invalid without saying why, and before its authorization is (RFC 8555 §7.1.6). */
function refusedChallenge(enrolment: StoredEnrolment, authorization: Authorization): Outcome | undefined {
  const challenge = authorization.challenges.find(({ url }) => url === enrolment.progress.challengeUrl)
  const isOpen = authorization.status === 'pending' && challenge?.status !== 'invalid'
  if (isOpen || authorization.status === 'valid') return undefined
  const isOver = ['expired', 'deactivated', 'revoked'].includes(authorization.status)
  const unnamed = isOver ? 'order-invalid' : 'challenge-invalid'
  const problem = challenge?.error ? problemName(challenge.error) : unnamed
  return failedOrder(enrolment, { code: 'ca-refused', problem, detail: problemDetail(challenge?.error) })
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
  let current = enrolment
  for (let look = 0; ; look++) {
    const asked = await client.authorization(accountUrl, authorizationUrl)
    if (!asked.ok) return lostOr(asked.error, current, bench)
    const { authorization, retryAfterSeconds } = asked.value
    if (authorization.status === 'valid') return next('finalize')
    // Before its end is told: the right mail may have come behind the one that was answered.
    current = yield* withRivals(current, bench)
    const refused = refusedChallenge(current, authorization)
    if (refused) return (current.progress.rivalTokens?.length ?? 0) > 0 ? contested(current) : refused
    const another = look >= looksPerAuthorization ? nextRival(current, bench) : undefined
    if (another) return answerMade(withoutReply(current), session.value, another, bench.ports, {})
    const expired = expiredOrder(current, authorization, bench)
    if (expired) return expired
    const later = stillWorking(current, since, retryAfterSeconds, bench)
    if (later) return { ...later, change: { progress: current.progress } }
    yield* pause('await-validation', since, retryAfterSeconds, bench)
    if (bench.signal.aborted) return failed({ code: 'cancelled' })
  }
}

/** The mailbox is looked into on the side: one that can't be read now is no reason to stop waiting for the CA. */
async function* withRivals(enrolment: StoredEnrolment, bench: Workbench): AsyncGenerator<StepEvent, StoredEnrolment> {
  const { reply, mailPosition } = enrolment.progress
  if (enrolment.byHand || mailPosition === undefined || bench.mailboxLost) return enrolment
  const found = yield* newChallenges(enrolment, bench)
  bench.mailboxLost = !found.ok
  // In a new run of the program the mail that was answered is found once more.
  const others = found.ok ? found.value.filter(({ tokenPart1 }) => tokenPart1 !== reply?.tokenPart1) : []
  if (others.length === 0) return enrolment
  bench.rivals.push(...others)
  const rivals = yield* passOver(enrolment, others)
  return { ...enrolment, progress: { ...enrolment.progress, ...rivals } }
}

/** The CA has heard the answer and still waits for one: the answered mail may have been another order's. */
function nextRival({ progress }: StoredEnrolment, { rivals }: Workbench): ChallengeMail | undefined {
  if ((progress.answers ?? 0) >= answersPerOrder) return undefined
  return rivals.shift()
}

function withoutReply(enrolment: StoredEnrolment): StoredEnrolment {
  const { reply, spentTokens = [], answers = 0, ...progress } = enrolment.progress
  const spent = [...spentTokens, ...(reply ? [reply.tokenPart1] : [])].slice(-100)
  return { ...enrolment, progress: { ...progress, spentTokens: spent, answers: answers + 1 } }
}

/** Every mail that is here by now belongs to another order than the next one. */
function contested(enrolment: StoredEnrolment): Outcome {
  const because: Failure = { code: 'challenge-contested', address: enrolment.address }
  return { kind: 'new-order', change: { progress: withoutOrder(enrolment) }, because }
}
