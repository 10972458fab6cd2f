/** `siegel identity request|renew|revoke|reminders` and `ca-account`: what an ACME server does for an identity. */

import { createRouterClient } from '@orpc/server'
import type { Enrolment, EnrolmentEvent, HandNeed } from '../../../../shared/contract/enrolment.ts'
import type { RevocationWish } from '../../../../shared/contract/renewal.ts'
import { hostOf } from '../../../../shared/hostOf.ts'
import { shownCa } from '../../../../shared/shownCa.ts'
import { refusalWords } from '../../../../shared/words/challengeRefusal.ts'
import { base64Text, utf8Bytes } from '../../../base/bytes.ts'
import type { ServiceContext } from '../../../services/context.ts'
import { enrolmentProcedures } from '../../../services/enrolment/enrolment.ts'
import { renewalProcedures } from '../../../services/enrolment/renewal.ts'
import { identitiesProcedures } from '../../../services/identities/identities.ts'
import { revocationRound } from '../../../services/rounds/revocationRound.ts'
import { failureText } from '../failure.ts'
import { readInput, writeOutput } from '../files.ts'
import { day, table } from '../format.ts'
import { secretOf } from '../secrets.ts'
import {
  type CommandEnvironment,
  passphraseAgain,
  withSession,
  withSessionUnlockedIfPossible,
  withUnlocked,
} from '../session.ts'
import { CommandFailure, exitCode, type Terminal, UsageError } from '../terminal.ts'
import { agreedAuthority, authorityAt, authorityNamed, checkAddress, domainAnswer } from './catalogue.ts'
import { chooseIdentity, identityLines } from './identity.ts'
import { tellReminders } from './reminders.ts'

/** A challenge mail has a few kB. */
const mailLimit = 262_144

/** How the person takes part: consent, what a CA gave its customers, and mails that they do themselves. */
export interface ConversationOptions {
  readonly agreeTerms?: boolean
  readonly trustServer?: boolean
  readonly eabKeyId?: string
  readonly eabKeyFile?: string
  readonly byHand?: boolean
  readonly mail?: string
  readonly replyOut?: string
  readonly sent?: boolean
  readonly askForMail?: boolean
}

export type RequestOptions = ConversationOptions & {
  readonly address: string
  readonly name: string
  readonly key: 'rsa-3072' | 'ec-p256'
  readonly ca?: string
  readonly anew?: boolean
  readonly anyway?: boolean
}

function clientOf(context: ServiceContext) {
  return createRouterClient(enrolmentProcedures, { context })
}
type Client = ReturnType<typeof clientOf>

/** The CA of a new request: its name for the person, its id in the catalogue where it has one, and the contract's value. */
interface ChosenAuthority {
  readonly id: string
  readonly name: string
  readonly ca: { readonly kind: 'sandbox' } | { readonly kind: 'acme'; readonly directoryUrl: string }
}

export async function requestIdentity(environment: CommandEnvironment, options: RequestOptions): Promise<number> {
  if (options.ca === undefined && !environment.options.sandbox) {
    throw new UsageError(environment.terminal.words('cli.usage.ca'))
  }
  return withUnlocked(environment, async ({ context }) => {
    const enrolment = clientOf(context)
    const { address, name, key } = options
    const authority = await chosenAuthority(context, environment, options)
    if (!authority) return exitCode.failed
    const { ca } = authority
    // The same command again goes on with what it began.
    const unfinished = (await enrolment.list()).find((one) => one.address === address && isOpen(one))
    // Another key or another CA is another request: `begin` then says that one is under way.
    const sameCa =
      unfinished?.ca === ca.kind &&
      (ca.kind === 'sandbox' || (unfinished.caHost ?? unfinished.caName) === hostOf(ca.directoryUrl))
    const goesOn = unfinished && !options.anew && unfinished.keyType === key && sameCa
    if (!goesOn && !options.anyway && (await isProhibited(environment, context, address, authority))) {
      return exitCode.failed
    }
    if (unfinished && options.anew) await enrolment.cancel({ id: unfinished.id })
    const byHand = options.byHand ?? false
    const { id } = goesOn ? unfinished : await enrolment.begin({ name, address, keyType: key, ca, byHand })
    return converse(environment, enrolment, id, options)
  })
}

/** The sandbox's domains are in nobody's DNS. Whatever else the domain says is told; a prohibition ends the command. */
async function isProhibited(
  { terminal }: CommandEnvironment,
  context: ServiceContext,
  address: string,
  authority: ChosenAuthority,
): Promise<boolean> {
  if (authority.ca.kind === 'sandbox') return false
  const { prohibits, finding, text } = await domainAnswer(context, terminal, address, authority)
  terminal.note(text)
  if (!prohibits) return false
  if (terminal.json) terminal.value({ prohibition: finding })
  terminal.note(terminal.words('cli.enrolment.prohibited'))
  return true
}

