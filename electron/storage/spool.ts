/**
 * Files on their way through a profile: attachments, exports, large mails. They live in a folder of this process below
 * `spool/`, may only be read by the owner, and are gone when the profile closes. What a killed process left behind is
 * removed when the profile is opened next.
 *
 * A private key on its way into the vault passes here, and what shall only ever leave encrypted. Deleting a file overwrites
 * nothing, so its bytes are encrypted with a key that is nowhere but in this process.
 */

import { type FileHandle, mkdir, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { release } from '../base/bytes.ts'
import { makeProcessFolder, removeLeftBehind } from '../base/processFolders.ts'
import { failure, type Result, success } from '../base/result.ts'
import type { SeekableBytes } from '../base/seekableBytes.ts'
import { createSeekableCipher } from '../crypto/seekableCipher.ts'
import { meaningOf } from './sqliteFailure.ts'

/** All files of one process together: a few of the largest mails. Beyond it the disk counts as full. */
const spoolByteLimit = 8 * 2 ** 30
/** A laptop sleeps for a night with its programs, and nobody but the process that left a file behind could read it. */
const quietMinutes = 1_440
/** Bytes per piece when a file is read from one end to the other. */
const pieceLength = 1_048_576

type DiskFullFailure = { readonly code: 'disk-full' }

export interface SpoolFile {
  /** Bytes written so far. */
  readonly size: number
  /** Appends. A piece that finds no room is taken back whole. */
  write(bytes: Uint8Array): Promise<Result<undefined, DiskFullFailure>>
  /** Up to `length` bytes from `offset`; fewer at the end. */
  read(offset: number, length: number): Promise<Uint8Array>
  open(): AsyncIterable<Uint8Array>
  /** Deletes the file. */
  discard(): Promise<void>
}

export interface Spool {
  create(): Promise<Result<SpoolFile, DiskFullFailure>>
  close(): Promise<void>
}

/** A file that is written, to be read at any place. */
export function spooledBytes(file: SpoolFile): SeekableBytes {
  return { size: file.size, read: (start, end) => file.read(start, end - start), own: true }
}

/** Opens the spool of a profile's folder. `byteLimit` is for tests. */
export async function openSpool(profileFolder: string, byteLimit = spoolByteLimit): Promise<Spool> {
  const spoolFolder = join(profileFolder, 'spool')
  await mkdir(spoolFolder, { recursive: true, mode: 0o700 })
  removeLeftBehind(spoolFolder, quietMinutes)
  const folder = await makeProcessFolder(spoolFolder)
  const files = new Set<SpoolFile>()
  const usage = { bytes: 0, limit: byteLimit }
  let number = 0

  return {
    async create() {
      try {
        const path = join(folder.path, String(++number))
        const handle = await open(path, 'wx+', 0o600)
        const file = spoolFileOf(path, handle, usage, () => files.delete(file))
        files.add(file)
        return success(file)
      } catch (error) {
        if (meaningOf(error) === 'disk-full') return failure({ code: 'disk-full' })
        throw error
      }
    },
    async close() {
      for (const file of [...files]) await file.discard()
      await folder.remove()
    },
  }
}

function spoolFileOf(
  path: string,
  handle: FileHandle,
  usage: { bytes: number; readonly limit: number },
  onDiscard: () => void,
): SpoolFile {
  const cipher = createSeekableCipher()
  let size = 0
  let isOpen = true
  let last: Promise<unknown> = Promise.resolve()

  async function append(bytes: Uint8Array): Promise<Result<undefined, DiskFullFailure>> {
    if (usage.bytes + bytes.length > usage.limit) return failure({ code: 'disk-full' })
    try {
      const hidden = cipher.apply(bytes, size)
      for (let written = 0; written < hidden.length; ) {
        written += (await handle.write(hidden, written, hidden.length - written, size + written)).bytesWritten
      }
      release(hidden)
      size += bytes.length
      usage.bytes += bytes.length
      return success(undefined)
    } catch (error) {
      if (meaningOf(error) !== 'disk-full') throw error
      // The next piece is encrypted for the same place; usually it is this one again, after room was made.
      await handle.truncate(size)
      return failure({ code: 'disk-full' })
    }
  }

  async function read(offset: number, length: number): Promise<Uint8Array> {
    const bytes = Buffer.allocUnsafeSlow(Math.max(0, Math.min(length, size - offset)))
    let filled = 0
    while (filled < bytes.length) {
      const { bytesRead } = await handle.read(bytes, filled, bytes.length - filled, offset + filled)
      if (bytesRead === 0) break
      filled += bytesRead
    }
    const plain = cipher.apply(bytes.subarray(0, filled), offset)
    release(bytes)
    return plain
  }

  return {
    get size() {
      return size
    },
    write(bytes) {
      // One after the other, so that two pieces can't claim the same place.
      const turn = last.then(() => append(bytes))
      last = turn.catch(() => undefined)
      return turn
    },
    read,
    async *open() {
      for (let offset = 0; offset < size; ) {
        const piece = await read(offset, pieceLength)
        if (piece.length === 0) return
        offset += piece.length
        yield piece
      }
    },
    async discard() {
      if (!isOpen) return
      isOpen = false
      await last
      await handle.close()
      cipher.close()
      await rm(path, { force: true })
      usage.bytes -= size
      onDiscard()
    },
  }
}
