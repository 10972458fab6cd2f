/**
 * What each step of an enrolment does (RFC 8555 §7.4, RFC 8823 §3). A step reads the stored enrolment, does its one thing
 * and says what changed and which step comes next; enrolment.ts makes that durable.
 */

import type { EnrolmentEvent, EnrolmentStep } from '../../shared/contract/enrolment.ts'
import type { Failure } from '../../shared/contract/errors.ts'
import { equalBytes } from '../base/bytes.ts'
import { failure, type Result, success } from '../base/result.ts'
import { randomId } from '../crypto/identifier.ts'
import { sameAddress } from '../mime/address.ts'
import type { AccountKey } from './acme/accountKey.ts'
import { authenticateChallenge } from './acme/challengeMail.ts'
import type { AcmeClient } from './acme/client.ts'
import { answerChallengeMail, type ChallengeMail, readChallengeMail } from './acme/emailReply.ts'
import { type AcmeError, isLost, problemDetail, problemName, shown } from './acme/errors.ts'
import type { Order } from './acme/resources.ts'
import { certificateRequest } from './csr.ts'
import type { ArrivedMail, EnrolmentPorts } from './enrolmentPorts.ts'
import type { EnrolmentProgress, StoredEnrolment } from './store.ts'

export type Outcome =
  | {
      readonly kind: 'next'
      readonly step: EnrolmentStep
      readonly change?: Partial<StoredEnrolment>
      readonly detail: Readonly<Record<string, string>>
    }
  /** The CA no longer knows the order, or it can't succeed any more: a new one, with the same key. */
  | { readonly kind: 'new-order'; readonly change?: Partial<StoredEnrolment>; readonly because: Failure }
  | { readonly kind: 'failed'; readonly change?: Partial<StoredEnrolment>; readonly because: Failure }
  | {
      readonly kind: 'installed'
      readonly identityId: string
      readonly detail: Readonly<Record<string, string>>
    }

type StepEvent = Exclude<EnrolmentEvent, { type: 'done' | 'failed' }>
type StepWork = AsyncGenerator<StepEvent, Outcome>

interface AcmeSession {
  readonly client: AcmeClient
  readonly accountUrl: string
  readonly key: AccountKey
}

/** What one run keeps between its steps. */
export interface Workbench {
  readonly ports: EnrolmentPorts
  readonly signal: AbortSignal
  acme: AcmeSession | undefined
}

/** A challenge mail that takes longer is reported; looking again goes on where it stopped. */
const patienceMinutes = 10
/** Validation and issuing take seconds; a CA that takes longer is asked again when the person wants it. */
const caPatienceMinutes = 30
/** A dropped connection to the mailbox is not the end of waiting; a mailbox that stays away is. */
const mailboxAttempts = 3

export const steps: Readonly<Record<EnrolmentStep, (enrolment: StoredEnrolment, bench: Workbench) => StepWork>> = {
  'generate-key': generateKey,
  'register-account': registerAccount,
  'place-order': placeOrder,
  'await-challenge-mail': awaitChallengeMail,
  // The mail is authenticated as it is found; this step is never stored.
  'authenticate-challenge': awaitChallengeMail,
  'send-reply': sendReply,
  'await-validation': awaitValidation,
  finalize,
  install,
}

function next(step: EnrolmentStep, change?: Partial<StoredEnrolment>, detail: Record<string, string> = {}): Outcome {
  return { kind: 'next', step, detail, ...(change ? { change } : {}) }
}

function failed(because: Failure): Outcome {
  return { kind: 'failed', because }
}

// biome-ignore lint/correctness/useYield: every step has the same shape
async function* generateKey(enrolment: StoredEnrolment, { ports }: Workbench): StepWork {
  if (enrolment.keyId !== undefined) return next('register-account')
  const made = await ports.keys.generate(enrolment.keyType)
  if (!made.ok) return failed(made.error)
  return next('register-account', { keyId: made.value.keyId }, { keyType: enrolment.keyType })
}

// biome-ignore lint/correctness/useYield: every step has the same shape
async function* registerAccount(enrolment: StoredEnrolment, bench: Workbench): StepWork {
  if (enrolment.sealedAccountKey === undefined) {
    const made = await bench.ports.account.create(enrolment.id)
    if (!made.ok) return failed(made.error)
    // Durable before the CA hears of it; otherwise an account whose key is lost would stay behind there.
    return next('register-account', { sealedAccountKey: made.value })
  }
  const session = await sessionOf(enrolment, bench)
  return session.ok ? next('place-order', undefined, { ca: enrolment.caName }) : failed(session.error)
}

