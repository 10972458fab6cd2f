/**
 * Other programs' tools on this computer: runs them and hands them files for acquisition/. What lies on the disk meanwhile
 * lies below the profile's folder, in a folder of this process, and goes at the next start where a killed process left it.
 */

import { execFile } from 'node:child_process'
import { type FileHandle, mkdir, open, readFile, rm, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { PrivateFolder, RunFailure, ToolMachine } from '../acquisition/toolMachine.ts'
import { makeProcessFolder, removeLeftBehind } from '../base/processFolders.ts'
import { failure, type Result, success } from '../base/result.ts'
import { withoutOwnVariables } from './ownVariables.ts'

/** Deriving a primary password's key takes NSS up to a second; a file system that hangs must not hold Siegel. */
const runSeconds = 30
/** certutil's list of a store with every intermediate certificate that Thunderbird has met is some 100 kB. */
const outputByteLimit = 16_777_216
/** Far more than the minute after which a process that works touches its folder again. */
const quietMinutes = 10

/** `profileHome`: the folder of Siegel's profile, below which the private folders are made. */
export function toolMachine(profileHome: string): ToolMachine {
  return {
    platform: process.platform,
    environment: process.env,
    home: homedir(),
    run: (program, parameters, input, seconds = runSeconds) =>
      runProgram(program, parameters, { seconds, bytes: outputByteLimit }, input),
    isFile: async (path) => (await stat(path).catch(() => undefined))?.isFile() ?? false,
    async readText(path, byteLimit) {
      return (await readBounded(path, byteLimit))?.toString('utf8')
    },
    inPrivateFolder: (work) => inPrivateFolder(toolsFolderOf(profileHome), work),
  }
}

/** Removes what killed processes left below the profile's folder. */
export function removeLeftBehindTools(profileHome: string): void {
  removeLeftBehind(toolsFolderOf(profileHome), quietMinutes)
}

function toolsFolderOf(profileHome: string): string {
  return join(profileHome, 'tools')
}

/** Runs a program without a shell. Never rejects. */
export function runProgram(
  program: string,
  parameters: readonly string[],
  budget: { readonly seconds: number; readonly bytes: number },
  input?: Uint8Array,
): Promise<Result<Uint8Array, RunFailure>> {
  const options = {
    encoding: 'buffer',
    timeout: budget.seconds * 1_000,
    killSignal: 'SIGKILL',
    maxBuffer: budget.bytes,
    windowsHide: true,
    env: toolEnvironment(process.env, process.platform),
  } as const
  return new Promise((resolve) => {
    const child = execFile(program, [...parameters], options, (error, output, messages) => {
      resolve(error ? failure(meaningOf(error, messages.toString('utf8', 0, 4_096))) : success(output))
    })
    // A question for more gets no answer.
    child.stdin?.on('error', () => undefined).end(input)
  })
}

/**
 * Without what is Siegel's own, the vault's passphrase above all: gpgsm starts gpg-agent, which would keep it for as long as the
 * person is logged in.
 */
export function toolEnvironment(environment: NodeJS.ProcessEnv, platform: NodeJS.Platform): NodeJS.ProcessEnv {
  // A program that is opened from the Finder has none of the places in its PATH where Homebrew and MacPorts put certutil.
  const path = platform === 'darwin' ? { PATH: [environment['PATH'] ?? '', ...macFolders].join(':') } : {}
  // Its messages are read, so that they must be in one language; names are UTF-8.
  return { ...withoutOwnVariables(environment), ...path, LC_ALL: 'C.UTF-8', LANGUAGE: 'C' }
}

const macFolders = ['/opt/homebrew/bin', '/usr/local/bin', '/opt/local/bin']

function meaningOf(error: { code?: string | number | null; killed?: boolean }, detail: string): RunFailure {
  if (error.code === 'ENOENT') return { code: 'missing' }
  if (error.code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER') return { code: 'too-large' }
  return error.killed ? { code: 'slow' } : { code: 'refused', detail }
}

async function inPrivateFolder<Value>(parent: string, work: (folder: PrivateFolder) => Promise<Value>): Promise<Value> {
  await mkdir(parent, { recursive: true, mode: 0o700 })
  const folder = await makeProcessFolder(parent)
  const { path } = folder
  const nameless = await namelessFiles()
  const handles = new Map<string, FileHandle>()
  try {
    return await work({
      path,
      async write(name, content) {
        const file = join(path, name)
        const handle = await open(file, 'wx+', 0o600)
        handles.set(name, handle)
        if (nameless) await rm(file)
        await handle.write(content)
        return nameless ? `/proc/${process.pid}/fd/${handle.fd}` : file
      },
      async read(name, byteLimit) {
        const handle = handles.get(name)
        return handle ? readFromStart(handle, byteLimit) : readBounded(join(path, name), byteLimit)
      },
    })
  } finally {
    for (const handle of handles.values()) await handle.close()
    await folder.remove()
  }
}

/**
 * Whether this process's open files can be opened by its children under /proc, as often as they like (proc_pid_fd(5)). They
 * belong to root where the process may not be looked into (PR_SET_DUMPABLE(2const)).
 */
async function namelessFiles(): Promise<boolean> {
  if (process.platform !== 'linux') return false
  const facts = await stat(`/proc/${process.pid}/fd`).catch(() => undefined)
  return facts?.uid === process.getuid?.()
}

async function readFromStart(handle: FileHandle, byteLimit: number): Promise<Buffer | undefined> {
  const { size } = await handle.stat()
  if (size > byteLimit) return undefined
  const bytes = Buffer.alloc(size)
  const { bytesRead } = await handle.read(bytes, 0, size, 0)
  return bytes.subarray(0, bytesRead)
}

async function readBounded(path: string, byteLimit: number): Promise<Buffer | undefined> {
  const found = await stat(path).catch(() => undefined)
  if (!found?.isFile() || found.size > byteLimit) return undefined
  return readFile(path).catch(() => undefined)
}
