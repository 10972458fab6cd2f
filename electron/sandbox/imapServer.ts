/**
 * IMAP for the sandbox: TLS from the first byte, on loopback, with a mailbox per person.
 *
 * hoodiecrow-imap serves one mailbox per server. Here a server without mailbox answers until the login, which then hands the
 * connection over to the server of the person who logged in.
 */

import type { AddressInfo } from 'node:net'
import { createServer, type Server, type TLSSocket } from 'node:tls'
import hoodiecrow, {
  type HoodiecrowConnection,
  type HoodiecrowHandler,
  type HoodiecrowMailbox,
  type HoodiecrowServer,
} from 'hoodiecrow-imap'
import { latin1Text } from '../base/bytes.ts'
import { listenOn } from './listen.ts'
import type { MailStore, StoredFolder } from './mailStore.ts'

export interface ImapPerson {
  readonly user: string
  readonly password: string
  readonly store: MailStore
}

export interface ImapServer {
  readonly port: number
  /** Durable when it returns; false when the mailbox is full. */
  deliver(user: string, mail: Uint8Array, at: Date): Promise<boolean>
  close(): Promise<void>
}

const plugins = ['ID', 'NAMESPACE', 'IDLE', 'ENABLE', 'SPECIAL-USE', 'UNSELECT', 'UIDPLUS', 'MOVE', 'LITERALPLUS']
/** What clients may say. hoodiecrow loads a command's file by the name that the client sent, so the names are closed. */
const changing = [
  'APPEND',
  'CLOSE',
  'COPY',
  'CREATE',
  'DELETE',
  'EXPUNGE',
  'MOVE',
  'RENAME',
  'STORE',
  'UID COPY',
  'UID EXPUNGE',
  'UID MOVE',
  'UID STORE',
]
const commands = new Set([
  ...changing,
  'CAPABILITY',
  'CHECK',
  'ENABLE',
  'EXAMINE',
  'FETCH',
  'ID',
  'IDLE',
  'LIST',
  'LOGIN',
  'LOGOUT',
  'LSUB',
  'NAMESPACE',
  'NOOP',
  'SEARCH',
  'SELECT',
  'STATUS',
  'SUBSCRIBE',
  'UID FETCH',
  'UID SEARCH',
  'UNSELECT',
  'UNSUBSCRIBE',
])

const specialFolders: Readonly<Record<string, string>> = {
  Sent: '\\Sent',
  Drafts: '\\Drafts',
  Junk: '\\Junk',
  Trash: '\\Trash',
}

/** Everything is held in memory: enough for playing, too little to hurt the machine. */
const mailboxMessageLimit = 2_000
const mailboxByteLimit = 268_435_456
/** The submission server takes 35 MiB; a copy of it must fit into Sent. */
const commandByteLimit = 37_748_736
const connectionLimit = 50

export async function startImap(options: {
  readonly people: readonly ImapPerson[]
  readonly tls: { readonly key: string; readonly cert: string }
  readonly preferredPort: number | undefined
}): Promise<ImapServer> {
  const homes = new Map<string, Home>()
  for (const person of options.people) homes.set(person.user, openHome(person))

  const gate = restricted(
    hoodiecrow({
      credentials: {},
      users: {},
      plugins,
      storage: {},
      secureConnection: true,
    }),
  )
  gate.setCommandHandler('LOGIN', (connection, parsed, _data, callback) => {
    const [user, password] = (parsed.attributes ?? []).map(({ value }) => value)
    const home = homes.get(user ?? '')
    if (connection.state !== 'Not Authenticated' || !home || password !== home.password) {
      refuse(connection, parsed.tag, 'Login failed')
    } else {
      moveTo(connection, home.server)
      connection.state = 'Authenticated'
      connection.send({ tag: parsed.tag, command: 'OK', attributes: [{ type: 'TEXT', value: 'Welcome' }] }, 'LOGIN')
    }
    callback()
  })

  const sockets = new Set<TLSSocket>()
  const server: Server = createServer({ ...options.tls, minVersion: 'TLSv1.2', noDelay: true }, (socket) => {
    if (sockets.size >= connectionLimit) {
      socket.destroy()
      return
    }
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    // A client that goes away in the middle is nothing to report.
    socket.on('error', () => socket.destroy())
    limitCommands(socket)
    gate.createClient(socket)
  })
  server.on('tlsClientError', (_, socket) => socket.destroy())
  await listenOn(server, options.preferredPort)

  return {
    port: (server.address() as AddressInfo).port,
    async deliver(user, mail, at) {
      const home = homes.get(user)
      if (!home || isFull(home.server, mail.length)) return false
      home.server.appendMessage('INBOX', [], at, latin1Text(mail))
      await home.save()
      return true
    },
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise<void>((resolve) => server.close(() => resolve()))
      for (const home of homes.values()) await home.save()
    },
  }
}

