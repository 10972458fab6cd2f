/**
 * What each step of an enrolment does (RFC 8555 §7.4, RFC 8823 §3). A step reads the stored enrolment, does its one thing
 * and says what changed and which step comes next; enrolment.ts makes that durable. Here are the table and the steps up to
 * the order; the challenge and the issuing have files of their own.
 */

import type { EnrolmentStep } from '../../shared/contract/enrolment.ts'
import { type Result, success } from '../base/result.ts'
import { sameAddress } from '../mime/address.ts'
import type { AcmeError } from './acme/errors.ts'
import { type Authorization, isToken, type Order } from './acme/resources.ts'
import { awaitChallengeMail, awaitValidation, sendReply } from './challengeSteps.ts'
import { finalize, install } from './issuanceSteps.ts'
import {
  type AcmeSession,
  failed,
  isFor,
  next,
  type Outcome,
  refused,
  type StepWork,
  sessionOf,
  unusable,
  type Workbench,
  withoutOrder,
} from './stepWork.ts'
import type { EnrolmentProgress, StoredEnrolment } from './store.ts'

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

/** Orders in a list that are looked at: the one that a killed process placed is among the newest. */
const adoptionLimit = 20

// biome-ignore lint/correctness/useYield: every step has the same shape
async function* generateKey(enrolment: StoredEnrolment, { ports }: Workbench): StepWork {
  if (enrolment.keyId !== undefined) return next('register-account')
  const made = await ports.keys.generate(enrolment.keyType)
  if (!made.ok) return failed(made.error)
  return next('register-account', { keyId: made.value.keyId }, { keyType: enrolment.keyType })
}

// biome-ignore lint/correctness/useYield: every step has the same shape
async function* registerAccount(enrolment: StoredEnrolment, bench: Workbench): StepWork {
  if (enrolment.accountId === undefined) {
    const assigned = await bench.ports.account.assign(enrolment)
    // Durable before the CA hears of it; otherwise an account whose key is lost would stay behind there.
    return assigned.ok ? next('register-account', assigned.value) : failed(assigned.error)
  }
  const session = await sessionOf(enrolment, bench)
  return session.ok ? next('place-order', undefined, { ca: enrolment.caName }) : failed(session.error)
}

// biome-ignore lint/correctness/useYield: every step has the same shape
async function* placeOrder(enrolment: StoredEnrolment, bench: Workbench): StepWork {
  const session = await sessionOf(enrolment, bench)
  if (!session.ok) return failed(session.error)
  const { progress } = enrolment
  if (!progress.ordering || progress.mailPosition === undefined) {
    // Before the order, so that only a mail that the order caused can lie behind it.
    const position = enrolment.byHand ? undefined : await bench.ports.mail.position(bench.signal)
    if (position && !position.ok) return failed(position.error)
    const mailPosition = position?.value ?? ''
    bench.orderBegun = true
    return next('place-order', { progress: { ...withoutOrder(enrolment), ordering: true, mailPosition } })
  }
  const { client, accountUrl } = session.value
  // Begun by this very run, no order of it can be there yet.
  const adopted = bench.orderBegun ? undefined : await orderLeftBehind(enrolment, session.value)
  const placed = adopted ?? (await client.placeOrder(accountUrl, enrolment.address, enrolment.replaces))
  if (!placed.ok) return failed(refused(placed.error, enrolment.caName, bench.ports))
  return orderPlaced(enrolment, bench, session.value, placed.value)
}

/** The order of a process that was killed before it could write it down, where the CA keeps a list. */
async function orderLeftBehind(
  enrolment: StoredEnrolment,
  { client, accountUrl, ordersUrl }: AcmeSession,
): Promise<{ ok: true; value: { order: Order; orderUrl: string } } | undefined> {
  if (ordersUrl === undefined) return undefined
  const urls = await client.orderUrls(accountUrl, ordersUrl)
  for (const orderUrl of urls.slice(-adoptionLimit).reverse()) {
    const asked = await client.order(accountUrl, orderUrl)
    if (!asked.ok) continue
    const { order } = asked.value
    if (['pending', 'ready'].includes(order.status) && isFor(order, enrolment))
      return { ok: true, value: { order, orderUrl } }
  }
  return undefined
}

interface AskedAuthorization {
  readonly authorizationUrl: string
  readonly authorization: Authorization
}

/** The authorizations of an order that are not valid yet (RFC 8555 §7.4): each is something to prove. */
async function unproven(
  { authorizations }: Order,
  { client, accountUrl }: AcmeSession,
): Promise<Result<AskedAuthorization[], AcmeError>> {
  const open: AskedAuthorization[] = []
  for (const authorizationUrl of authorizations) {
    const asked = await client.authorization(accountUrl, authorizationUrl)
    if (!asked.ok) return asked
    const { authorization } = asked.value
    if (authorization.status !== 'valid') open.push({ authorizationUrl, authorization })
  }
  return success(open)
}

async function orderPlaced(
  enrolment: StoredEnrolment,
  bench: Workbench,
  session: AcmeSession,
  { order, orderUrl }: { readonly order: Order; readonly orderUrl: string },
): Promise<Outcome> {
  if (!isFor(order, enrolment)) return failed(unusable('order-identifiers'))
  const { spentTokens, foreignTokens, mailPosition } = enrolment.progress
  const progress: EnrolmentProgress = {
    ...(spentTokens ? { spentTokens } : {}),
    ...(foreignTokens ? { foreignTokens } : {}),
    askedAt: bench.ports.clock().toISOString(),
    ...(mailPosition === undefined ? {} : { mailPosition }),
    orderUrl,
  }
  if (order.status === 'ready') return next('finalize', { progress })
  if (order.authorizations.length === 0) return failed(unusable('no-email-challenge'))
  const asked = await unproven(order, session)
  if (!asked.ok) return failed(refused(asked.error, enrolment.caName, bench.ports))
  const [mine, ...others] = asked.value
  if (!mine) return next('finalize', { progress })
  const { authorizationUrl, authorization } = mine
  const { identifier, challenges } = authorization
  // Beside the mail nothing can be proven here, and half a proof is none.
  if (others.length > 0 || identifier.type !== 'email' || !sameAddress(identifier.value, enrolment.address)) {
    return failed(unusable('order-identifiers'))
  }
  const challenge = challenges.find(({ type }) => type === 'email-reply-00')
  if (!challenge) return failed(unusable('no-email-challenge'))
  const { url: challengeUrl, token: tokenPart2, from: challengeFrom } = challenge
  if (tokenPart2 === undefined || challengeFrom === undefined || !isToken(tokenPart2)) {
    return failed(unusable('email-challenge'))
  }
  return next(
    'await-challenge-mail',
    { progress: { ...progress, authorizationUrl, challengeUrl, tokenPart2, challengeFrom } },
    { from: challengeFrom },
  )
}
