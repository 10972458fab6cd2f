/**
 * TLS as a client: what is asked of a server, and what a negotiated connection is worth.
 *
 * Names are checked as RFC 6125 and RFC 9525 describe, by node:tls. Nothing here ever turns verification off.
 */

import { isIP } from 'node:net'
import { type ConnectionOptions, checkServerIdentity, type PeerCertificate, TLSSocket } from 'node:tls'

/** What was negotiated with a server. `nameMatched` repeats the check of the host name against the certificate. */
export interface TlsFacts {
  readonly protocol: string
  readonly cipher: string
  readonly forwardSecrecy: boolean
  readonly serverName: string
  readonly nameMatched: boolean
}

/**
 * Options for tls.connect: the certificate chain and the host name must be right, and nothing older than TLS 1.2 is
 * spoken (RFC 8996).
 *
 * @param ca PEM roots that take the place of the built-in ones; only the sandbox has a root of its own.
 */
export function verifiedTls(host: string, ca?: string): ConnectionOptions {
  return {
    minVersion: 'TLSv1.2',
    rejectUnauthorized: true,
    ...(isIP(host) === 0 ? { servername: host } : {}),
    ...(ca === undefined ? {} : { ca }),
  }
}

/**
 * The facts of a negotiated connection, or undefined while it is not one. An unverified connection gives no facts: only
 * a connection whose chain and name were accepted may be described to a person as protected.
 */
export function describeTls(socket: unknown, host: string): TlsFacts | undefined {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return undefined
  // Null once the connection is gone, whatever the types say.
  const cipher = socket.getCipher() as ReturnType<TLSSocket['getCipher']> | null
  if (!cipher) return undefined
  const protocol = socket.getProtocol() ?? 'unknown'
  return {
    protocol,
    cipher: cipher.standardName || cipher.name,
    forwardSecrecy: hasForwardSecrecy(protocol, cipher.name),
    serverName: host,
    nameMatched: checkServerIdentity(host, socket.getPeerCertificate()) === undefined,
  }
}

/** RFC 8446 §1.2: every TLS 1.3 exchange with certificates is ephemeral; before that the cipher's name tells. */
export function hasForwardSecrecy(protocol: string, cipherName: string): boolean {
  return protocol === 'TLSv1.3' || /^(TLS_)?(ECDHE|DHE)[-_]/.test(cipherName)
}

/** The certificate that a server showed, kept for an error that has to name it: a refused socket forgets it. */
export interface ShownCertificate {
  readonly names: string
  readonly notBefore: string
  readonly notAfter: string
}

/** Keeps what the server shows during the handshake. Call it right after tls.connect, before the handshake can end. */
export function watchCertificate(socket: TLSSocket): () => ShownCertificate | undefined {
  let shown: ShownCertificate | undefined
  // 'secure' comes before the verification's verdict, which destroys the socket and its certificate with it.
  socket.prependListener('secure', () => {
    shown = shownCertificate(socket.getPeerCertificate())
  })
  return () => shown
}

/** The names and the validity of a peer certificate as node:tls gives it. Names are cut: a hostile one may be endless. */
export function shownCertificate(certificate: PeerCertificate | undefined): ShownCertificate | undefined {
  if (!certificate || Object.keys(certificate).length === 0) return undefined
  const commonName = certificate.subject?.CN
  const names = certificate.subjectaltname
    ? certificate.subjectaltname.replaceAll(/\b(DNS|IP Address):/g, '')
    : Array.isArray(commonName)
      ? commonName.join(', ')
      : (commonName ?? '')
  return {
    names: printable(names, 200),
    notBefore: instantOf(certificate.valid_from),
    notAfter: instantOf(certificate.valid_to),
  }
}

function instantOf(text: string | undefined): string {
  const time = new Date(text ?? '')
  return Number.isNaN(time.getTime()) ? '' : time.toISOString()
}

/** Text from a peer, safe to show: control characters (terminal escapes, line breaks) become spaces, and it ends. */
export function printable(text: string, limit: number): string {
  const clean = text.replaceAll(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]+/g, ' ').trim()
  return clean.length > limit ? `${clean.slice(0, limit)}…` : clean
}