/** The conversation with the CA; on resuming, asking for the account finds the existing one (RFC 8555 §7.3.1). */
async function sessionOf(enrolment: StoredEnrolment, bench: Workbench): Promise<Result<AcmeSession, Failure>> {
  if (bench.acme) return success(bench.acme)
  if (enrolment.sealedAccountKey === undefined) return failure({ code: 'not-found', what: 'account-key' })
  const key = await bench.ports.account.open(enrolment.id, enrolment.sealedAccountKey)
  if (!key.ok) return key
  const client = await bench.ports.connect(key.value, bench.signal)
  if (!client.ok) return failure(shown(client.error))
  const account = await client.value.openAccount()
  if (!account.ok) return failure(shown(account.error))
  bench.acme = { client: client.value, accountUrl: account.value.accountUrl, key: key.value }
  return success(bench.acme)
}

async function* placeOrder(enrolment: StoredEnrolment, bench: Workbench): StepWork {
  const session = await sessionOf(enrolment, bench)
  if (!session.ok) return failed(session.error)
  const { client, accountUrl } = session.value
  // Before the order, so that only a mail that the order caused can lie behind it.
  const position = await bench.ports.mail.position(bench.signal)
  if (!position.ok) return failed(position.error)
  const placed = await client.placeOrder(accountUrl, enrolment.address)
  if (!placed.ok) return failed(shown(placed.error))
  const { order, orderUrl } = placed.value
  const names = order.identifiers.some(({ type, value }) => type === 'email' && sameAddress(value, enrolment.address))
  if (!names || order.authorizations.length !== 1) return failed(unusable('order-identifiers'))
  const authorizationUrl = order.authorizations[0] ?? ''
  const progress: EnrolmentProgress = {
    ...(enrolment.progress.spentTokens ? { spentTokens: enrolment.progress.spentTokens } : {}),
    orderUrl,
    authorizationUrl,
    mailPosition: position.value,
  }
  if (order.status === 'ready') return next('finalize', { progress })
  const asked = await client.authorization(accountUrl, authorizationUrl)
  if (!asked.ok) return failed(shown(asked.error))
  const { authorization } = asked.value
  if (authorization.status === 'valid') return next('finalize', { progress })
  const challenge = authorization.challenges.find(({ type }) => type === 'email-reply-00')
  if (!challenge) return failed(unusable('no-email-challenge'))
  if (challenge.token === undefined || challenge.from === undefined) return failed(unusable('email-challenge'))
  return next(
    'await-challenge-mail',
    {
      progress: {
        ...progress,
        challengeUrl: challenge.url,
        tokenPart2: challenge.token,
        challengeFrom: challenge.from,
      },
    },
    { from: challenge.from },
  )
}

async function* awaitChallengeMail(enrolment: StoredEnrolment, bench: Workbench): StepWork {
  const { ports, signal } = bench
  const { challengeFrom, tokenPart2, mailPosition, spentTokens = [] } = enrolment.progress
  if (challengeFrom === undefined || tokenPart2 === undefined || mailPosition === undefined) return next('place-order')
  const session = await sessionOf(enrolment, bench)
  if (!session.ok) return failed(session.error)
  const known = new Set<string>()
  const since = ports.clock().getTime()
  for (let lookFailures = 0; ; ) {
    const looked = await ports.mail.look(mailPosition, (id) => known.has(id), signal)
    if (!looked.ok) {
      lookFailures += 1
      if (lookFailures >= mailboxAttempts || signal.aborted) return failed(looked.error)
    } else lookFailures = 0
    for (const mail of looked.ok ? looked.value : []) {
      const judged = yield* judge(mail, enrolment, challengeFrom, ports)
      if (judged !== 'later') known.add(mail.id)
      if (typeof judged === 'string' || spentTokens.includes(judged.tokenPart1)) continue
      const answer = answerChallengeMail(judged, {
        address: enrolment.address,
        tokenPart2,
        thumbprint: session.value.key.thumbprint,
        date: ports.clock(),
        messageId: `<${randomId(ports.random)}@${domainOf(enrolment.address)}>`,
      })
      const reply = {
        tokenPart1: judged.tokenPart1,
        from: answer.from,
        to: [...answer.to],
        message: Buffer.from(answer.message).toString('utf8'),
        sent: false,
      }
      return next('send-reply', { progress: { ...enrolment.progress, reply } }, { from: judged.from })
    }
    const seconds = Math.floor((ports.clock().getTime() - since) / 1000)
    if (seconds >= patienceMinutes * 60) return failed({ code: 'challenge-late', minutes: patienceMinutes })
    yield { type: 'waiting', step: 'await-challenge-mail', seconds, nextLookSeconds: ports.lookEverySeconds }
    await ports.sleep(ports.lookEverySeconds, signal)
    if (signal.aborted) return failed({ code: 'cancelled' })
  }
}