interface Home {
  readonly server: HoodiecrowServer
  readonly password: string
  save(): Promise<void>
}

function openHome({ password, store }: ImapPerson): Home {
  const server = restricted(
    hoodiecrow({
      credentials: {},
      users: {},
      plugins,
      storage: storageOf(store.load() ?? []),
      secureConnection: true,
    }),
  )
  const save = () => store.save(Object.values(server.folderCache))
  for (const command of changing) {
    const handler = server.getCommandHandler(command)
    if (!handler) continue
    server.setCommandHandler(command, (connection, parsed, data, callback) => {
      if (command === 'APPEND' && isFull(server, data.length)) {
        refuse(connection, parsed.tag, 'Mailbox is full')
        return callback()
      }
      handler(connection, parsed, data, callback)
      void save().catch(() => connection.socket?.destroy())
    })
  }
  return { server, password, save }
}

/** Only the commands above, and a command that fails answers NO instead of holding the connection. */
function restricted(server: HoodiecrowServer): HoodiecrowServer {
  const find = server.getCommandHandler.bind(server)
  server.getCommandHandler = (name) => {
    const command = name.toUpperCase()
    const handler = commands.has(command) ? find(command) : false
    return handler && guarded(handler)
  }
  return server
}

const guardedHandlers = new WeakMap<HoodiecrowHandler, HoodiecrowHandler>()

function guarded(handler: HoodiecrowHandler): HoodiecrowHandler {
  const known = guardedHandlers.get(handler)
  if (known) return known
  const wrapped: HoodiecrowHandler = (connection, parsed, data, callback) => {
    try {
      handler(connection, parsed, data, callback)
    } catch {
      refuse(connection, parsed.tag, 'The command could not be carried out')
      callback()
    }
  }
  guardedHandlers.set(handler, wrapped)
  guardedHandlers.set(wrapped, wrapped)
  return wrapped
}

function refuse(connection: HoodiecrowConnection, tag: string, text: string): void {
  connection.send({ tag, command: 'NO', attributes: [{ type: 'TEXT', value: text }] }, 'REFUSED')
}

function moveTo(connection: HoodiecrowConnection, home: HoodiecrowServer): void {
  connection.server.removeListener('notify', connection._notificationCallback)
  connection.server = home
  home.on('notify', connection._notificationCallback)
}

/** A literal or line that never ends would fill the memory. */
function limitCommands(socket: TLSSocket): void {
  let received = 0
  socket.on('data', (chunk: Uint8Array) => {
    const lastLine = chunk.lastIndexOf(0x0a)
    received = lastLine === chunk.length - 1 && chunk.length < 16_384 ? 0 : received + chunk.length
    if (received > commandByteLimit) socket.destroy()
  })
}

function isFull(server: HoodiecrowServer, more: number): boolean {
  const messages = Object.values(server.folderCache).flatMap((folder) => folder.messages)
  const bytes = messages.reduce((sum, message) => sum + message.raw.length, more)
  return messages.length >= mailboxMessageLimit || bytes > mailboxByteLimit
}

function storageOf(folders: readonly StoredFolder[]): object {
  const byPath = new Map(folders.map((folder) => [folder.path, folder]))
  const folderOf = (path: string): Partial<HoodiecrowMailbox> => {
    const { uidvalidity = 1, uidnext = 1, messages = [] } = byPath.get(path) ?? {}
    return {
      uidvalidity,
      uidnext,
      messages,
      ...(specialFolders[path] ? { 'special-use': specialFolders[path] } : {}),
    }
  }
  const paths = new Set([...Object.keys(specialFolders), ...byPath.keys()])
  paths.delete('INBOX')
  return {
    INBOX: folderOf('INBOX'),
    // Sub-folders come back beside their parents: a sandbox has no need for a tree.
    '': {
      separator: '/',
      folders: Object.fromEntries([...paths].map((path) => [path.replaceAll('/', '.'), folderOf(path)])),
    },
  }
}
