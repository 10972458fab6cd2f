/** For tests: the browser host as a process of its own, with a record of everything that it says to anybody. */

import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { inspect } from 'node:util'
import { createORPCClient } from '@orpc/client'
import { RPCLink } from '@orpc/client/websocket'
import type { ContractRouterClient } from '@orpc/contract'
import { WebSocket } from 'ws'
import type { contract } from '../../../shared/contract/contract.ts'

export type Client = ContractRouterClient<typeof contract>

/** Frames to the page, answers over HTTP, the process's output, errors as the page has them. */
export class Said {
  readonly frames: string[] = []
  readonly answers: string[] = []
  readonly output: string[] = []
  readonly errors: string[] = []
}

export interface WatchedHost {
  readonly client: Client
  /** Sends text over a line of its own, as a page that isn't ours, and waits until the host hangs up. */
  intrude(text: string): Promise<void>
  end(signal: NodeJS.Signals): Promise<void>
}

const entry = fileURLToPath(new URL('./main.ts', import.meta.url))

/** `folder` holds everything the process may write to; `roots` is a PEM file with the authorities of test servers. */
export async function startWatchedHost(options: {
  readonly home: string
  readonly folder: string
  readonly roots: string
  readonly said: Said
}): Promise<WatchedHost> {
  const { home, folder, roots, said } = options
  const running = spawn(process.execPath, ['--no-warnings', entry, `--home=${home}`], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'],
      HOME: join(folder, 'user'),
      TMPDIR: join(folder, 'tmp'),
      NODE_EXTRA_CA_CERTS: roots,
    },
  })
  const { origin, host, hash } = new URL(await addressOf(running, said))
  const session = await fetch(`${origin}/session`, {
    method: 'POST',
    headers: { origin, 'content-type': 'application/json' },
    body: JSON.stringify({ token: hash.slice(1) }),
  })
  said.answers.push(inspect([...session.headers]), await session.text())
  const cookie = session.headers.getSetCookie()[0]?.split(';', 1)[0] ?? ''
  const line = () => openLine(`ws://${host}/rpc`, { origin, cookie }, said)
  const socket = await line()
  return {
    client: createORPCClient(new RPCLink({ websocket: socket as unknown as globalThis.WebSocket })),
    async intrude(text) {
      const intruder = await line()
      const closed = new Promise((resolve) => intruder.on('close', resolve))
      intruder.send(text)
      await closed
    },
    async end(signal) {
      if (running.exitCode !== null || running.signalCode !== null) return
      const ended = new Promise((resolve) => running.once('close', resolve))
      socket.close()
      running.kill(signal)
      await ended
    },
  }
}

function addressOf(running: ChildProcess, said: Said): Promise<string> {
  const heard = said.output.length
  return new Promise((resolve, reject) => {
    const hear = (bytes: Buffer) => {
      said.output.push(bytes.toString('latin1'))
      const found = /http:\/\/127\.0\.0\.1:\d+\/#\S+/.exec(said.output.slice(heard).join(''))
      if (found) resolve(found[0])
    }
    running.stdout?.on('data', hear)
    running.stderr?.on('data', hear)
    running.on('close', (code) => reject(new Error(`the host ended with ${code}: ${said.output.join('')}`)))
  })
}

async function openLine(url: string, headers: Record<string, string>, said: Said): Promise<WebSocket> {
  const socket = new WebSocket(url, { headers })
  socket.on('message', (data) => said.frames.push(String(data)))
  await new Promise((resolve, reject) => {
    socket.on('open', resolve)
    socket.on('error', reject)
  })
  return socket
}

/** Runs something that must fail, and keeps the error with everything that hangs on it. Answers its code. */
export async function codeOfFailing(said: Said, work: () => Promise<unknown>): Promise<string> {
  try {
    await work()
    return 'done'
  } catch (error) {
    said.errors.push(inspect(error, { depth: Number.POSITIVE_INFINITY, showHidden: true, maxArrayLength: 10_000 }))
    said.errors.push(JSON.stringify(error), String((error as Error).stack))
    return (error as { code: string }).code
  }
}