/** The challenge in a mail; 'other' when it is none or refused, 'later' when its DKIM key could not be asked for. */
async function* judge(
  mail: ArrivedMail,
  enrolment: StoredEnrolment,
  challengeFrom: string,
  ports: EnrolmentPorts,
): AsyncGenerator<StepEvent, ChallengeMail | 'other' | 'later'> {
  const read = readChallengeMail(mail.raw, challengeFrom, enrolment.address)
  if (read === undefined) return 'other'
  if (!read.ok) {
    yield { type: 'refused-mail', reason: read.error.reason, from: read.error.from }
    return 'other'
  }
  yield { type: 'step', step: 'authenticate-challenge', state: 'running', detail: { from: read.value.from } }
  const genuine = await authenticateChallenge(mail.raw, read.value.from, ports.resolveTxt, ports.clock())
  if (!genuine.ok) {
    yield { type: 'refused-mail', reason: genuine.error.reason, from: genuine.error.from }
  }
  if (genuine.ok && genuine.value === 'genuine') return read.value
  yield { type: 'step', step: 'await-challenge-mail', state: 'running', detail: {} }
  return genuine.ok ? 'later' : 'other'
}

// biome-ignore lint/correctness/useYield: every step has the same shape
async function* sendReply(enrolment: StoredEnrolment, { ports, signal }: Workbench): StepWork {
  const { reply } = enrolment.progress
  if (!reply) return next('await-challenge-mail')
  const message = new TextEncoder().encode(reply.message)
  // Killed between sending and saving, the same answer goes out twice; a CA takes the first.
  const sent = await ports.mail.send({ from: reply.from, to: reply.to, message }, signal)
  if (!sent.ok) return failed(sent.error)
  const progress = { ...enrolment.progress, reply: { ...reply, sent: true } }
  return next('await-validation', { progress }, { to: reply.to.join(', ') })
}

async function* awaitValidation(enrolment: StoredEnrolment, bench: Workbench): StepWork {
  const { authorizationUrl, challengeUrl } = enrolment.progress
  if (authorizationUrl === undefined || challengeUrl === undefined) return next('place-order')
  const session = await sessionOf(enrolment, bench)
  if (!session.ok) return failed(session.error)
  const { client, accountUrl } = session.value
  const answered = await client.answerChallenge(accountUrl, challengeUrl)
  // A challenge that is valid already can't be answered again; the authorization says what it is.
  if (!answered.ok && (answered.error.code !== 'ca-refused' || isLost(answered.error))) {
    return lostOr(answered.error, enrolment)
  }
  const since = bench.ports.clock().getTime()
  while (true) {
    const asked = await client.authorization(accountUrl, authorizationUrl)
    if (!asked.ok) return lostOr(asked.error, enrolment)
    const { authorization, retryAfterSeconds } = asked.value
    if (authorization.status === 'valid') return next('finalize')
    if (authorization.status !== 'pending') {
      const { error } = authorization.challenges.find(({ url }) => url === challengeUrl) ?? {}
      const problem = error ? problemName(error) : authorization.status
      return {
        kind: 'failed',
        change: { step: 'place-order', progress: withoutOrder(enrolment) },
        because: { code: 'ca-refused', problem, detail: problemDetail(error) },
      }
    }
    if (isTooLong(since, bench)) return failed(caSilence(enrolment))
    yield* pause('await-validation', since, retryAfterSeconds, bench)
    if (bench.signal.aborted) return failed({ code: 'cancelled' })
  }
}

async function* finalize(enrolment: StoredEnrolment, bench: Workbench): StepWork {
  const { orderUrl } = enrolment.progress
  if (orderUrl === undefined) return next('place-order')
  if (enrolment.keyId === undefined) return next('generate-key')
  const session = await sessionOf(enrolment, bench)
  if (!session.ok) return failed(session.error)
  const { client, accountUrl } = session.value
  const since = bench.ports.clock().getTime()
  let handedIn = false
  while (true) {
    const asked = await client.order(accountUrl, orderUrl)
    if (!asked.ok) return lostOr(asked.error, enrolment)
    let { order, retryAfterSeconds } = asked.value
    if (order.status === 'ready' && !handedIn) {
      const key = await bench.ports.keys.open(enrolment.keyId)
      if (!key.ok) return failed(key.error)
      let request: Uint8Array
      try {
        request = await certificateRequest(enrolment.name, enrolment.address, key.value)
      } finally {
        key.value.close()
      }
      const finalized = await client.finalize(accountUrl, order.finalize, request)
      if (!finalized.ok) return lostOr(finalized.error, enrolment)
      handedIn = true
      ;({ order, retryAfterSeconds } = finalized.value)
    }
    if (order.status === 'valid') return next('install')
    if (order.status === 'invalid') return refusedOrder(order, enrolment)
    // The authorization was valid; an order that is still pending is one step behind, not another state of ours.
    if (isTooLong(since, bench)) return failed(caSilence(enrolment))
    yield* pause('finalize', since, retryAfterSeconds, bench)
    if (bench.signal.aborted) return failed({ code: 'cancelled' })
  }
}

