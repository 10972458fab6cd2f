/** What an enrolment needs of an open profile: its keys, the account at the CA, the mail account of its address, DNS. */

import { setTimeout as sleepMs } from 'node:timers/promises'
import type { Failure } from '../../../shared/contract/errors.ts'
import type { TxtResolver } from '../../acquisition/acme/challengeMail.ts'
import { openAcmeClient } from '../../acquisition/acme/client.ts'
import type { EnrolmentPorts } from '../../acquisition/enrolmentPorts.ts'
import type { StoredEnrolment } from '../../acquisition/store.ts'
import { wipe } from '../../base/bytes.ts'
import { failure, type Result, success } from '../../base/result.ts'
import { nameKey, namesMatch } from '../../certificates/name.ts'
import { generateKey } from '../../crypto/privateKey.ts'
import type { Mailbox } from '../../mail/mailbox/mailbox.ts'
import { systemDns } from '../../net/dns.ts'
import { unlessDiskFull } from '../../storage/database.ts'
import { anchorsOf, knownIssuers } from '../certificates/knownCertificates.ts'
import type { ServiceContext } from '../context.ts'
import { judgeAt } from '../judge.ts'
import { accountFor, mailboxOf, submissionOf } from '../mail/mailAccess.ts'
import { settlePreference, signersFor } from '../ownChoice.ts'
import type { SandboxState } from '../sandbox/sandboxLink.ts'
import { acmeConnection, sandboxState } from './acmeConnection.ts'
import { challengeSearch, mailboxPosition } from './challengeMailbox.ts'
import { accountAt, directoryOf, openAccount } from './enrolmentAccounts.ts'
import { readSignedChallenge } from './signedChallenge.ts'
import { isKeyRevoked, isReplaced } from './succession.ts'

/** Nobody waits at the sandbox; a real server need not be asked more often. */
const lookEverySeconds = { sandbox: 1, acme: 5 }

/** The ports that judging a challenge mail needs, wherever the mail comes from. */
export function mailPortsOf(
  context: ServiceContext,
  enrolment: StoredEnrolment,
): Pick<EnrolmentPorts, 'clock' | 'random' | 'resolveTxt' | 'readSigned' | 'isSpent'> {
  const { runtime, application } = context
  const ofSandbox = enrolment.ca === 'sandbox' ? sandboxState(context) : undefined
  return {
    clock: runtime.clock,
    random: runtime.random,
    resolveTxt: ofSandbox ? sandboxTxt(ofSandbox) : systemTxt(),
    readSigned: (raw) => readSignedChallenge(context, raw),
    isSpent: (tokenPart1) =>
      application.enrolments
        .list()
        .some(
          ({ id, progress }) =>
            id !== enrolment.id &&
            (progress.reply?.tokenPart1 === tokenPart1 || progress.spentTokens?.includes(tokenPart1)),
        ),
  }
}

/** The ports of one run. `close` gives the mailbox connection up. */
export function portsOf(
  context: ServiceContext,
  enrolment: StoredEnrolment,
): EnrolmentPorts & { close(): Promise<void> } {
  const { application } = context
  const { acmeAccounts, enrolments } = application
  const search = challengeSearch()
  let connection: Mailbox | undefined

  /** Runs something with the mailbox; a connection that failed is not used again. */
  async function withInbox<Value>(
    signal: AbortSignal,
    action: (mailbox: Mailbox) => Promise<Result<Value, Failure>>,
  ): Promise<Result<Value, Failure>> {
    if (!connection) {
      const account = accountFor(context, enrolment.address)
      if (!account.ok) return account
      const opened = await mailboxOf(context, account.value.id, signal)
      if (!opened.ok) return opened
      connection = opened.value
    }
    const result = await action(connection)
    if (!result.ok) await close()
    return result
  }

  async function close(): Promise<void> {
    const closing = connection
    connection = undefined
    await closing?.close()
  }

  return {
    ...mailPortsOf(context, enrolment),
    save: (changed) => {
      enrolments.save(changed)
      context.events.publish('enrolments')
    },
    keys: keyPorts(context),
    account: {
      async assign(of) {
        const account = await accountAt(context, directoryOf(of))
        return account.ok ? success({ accountId: account.value.id }) : account
      },
      open: (accountId) => openAccount(context, accountId),
      registered(accountId, url) {
        const account = acmeAccounts.get(accountId)
        if (!account || (account.url === url && account.sealedBindingKey === undefined)) return
        // The MAC key has done its work.
        const { sealedBindingKey: _, ...rest } = account
        acmeAccounts.save({ ...rest, url })
      },
      learn(accountId, answersFirst) {
        const account = acmeAccounts.get(accountId)
        if (account && account.answersFirst !== answersFirst) acmeAccounts.save({ ...account, answersFirst })
      },
    },
    async connect(key, signal) {
      const connecting = acmeConnection(context, directoryOf(enrolment), signal)
      if (!connecting.ok)
        return failure({ code: 'ca-unreachable', host: enrolment.caName, reason: connecting.error.code })
      return openAcmeClient(connecting.value, key)
    },
    mail: {
      position: (signal) => withInbox(signal, mailboxPosition),
      look: (position, isKnown, signal) => withInbox(signal, (mailbox) => search(mailbox, position, isKnown)),
      async send(answer, signal) {
        const account = accountFor(context, enrolment.address)
        if (!account.ok) return account
        const submission = submissionOf(context, account.value.id)
        if (!submission.ok) return submission
        const sent = await submission.value.submit({
          envelope: { from: answer.from, to: answer.to },
          message: [answer.message],
          size: answer.message.length,
          signal,
        })
        return sent.ok ? success({}) : sent
      },
    },
    sleep: async (seconds, signal) => {
      try {
        await sleepMs(seconds * 1000, undefined, { signal, ref: true })
      } catch (error) {
        if (!signal.aborted) throw error
      }
    },
    lookEverySeconds: lookEverySeconds[enrolment.ca],
    close,
  }
}

