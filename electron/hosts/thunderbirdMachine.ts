/** Thunderbird's profiles on this computer: the tools, and the files that acquisition/thunderbird/ reads and changes. */

import {
  copyFile,
  type FileHandle,
  mkdir,
  open,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { halfWritten, type ThunderbirdMachine } from '../acquisition/thunderbird/machine.ts'
import { isRunning } from '../base/runningProcess.ts'
import { runProgram, toolMachine } from './toolMachine.ts'

/** `profileHome`: the folder of Siegel's profile. */
export function thunderbirdMachine(profileHome: string): ThunderbirdMachine {
  return {
    ...toolMachine(profileHome),
    isInUse: (profileFolder) => isInUse(profileFolder, process.platform),
    async copy(from, to, names) {
      await mkdir(to, { recursive: true, mode: 0o700 })
      for (const name of names) {
        try {
          await copyFile(join(from, name), join(to, name))
          await syncFile(join(to, name))
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
        }
      }
      await syncFolder(to)
      await syncFolder(dirname(to))
    },
    async makeFolder(path) {
      return mkdir(path, { mode: 0o700 }).then(
        () => true,
        (error: NodeJS.ErrnoException) => {
          if (error.code !== 'EEXIST') throw error
          return false
        },
      )
    },
    namesIn: (folder) => readdir(folder).catch(() => []),
    async readBytes(path, byteLimit) {
      const found = await stat(path).catch(() => undefined)
      return found?.isFile() && found.size <= byteLimit ? readFile(path) : undefined
    },
    async replace(path, content) {
      const found = await stat(path).catch(() => undefined)
      const beside = `${path}${halfWritten}`
      try {
        await writeFile(beside, content, { mode: (found?.mode ?? 0o600) & 0o777, flush: true })
        await rename(beside, path)
        await syncFolder(dirname(path))
      } catch (error) {
        await rm(beside, { force: true })
        throw error
      }
    },
    async minutesSince(path) {
      const found = await stat(path).catch(() => undefined)
      return found && (Date.now() - found.mtimeMs) / 60_000
    },
    async remove(path) {
      await rm(path, { recursive: true, force: true })
      await syncFolder(dirname(path))
    },
    async putBack(copyFolder, folder, { had, added }) {
      for (const name of had) {
        await rename(join(copyFolder, name), join(folder, name)).catch((error: NodeJS.ErrnoException) => {
          // Put back by an earlier try.
          if (error.code !== 'ENOENT') throw error
        })
      }
      for (const name of added) await rm(join(folder, name), { force: true })
      // The copy goes last: until then it is what everything can be put back from.
      await syncFolder(folder)
      await rm(copyFolder, { recursive: true, force: true })
    },
  }
}

/** Windows writes a file's buffers out only for who may write to it. */
async function syncFile(path: string): Promise<void> {
  await synced(await open(path, process.platform === 'win32' ? 'r+' : 'r'))
}

/** The names in a folder, where there is one. Windows has no such thing to ask for, and some file systems on a network neither. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return
  try {
    await synced(await open(path, 'r'))
  } catch (error) {
    if (!['ENOENT', 'EINVAL', 'ENOTSUP', 'EACCES'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error
  }
}

async function synced(handle: FileHandle): Promise<void> {
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
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
  if (process > 0 && isRunning(process)) return true
  return platform === 'linux' ? holdsRecordLock(join(profileFolder, '.parentlock')) : askForHolder(profileFolder)
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
  const answer = await runProgram('lsof', ['-t', path], { seconds: 10, bytes: 65_536 })
  if (answer.ok) return answer.value.length > 0
  return answer.error.code !== 'refused' || answer.error.detail !== ''
}
