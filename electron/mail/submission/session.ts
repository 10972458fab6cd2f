/**
 * A signed-in connection to a submission server (RFC 6409, RFC 8314). TLS comes first and is verified, either from the
 * first byte or by STARTTLS; nothing about the account and nothing of a mail is said before it stands. There is no
 * plaintext mode and no fallback.
 */

import { TLSSocket } from 'node:tls'
import type SMTPConnection from 'nodemailer/lib/smtp-connection'
import type { ServerSettings } from '../../../shared/contract/accounts.ts'
import { failure, type Result, success } from '../../base/result.ts'
import { openTcp, openTls } from '../../net/connect.ts'
import { describeTls, type ShownCertificate, type TlsFacts, verifiedTls, watchCertificate } from '../../net/tls.ts'
import { type Extensions, extensionsOf } from './extensions.ts'
import { type ClientError, type SubmissionFailure, submissionFailure } from './failures.ts'
import { createTranscript, type Transcript } from './transcript.ts'

/** In milliseconds. */
export interface SubmissionLimits {
  /** Name resolution, connection, greeting and TLS together. */
  readonly connect: number
  /** Signing in; some servers delay a refusal on purpose. */
  readonly signIn: number
  /** Sender, recipients and "go ahead": RFC 5321 §4.5.3.2 allows five minutes, nobody waits that long at a window. */
  readonly envelope: number
  /** Between two pieces of the message. */
  readonly progress: number
  /** From the last byte to the final answer: RFC 5321 §4.5.3.2.6 asks for ten minutes, while the server scans. */
  readonly final: number
}

export const usualLimits: SubmissionLimits = {
  connect: 30_000,
  signIn: 60_000,
  envelope: 120_000,
  progress: 120_000,
  final: 600_000,
}

/** One reply; a server that says more is not answering. */
const longestReply = 65_536

export interface SignInInput {
  readonly server: ServerSettings
  readonly password: string
  /** PEM roots in place of the built-in ones. */
  readonly ca?: string | undefined
  readonly signal?: AbortSignal | undefined
  readonly limits?: SubmissionLimits | undefined
}

export interface SubmissionSession {
  readonly connection: SMTPConnection
  readonly tls: TlsFacts
  readonly extensions: Extensions
  readonly transcript: Transcript
  /** Runs one step with a limit; the connection's own errors and the caller's abort end it as well. */
  step<Value>(limitMs: number, run: (step: Step<Value>) => void): Promise<Result<Value, SubmissionFailure>>
  /** Says goodbye and closes. */
  leave(): void
  /** Closes at once, so that a server can't take half a message for a whole one. */
  drop(): void
}

export interface Step<Value> {
  succeed(value: Value): void
  fail(error: ClientError): void
  /** Starts the limit anew. */
  extend(limitMs: number): void
}

const understood = ['PLAIN', 'LOGIN', 'CRAM-MD5']

