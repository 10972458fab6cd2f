/** Thunderbird's profiles on this computer: runs NSS's tools and reads and changes files for acquisition/thunderbird/. */

import { execFile } from 'node:child_process'
import { copyFile, mkdir, mkdtemp, open, readFile, readlink, rename, rm, stat, writeFile } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RunFailure, ThunderbirdMachine } from '../acquisition/thunderbird/machine.ts'
import { failure, type Result, success } from '../base/result.ts'

/** Deriving a primary password's key takes NSS up to a second; a file system that hangs must not hold Siegel. */
const runSeconds = 30
/** certutil's list of a store with every intermediate certificate that Thunderbird has met is some 100 kB. */
const outputByteLimit = 16_777_216

export const thisThunderbirdMachine: ThunderbirdMachine = {
  platform: process.platform,
  environment: process.env,
  home: homedir(),
  run,
  async readText(path, byteLimit) {
    return (await readBounded(path, byteLimit))?.toString('utf8')
  },
  async inPrivateFolder(work) {
    const path = await mkdtemp(join(tmpdir(), 'siegel-nss-'))
    try {
      return await work({
        path,
        async write(name, content) {
          const file = join(path, name)
          await writeFile(file, content, { mode: 0o600, flag: 'wx' })
          return file
        },
        read: (name, byteLimit) => readBounded(join(path, name), byteLimit),
      })
    } finally {
      await rm(path, { recursive: true, force: true })
    }
  },
  isInUse: (profileFolder) => isInUse(profileFolder, process.platform),
  async copy(from, to, names) {
    await mkdir(to, { recursive: true, mode: 0o700 })
    for (const name of names) {
      await copyFile(join(from, name), join(to, name)).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT') throw error
      })
    }
  },
  async replace(path, text) {
    const { mode } = await stat(path)
    const beside = `${path}.siegel`
    try {
      await writeFile(beside, text, { mode: mode & 0o777 })
      await rename(beside, path)
    } catch (error) {
      await rm(beside, { force: true })
      throw error
    }
  },
}

function run(program: string, parameters: readonly string[]): Promise<Result<Uint8Array, RunFailure>> {
  const options = {
    encoding: 'buffer',
    timeout: runSeconds * 1_000,
    killSignal: 'SIGKILL',
    maxBuffer: outputByteLimit,
    windowsHide: true,
    // Its messages are read, so that they must be in one language; names are UTF-8.
    env: { ...process.env, LC_ALL: 'C.UTF-8', LANGUAGE: 'C' },
  } as const
  return new Promise((resolve) => {
    const child = execFile(program, [...parameters], options, (error, output, messages) => {
      resolve(error ? failure(meaningOf(error, messages.toString('utf8', 0, 4_096))) : success(output))
    })
    // A question for a password gets no answer.
    child.stdin?.on('error', () => undefined).end()
  })
}

function meaningOf(error: { code?: string | number | null; killed?: boolean }, detail: string): RunFailure {
  if (error.code === 'ENOENT') return { code: 'missing' }
  if (error.code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER') return { code: 'too-large' }
  return error.killed ? { code: 'slow' } : { code: 'refused', detail }
}

async function readBounded(path: string, byteLimit: number): Promise<Buffer | undefined> {
  const found = await stat(path).catch(() => undefined)
  if (!found?.isFile() || found.size > byteLimit) return undefined
  return readFile(path).catch(() => undefined)
}

/**
 * Mozilla's profile lock (nsProfileLock): on Windows a file that is held open; elsewhere a record lock on `.parentlock` and beside
 * it the link `lock` to "address:+process", which a crash leaves behind.
 */
export async function isInUse(profileFolder: string, platform: NodeJS.Platform): Promise<boolean> {
  if (platform === 'win32') {
    const held = await open(join(profileFolder, 'parent.lock'), 'r+').catch((error: NodeJS.ErrnoException) => error)
    if (!(held instanceof Error)) await held.close()
    return held instanceof Error && held.code !== 'ENOENT'
  }
  const link = await readlink(join(profileFolder, 'lock')).catch(() => undefined)
  const process = Number(/:\+?(\d+)$/.exec(link ?? '')?.[1] ?? 0)
  if (process > 0 && isAlive(process)) return true
  return platform === 'linux' ? holdsRecordLock(join(profileFolder, '.parentlock')) : askForHolder(profileFolder)
}

function isAlive(id: number): boolean {
  try {
    process.kill(id, 0)
    return true
  } catch (error) {
    // It is somebody else's.
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** Linux lists record locks with the inode that they are on. */
async function holdsRecordLock(path: string): Promise<boolean> {
  const found = await stat(path, { bigint: true }).catch(() => undefined)
  if (!found) return false
  const locks = await readFile('/proc/locks', 'utf8').catch(() => '')
  return locks.split('\n').some((line) => line.includes('POSIX') && line.includes(`:${found.ino} `))
}

/** Other systems have lsof, which names the processes that hold a file and ends with 1 where there is none. */
async function askForHolder(profileFolder: string): Promise<boolean> {
  const path = join(profileFolder, '.parentlock')
  if (!(await stat(path).catch(() => undefined))) return false
  const answer = await run('lsof', ['-t', path])
  if (answer.ok) return answer.value.length > 0
  return answer.error.code !== 'refused' || answer.error.detail !== ''
}
