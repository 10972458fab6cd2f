/** Why a mailbox could not be read, and how the errors of the IMAP client map to it. */

import { connectFailure, type Destination, systemCode } from '../../net/connectFailure.ts'
import { printable, type ShownCertificate } from '../../net/tls.ts'
import type { SignInFailure } from '../signInFailure.ts'

export type MailboxFailure = SignInFailure | { readonly code: 'not-found'; readonly what: string }

export interface FailureCircumstances {
  readonly to: Destination
  readonly user: string
  readonly password: string
  /** Whether a verified TLS connection stood when it happened. */
  readonly secured: boolean
  readonly shown: ShownCertificate | undefined
}

/** The parts of imapflow's errors that are used. */
interface ClientError {
  readonly code?: unknown
  readonly tlsFailed?: unknown
  readonly authenticationFailed?: unknown
  readonly responseStatus?: unknown
  readonly responseText?: unknown
  readonly executedCommand?: unknown
}

const timeouts = new Set(['CONNECT_TIMEOUT', 'GREETING_TIMEOUT', 'UPGRADE_TIMEOUT', 'ETIMEOUT', 'LockTimeout'])
const endless = new Set([
  'LineTooLarge',
  'LiteralTooLarge',
  'ResponseTooLarge',
  'TooManyTokens',
  'TooManyResponses',
  'MAX_IMAP_NESTING_REACHED',
])
const closed = new Set([
  'NoConnection',
  'EConnectionClosed',
  'StateLogout',
  'ClosedAfterConnectText',
  'ClosedAfterConnectTLS',
])

export function mailboxFailure(error: unknown, at: FailureCircumstances): MailboxFailure {
  const { host, seconds } = at.to
  const { tlsFailed, authenticationFailed, responseStatus, responseText, executedCommand } = (error ??
    {}) as ClientError
  const code = systemCode(error)
  const violation = (reason: string): MailboxFailure => ({ code: 'protocol-violation', host, reason })

  const network = connectFailure(error, at.to, at.shown)
  if (network) return network
  if (code === 'STARTTLS_INJECTION') return violation('data-before-tls')
  if (timeouts.has(code)) return { code: 'timeout', host, seconds }
  if (!at.secured && tlsFailed === true) return { code: 'no-starttls', host }
  if (authenticationFailed === true) {
    const text = typeof responseText === 'string' ? responseText : ''
    // A server that repeats the password must not get it onto the screen.
    const response = printable(at.password === '' ? text : text.replaceAll(at.password, '********'), 512)
    return { code: 'authentication-refused', host, user: at.user, response }
  }
  if (code === 'MissingServerExtension') return { code: 'authentication-unavailable', host }
  if (endless.has(code)) return violation('answer-too-long')
  if (closed.has(code)) return violation('connection-closed')
  if (code.startsWith('ParserError') || code === 'InvalidResponse') return violation('unexpected-answer')
  // Some servers call the selection of a folder that they don't have a mistake (BAD) rather than a refusal (NO).
  const noFolder = responseStatus === 'BAD' && /^\S+ (EXAMINE|SELECT) /.test(String(executedCommand))
  if (responseStatus === 'NO' || noFolder) return { code: 'not-found', what: 'folder' }
  return violation('unexpected-answer')
}