/**
 * By the address of its directory, or by the id or the name of an entry with one; undefined where a backup brought that entry and
 * nobody agrees to it.
 */
async function chosenAuthority(
  context: ServiceContext,
  environment: CommandEnvironment,
  { ca: which, trustServer }: RequestOptions,
): Promise<ChosenAuthority | undefined> {
  const { terminal } = environment
  if (which === undefined) return { id: '', name: 'Siegel Sandbox', ca: { kind: 'sandbox' } }
  if (/^https?:/i.test(which)) {
    checkAddress(terminal, which)
    const known = await authorityAt(context, which)
    if (known && !(await agreedAuthority(environment, context, known, trustServer))) return undefined
    const { id = '', name = hostOf(which) } = known ?? {}
    return { id, name, ca: { kind: 'acme', directoryUrl: which } }
  }
  const entry = await authorityNamed(context, which)
  const { id, name, directoryUrl } = entry
  if (directoryUrl === undefined) throw new UsageError(terminal.words('cli.usage.ca-without-acme', { name }))
  if (!(await agreedAuthority(environment, context, entry, trustServer))) return undefined
  return { id, name, ca: { kind: 'acme', directoryUrl } }
}

export async function renewIdentity(
  environment: CommandEnvironment,
  which: string,
  options: ConversationOptions & { readonly sameKey?: boolean },
): Promise<number> {
  return withUnlocked(environment, async ({ context }) => {
    const enrolment = clientOf(context)
    const identities = createRouterClient(identitiesProcedures, { context })
    const { id: identityId } = chooseIdentity(environment.terminal, await identities.list(), which)
    const unfinished = (await enrolment.list()).find((one) => one.renews === identityId && isOpen(one))
    const { sameKey = false, byHand } = options
    const order =
      unfinished ?? (await enrolment.renew({ identityId, sameKey, ...(byHand === undefined ? {} : { byHand }) }))
    return converse(environment, enrolment, order.id, options)
  })
}

/** All that are due, for a timer of the system's: each is ordered, and the failures are counted. */
export async function renewDue(environment: CommandEnvironment, options: ConversationOptions): Promise<number> {
  const { terminal } = environment
  return withUnlocked(environment, async ({ context }) => {
    const enrolment = clientOf(context)
    const renewal = createRouterClient(renewalProcedures, { context })
    let failed = 0
    for (const { identityId, way } of await renewal.list()) {
      if (way === 'acme') await renewal.ask({ identityId }).catch(() => undefined)
    }
    // As a window does by itself: whoever has none learns here that a certificate was revoked.
    await revocationRound(context, environment.signal)
    const due = (await renewal.list()).filter((one) => one.due && one.way === 'acme')
    if (due.length === 0 && !terminal.json) terminal.note(terminal.words('cli.renewal.nothing-due'))
    for (const { identityId, enrolmentId } of due) {
      const id = enrolmentId ?? (await enrolment.renew({ identityId, sameKey: false })).id
      if ((await converse(environment, enrolment, id, options)) !== exitCode.done) failed += 1
    }
    tellReminders(environment, context)
    return failed === 0 ? exitCode.done : exitCode.failed
  })
}

function isOpen({ state }: Enrolment): boolean {
  return state !== 'done' && state !== 'cancelled'
}

/** What the same command goes on with, once the person has said so. */
const hinted: ReadonlySet<string> = new Set(['server-from-backup', 'terms-not-agreed', 'external-account-required'])

/** Brings in what the options say, then follows the request until it is done, has failed, or it is the person's turn. */
async function converse(
  environment: CommandEnvironment,
  enrolment: Client,
  id: string,
  options: ConversationOptions,
): Promise<number> {
  const { terminal } = environment
  if (options.trustServer) await enrolment.trustServer({ id })
  if (options.byHand) await enrolment.setByHand({ id, byHand: true })
  if (options.askForMail) await enrolment.askForMail({ id })
  if (options.mail !== undefined) {
    const bytes = await readInput(options.mail, mailLimit)
    await enrolment.giveMail({ id, source: { bytes: base64Text(bytes) } })
  }
  if (options.sent) await enrolment.replySent({ id })
  const externalAccountBinding = await bindingOf(terminal, options)
  // Consent and binding are each given once: a CA that asks again isn't satisfied.
  for (let agreed = false, bound = false; ; ) {
    const last = await followed(environment, enrolment, id)
    if (last?.type === 'failed') {
      const { code, data } = last
      if (code === 'terms-not-agreed' && options.agreeTerms && !agreed) {
        agreed = true
        await enrolment.agree({ id, url: String(data['url']) })
        continue
      }
      if (code === 'external-account-required' && externalAccountBinding && !bound) {
        bound = true
        await enrolment.bind({ id, externalAccountBinding })
        continue
      }
      if (terminal.json) terminal.value({ error: { code, ...data } })
      terminal.note(failureText(terminal, last))
      if (hinted.has(code)) terminal.note(terminal.words(`cli.enrolment.hint.${code}`))
      return exitCode.failed
    }
    if (last?.type === 'by-hand') return yourTurn(environment, last.need, options.replyOut)
    if (last?.type === 'done') {
      if (terminal.json) terminal.value(last.identity)
      else for (const line of identityLines(terminal, [last.identity])) terminal.line(line)
      return exitCode.done
    }
    terminal.note(terminal.words('cli.enrolment.paused'))
    return exitCode.failed
  }
}

