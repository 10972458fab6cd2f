/**
 * The services behind a line to the page. Both hosts bring lines of their own kind (a MessagePort, a WebSocket); what
 * crosses them is the same, and passes the same gate. Loaded lazily: it pulls in every service.
 */

import { RPCHandler } from '@orpc/server/message-port'
import type { Runtime } from '../services/context.ts'
import { router } from '../services/router.ts'
import { openSession } from '../services/session.ts'
import { passableMessage } from './messageGate.ts'
import { failureOptions, logStrayFailures } from './procedureFailures.ts'
import { createRuntime } from './runtime.ts'

/** One connection to one page. */
export interface PageLine {
  onMessage(listener: (data: unknown) => void): void
  onClose(listener: () => void): void
  send(data: string | Uint8Array): void
  close(): void
}

export interface ProcedureServer {
  /** Answers the calls that come over a line until it closes. */
  accept(line: PageLine): void
  /** Closes the profile. */
  close(): Promise<void>
}

export interface ProcedureServerOptions {
  readonly host: 'desktop' | 'browser'
  readonly home: string
  readonly osSecretStore?: Runtime['osSecretStore']
  readonly openLink?: Runtime['openLink']
  readonly remind?: Runtime['remind']
}

export async function startProcedureServer(options: ProcedureServerOptions): Promise<ProcedureServer> {
  const runtime = createRuntime(options)
  const { log } = runtime
  logStrayFailures(log)
  const session = await openSession({ home: options.home, runtime })
  const handler = new RPCHandler(router, failureOptions(log))
  return {
    accept(line) {
      handler.upgrade(
        {
          on(event, listener) {
            if (event === 'close') line.onClose(() => listener())
            else
              line.onMessage((data) => {
                const message = passableMessage(data)
                if (message !== undefined) return listener({ data: message })
                log.warn({ code: 'message-refused' })
                line.close()
              })
          },
          postMessage: (data: string | Uint8Array) => line.send(data),
        },
        { context: session.context },
      )
    },
    close: () => session.close(),
  }
}
