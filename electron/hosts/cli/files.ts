/** Files named on the command line: read with a bound, written without overwriting anything by accident. */

import { createReadStream, createWriteStream, fstatSync } from 'node:fs'
import { access, constants, type FileHandle, open, readFile, realpath, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { concatBytes } from '../../base/bytes.ts'
import { makeFolder } from '../../base/makeFolder.ts'
import { heldBytes, pieceBytes, type SeekableBytes } from '../../base/seekableBytes.ts'
import { CommandFailure, OutputRefused } from './terminal.ts'

/** What comes from a pipe is held in memory; more is refused instead of filling the machine. */
export const largestInput = 2 ** 31 - 1

/** Reads a file whole; `-` reads standard input. */
export async function readInput(file: string, limit = largestInput): Promise<Uint8Array> {
  if (file === '-') return readStream(process.stdin, limit)
  const found = await stat(file).catch(() => unreadable(file))
  if (found.isDirectory()) return unreadable(file)
  // A pipe (`<(pass show siegel)`, /dev/stdin) has no size that could be asked for.
  if (!found.isFile()) return readStream(createReadStream(file), limit).catch((error) => refused(file, error))
  if (found.size > limit) throw new CommandFailure('too-large', { limit, size: found.size })
  return readFile(file).catch(() => unreadable(file))
}

/** Files up to this size are read at once; larger ones stay where they are. */
const heldInput = 8_388_608

export interface OpenedInput {
  readonly source: SeekableBytes
  close(): Promise<void>
}

/** A mail to look at: in memory where it is small or comes from a pipe, else read from its file as it is needed. */
export async function openInput(file: string): Promise<OpenedInput> {
  const found = file === '-' ? undefined : await stat(file).catch(() => undefined)
  if (!found?.isFile() || found.size <= heldInput) {
    return { source: heldBytes(await readInput(file)), close: async () => undefined }
  }
  const handle = await open(file, 'r').catch(() => unreadable(file))
  const before = await handle.stat()
  return {
    source: {
      size: before.size,
      own: true,
      async read(start, end) {
        const bytes = Buffer.allocUnsafeSlow(end - start)
        for (let filled = 0; filled < bytes.length; ) {
          const { bytesRead } = await handle.read(bytes, filled, bytes.length - filled, start + filled)
          if (bytesRead === 0) throw new CommandFailure('file-changed', { name: file })
          filled += bytesRead
        }
        // What is shown must be what was verified: whoever writes into the file meanwhile changes this time. Someone who may
        // write it and maps it into memory can still evade this; they could as well have changed it a moment before.
        const now = fstatSync(handle.fd)
        if (now.ctimeMs !== before.ctimeMs) throw new CommandFailure('file-changed', { name: file })
        return bytes
      },
    },
    close: () => handle.close(),
  }
}

let waiting = 0

/** A pipe's other side may never write, and then nothing calls the reading back. */
export function isWaitingForInput(): boolean {
  return waiting > 0
}

async function readStream(stream: AsyncIterable<Buffer>, limit: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  let size = 0
  waiting += 1
  try {
    for await (const part of stream) {
      size += part.length
      if (size > limit) throw new CommandFailure('too-large', { limit })
      parts.push(part)
    }
  } finally {
    waiting -= 1
  }
  return concatBytes(...parts)
}

function refused(file: string, error: unknown): never {
  if (error instanceof CommandFailure) throw error
  return unreadable(file)
}

export interface FileAttachment {
  readonly mediaType: string
  readonly name: string
  readonly size: number
  open(): AsyncIterable<Uint8Array>
}

export async function attachmentOf(file: string): Promise<FileAttachment> {
  const { size } = await statOf(file)
  return {
    name: basename(file),
    mediaType: 'application/octet-stream',
    size,
    open: () => createReadStream(file, { highWaterMark: pieceBytes }),
  }
}

async function statOf(file: string): Promise<{ size: number }> {
  const found = await stat(file).catch(() => undefined)
  return found?.isFile() ? found : unreadable(file)
}

function unreadable(file: string): never {
  throw new CommandFailure('file-unreadable', { name: file })
}

/**
 * Writes a result; `-` writes to standard output. Secrets are readable by their owner only. The file appears when it is
 * complete: what fails halfway leaves no half, and leaves what was there before.
 */
export async function writeOutput(
  file: string,
  content: AsyncIterable<Uint8Array> | Iterable<Uint8Array> | Uint8Array,
  options: { secret?: boolean; signal?: AbortSignal } = {},
): Promise<void> {
  const source = content instanceof Uint8Array ? [content] : content
  const { signal } = options
  if (file === '-') {
    await pipeline(source, process.stdout, { end: false, signal }).catch((error: unknown) => {
      // The command hears of a lost standard output by itself.
      if (!isClosedPipe(error)) throw writeFailure(file, error)
    })
    return
  }
  // A link stays a link: what it leads to is replaced.
  const target = await realpath(file).catch(() => file)
  const there = await stat(target).catch(() => undefined)
  if (there && !there.isFile() && !there.isDirectory()) {
    // A device or a pipe is written to: a file in its place would be no /dev/null any more.
    await pipeline(source, createWriteStream(target), { signal }).catch((error: unknown) => {
      throw writeFailure(file, error)
    })
    return
  }
  const beside = `${target}.${process.pid}.part`
  try {
    const mode = options.secret ? 0o600 : 0o666
    // The next pieces are made while the disk has these.
    const written = createWriteStream(beside, { flags: 'wx', mode, highWaterMark: 1_048_576 })
    await pipeline(source, written, { signal })
    await rename(beside, target)
  } catch (error) {
    await rm(beside, { force: true })
    throw writeFailure(file, error)
  }
}

/** Refuses a file that can't be written, before anything is done whose result it shall hold. */
export async function checkOutput(file: string): Promise<void> {
  if (file === '-') return
  const there = await stat(file).catch(() => undefined)
  const isWritable = await access(there && !there.isFile() ? file : dirname(resolve(file)), constants.W_OK).then(
    () => !there?.isDirectory(),
    () => false,
  )
  if (!isWritable) throw new OutputRefused(file)
}

/** Whoever read our standard output has left. */
export function isClosedPipe(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return code === 'EPIPE' || code === 'ERR_STREAM_PREMATURE_CLOSE'
}

function writeFailure(file: string, error: unknown): Error {
  if (error instanceof Error && error.name === 'AbortError') return new CommandFailure('cancelled')
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'ENOSPC') return new CommandFailure('disk-full')
  if (typeof code === 'string' && code.startsWith('E')) return new OutputRefused(file)
  return error instanceof Error ? error : new Error(String(error))
}