async function bindingOf(terminal: Terminal, { eabKeyId, eabKeyFile }: ConversationOptions) {
  const hmacKey = await secretOf(terminal, { file: eabKeyFile })
  return eabKeyId === undefined || hmacKey === undefined ? undefined : { keyId: eabKeyId, hmacKey: hmacKey.trim() }
}

/** Tells the steps; answers with the event that ended the stream. */
async function followed(
  { terminal, signal }: CommandEnvironment,
  enrolment: Client,
  id: string,
): Promise<EnrolmentEvent | undefined> {
  let last: EnrolmentEvent | undefined
  for await (const event of await enrolment.follow({ id }, { signal })) {
    last = event
    if (event.type === 'step' && event.state === 'running') {
      terminal.note(terminal.words(`cli.enrolment.step.${event.step}`))
    } else if (event.type === 'waiting' && event.seconds > 0 && event.seconds % 10 === 0) {
      terminal.note(terminal.words('cli.enrolment.waiting', { seconds: event.seconds }))
    } else if (event.type === 'refused-mail') {
      const { key, data } = refusalWords(event.reason)
      terminal.note(terminal.words('cli.enrolment.refused-mail', { from: event.from }))
      terminal.note(terminal.words(key, data))
    }
  }
  return last
}

async function yourTurn(
  { terminal }: CommandEnvironment,
  need: HandNeed,
  replyOut: string | undefined,
): Promise<number> {
  if (terminal.json) terminal.value({ need })
  if (need.kind === 'challenge-mail') terminal.note(terminal.words('cli.enrolment.bring-mail', { ...need }))
  else {
    const { to, subject } = need
    if (replyOut !== undefined) await writeOutput(replyOut, [utf8Bytes(need.message)])
    else if (!terminal.json) terminal.line(need.text.trimEnd())
    terminal.note(terminal.words('cli.enrolment.send-reply', { to, subject }))
  }
  return exitCode.yourTurn
}

/** Orders that haven't come to their end, with what each waits for. */
export async function listOrders(environment: CommandEnvironment): Promise<undefined> {
  const { terminal } = environment
  const orders = await withSession(environment, async ({ context }) => (await clientOf(context).list()).filter(isOpen))
  if (terminal.json) return terminal.value(orders) as undefined
  if (orders.length === 0) terminal.note(terminal.words('cli.enrolment.none'))
  for (const order of orders) {
    const { address, createdAt, step, id, failure } = order
    for (const line of table([
      [address, shownCa(order), day(createdAt), terminal.words(`cli.enrolment.stands.${step}`), id],
    ])) {
      terminal.line(line)
    }
    if (failure) terminal.note(failureText(terminal, failure))
  }
}

/** Given up on purpose: the CA is told where it can be, and the key is kept. */
export async function giveUpOrder(environment: CommandEnvironment, which: string): Promise<undefined> {
  const { terminal } = environment
  const given = await withSessionUnlockedIfPossible(environment, async ({ context }) => {
    const enrolment = clientOf(context)
    const open = (await enrolment.list()).filter(isOpen)
    const wanted = open.find(({ id, address }) => id === which || address.toLowerCase() === which.toLowerCase())
    if (!wanted) throw new CommandFailure('not-found', { what: 'enrolment' })
    return enrolment.cancel({ id: wanted.id })
  })
  if (terminal.json) terminal.value(given)
  else terminal.note(terminal.words('cli.enrolment.given-up', { address: given.address }))
}

