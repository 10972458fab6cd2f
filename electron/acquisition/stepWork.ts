/** What the steps of an enrolment have in common: their outcomes, the conversation with the CA, and waiting. */

import type { EnrolmentEvent, EnrolmentStep } from '../../shared/contract/enrolment.ts'
import type { Failure } from '../../shared/contract/errors.ts'
import { failure, type Result, success } from '../base/result.ts'
import { sameAddress } from '../mime/address.ts'
import type { AccountKey } from './acme/accountKey.ts'
import type { AcmeClient } from './acme/client.ts'
import type { ChallengeMail } from './acme/emailReply.ts'
import { type AcmeError, isLost, shown } from './acme/errors.ts'
import { isPage } from './acme/location.ts'
import type { Order } from './acme/resources.ts'
import type { EnrolmentPorts, OpenedAcmeAccount } from './enrolmentPorts.ts'
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
  /** The person's turn: they fetch the CA's mail, or send the answer. */
  | { readonly kind: 'by-hand' }
  | {
      readonly kind: 'installed'
      readonly identityId: string
      readonly detail: Readonly<Record<string, string>>
    }

type Failed = Extract<Outcome, { kind: 'failed' }>

export type StepEvent = Exclude<EnrolmentEvent, { type: 'done' | 'failed' | 'by-hand' }>
export type StepWork = AsyncGenerator<StepEvent, Outcome>

export interface AcmeSession {
  readonly client: AcmeClient
  readonly accountUrl: string
  readonly ordersUrl?: string
  readonly key: AccountKey
  readonly answersFirst: boolean
}

/** What one run keeps between its steps. */
export interface Workbench {
  readonly ports: EnrolmentPorts
  readonly signal: AbortSignal
  /** Mails that were looked at in this run. */
  readonly known: Set<string>
  /** Genuine ones among them that were not answered. */
  readonly rivals: ChallengeMail[]
  acme: AcmeSession | undefined
  /** This run has begun the order that it places. */
  orderBegun: boolean
  /** The mailbox couldn't be read while the CA was waited for: it isn't tried any more in this run. */
  mailboxLost: boolean
}

/** Validation and issuing take seconds; at a CA where people look at an order they take days. */
const caPatienceMinutes = 30

export function next(
  step: EnrolmentStep,
  change?: Partial<StoredEnrolment>,
  detail: Record<string, string> = {},
): Outcome {
  return { kind: 'next', step, detail, ...(change ? { change } : {}) }
}

export function failed(because: Failure): Failed {
  return { kind: 'failed', because }
}

/** The order has come to its end; the next run begins with another one, and the same key. */
export function failedOrder(enrolment: StoredEnrolment, because: Failure): Outcome {
  return { kind: 'failed', change: { step: 'place-order', progress: withoutOrder(enrolment) }, because }
}

/** The conversation with the CA; on resuming, asking for the account finds the existing one (RFC 8555 §7.3.1). */
export async function sessionOf(enrolment: StoredEnrolment, bench: Workbench): Promise<Result<AcmeSession, Failure>> {
  if (bench.acme) return success(bench.acme)
  if (enrolment.accountId === undefined) return failure({ code: 'not-found', what: 'account-key' })
  const { ports, signal } = bench
  const account = await ports.account.open(enrolment.accountId)
  if (!account.ok) return account
  const { key } = account.value
  const client = await ports.connect(key, signal)
  if (!client.ok) return failure(shown(client.error, ports.clock()))
  const opened = await openedAccount(client.value, account.value, enrolment.caName, ports)
  if (!opened.ok) return opened
  ports.account.registered(enrolment.accountId, opened.value.accountUrl)
  bench.acme = { client: client.value, key, answersFirst: account.value.answersFirst, ...opened.value }
  return success(bench.acme)
}

type Opening = Awaited<ReturnType<AcmeClient['openAccount']>>

async function openedAccount(
  client: AcmeClient,
  account: OpenedAcmeAccount,
  host: string,
  ports: EnrolmentPorts,
): Promise<Result<{ readonly accountUrl: string; readonly ordersUrl?: string }, Failure>> {
  const { termsOfService, externalAccountRequired } = client.facts
  const told = (opened: Opening): Result<{ accountUrl: string; ordersUrl?: string }, Failure> => {
    if (opened.ok) return opened
    const { error } = opened
    if (error.code === 'ca-refused' && error.problem === 'externalAccountRequired') {
      return failure({ code: 'external-account-required', host })
    }
    return failure(refused(error, host, ports, termsOfService))
  }
  if (account.registered) {
    const found = await client.findAccount()
    // A CA that has forgotten the account gets it again, under the same conditions as the first time.
    if (found.ok || found.error.code !== 'ca-refused' || found.error.problem !== 'accountDoesNotExist') {
      return told(found)
    }
  }
  if (termsOfService !== undefined && account.terms !== termsOfService) {
    return failure({ code: 'terms-not-agreed', host, url: termsOfService })
  }
  const { externalAccountBinding } = account
  if (externalAccountRequired && !externalAccountBinding) return failure({ code: 'external-account-required', host })
  return told(
    await client.openAccount({
      termsAgreed: termsOfService !== undefined,
      ...(externalAccountBinding ? { externalAccountBinding } : {}),
    }),
  )
}

