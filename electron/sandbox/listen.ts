/** Listening on loopback: the port of the last run if it is free, so that settings and stored URLs stay true, else any. */

import type { Server } from 'node:net'

const host = '127.0.0.1'

/** Rejects with node's error when not even a free port can be had. */
export async function listenOn(server: Server, preferredPort: number | undefined): Promise<void> {
  if (preferredPort !== undefined) {
    try {
      return await listen(server, preferredPort)
    } catch (error) {
      if (!['EADDRINUSE', 'EACCES'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error
    }
  }
  return listen(server, 0)
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host, port, exclusive: true }, () => {
      server.removeListener('error', reject)
      resolve()
    })
  })
}
