/**
 * Why a connection to a server did not come about: a closed union with the data that its sentence needs. Every error of
 * node:net, node:tls and node:dns maps to one of these; what is unknown is a `tls-failed` or `protocol-violation` with the
 * system's code, never silence.
 */

import type { ShownCertificate } from './tls.ts'

export type ConnectFailure =
  | { readonly code: 'no-network'; readonly host: string }
  | { readonly code: 'connect-refused'; readonly host: string; readonly port: number }
  | { readonly code: 'timeout'; readonly host: string; readonly seconds: number }
  | { readonly code: 'tls-failed'; readonly host: string; readonly reason: string }
  | { readonly code: 'certificate-mismatch'; readonly host: string; readonly names: string }
  | { readonly code: 'certificate-untrusted'; readonly host: string; readonly reason: string }
  | { readonly code: 'certificate-expired'; readonly host: string; readonly notAfter: string }
  | { readonly code: 'protocol-violation'; readonly host: string; readonly reason: string }
  | { readonly code: 'cancelled' }

/** Where the connection was going; `seconds` is the limit that a timeout names. */
export interface Destination {
  readonly host: string
  readonly port: number
  readonly seconds: number
}

/** Name resolution failed, or no way leads to the address. */
const unreachable = new Set([
  'ENOTFOUND',
  'EAI_AGAIN',
  'EAI_FAIL',
  'EAI_NODATA',
  'EAI_NONAME',
  'ENODATA',
  'ESERVFAIL',
  'ENETUNREACH',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETDOWN',
  'EADDRNOTAVAIL',
  'EACCES',
  'EPERM',
])

const closed = new Set([
  'ECONNRESET',
  'EPIPE',
  'ECONNABORTED',
  'EOF',
  'ERR_STREAM_PREMATURE_CLOSE',
  'ERR_SOCKET_CLOSED',
])

/** X509_V_ERR_* as node:tls names them, and what they mean to a person. */
const untrusted: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'self-signed',
  UNABLE_TO_GET_ISSUER_CERT: 'unknown-issuer',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'unknown-issuer',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'unknown-issuer',
  CERT_UNTRUSTED: 'unknown-issuer',
  CERT_NOT_YET_VALID: 'not-yet-valid',
  CERT_REVOKED: 'revoked',
  CERT_SIGNATURE_FAILURE: 'broken-signature',
  CERT_CHAIN_TOO_LONG: 'chain-too-long',
  PATH_LENGTH_EXCEEDED: 'chain-too-long',
  INVALID_CA: 'not-a-ca',
  INVALID_PURPOSE: 'wrong-purpose',
  CERT_REJECTED: 'rejected',
  HOSTNAME_MISMATCH: 'name',
  CA_MD_TOO_WEAK: 'weak',
  EE_KEY_TOO_SMALL: 'weak',
  CA_KEY_TOO_SMALL: 'weak',
}

/** The code that the system gave, also when a library put its own over it. */
export function systemCode(error: unknown): string {
  if (typeof error !== 'object' || error === null) return ''
  const { code, originalCode } = error as { code?: unknown; originalCode?: unknown }
  if (typeof originalCode === 'string') return originalCode
  return typeof code === 'string' ? code : ''
}

/** Maps an error of the system to a failure, or gives undefined when the error did not come from the network layers. */
export function connectFailure(
  error: unknown,
  to: Destination,
  shown?: ShownCertificate,
): Exclude<ConnectFailure, { code: 'cancelled' }> | undefined {
  const code = systemCode(error)
  const { host, port, seconds } = to
  if (unreachable.has(code)) return { code: 'no-network', host }
  if (code === 'ECONNREFUSED') return { code: 'connect-refused', host, port }
  if (code === 'ETIMEDOUT') return { code: 'timeout', host, seconds }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return { code: 'certificate-mismatch', host, names: shown?.names ?? '' }
  if (code === 'CERT_HAS_EXPIRED') return { code: 'certificate-expired', host, notAfter: shown?.notAfter ?? '' }
  const reason = untrusted[code]
  if (reason !== undefined) return { code: 'certificate-untrusted', host, reason }
  if (closed.has(code)) return { code: 'protocol-violation', host, reason: 'connection-closed' }
  if (/^ERR_(SSL|TLS|OSSL)_|^EPROTO$/.test(code)) return { code: 'tls-failed', host, reason: tlsReason(code) }
  return undefined
}

/** 'ERR_SSL_WRONG_VERSION_NUMBER' → 'wrong-version-number': short, and without addresses or file names. */
function tlsReason(code: string): string {
  return code
    .replace(/^ERR_(SSL|TLS|OSSL)_/, '')
    .toLowerCase()
    .replaceAll('_', '-')
    .slice(0, 80)
}
