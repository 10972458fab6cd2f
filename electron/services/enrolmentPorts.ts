/** What an enrolment needs of an open profile: its keys, the account of its address, the CA, DNS. */

import { setTimeout as sleepMs } from 'node:timers/promises'
import type { Failure } from '../../shared/contract/errors.ts'
import { openAccountKey } from '../acquisition/acme/accountKey.ts'
import type { TxtResolver } from '../acquisition/acme/challengeMail.ts'
import { openAcmeClient } from '../acquisition/acme/client.ts'
import type { ArrivedMail, EnrolmentPorts } from '../acquisition/enrolmentPorts.ts'
import { enrolmentTable, type StoredEnrolment } from '../acquisition/store.ts'
import { wipe } from '../base/bytes.ts'
import { failure, type Result, success } from '../base/result.ts'
import { generateKey } from '../crypto/privateKey.ts'
import type { Mailbox } from '../mail/mailbox/mailbox.ts'
import { systemDns } from '../net/dns.ts'
import { request } from '../net/https.ts'
import type { ServiceContext } from './context.ts'
import { accountFor, mailboxOf, submissionOf } from './mailAccess.ts'
import type { SandboxState } from './sandboxLink.ts'

/** CAs' challenge mails have a few kB, signatures of forwarders included. */
const challengeByteLimit = 262_144
/** Nobody waits at the sandbox; a real server need not be asked more often. */
const lookEverySeconds = { sandbox: 1, acme: 5 }

const inbox = 'INBOX'

/** The directory to talk to; undefined when it is the sandbox's and the sandbox doesn't run. */
export function directoryOf(context: ServiceContext, enrolment: StoredEnrolment): string | undefined {
  return enrolment.ca === 'acme' ? enrolment.directoryUrl : sandboxState(context)?.directoryUrl
}

function sandboxState(context: ServiceContext): SandboxState | undefined {
  const { profile, sandbox } = context.application
  return profile.kind === 'sandbox' ? sandbox.state() : undefined
}

/** The ports of one run. `close` gives the mailbox connection up. */
export function portsOf(
  context: ServiceContext,
  enrolment: StoredEnrolment,
  directoryUrl: string,
): EnrolmentPorts & { close(): Promise<void> } {
  const { application, runtime } = context
  const { identities, vault, enrolments } = application
  const ofSandbox = enrolment.ca === 'sandbox' ? sandboxState(context) : undefined
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
    clock: runtime.clock,
    random: runtime.random,
    save: (changed) => {
      enrolments.save(changed)
      context.events.publish('enrolments')
    },
    keys: {
      async generate(type) {
        const { pkcs8 } = await generateKey(type)
        try {
          const kept = await identities.keepKey(pkcs8)
          return kept.ok ? success({ keyId: kept.value.keyId }) : failure(keyFailure(kept.error))
        } finally {
          wipe(pkcs8)
        }
      },
      async open(keyId) {
        const key = identities.pendingKey(keyId)
        return key.ok ? key : failure(keyFailure(key.error))
      },
      async install({ keyId, certificate, chain }) {
        const installed = identities.install({
          keyId,
          certificateDer: certificate.der,
          addresses: certificate.emails,
          chain: chain.map(({ der }) => der),
          source: 'enrolment',
        })
        if (!installed.ok) return installed
        context.application.profile.renewBackup()
        context.events.publish('identities')
        return success({ identityId: installed.value.id })
      },
    },
    account: {
      async create(id) {
        const { pkcs8 } = await generateKey('ec-p256')
        try {
          return vault.seal(enrolmentTable, id, pkcs8)
        } finally {
          wipe(pkcs8)
        }
      },
      async open(id, sealed) {
        const pkcs8 = vault.open(enrolmentTable, id, sealed)
        if (!pkcs8.ok) return failure(keyFailure(pkcs8.error))
        try {
          return success(await openAccountKey(pkcs8.value))
        } finally {
          wipe(pkcs8.value)
        }
      },
    },
    connect: (key, signal) =>
      openAcmeClient(
        {
          directoryUrl,
          exchange: (question) => request({ ...question, ...(ofSandbox ? { ca: ofSandbox.caPem } : {}) }),
          clock: runtime.clock,
          signal,
        },
        key,
      ),
    mail: {
      position: (signal) =>
        withInbox(signal, async (mailbox) => {
          const last = await mailbox.lastUid(inbox)
          return last.ok ? success(String(last.value)) : last
        }),
      look: (position, isKnown, signal) =>
        withInbox(signal, async (mailbox) => {
          const listed = await mailbox.newMails(Number(position), inbox)
          if (!listed.ok) return listed
          const arrived: ArrivedMail[] = []
          for (const { uid, subject } of listed.value) {
            const id = String(uid)
            if (isKnown(id) || !/acme\s*:/i.test(subject)) continue
            const fetched = await mailbox.fetch(inbox, uid, challengeByteLimit)
            if (fetched.ok) arrived.push({ id, raw: fetched.value })
            // Too large for a challenge, or gone meanwhile: not the mail that is waited for.
            else if (fetched.error.code !== 'too-large' && fetched.error.code !== 'not-found') return fetched
          }
          return success(arrived)
        }),
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
    resolveTxt: ofSandbox ? sandboxTxt(ofSandbox) : systemTxt(),
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
