/** Obtaining a certificate: the contract's procedures around the machine of acquisition/enrolment. */

import { implement } from '@orpc/server'
import { contract } from '../../../shared/contract/contract.ts'
import type { CaAccount, Enrolment, KeyType } from '../../../shared/contract/enrolment.ts'
import type { FailureCode } from '../../../shared/contract/errors.ts'
import { hostOf } from '../../../shared/hostOf.ts'
import { shown as shownFailure } from '../../acquisition/acme/errors.ts'
import { isPage } from '../../acquisition/acme/location.ts'
import { renewalIdentifier } from '../../acquisition/acme/renewalInfo.ts'
import type { StoredAcmeAccount } from '../../acquisition/acmeAccounts.ts'
import { certificateAddress } from '../../acquisition/address.ts'
import { withMailByHand } from '../../acquisition/challengeMails.ts'
import { needOf } from '../../acquisition/enrolment.ts'
import type { StoredEnrolment } from '../../acquisition/store.ts'
import { randomId } from '../../crypto/identifier.ts'
import { sameAddress } from '../../mime/address.ts'
import { unlessDiskFull } from '../../storage/database.ts'
import type { Application, ServiceContext } from '../context.ts'
import { bytesOf } from '../files/byteSource.ts'
import { storedCertificate } from '../judge.ts'
import { accountFor } from '../mail/mailAccess.ts'
import { pastedMail } from '../mail/pastedMail.ts'
import { orRaise, raise } from '../raise.ts'
import { sandboxState } from './acmeConnection.ts'
import { caNamesOf } from './caNames.ts'
import { requireAgreedDirectory } from './catalogue.ts'
import {
  accountAt,
  accountSession,
  changeAccountKey,
  closeAccount,
  directoryOf,
  openAccount,
  withBinding,
} from './enrolmentAccounts.ts'
import { mailPortsOf } from './enrolmentPorts.ts'
import { follow, requireVault, stopRun } from './enrolmentRuns.ts'
import { isKeyRevoked } from './succession.ts'

const os = implement(contract.enrolment).$context<ServiceContext>()

/** A pasted mail: CAs' challenge mails have a few kB, signatures of forwarders included. */
const mailByteLimit = 262_144
/** Giving up must not hang on a CA that doesn't answer; its order ends by itself. */
const farewellSeconds = 8