/** Connects, secures the connection and signs in. */
export async function signIn(input: SignInInput): Promise<Result<SubmissionSession, SubmissionFailure>> {
  const { server, signal } = input
  const limits = input.limits ?? usualLimits
  const opening = server.security === 'tls' ? openTls : openTcp
  const opened = await opening({ ...server, ca: input.ca, signal, timeoutMs: limits.connect })
  if (!opened.ok) return opened
  const socket = opened.value

  const transcript = createTranscript({ user: server.user, password: input.password })
  const watched = watchedLog(transcript, server.host)
  // Loaded with the first letter: the window stands before it.
  const { default: Connection } = await import('nodemailer/lib/smtp-connection')
  const connection = new Connection({
    connection: socket,
    host: server.host,
    port: server.port,
    secure: server.security === 'tls',
    secured: server.security === 'tls',
    requireTLS: server.security === 'starttls',
    tls: verifiedTls(server.host, input.ca),
    // RFC 5321 §4.1.4 takes an address literal; the computer's name is nobody's business.
    name: '[127.0.0.1]',
    connectionTimeout: limits.connect,
    greetingTimeout: limits.connect,
    // The steps have limits of their own; this one only must not be shorter.
    socketTimeout: limits.final * 2,
    socketCloseTimeout: 2000,
    maxResponseSize: longestReply,
    transactionLog: true,
    logger: watched.logger,
  })
  watched.follow(connection)

  let broken: ((error: ClientError) => void) | undefined
  let brokenBy: ClientError | undefined
  connection.on('error', (error: ClientError) => {
    brokenBy ??= error
    broken?.(error)
  })
  connection.on('end', () => broken?.({ code: 'ECONNECTION' }))

  const drop = () => {
    connection.close()
    const current = connection._socket
    if (current) current.destroy()
    socket.destroy()
  }

  function step<Value>(limitMs: number, run: (step: Step<Value>) => void): Promise<Result<Value, SubmissionFailure>> {
    return new Promise((resolve) => {
      let seconds = Math.ceil(limitMs / 1000)
      let settled = false
      const settle = (result: Result<Value, SubmissionFailure>) => {
        if (settled) return
        settled = true
        clearTimeout(timer)
        signal?.removeEventListener('abort', onAbort)
        broken = undefined
        resolve(result)
      }
      const fail = (error: ClientError) => {
        const to = { host: server.host, port: server.port, seconds }
        const circumstances = {
          to,
          user: server.user,
          secured: watched.secured(),
          upgrading: watched.upgrading(),
          shown: watched.shown(),
          clean: transcript.clean,
        }
        settle(failure(submissionFailure(error, circumstances)))
      }
      const onAbort = () => {
        settle(failure({ code: 'cancelled' }))
        drop()
      }
      const onTimeout = () => {
        settle(failure({ code: 'timeout', host: server.host, seconds }))
        drop()
      }
      let timer = setTimeout(onTimeout, limitMs)
      if (signal?.aborted) return onAbort()
      signal?.addEventListener('abort', onAbort, { once: true })
      broken = fail
      if (brokenBy) return fail(brokenBy)
      run({
        succeed: (value) => settle(success(value)),
        fail,
        extend(ms) {
          if (settled) return
          seconds = Math.ceil(ms / 1000)
          clearTimeout(timer)
          timer = setTimeout(onTimeout, ms)
        },
      })
    })
  }

  const abandon = <Failed extends SubmissionFailure>(error: Failed) => {
    drop()
    return failure(error)
  }

  const connected = await step<undefined>(limits.connect, ({ succeed, fail }) => {
    watched.onInjection(() => fail({ code: 'EPROTOCOL', command: 'STARTTLS' }))
    connection.connect((error) => (error ? fail(error) : succeed(undefined)))
  })
  if (watched.injected()) {
    return abandon({ code: 'protocol-violation', host: server.host, reason: 'data-before-tls' })
  }
  if (!connected.ok) return abandon(connected.error)
  // The gate: whatever the client believes, the password passes only where node:tls has verified chain and name.
  const tls = describeTls(connection._socket, server.host)
  if (!tls?.nameMatched) return abandon({ code: 'tls-failed', host: server.host, reason: 'not-verified' })

  const extensions = extensionsOf(watched.ehloUnderTls())
  if (!understood.some((mechanism) => extensions.mechanisms.has(mechanism))) {
    return abandon({ code: 'authentication-unavailable', host: server.host })
  }
  const signedIn = await step<undefined>(limits.signIn, ({ succeed, fail }) => {
    connection.login({ user: server.user, pass: input.password }, (error) => (error ? fail(error) : succeed(undefined)))
  })
  if (!signedIn.ok) return abandon(signedIn.error)
  return success({
    connection,
    tls,
    extensions,
    transcript,
    step,
    leave: () => connection.quit(),
    drop,
  })
}

/** Follows the client's log: the transcript, the moment TLS begins, and plain text that was smuggled in before it. */
function watchedLog(transcript: Transcript, host: string) {
  let connection: SMTPConnection | undefined
  let tlsNoted = false
  let upgradeAsked = false
  let upgradeGranted = false
  let injection = false
  let onInjection: (() => void) | undefined
  let ehloAsked = false
  let ehlo = ''
  let shown: (() => ShownCertificate | undefined) | undefined

  const facts = () => (connection ? describeTls(connection._socket, host) : undefined)

  function noteTls(): void {
    const tls = tlsNoted ? undefined : facts()
    if (!tls) return
    tlsNoted = true
    transcript.note(`${tls.protocol} ${tls.cipher} ${tls.serverName}`)
  }

  function client(text: string): void {
    noteTls()
    transcript.client(text)
    if (/^STARTTLS$/i.test(text)) upgradeAsked = true
    ehloAsked = tlsNoted && /^EHLO /i.test(text)
  }

  function server(text: string): void {
    noteTls()
    transcript.server(text)
    if (ehloAsked && /^2/.test(text)) ehlo = text
    ehloAsked = false
    if (!upgradeAsked || upgradeGranted || !/^2/.test(text)) return
    upgradeGranted = true
    // The client starts the handshake in this very turn; after it, and before the network can answer, the socket is there.
    queueMicrotask(() => {
      if (connection?._socket instanceof TLSSocket) shown = watchCertificate(connection._socket)
    })
  }

  function take(entry: unknown, ...texts: unknown[]): void {
    const { tnx, discarded } = (entry ?? {}) as { tnx?: unknown; discarded?: unknown }
    const [text] = texts
    if (tnx === 'client' && typeof text === 'string') client(text)
    if (tnx === 'server' && typeof text === 'string') server(text)
    if (typeof discarded === 'number') {
      // RFC 3207 §6: whatever came in plain text after "go ahead" is somebody else's voice. The client drops it; we leave.
      injection = true
      onInjection?.()
    }
  }

  const ignore = () => {}
  return {
    logger: { level: ignore, trace: ignore, debug: take, info: ignore, warn: take, error: ignore, fatal: ignore },
    follow(followed: SMTPConnection) {
      connection = followed
    },
    onInjection(listener: () => void) {
      onInjection = listener
    },
    injected: () => injection,
    secured: () => facts() !== undefined || tlsNoted,
    upgrading: () => upgradeGranted && !tlsNoted,
    shown: () => shown?.(),
    ehloUnderTls: () => ehlo,
  }
}
