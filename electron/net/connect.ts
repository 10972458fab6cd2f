/**
 * Opening connections with an end: TCP, and TLS from the first byte. Each ends in time or with the caller's abort, and says
 * why it failed.
 */

import { connect as connectTcp, type Socket } from 'node:net'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { failure, type Result, success } from '../base/result.ts'
import { type ConnectFailure, connectFailure } from './connectFailure.ts'
import { verifiedTls, watchCertificate } from './tls.ts'

export interface ConnectOptions {
  readonly host: string
  readonly port: number
  /** Limit for name resolution, connection and handshake together, in milliseconds. */
  readonly timeoutMs: number
  readonly signal?: AbortSignal | undefined
  /** PEM roots in place of the built-in ones. */
  readonly ca?: string | undefined
}

/** Opens a TCP connection. */
export function openTcp(options: ConnectOptions): Promise<Result<Socket, ConnectFailure>> {
  const socket = connectTcp({ host: options.host, port: options.port })
  return settle(socket, 'connect', options, () => undefined)
}

/** Opens a TCP connection and speaks TLS from the first byte. The result's chain and host name are verified. */
export function openTls(options: ConnectOptions): Promise<Result<TLSSocket, ConnectFailure>> {
  const socket = connectTls({
    ...verifiedTls(options.host, options.ca),
    host: options.host,
    port: options.port,
  })
  return settle(socket, 'secureConnect', options, watchCertificate(socket))
}

function settle<Kind extends Socket>(
  socket: Kind,
  ready: 'connect' | 'secureConnect',
  options: ConnectOptions,
  shown: () => ReturnType<ReturnType<typeof watchCertificate>>,
): Promise<Result<Kind, ConnectFailure>> {
  const { host, port, timeoutMs, signal } = options
  const seconds = Math.ceil(timeoutMs / 1000)
  return new Promise((resolve) => {
    let settled = false
    const end = (result: Result<Kind, ConnectFailure>) => {
      if (settled) return
      settled = true
      clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
      socket.removeListener(ready, onReady)
      if (result.ok) {
        socket.removeListener('error', onError)
        socket.removeListener('close', onClose)
      } else {
        // The error listener stays, so that a late error of a socket that nobody has any more can't be thrown.
        socket.destroy()
      }
      resolve(result)
    }
    const onReady = () => end(success(socket))
    const onError = (error: unknown) =>
      end(
        failure(
          connectFailure(error, { host, port, seconds }, shown()) ?? { code: 'tls-failed', host, reason: 'unknown' },
        ),
      )
    const onClose = () => end(failure({ code: 'protocol-violation', host, reason: 'connection-closed' }))
    const onAbort = () => end(failure({ code: 'cancelled' }))
    const timer = setTimeout(() => end(failure({ code: 'timeout', host, seconds })), timeoutMs)
    socket.once(ready, onReady)
    socket.on('error', onError)
    socket.once('close', onClose)
    if (signal?.aborted) onAbort()
    else signal?.addEventListener('abort', onAbort, { once: true })
  })
}
