/** What the sandbox uses of hoodiecrow-imap, which has no types of its own. */

declare module 'hoodiecrow-imap' {
  import type { EventEmitter } from 'node:events'
  import type { Socket } from 'node:net'

  interface HoodiecrowMessage {
    uid: number
    flags: string[]
    /** As in IMAP: "24-Nov-2026 06:50:10 +0000". */
    internaldate: string
    /** One character per byte. */
    raw: string
    /** The file that holds `raw`; the sandbox's own. */
    file?: string
  }

  interface HoodiecrowMailbox {
    path: string
    uidvalidity: number
    uidnext: number
    messages: HoodiecrowMessage[]
    'special-use'?: string
  }

  interface HoodiecrowConnection {
    server: HoodiecrowServer
    state: string
    socket: Socket | null
    _notificationCallback: (notification: unknown) => void
    send(response: object, description: string, parsed?: unknown, data?: unknown): void
  }

  interface HoodiecrowCommand {
    tag: string
    command: string
    attributes?: readonly { type: string; value: string }[]
  }

  type HoodiecrowHandler = (
    connection: HoodiecrowConnection,
    parsed: HoodiecrowCommand,
    data: string,
    callback: () => void,
  ) => void

  interface HoodiecrowServer extends EventEmitter {
    users: Record<string, { password: string }>
    folderCache: Record<string, HoodiecrowMailbox>
    createClient(socket: Socket): void
    setCommandHandler(command: string, handler: HoodiecrowHandler): void
    getCommandHandler(command: string): HoodiecrowHandler | false
    getMailbox(path: string): HoodiecrowMailbox | undefined
    appendMessage(mailbox: string, flags: string[], internaldate: string | Date, raw: string): unknown
  }

  // biome-ignore lint/style/noDefaultExport: the package exports one function
  export default function hoodiecrow(options: {
    readonly credentials: object
    readonly users: Record<string, { password: string }>
    readonly plugins: readonly string[]
    readonly storage: object
    readonly secureConnection: boolean
  }): HoodiecrowServer
}
