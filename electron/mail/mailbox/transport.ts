/**
 * How the IMAP client gets its connection: TLS from the first byte or by STARTTLS, chain and name verified by the rules in
 * net/tls.ts. The client itself never decides about TLS.
 */

import { connect as connectTcp, type Socket } from 'node:net'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import type { ImapTransport } from 'imapflow'
import { describeTls, type ShownCertificate, type TlsFacts, verifiedTls, watchCertificate } from '../../net/tls.ts'

export interface VerifiedTransport {
  readonly transport: ImapTransport
  /** The facts of the connection once it is verified. */
  tls(): TlsFacts | undefined
  /** Whether a verified TLS connection has stood at all. */
  wasSecured(): boolean
  shown(): ShownCertificate | undefined
  destroy(): void
}

export function verifiedTransport(host: string, ca: string | undefined): VerifiedTransport {
  let plain: Socket | undefined
  let secured: TLSSocket | undefined
  let facts: TlsFacts | undefined
  let shown: (() => ShownCertificate | undefined) | undefined

  function secure(start: () => TLSSocket, onSecure: () => void): TLSSocket {
    const socket = start()
    shown = watchCertificate(socket)
    socket.once('secureConnect', () => {
      facts = describeTls(socket, host)
      if (facts?.nameMatched) onSecure()
      else socket.destroy(new Error('not verified'))
    })
    secured = socket
    return socket
  }

  return {
    transport: {
      connect({ port, secure: implicit }, onConnect) {
        if (implicit) return secure(() => connectTls({ ...verifiedTls(host, ca), host, port }), onConnect)
        plain = connectTcp({ host, port }, onConnect)
        return plain
      },
      upgrade(_socket, _options, onSecure) {
        const socket = plain
        if (!socket) throw new Error('nothing to upgrade')
        return secure(() => connectTls({ ...verifiedTls(host, ca), host, socket }), onSecure)
      },
    },
    tls: () => facts,
    wasSecured: () => facts !== undefined,
    shown: () => shown?.(),
    destroy() {
      secured?.destroy()
      plain?.destroy()
    },
  }
}
