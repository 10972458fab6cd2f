/**
 * A signed-in connection to a mailbox over IMAP (RFC 9051, RFC 8314). TLS comes first and is verified; the client's own log
 * is off, because it would hold what a person reads.
 */

import type { ImapFlow } from 'imapflow'
import type { ServerSettings, TlsFacts } from '../../../shared/contract/accounts.ts'
import { failure, type Result, success } from '../../base/result.ts'
import { type MailboxFailure, mailboxFailure } from './failures.ts'
import { verifiedTransport } from './transport.ts'

export interface MailboxInput {
  readonly account: { readonly mailbox: ServerSettings }
  readonly password: string
  /** PEM roots in place of the built-in ones. */
  readonly ca?: string | undefined
  readonly signal?: AbortSignal | undefined
  readonly limits?: MailboxLimits | undefined
}

/** In milliseconds. */
export interface MailboxLimits {
  /** Connection, TLS and signing in. */
  readonly connect: number
  /** One question: a list, a search. */
  readonly command: number
  /** Fetching or storing one message. */
  readonly transfer: number
  /** Between two questions to a server that can't tell by itself (no IDLE). */
  readonly poll: number
}

export const usualMailboxLimits: MailboxLimits = { connect: 30_000, command: 60_000, transfer: 600_000, poll: 5000 }

/** The largest message that is fetched or stored: 60 MB of attachments, encrypted, are 110 MB in base64 twice over. */
export const largestMessage = 167_772_160

/** What a server may say at once; beyond it the connection ends. */
const budget = {
  // A line without literals: the envelope of a mail with a thousand recipients.
  maxLineLength: 4_194_304,
  // One message, and the answer around it.
  maxLiteralSize: largestMessage + 1024,
  maxResponseSize: largestMessage + 8_388_608,
  // The structure of a mail with thousands of parts stays far below; each token costs a hundred bytes while parsing.
  maxResponseTokens: 200_000,
}

export interface MailboxSession {
  readonly client: ImapFlow
  readonly tls: TlsFacts
  readonly limits: MailboxLimits
  /** Runs one action with a limit, if any; the connection's end and the caller's abort end it as well. */
  run<Value>(limitMs: number | undefined, action: () => Promise<Value>): Promise<Result<Value, MailboxFailure>>
  close(): Promise<void>
}

/** Connects, secures the connection and signs in. */
export async function openSession(input: MailboxInput): Promise<Result<MailboxSession, MailboxFailure>> {
  const server = input.account.mailbox
  const limits = input.limits ?? usualMailboxLimits
  const verified = verifiedTransport(server.host, input.ca)
  // Loaded with the first mailbox: the window stands before it.
  const { ImapFlow: Client } = await import('imapflow')
  const client = new Client({
    host: server.host,
    port: server.port,
    secure: server.security === 'tls',
    ...(server.security === 'starttls' ? { doSTARTTLS: true } : {}),
    transport: verified.transport,
    auth: { user: server.user, pass: input.password },
    logger: false,
    clientInfo: { name: 'Siegel', version: false, vendor: false, 'support-url': false },
    // Compression before encryption tells lengths apart (as in CRIME), and it would be a parser more.
    disableCompression: true,
    disableAutoIdle: true,
    // RFC 2177 §3: servers may log out who idles for 30 minutes; routers forget connections much earlier.
    maxIdleTime: 240_000,
    connectionTimeout: limits.connect,
    greetingTimeout: limits.connect,
    socketTimeout: limits.transfer,
    idHashAlgorithm: 'sha256',
    ...budget,
  })
  // What ended the connection; the action that was under way hears only that it ended.
  let endedBy: unknown
  client.on('error', (error: Error) => {
    endedBy ??= error
  })

  const end = () => {
    client.close()
    verified.destroy()
  }

  function run<Value>(
    limitMs: number | undefined,
    action: () => Promise<Value>,
  ): Promise<Result<Value, MailboxFailure>> {
    const seconds = Math.ceil((limitMs ?? limits.transfer) / 1000)
    const to = { host: server.host, port: server.port, seconds }
    return new Promise((resolve) => {
      let settled = false
      const settle = (result: Result<Value, MailboxFailure>, ends: boolean) => {
        if (settled) return
        settled = true
        clearTimeout(timer)
        input.signal?.removeEventListener('abort', onAbort)
        if (ends) end()
        resolve(result)
      }
      const onAbort = () => settle(failure({ code: 'cancelled' }), true)
      const onTimeout = () => settle(failure({ code: 'timeout', host: server.host, seconds }), true)
      const timer = limitMs === undefined ? undefined : setTimeout(onTimeout, limitMs)
      if (input.signal?.aborted) return onAbort()
      input.signal?.addEventListener('abort', onAbort, { once: true })
      action().then(
        (value) => settle(success(value), false),
        (error: unknown) => {
          const failed = mailboxFailure(endedBy ?? error, {
            to,
            user: server.user,
            password: input.password,
            secured: verified.wasSecured(),
            shown: verified.shown(),
          })
          settle(failure(failed), false)
        },
      )
    })
  }

  const connected = await run(limits.connect, () => client.connect())
  if (!connected.ok) {
    end()
    return connected
  }
  const tls = verified.tls()
  if (!tls) {
    end()
    return failure({ code: 'tls-failed', host: server.host, reason: 'not-verified' })
  }
  return success({
    client,
    tls,
    limits,
    run,
    async close() {
      await run(2000, () => client.logout())
      end()
    },
  })
}