export const enrolmentProcedures = {
  list: os.list.handler(({ context }) => context.application.enrolments.list().map((one) => shown(context, one))),

  begin: os.begin.handler(async ({ input, context }) => {
    requireVault(context.application)
    const { ca, byHand = false } = input
    if (ca.kind === 'acme') requireAgreedDirectory(context, ca.directoryUrl)
    const begun = begin(context, {
      ...input,
      byHand,
      ca: ca.kind,
      ...(ca.kind === 'acme' ? { directoryUrl: ca.directoryUrl } : {}),
    })
    const binding = ca.kind === 'acme' ? ca.externalAccountBinding : undefined
    const account = binding && orRaise(await accountAt(context, directoryOf(begun), binding))
    return kept(context, { ...begun, ...(account ? { accountId: account.id } : {}) })
  }),

  follow: os.follow.handler(async function* ({ input, context, signal }) {
    yield* follow(context, input.id, signal)
  }),

  cancel: os.cancel.handler(async ({ input, context }) => {
    await stopRun(context.application, input.id)
    const enrolment = enrolmentOf(context, input.id)
    if (enrolment.state === 'done') return shown(context, enrolment)
    // The private key stays: its public half may have left.
    const cancelled = kept(context, { ...enrolment, state: 'cancelled' })
    await takeOrderBack(context, enrolment)
    return cancelled
  }),

  agree: os.agree.handler(async ({ input, context }) => {
    const enrolment = enrolmentOf(context, input.id)
    const account = accountOf(context, enrolment)
    orRaise(unlessDiskFull(() => context.application.acmeAccounts.save({ ...account, terms: input.url })))
    return shown(context, enrolment)
  }),

  trustServer: os.trustServer.handler(({ input, context }) => {
    const { acmeAccounts } = context.application
    const { fromBackup: _, failure, ...enrolment } = enrolmentOf(context, input.id)
    const account = enrolment.accountId === undefined ? undefined : acmeAccounts.get(enrolment.accountId)
    if (account?.fromBackup) orRaise(unlessDiskFull(() => acmeAccounts.save({ ...account, fromBackup: false })))
    return kept(
      context,
      failure?.code === 'server-from-backup'
        ? { ...enrolment, state: 'paused' }
        : { ...enrolment, ...(failure ? { failure } : {}) },
    )
  }),

  openTerms: os.openTerms.handler(async ({ input, context }) => {
    const { failure } = enrolmentOf(context, input.id)
    const url = failure?.code === 'terms-not-agreed' ? String(failure.data['url'] ?? '') : ''
    // The window names a request and never an address: whatever a page is made to ask, nothing else is opened.
    if (!isPage(url)) return raise({ code: 'not-found', what: 'link' })
    const { openLink } = context.runtime
    await openLink?.(url)
    return { opened: openLink !== undefined, url }
  }),

  bind: os.bind.handler(async ({ input, context }) => {
    requireVault(context.application)
    const enrolment = enrolmentOf(context, input.id)
    orRaise(withBinding(context, accountOf(context, enrolment), input.externalAccountBinding))
    return shown(context, enrolment)
  }),

  setByHand: os.setByHand.handler(async ({ input, context }) => {
    await stopRun(context.application, input.id)
    const enrolment = enrolmentOf(context, input.id)
    if (!input.byHand) orRaise(accountFor(context, enrolment.address))
    // Without a place to look from, mails that came meanwhile are looked at, too.
    const { mailPosition, ...progress } = enrolment.progress
    const position = mailPosition === '' ? '0' : mailPosition
    return kept(context, {
      ...enrolment,
      byHand: input.byHand,
      progress: { ...progress, ...(position === undefined ? {} : { mailPosition: position }) },
    })
  }),

  giveMail: os.giveMail.handler(async ({ input, context, signal }) => {
    const { application } = context
    requireVault(application)
    await stopRun(application, input.id)
    const enrolment = agreedEnrolment(context, input.id)
    if (enrolment.step !== 'await-challenge-mail') raise({ code: 'no-challenge-pending' })
    const raw = pastedMail(await bytesOf(context, input.source, mailByteLimit))
    const { key } = orRaise(await openAccount(context, enrolment.accountId ?? '', signal))
    const answered = await withMailByHand(raw, enrolment, key.thumbprint, mailPortsOf(context, enrolment))
    const changed: StoredEnrolment = { ...orRaise(answered), byHand: true }
    return { enrolment: kept(context, changed), need: needOf(changed) }
  }),

  replySent: os.replySent.handler(async ({ input, context }) => {
    await stopRun(context.application, input.id)
    const enrolment = enrolmentOf(context, input.id)
    const { reply } = enrolment.progress
    if (!reply || enrolment.step !== 'send-reply') return raise({ code: 'no-challenge-pending' })
    return kept(context, { ...enrolment, progress: { ...enrolment.progress, reply: { ...reply, sent: true } } })
  }),

  askForMail: os.askForMail.handler(async ({ input, context, signal }) => {
    requireVault(context.application)
    await stopRun(context.application, input.id)
    const enrolment = agreedEnrolment(context, input.id)
    const { challengeUrl, reply } = enrolment.progress
    if (challengeUrl === undefined || reply || enrolment.step !== 'await-challenge-mail') {
      return raise({ code: 'no-challenge-pending' })
    }
    const { client, accountUrl } = orRaise(await accountSession(context, enrolment.accountId ?? '', signal))
    const asked = await client.answerChallenge(accountUrl, challengeUrl)
    if (!asked.ok) return raise(shownFailure(asked.error, context.runtime.clock()))
    return kept(context, { ...enrolment, progress: { ...enrolment.progress, answered: true } })
  }),

  renew: os.renew.handler(({ input, context }) => shown(context, beginRenewal(context, input))),

  accounts: os.accounts.handler(({ context }) =>
    context.application.acmeAccounts.list().map((account) => shownAccount(context, account)),
  ),
  changeAccountKey: os.changeAccountKey.handler(async ({ input, context, signal }) => {
    requireVault(context.application)
    return shownAccount(context, orRaise(await changeAccountKey(context, input.id, signal)))
  }),
  changeAccountContact: os.changeAccountContact.handler(async ({ input, context, signal }) => {
    requireVault(context.application)
    const { id, address: given } = input
    const address = given === undefined ? undefined : certificateAddress(given)
    if (given !== undefined && address === undefined) raise({ code: 'malformed-address', address: given })
    const { client, accountUrl } = orRaise(await accountSession(context, id, signal))
    const changed = await client.changeContact(accountUrl, address === undefined ? [] : [address])
    if (!changed.ok) return raise(shownFailure(changed.error, context.runtime.clock()))
    const { contact: _, ...account } =
      context.application.acmeAccounts.get(id) ?? raise({ code: 'not-found', what: 'account-key' })
    const told = { ...account, ...(address === undefined ? {} : { contact: address }) }
    orRaise(unlessDiskFull(() => context.application.acmeAccounts.save(told)))
    return shownAccount(context, told)
  }),
  closeAccount: os.closeAccount.handler(async ({ input, context, signal }) => {
    requireVault(context.application)
    const using = context.application.enrolments.list().find((one) => isOpen(one) && one.accountId === input.id)
    if (using) raise({ code: 'request-under-way', address: using.address })
    return shownAccount(context, orRaise(await closeAccount(context, input.id, signal)))
  }),
}

