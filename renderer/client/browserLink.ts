/**
 * The browser's line: the token in the address's fragment becomes a session, then calls go over a WebSocket. The fragment
 * is taken out of the address at once, so that neither history nor a screenshot keeps it.
 */

import { RPCLink } from '@orpc/client/websocket'
import { type Connection, createLine } from './line.ts'

/** Long enough not to hammer a program that is starting again, short enough not to be noticed. */
const retryMilliseconds = [300, 600, 1_200, 2_500, 5_000] as const

export function connectBrowser(window: Window): Connection {
  const line = createLine()
  const token = takeToken(window)

  async function start(): Promise<void> {
    if (token !== undefined && !(await openSession(token))) return line.changed('refused')
    openSocket(0)
  }

  function openSocket(attempt: number): void {
    const { protocol, host } = window.location
    const socket = new WebSocket(`${protocol === 'https:' ? 'wss' : 'ws'}://${host}/rpc`)
    let opened = false
    socket.addEventListener('open', () => {
      opened = true
      line.opened(new RPCLink({ websocket: socket }))
    })
    socket.addEventListener('close', () => {
      line.changed('lost')
      const next = opened ? 0 : attempt + 1
      const wait = retryMilliseconds[Math.min(next, retryMilliseconds.length - 1)]
      window.setTimeout(() => openSocket(next), wait)
    })
  }

  start().catch(() => line.changed('lost'))
  return line
}

/** A token is base64url; a route of ours starts with a slash and stays. */
function takeToken(window: Window): string | undefined {
  const { hash, pathname, search } = window.location
  const found = /^#(?:token=)?([A-Za-z0-9_-]{16,})$/.exec(hash)
  if (!found) return undefined
  window.history.replaceState(null, '', pathname + search)
  return found[1]
}

async function openSession(token: string): Promise<boolean> {
  const answer = await fetch('/session', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token }),
    credentials: 'same-origin',
  })
  return answer.ok
}