/**
 * Writes a file into a folder under a name that a mail suggested. The name loses everything that could leave the folder
 * or hide the file, and an existing file is never overwritten: the new one gets a number.
 */
export async function writeBeside(
  folder: string,
  suggested: string,
  content: Uint8Array | AsyncIterable<Uint8Array>,
): Promise<string> {
  try {
    makeFolder(folder)
  } catch (error) {
    throw writeFailure(folder, error)
  }
  const name = safeFileName(suggested)
  const dot = name.lastIndexOf('.')
  const [stem, ending] = dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, '']
  for (let number = 1; number < 10_000; number += 1) {
    const candidate = join(folder, number === 1 ? name : `${stem}-${number}${ending}`)
    // 'wx' fails where something is there already, a symbolic link included.
    const handle = await open(candidate, 'wx').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'EEXIST') return undefined
      throw writeFailure(candidate, error)
    })
    if (!handle) continue
    await writeAll(handle, content, candidate).finally(() => handle.close())
    return candidate
  }
  throw new OutputRefused(name)
}

async function writeAll(
  handle: FileHandle,
  content: Uint8Array | AsyncIterable<Uint8Array>,
  path: string,
): Promise<void> {
  try {
    for await (const piece of content instanceof Uint8Array ? [content] : content) await handle.writeFile(piece)
  } catch (error) {
    throw writeFailure(path, error)
  }
}

/** A name that stays in its folder on every system: no separators, no control or direction characters, no leading dot. */
export function safeFileName(suggested: string): string {
  const cleaned = suggested
    .replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '')
    .replace(/[\\/:*?"<>|]/g, '_')
    .replace(/^[.\s]+/, '')
    .replace(/[.\s]+$/, '')
    .slice(0, 150)
  if (cleaned === '') return 'attachment'
  // Windows opens devices under these names, whatever the ending.
  return /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i.test(cleaned) ? `_${cleaned}` : cleaned
}