/** What a person hears of a refusal. Where the terms have changed, they agree to them at a page of the CA's (RFC 8555 §7.3.3). */
export function refused(error: AcmeError, host: string, ports: EnrolmentPorts, termsOfService?: string): Failure {
  const isTerms = error.code === 'ca-refused' && error.problem === 'userActionRequired'
  const url = isTerms ? (error.instance ?? termsOfService) : undefined
  return url !== undefined && isPage(url) ? { code: 'terms-not-agreed', host, url } : shown(error, ports.clock())
}

/** In between a person sees that something still happens. */
const tellEverySeconds = 60

/** Waits as long as the CA asked for, and tells of it every minute. */
export async function* pause(
  step: EnrolmentStep,
  since: number,
  retryAfterSeconds: number | undefined,
  { ports, signal }: Workbench,
): AsyncGenerator<StepEvent, void> {
  let left = retryAfterSeconds ?? ports.lookEverySeconds
  while (left > 0 && !signal.aborted) {
    yield {
      type: 'waiting',
      step,
      seconds: Math.floor((ports.clock().getTime() - since) / 1000),
      nextLookSeconds: left,
    }
    const slice = Math.min(left, tellEverySeconds)
    await ports.sleep(slice, signal)
    left -= slice
  }
}

/** After this long Siegel asks again where the CA names no time. */
const askAgainSeconds = 3_600

/** The end of this run's waiting: the CA works on, for hours or days; undefined while it is worth while to stay. */
export function stillWorking(
  { caName }: StoredEnrolment,
  since: number,
  retryAfterSeconds: number | undefined,
  { ports }: Workbench,
): Failed | undefined {
  const now = ports.clock().getTime()
  const left = caPatienceMinutes * 60 - (now - since) / 1000
  if (left > 0 && (retryAfterSeconds ?? 0) <= left) return undefined
  const retryAt = new Date(now + (retryAfterSeconds ?? askAgainSeconds) * 1000).toISOString()
  return failed({ code: 'order-processing', host: caName, retryAt })
}

/** Computers' clocks are off by a time zone, and a CA may issue what it has at the last moment. */
const expiredForHours = 24

/** An order that names no end is asked about for so long; one that names an end is believed for a year. */
const patienceDays = { unnamed: 30, named: 365 }

/**
 * The end of an order or authorization that the CA neither finishes nor refuses: it is invalid from its `expires` on (RFC 8555
 * §7.1.3, §7.1.4), whatever a server says that leaves it as it is for ever. Some name none, and one that can't be read is none.
 */
export function expiredOrder(
  enrolment: StoredEnrolment,
  { expires }: { readonly expires?: string | undefined },
  { ports, acme }: Workbench,
): Outcome | undefined {
  const host = enrolment.caName
  const since = enrolment.progress.askedAt ?? enrolment.createdAt
  // An order that is forgotten doesn't come back: a clock that is ahead of the CA's, which named the end, must not end it.
  const now = Math.min(ports.clock().getTime(), acme?.client.toldTime()?.getTime() ?? Number.POSITIVE_INFINITY)
  const days = (now - Date.parse(since)) / 86_400_000
  const end = Date.parse(expires ?? '')
  const isNamed = !Number.isNaN(end)
  if (isNamed && end + expiredForHours * 3_600_000 <= now) {
    return failedOrder(enrolment, { code: 'order-expired', host, expires: new Date(end).toISOString() })
  }
  if (days <= (isNamed ? patienceDays.named : patienceDays.unnamed)) return undefined
  return failedOrder(enrolment, { code: 'order-without-end', host, since })
}

/** A failure, or a new order where the CA doesn't know the old one any more. */
export function lostOr(error: AcmeError, enrolment: StoredEnrolment, { ports }: Workbench): Outcome {
  const because = refused(error, enrolment.caName, ports)
  return isLost(error)
    ? { kind: 'new-order', change: { progress: withoutOrder(enrolment) }, because }
    : { kind: 'failed', because }
}

/** Forgets the order, but not the mails that came until now: they may still lie in the mailbox, and are none of the next one's. */
export function withoutOrder({ progress }: StoredEnrolment): EnrolmentProgress {
  const { reply, spentTokens = [], rivalTokens = [], foreignTokens = [] } = progress
  const spent = [...spentTokens, ...(reply ? [reply.tokenPart1] : [])].slice(-100)
  const foreign = [...new Set([...foreignTokens, ...rivalTokens])].slice(-100)
  return {
    ...(spent.length === 0 ? {} : { spentTokens: spent }),
    ...(foreign.length === 0 ? {} : { foreignTokens: foreign }),
  }
}

export function unusable(reason: string): Failure {
  return { code: 'ca-answer-unusable', reason }
}

/** What an order is for never changes (RFC 8555 §7.1.3). */
export function isFor({ identifiers }: Order, { address }: StoredEnrolment): boolean {
  const [identifier, ...others] = identifiers
  return others.length === 0 && identifier?.type === 'email' && sameAddress(identifier.value, address)
}
