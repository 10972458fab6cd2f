/**
 * The line to the privileged side. In the desktop window it is a MessagePort that the preload hands over; in a browser a
 * WebSocket to the loopback host, which the one-time token of the address opens. Calls wait while the line is down.
 */

import type { ClientContext, ClientLink } from '@orpc/client'
import { connectBrowser } from './browserLink.ts'
import { connectDesktop } from './desktopLink.ts'

/** `refused`: the address was used before or belongs to a Siegel that has ended; waiting doesn't help. */
export type ConnectionState = 'connecting' | 'open' | 'lost' | 'refused'

export type Link = ClientLink<ClientContext>

export interface Connection {
  readonly link: Link
  state(): ConnectionState
  /** Tells of each change of state until the returned function is called. */
  subscribe(listener: () => void): () => void
}

/** The desktop's pages come from its own protocol, the browser's from the loopback host. */
export function connect(window: Window): Connection {
  return /^https?:$/.test(window.location.protocol) ? connectBrowser(window) : connectDesktop(window)
}