interface NewEnrolment {
  readonly name: string
  readonly address: string
  readonly keyType: KeyType
  readonly byHand: boolean
  readonly ca: 'sandbox' | 'acme'
  readonly directoryUrl?: string
}

/** An enrolment that may begin; nothing is written yet. */
function begin(context: ServiceContext, wish: NewEnrolment): StoredEnrolment {
  const { application, runtime } = context
  const { ca, directoryUrl, byHand, keyType } = wish
  const address = certificateAddress(wish.address)
  if (address === undefined) return raise({ code: 'malformed-address', address: wish.address })
  if (ca === 'sandbox' && !sandboxState(context)) raise({ code: 'sandbox-not-running' })
  if (!byHand) orRaise(accountFor(context, address))
  // A challenge mail doesn't say which order it belongs to: of two orders for one mailbox each would answer the other's.
  if (application.enrolments.list().some((other) => isOpen(other) && sameAddress(other.address, address))) {
    raise({ code: 'request-under-way', address })
  }
  const now = runtime.clock().toISOString()
  return {
    id: randomId(runtime.random),
    name: wish.name.trim(),
    address,
    ca,
    caName: ca === 'sandbox' ? 'Siegel Sandbox' : hostOf(directoryUrl ?? ''),
    ...(directoryUrl === undefined ? {} : { directoryUrl }),
    keyType,
    byHand,
    step: 'generate-key',
    state: 'paused',
    createdAt: now,
    updatedAt: now,
    progress: {},
  }
}

/** The enrolment that an identity came from, rather one of here than one of a backup; undefined when it came another way. */
export function enrolmentBehind({ enrolments }: Application, identityId: string): StoredEnrolment | undefined {
  const behind = enrolments.list().filter((enrolment) => enrolment.identityId === identityId)
  return behind.find(({ fromBackup }) => !fromBackup) ?? behind[0]
}

/** Writes down the order of an identity's successor: at the same CA, with a new key unless the old one is wanted. */
export function beginRenewal(
  context: ServiceContext,
  wish: { readonly identityId: string; readonly sameKey: boolean; readonly byHand?: boolean | undefined },
): StoredEnrolment {
  const { application } = context
  requireVault(application)
  const identity = application.identities.get(wish.identityId) ?? raise({ code: 'not-found', what: 'identity' })
  const before = enrolmentBehind(application, identity.id) ?? raise({ code: 'not-by-acme' })
  if (wish.sameKey && isKeyRevoked(context, identity)) raise({ code: 'identity-revoked' })
  const { name, address, keyType, ca, directoryUrl } = before
  const byHand = wish.byHand ?? before.byHand
  const begun = begin(context, {
    name,
    address,
    keyType,
    ca,
    byHand,
    ...(directoryUrl === undefined ? {} : { directoryUrl }),
  })
  const replaces = renewalIdentifier(storedCertificate(identity.certificateDer))
  const account = before.accountId === undefined ? undefined : application.acmeAccounts.get(before.accountId)
  const renewal: StoredEnrolment = {
    ...begun,
    renews: identity.id,
    ...(replaces === undefined ? {} : { replaces }),
    ...(account && !account.closed ? { accountId: account.id } : {}),
    ...(before.fromBackup || account?.fromBackup ? { fromBackup: true } : {}),
    ...(wish.sameKey ? { keyId: identity.keyId } : {}),
  }
  kept(context, renewal)
  return renewal
}