/** What a run does with keys and certificates of the profile. */
export function keyPorts(context: ServiceContext): EnrolmentPorts['keys'] {
  const { identities, profile } = context.application
  return {
    async generate(type) {
      const { pkcs8 } = await generateKey(type)
      try {
        const kept = identities.keepKey(pkcs8)
        return kept.ok ? success({ keyId: kept.value.keyId }) : failure(keyFailure(kept.error))
      } finally {
        wipe(pkcs8)
      }
    },
    async open(keyId) {
      // Revoked while its next order was under way, with the same key.
      if (isKeyRevoked(context, { keyId })) return failure({ code: 'identity-revoked' })
      const key = identities.pendingKey(keyId)
      return key.ok ? key : failure(keyFailure(key.error))
    },
    async install({ keyId, certificate, chain, renews }) {
      const before = signersFor(context, certificate.emails)
      const installed = identities.install({
        keyId,
        certificateDer: certificate.der,
        addresses: certificate.emails,
        chain: chain.map(({ der }) => der),
        source: 'enrolment',
      })
      if (!installed.ok) return installed
      const settled = unlessDiskFull(() => settlePreference(context, installed.value, before))
      if (!settled.ok) return settled
      // Kept for old mail. What begins tomorrow, or does less than the old one did, doesn't take its place.
      const old = renews === undefined ? undefined : identities.get(renews)
      if (old && isReplaced(context, old, [installed.value.id])) {
        const retired = unlessDiskFull(() => identities.retire(old.id, true))
        if (!retired.ok) return retired
      }
      profile.renewBackup()
      context.events.publish('identities')
      return success({ identityId: installed.value.id })
    },
    isTrusted([leaf, ...chain]) {
      return leaf !== undefined && judgeAt(context, context.runtime.clock()).chain(leaf, chain).state === 'valid'
    },
    knownIssuers({ issuer }) {
      const intermediates = knownIssuers(context).filter(({ subject }) => namesMatch(subject, issuer))
      return [...intermediates, ...anchorsOf(context).byName(nameKey(issuer))]
    },
  }
}

/** The keystore's failures in the contract's words. */
function keyFailure(error: { readonly code: string }): Failure {
  switch (error.code) {
    case 'damaged':
    case 'malformed-key':
      return { code: 'damaged-file' }
    default:
      return error as Failure
  }
}

/** The sandbox's domains exist in no DNS; its own process says what their records are. */
function sandboxTxt({ txtRecords }: SandboxState): TxtResolver {
  return async (name) => {
    const record = txtRecords[name.toLowerCase().replace(/\.$/, '')]
    if (record === undefined) throw noRecord('ENOTFOUND')
    return [[...record]]
  }
}

function systemTxt(): TxtResolver {
  const dns = systemDns()
  return async (name) => {
    const answer = await dns.txt(name)
    if (answer.ok) return answer.value.map((text) => [text])
    throw noRecord(answer.error.code === 'no-such-name' ? 'ENOTFOUND' : 'ETIMEOUT')
  }
}

/** mailauth tells a missing key from a silent DNS by the codes of node:dns. */
function noRecord(code: string): Error {
  return Object.assign(new Error(code), { code })
}
