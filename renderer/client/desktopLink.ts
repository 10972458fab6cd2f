/** The desktop's line: the preload posts `siegel:port` with one end of a channel to the main process. */

import { RPCLink } from '@orpc/client/message-port'
import { type Connection, createLine } from './line.ts'

export function connectDesktop(window: Window): Connection {
  const line = createLine()
  window.addEventListener('message', (event) => {
    // A frame (a mail's HTML) could post the same words: only the window itself, where the preload lives, is believed.
    if (event.source !== window || event.data !== 'siegel:port') return
    const [port] = event.ports
    if (!port) return
    port.start()
    line.opened(new RPCLink({ port }))
    port.addEventListener('close', () => line.changed('lost'))
  })
  return line
}
