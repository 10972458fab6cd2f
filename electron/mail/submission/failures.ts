/** Why a submission did not come about, and how the errors of the SMTP client map to it. */

import { connectFailure, type Destination, systemCode } from '../../net/connectFailure.ts'
import type { ShownCertificate } from '../../net/tls.ts'
import type { SignInFailure } from '../signInFailure.ts'

export type SubmissionFailure =
  | SignInFailure
  | { readonly code: 'sender-refused'; readonly response: string }
  | { readonly code: 'recipients-refused'; readonly recipients: string; readonly response: string }
  | { readonly code: 'message-refused'; readonly response: string }
  | { readonly code: 'message-too-large'; readonly size: number; readonly limit: number }

/** The parts of nodemailer's errors that are used. Their texts are not: they hold what the server said. */
export interface ClientError {
  readonly code?: string | undefined
  readonly command?: string | undefined
  readonly response?: string | undefined
  readonly responseCode?: number | undefined
  readonly rejected?: readonly string[] | undefined
}

export interface FailureCircumstances {
  readonly to: Destination
  readonly user: string
  /** Whether a verified TLS connection stood when it happened. */
  readonly secured: boolean
  /** Whether the server had said "go ahead" to STARTTLS. */
  readonly upgrading: boolean
  readonly shown: ShownCertificate | undefined
  readonly clean: (text: string) => string
}

/** TLS errors that mean "this was no TLS at all": plain text where the handshake should be. */
const notTls = new Set([
  'wrong-version-number',
  'packet-length-too-long',
  'invalid-record-header',
  'unexpected-message',
  'unexpected-record',
  'bad-record-type',
  'record-layer-failure',
  'http-request',
])

export function submissionFailure(error: ClientError, at: FailureCircumstances): SubmissionFailure {
  const { host, seconds } = at.to
  const response = at.clean(error.response ?? '')
  if (error.code === 'ETIMEDOUT') return { code: 'timeout', host, seconds }

  const network = connectFailure(error, at.to, at.shown)
  if (network?.code === 'tls-failed' && at.upgrading && notTls.has(network.reason)) {
    return { code: 'protocol-violation', host, reason: 'not-tls' }
  }
  if (network) return network

  if (!at.secured) return beforeTls(error, at)
  switch (error.command) {
    case 'MAIL FROM':
      return { code: 'sender-refused', response }
    case 'RCPT TO':
      return { code: 'recipients-refused', recipients: (error.rejected ?? []).join(', '), response }
    case 'DATA':
      return { code: 'message-refused', response }
  }
  if (error.command?.startsWith('AUTH')) return signInFailure(error, at)
  if (error.code === 'ECONNECTION' && error.responseCode !== undefined) return { code: 'message-refused', response }
  return { code: 'protocol-violation', host, reason: violation(error) }
}

/** RFC 3207 §4: STARTTLS is refused with 454 or 501; a server without it answers 500 or 502. */
function beforeTls(error: ClientError, at: FailureCircumstances): SubmissionFailure {
  const { host } = at.to
  if (at.upgrading) return { code: 'protocol-violation', host, reason: violation(error) }
  const refused = error.command === 'STARTTLS' || (error.command === 'EHLO' && error.responseCode !== 421)
  if (refused && error.response) return { code: 'no-starttls', host }
  return { code: 'protocol-violation', host, reason: violation(error) }
}

/** RFC 4954 §6: 504 and its relatives mean that the mechanism is unknown, not that the password is wrong. */
function signInFailure(error: ClientError, at: FailureCircumstances): SubmissionFailure {
  const { host } = at.to
  if ([500, 502, 503, 504].includes(error.responseCode ?? 0)) return { code: 'authentication-unavailable', host }
  if (error.responseCode === undefined) return { code: 'protocol-violation', host, reason: violation(error) }
  return { code: 'authentication-refused', host, user: at.user, response: at.clean(error.response ?? '') }
}

function violation(error: ClientError): string {
  if (error.code === 'ECONNECTION' || systemCode(error) === '') return 'connection-closed'
  if (error.code === 'EPROTOCOL') return error.response ? 'unexpected-answer' : 'answer-too-long'
  return 'unexpected-answer'
}
