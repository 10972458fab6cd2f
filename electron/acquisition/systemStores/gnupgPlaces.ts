/**
 * Where GnuPG keeps a person's S/MIME keyring and where its program gpgsm is: on Linux by itself, on macOS as GPG Suite, Homebrew or
 * MacPorts put it there, on Windows with Gpg4win (Kleopatra).
 */

import { posix, win32 } from 'node:path'
import type { ToolMachine } from '../toolMachine.ts'

export type Computer = Pick<ToolMachine, 'platform' | 'home' | 'environment' | 'isFile'>

/**
 * GnuPG's folder, or undefined where there is no keyring in it: gpgsm would make one. Since 2.4 a new folder has a database instead
 * of the old file (common.conf: use-keyboxd).
 */
export async function gnupgFolderOf(computer: Computer): Promise<string | undefined> {
  const { join } = pathsOf(computer)
  const folder = folderOf(computer)
  for (const keyring of [join(folder, 'pubring.kbx'), join(folder, 'public-keys.d', 'pubring.db')]) {
    if (await computer.isFile(keyring)) return folder
  }
  return undefined
}

function folderOf({ platform, home, environment }: Computer): string {
  const named = environment['GNUPGHOME']
  if (named) return named
  if (platform !== 'win32') return posix.join(home, '.gnupg')
  return win32.join(environment['APPDATA'] || win32.join(home, 'AppData', 'Roaming'), 'gnupg')
}

/**
 * What to run for gpgsm. On macOS a program that is opened from the Finder has none of the usual places in its PATH. On Windows
 * a name alone would also mean a program in the folder that Siegel was started in.
 */
export async function gpgsmProgram(computer: Computer): Promise<string | undefined> {
  if (computer.platform !== 'darwin' && computer.platform !== 'win32') return 'gpgsm'
  const { delimiter, isAbsolute, join } = pathsOf(computer)
  const onPath = (computer.environment['PATH'] ?? '').split(delimiter).filter(isAbsolute)
  const name = computer.platform === 'win32' ? 'gpgsm.exe' : 'gpgsm'
  for (const folder of [...programFoldersOf(computer), ...onPath]) {
    const program = join(folder, name)
    if (await computer.isFile(program)) return program
  }
  return undefined
}

function programFoldersOf({ platform, environment }: Computer): string[] {
  if (platform === 'darwin') {
    return ['/usr/local/MacGPG2/bin', '/opt/homebrew/bin', '/usr/local/bin', '/opt/local/bin']
  }
  // Gpg4win 5 has 64 bits, those before have 32.
  const named = [environment['ProgramFiles'], environment['ProgramFiles(x86)']]
  const programs = [...named, 'C:\\Program Files', 'C:\\Program Files (x86)'].flatMap((folder) => folder || [])
  return [...new Set(programs)].map((folder) => win32.join(folder, 'GnuPG', 'bin'))
}

function pathsOf({ platform }: Pick<Computer, 'platform'>): typeof posix {
  return platform === 'win32' ? win32 : posix
}
