/**
 * The line to the privileged side. In the desktop window it is a MessagePort that the preload hands over; in a browser a
 * WebSocket to the loopback host, which the one-time token of the address opens. Calls wait while the line is down.
 */

import { connectBrowser } from './browserLink.ts'
import { connectDesktop } from './desktopLink.ts'
import type { Connection } from './line.ts'

/** The desktop's pages come from its own protocol, the browser's from the loopback host. */
export function connect(window: Window): Connection {
  return /^https?:$/.test(window.location.protocol) ? connectBrowser(window) : connectDesktop(window)
}
