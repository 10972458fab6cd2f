/** Files with a passphrase or password in their first line, as editors and shells write them. */

import { stat } from 'node:fs/promises'
import { readInput } from './files.ts'
import { type Terminal, UsageError } from './terminal.ts'

/** The first line without its line end, and without the mark that Windows' programs put before a text. */
export async function readSecretFile(terminal: Terminal, file: string): Promise<string> {
  const bytes = await readInput(file, 65_536)
  const text = textOf(bytes)
  if (text === undefined) throw new UsageError(terminal.words('cli.usage.secret-encoding', { file }))
  if (await isReadableByAll(file)) terminal.note(terminal.words('cli.secret-readable', { file }))
  return text.split(/\r?\n/, 1)[0] ?? ''
}

/** UTF-8, or the UTF-16 of PowerShell's `>`. Anything else would be another secret than the one that was meant. */
function textOf(bytes: Uint8Array): string | undefined {
  const encoding = bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : 'utf-8'
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes)
  } catch {
    return undefined
  }
}

/** Windows says who may read a file elsewhere; what a pipe brings lies nowhere. */
async function isReadableByAll(file: string): Promise<boolean> {
  if (file === '-' || process.platform === 'win32') return false
  const found = await stat(file).catch(() => undefined)
  return found?.isFile() === true && (found.mode & 0o004) !== 0
}