async function* install(enrolment: StoredEnrolment, bench: Workbench): StepWork {
  const { orderUrl } = enrolment.progress
  if (orderUrl === undefined || enrolment.keyId === undefined) return next('generate-key')
  const session = await sessionOf(enrolment, bench)
  if (!session.ok) return failed(session.error)
  const { client, accountUrl } = session.value
  const asked = await client.order(accountUrl, orderUrl)
  if (!asked.ok) return lostOr(asked.error, enrolment)
  if (asked.value.order.status === 'invalid') return refusedOrder(asked.value.order, enrolment)
  if (asked.value.order.certificate === undefined) return failed(unusable('no-certificate-url'))
  const answered = await client.certificate(accountUrl, asked.value.order.certificate)
  if (!answered.ok) return lostOr(answered.error, enrolment)
  const [certificate, ...chain] = answered.value
  if (!certificate) return failed(unusable('no-certificate'))

  const key = await bench.ports.keys.open(enrolment.keyId)
  if (!key.ok) return failed(key.error)
  const ours = key.value.publicKeyInfo
  key.value.close()
  const change = { step: 'place-order' as const, progress: withoutOrder(enrolment) }
  if (!equalBytes(certificate.publicKeyInfo, ours)) {
    return { kind: 'failed', change, because: { code: 'certificate-for-another-key' } }
  }
  if (!certificate.emails.some((email) => sameAddress(email, enrolment.address))) {
    const addresses = certificate.emails.join(', ').slice(0, 500)
    return { kind: 'failed', change, because: { code: 'certificate-for-another-address', addresses } }
  }
  const installed = await bench.ports.keys.install({ keyId: enrolment.keyId, certificate, chain })
  if (!installed.ok) return failed(installed.error)
  return { kind: 'installed', identityId: installed.value.identityId, detail: { serial: certificate.serialNumber } }
}

/** Waits as long as the CA asked for, at most a minute, so that a person sees that something still happens. */
async function* pause(
  step: EnrolmentStep,
  since: number,
  retryAfterSeconds: number | undefined,
  { ports, signal }: Workbench,
): AsyncGenerator<StepEvent, void> {
  const nextLookSeconds = Math.min(retryAfterSeconds ?? ports.lookEverySeconds, 60)
  yield { type: 'waiting', step, seconds: Math.floor((ports.clock().getTime() - since) / 1000), nextLookSeconds }
  await ports.sleep(nextLookSeconds, signal)
}

function isTooLong(since: number, { ports }: Workbench): boolean {
  return ports.clock().getTime() - since >= caPatienceMinutes * 60_000
}

function caSilence({ caName }: StoredEnrolment): Failure {
  return { code: 'timeout', host: caName, seconds: caPatienceMinutes * 60 }
}

function refusedOrder(order: Order, enrolment: StoredEnrolment): Outcome {
  const problem = order.error ? problemName(order.error) : 'order-invalid'
  return {
    kind: 'failed',
    change: { step: 'place-order', progress: withoutOrder(enrolment) },
    because: { code: 'ca-refused', problem, detail: problemDetail(order.error) },
  }
}

function lostOr(error: AcmeError, enrolment: StoredEnrolment): Outcome {
  const because = shown(error)
  return isLost(error)
    ? { kind: 'new-order', change: { progress: withoutOrder(enrolment) }, because }
    : { kind: 'failed', because }
}

/** Forgets the order, but not which tokens were answered: their mails may still lie in the mailbox. */
function withoutOrder({ progress }: StoredEnrolment): EnrolmentProgress {
  const spent = [...(progress.spentTokens ?? []), ...(progress.reply ? [progress.reply.tokenPart1] : [])]
  return spent.length === 0 ? {} : { spentTokens: spent.slice(-100) }
}

function unusable(reason: string): Failure {
  return { code: 'ca-answer-unusable', reason }
}

function domainOf(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1)
}