export async function revokeIdentity(
  environment: CommandEnvironment,
  which: string,
  options: { reason: RevocationWish; by?: 'account' | 'certificate'; marked?: boolean; trustServer?: boolean },
): Promise<number> {
  const { terminal } = environment
  return withUnlocked(environment, async ({ context }) => {
    const identities = createRouterClient(identitiesProcedures, { context })
    const renewal = createRouterClient(renewalProcedures, { context })
    const { id: identityId, certificate } = chooseIdentity(environment.terminal, await identities.list(), which)
    const { reason, by: signer } = options
    let way = await renewal.revocation({ identityId })
    const { serverFromBackup: host } = way
    if (options.trustServer && host !== undefined) way = await renewal.trustServer({ identityId, host })
    if (way.way === 'instructions' && !options.marked) {
      if (terminal.json) terminal.value({ ...way, serial: certificate.serial })
      else {
        const { serverFromBackup: server } = way
        if (server !== undefined) terminal.note(terminal.words('revoke.restored', { host: server }))
        if (server !== undefined) terminal.note(terminal.words('revoke.restoredText', { host: server }))
        terminal.note(terminal.words(server ? 'revoke.instead' : 'revoke.instructions', { ca: way.caName }))
        for (const link of way.links) terminal.line(link)
        terminal.line(certificate.serial)
      }
      if (way.serverFromBackup !== undefined) terminal.note(terminal.words('cli.enrolment.hint.server-from-backup'))
      terminal.note(terminal.words('cli.revocation.marked'))
      return exitCode.yourTurn
    }
    if (options.marked) {
      const revoked = await renewal.markRevoked({ identityId, reason })
      if (terminal.json) terminal.value(revoked)
      else for (const line of identityLines(terminal, [revoked])) terminal.line(line)
      return exitCode.done
    }
    const passphrase = await passphraseAgain(environment)
    const revoked = await renewal.revoke({ identityId, reason, passphrase, ...(signer ? { signer } : {}) })
    if (terminal.json) terminal.value(revoked)
    else for (const line of identityLines(terminal, [revoked])) terminal.line(line)
    return exitCode.done
  })
}

/** When each identity should be renewed; with `out` also the calendar file. */
export async function listRenewals(environment: CommandEnvironment, options: { out?: string }): Promise<undefined> {
  const { terminal } = environment
  await withSession(environment, async ({ context }) => {
    const renewal = createRouterClient(renewalProcedures, { context })
    const identities = createRouterClient(identitiesProcedures, { context })
    const known = await identities.list()
    const renewals = await renewal.list()
    if (options.out !== undefined) {
      const { spoolId } = await renewal.calendar({ language: terminal.language })
      const file = context.application.handover.get(spoolId)
      if (!file) throw new CommandFailure('not-found', { what: 'file' })
      await writeOutput(options.out, file.open())
      await context.application.handover.discard(spoolId)
    }
    if (terminal.json) return terminal.value(renewals)
    tellReminders(environment, context)
    if (options.out === '-') return
    const rows = renewals.map(({ identityId, renewAt, due, way, byItself }) => [
      known.find(({ id }) => id === identityId)?.addresses.join(', ') ?? '',
      due ? terminal.words('cli.renewal.due') : terminal.words('cli.renewal.from', { date: day(renewAt) }),
      terminal.words(`cli.renewal.${way === 'request' ? 'request' : byItself ? 'by-itself' : 'acme'}`),
      identityId,
    ])
    for (const line of table(rows)) terminal.line(line)
  })
}

export async function listCaAccounts(environment: CommandEnvironment): Promise<undefined> {
  const { terminal } = environment
  const accounts = await withSession(environment, ({ context }) => clientOf(context).accounts())
  if (terminal.json) return terminal.value(accounts) as undefined
  const rows = accounts.map(({ id, createdAt, certificates, closed, fromBackup, ...ca }) => [
    shownCa(ca),
    day(createdAt),
    terminal.words('caAccounts.certificates', { count: certificates }),
    closed ? terminal.words('caAccounts.closed') : fromBackup ? terminal.words('caAccounts.fromBackup') : '',
    id,
  ])
  for (const line of table(rows)) terminal.line(line)
}

export async function changeCaAccount(
  environment: CommandEnvironment,
  id: string,
  change: 'new-key' | 'close',
): Promise<undefined> {
  const { terminal } = environment
  const account = await withUnlocked(environment, ({ context }) => {
    const enrolment = clientOf(context)
    return change === 'close' ? enrolment.closeAccount({ id }) : enrolment.changeAccountKey({ id })
  })
  if (terminal.json) terminal.value(account)
  else terminal.note(terminal.words(change === 'close' ? 'caAccounts.closed' : 'caAccounts.newKeyDone'))
}

/** Where the CA sends its notices; without an address it forgets the last one. */
export async function setCaContact(
  environment: CommandEnvironment,
  id: string,
  address: string | undefined,
): Promise<undefined> {
  const { terminal } = environment
  const account = await withUnlocked(environment, ({ context }) =>
    clientOf(context).changeAccountContact({ id, ...(address === undefined ? {} : { address }) }),
  )
  if (terminal.json) terminal.value(account)
  else terminal.note(terminal.words('caAccounts.contactDone'))
}