/** It can still go on: nobody has given it up, and it has not come to its end. */
export function isOpen({ state }: StoredEnrolment): boolean {
  return state !== 'done' && state !== 'cancelled'
}

function enrolmentOf({ application }: ServiceContext, id: string): StoredEnrolment {
  return application.enrolments.get(id) ?? raise({ code: 'not-found', what: 'enrolment' })
}

/** One whose server may be spoken with. */
function agreedEnrolment(context: ServiceContext, id: string): StoredEnrolment {
  const enrolment = enrolmentOf(context, id)
  return enrolment.fromBackup
    ? raise({ code: 'server-from-backup', host: hostOf(enrolment.directoryUrl ?? '') })
    : enrolment
}

function accountOf({ application }: ServiceContext, { accountId = '' }: StoredEnrolment): StoredAcmeAccount {
  return application.acmeAccounts.get(accountId) ?? raise({ code: 'not-found', what: 'account-key' })
}

function kept(context: ServiceContext, enrolment: StoredEnrolment): Enrolment {
  const changed = { ...enrolment, updatedAt: context.runtime.clock().toISOString() }
  orRaise(unlessDiskFull(() => context.application.enrolments.save(changed)))
  context.events.publish('enrolments')
  return shown(context, changed)
}

/** The CA learns that nobody will answer (RFC 8555 §7.5.2), where it can be told: with an open vault and a network. */
async function takeOrderBack(context: ServiceContext, enrolment: StoredEnrolment): Promise<void> {
  const { accountId, progress, step, fromBackup } = enrolment
  const { authorizationUrl } = progress
  if (
    fromBackup ||
    accountId === undefined ||
    authorizationUrl === undefined ||
    step === 'finalize' ||
    step === 'install'
  )
    return
  if (context.application.vault.state() !== 'unlocked') return
  const signal = AbortSignal.timeout(farewellSeconds * 1000)
  const session = await accountSession(context, accountId, signal)
  if (session.ok) await session.value.client.deactivateAuthorization(session.value.accountUrl, authorizationUrl)
}

function shownAccount({ application }: ServiceContext, account: StoredAcmeAccount): CaAccount {
  const { id, directory, createdAt, closed, fromBackup = false } = account
  const ordered = application.enrolments.list().filter(({ accountId, identityId }) => accountId === id && identityId)
  return {
    id,
    ...caNamesOf(application, directory, account),
    createdAt,
    registered: account.url !== undefined,
    keyChangePending: account.sealedNextKey !== undefined,
    closed,
    fromBackup,
    certificates: ordered.length,
    ...(account.contact === undefined ? {} : { contact: account.contact }),
  }
}

function shown({ application }: ServiceContext, enrolment: StoredEnrolment): Enrolment {
  const { id, name, address, ca, keyType, byHand, step, state, createdAt, updatedAt } = enrolment
  return {
    id,
    name,
    address,
    ca,
    ...caNamesOf(application, directoryOf(enrolment), enrolment),
    keyType,
    byHand,
    ...(enrolment.renews === undefined ? {} : { renews: enrolment.renews }),
    step,
    state,
    createdAt,
    updatedAt,
    ...(enrolment.failure
      ? { failure: { code: enrolment.failure.code as FailureCode, data: { ...enrolment.failure.data } } }
      : {}),
    ...(enrolment.identityId === undefined ? {} : { identityId: enrolment.identityId }),
  }
}
