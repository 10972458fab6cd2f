/**
 * What a running sandbox tells the rest of Siegel, and the file in which it says so to other processes.
 *
 * The file `sandbox.json` lies in the sandbox's own folder, readable by its owner only, because it holds the mailbox
 * passwords. A file left behind by a killed process is recognised by its process id.
 */

import { readFileSync } from 'node:fs'
import { rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { makeFolder } from '../base/makeFolder.ts'
import { isRunning, processStartOf } from '../base/runningProcess.ts'

const port = z.number().int().min(1).max(65_535)

const person = z.object({
  name: z.string(),
  address: z.string(),
  user: z.string(),
  password: z.string(),
  /** A person whose account may be lent to the user; the others only write and answer. */
  playable: z.boolean(),
})

const stateSchema = z.object({
  version: z.literal(1),
  pid: z.number().int(),
  /** When the process began, where the system says so: a process id alone is used again after a while. */
  processStart: z.string(),
  startedAt: z.string(),
  /** The ACME directory (RFC 8555 §7.1.1). */
  directoryUrl: z.string(),
  /** The root in PEM: it is the anchor for the certificates and for TLS to the sandbox's servers. */
  caPem: z.string(),
  /** The same root, DER as base64. */
  anchor: z.base64(),
  /** The addresses of its revocation lists: the only ones on this machine that a sandbox profile asks. */
  revocationLists: z.array(z.string()).max(10).optional(),
  /** The same for its OCSP responders. */
  ocspResponders: z.array(z.string()).max(10).optional(),
  smtp: z.object({ host: z.string(), port, security: z.literal('starttls') }),
  imap: z.object({ host: z.string(), port, security: z.literal('tls') }),
  people: z.array(person),
  /** TXT records by name, for DKIM: the sandbox's domains exist in no DNS. */
  txtRecords: z.record(z.string(), z.array(z.string())),
})
export type SandboxState = Readonly<z.infer<typeof stateSchema>>

const stateFile = 'sandbox.json'

/** The state of the sandbox that runs on `folder`; undefined when there is none or its process has ended. */
export function readSandboxState(folder: string): SandboxState | undefined {
  const state = readLastState(folder)
  return state && isAlive(state) ? state : undefined
}

/** The state file whether or not its process lives: a new start prefers the ports of the last one. */
export function readLastState(folder: string): SandboxState | undefined {
  try {
    const parsed = stateSchema.safeParse(JSON.parse(readFileSync(join(folder, stateFile), 'utf8')))
    return parsed.success ? parsed.data : undefined
  } catch {
    return undefined
  }
}

export async function writeSandboxState(folder: string, state: SandboxState): Promise<void> {
  await writePrivateFile(join(folder, stateFile), JSON.stringify(state, undefined, 2))
}

/** Keeps the ports for the next start and marks the sandbox as ended. */
export async function markSandboxStopped(folder: string, state: SandboxState): Promise<void> {
  await writeSandboxState(folder, { ...state, pid: 0 })
}

/** Writes beside the file and renames, so that a reader never sees half of it; readable by the owner only. */
export async function writePrivateFile(file: string, content: string | Uint8Array): Promise<void> {
  const beside = `${file}.new`
  await rm(beside, { force: true })
  await writeFile(beside, content, { mode: 0o600, flush: true })
  await rename(beside, file)
}

export async function makePrivateFolder(folder: string): Promise<void> {
  makeFolder(folder, 0o700)
}

/** Looks a TXT record up in a state; rejects like node:dns for a name that doesn't exist. */
export function txtResolverOf(state: Pick<SandboxState, 'txtRecords'>): TxtResolver {
  return async (name) => {
    const record = state.txtRecords[name.toLowerCase().replace(/\.$/, '')]
    if (record === undefined) throw Object.assign(new Error('no such record'), { code: 'ENOTFOUND' })
    return [[...record]]
  }
}

/** The shape of node:dns/promises `resolveTxt`. */
export type TxtResolver = (name: string) => Promise<string[][]>

function isAlive({ pid, processStart }: SandboxState): boolean {
  return pid > 0 && processStartOf(pid) === processStart && isRunning(pid)
}
