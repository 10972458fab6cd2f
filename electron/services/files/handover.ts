/**
 * Files on their way in or out, in pieces: the window can't name paths, so it hands bytes over and is handed an
 * identifier. Files lie in the profile's spool and go with it.
 */

import type { SpooledFile } from '../../../shared/contract/values.ts'
import type { Random } from '../../base/random.ts'
import { failure, type Result, success } from '../../base/result.ts'
import { randomId } from '../../crypto/identifier.ts'
import type { Spool, SpoolFile } from '../../storage/spool.ts'

/** Attachments beyond this size are refused by every mail server; a 2 GiB mail still fits. */
const largestFile = 2 ** 31
/** A draft has at most 100 attachments; the rest is room for exports and inspected mails. */
const mostFiles = 256
/** Of a window that never says what became of them. */
const mostUnsaved = 32

type BeginFailure =
  | { readonly code: 'too-large'; readonly limit: number; readonly size?: number }
  | { readonly code: 'too-many-files'; readonly limit: number }
  | { readonly code: 'disk-full' }
type AppendFailure =
  | Exclude<BeginFailure, { code: 'too-many-files' }>
  | { readonly code: 'not-found'; readonly what: string }

interface Entry {
  readonly file: SpoolFile
  readonly name: string
  readonly mediaType: string
  readonly expected: number
  /** For the window to read, not from it. */
  offered: boolean
}

export interface HandedFile {
  readonly name: string
  readonly mediaType: string
  readonly size: number
  /** Siegel's own, such as a mail from the mailbox; the window has chosen nothing. */
  readonly offered: boolean
  open(): AsyncIterable<Uint8Array>
  bytes(): Promise<Uint8Array>
}

type OfferedContent = Uint8Array | { readonly size: number; open(): AsyncIterable<Uint8Array> }

export interface Handover {
  begin(file: { name: string; mediaType: string; size: number }): Promise<Result<SpooledFile, BeginFailure>>
  /** Appends; `offset` must be what was received so far, so that a repeated or lost piece is noticed. */
  append(spoolId: string, offset: number, bytes: Uint8Array): Promise<Result<number, AppendFailure>>
  read(spoolId: string, offset: number, length: number): Promise<{ bytes: Uint8Array; end: boolean } | undefined>
  /**
   * Takes content of ours (an export, an attachment) for the window to read. `whenSaved` runs once the file has been written where
   * the person wanted it, and never where they thought better of it or the disk was full.
   */
  offer(
    file: { name: string; mediaType: string },
    content: OfferedContent,
    whenSaved?: () => void,
  ): Promise<Result<SpooledFile, BeginFailure | AppendFailure>>
  get(spoolId: string): HandedFile | undefined
  /** It was written, and is gone from here by then, or will be. False where nothing waited for that. */
  saved(spoolId: string): boolean
  /** Hands a file over for good: whoever takes it discards it. */
  take(spoolId: string): SpoolFile | undefined
  discard(spoolId: string): Promise<void>
  /** Discards what was offered: parts of mails that were decrypted. What the window handed over, such as a draft's files, stays. */
  discardOffered(): Promise<void>
}

export function createHandover(options: { spool: Spool; random: Random }): Handover {
  const entries = new Map<string, Entry>()
  const unsaved = new Map<string, () => void>()

  async function begin(file: {
    name: string
    mediaType: string
    size: number
  }): Promise<Result<SpooledFile, BeginFailure>> {
    if (file.size > largestFile) return failure({ code: 'too-large', limit: largestFile, size: file.size })
    if (entries.size >= mostFiles) return failure({ code: 'too-many-files', limit: mostFiles })
    const created = await options.spool.create()
    if (!created.ok) return created
    const spoolId = randomId(options.random)
    entries.set(spoolId, {
      file: created.value,
      name: file.name,
      mediaType: file.mediaType,
      expected: file.size,
      offered: false,
    })
    return success({ spoolId, ...file })
  }

  async function append(spoolId: string, offset: number, bytes: Uint8Array): Promise<Result<number, AppendFailure>> {
    const entry = entries.get(spoolId)
    if (!entry) return failure({ code: 'not-found', what: 'file' })
    if (offset !== entry.file.size) return failure({ code: 'not-found', what: 'offset' })
    if (offset + bytes.length > entry.expected) return failure({ code: 'too-large', limit: entry.expected })
    const written = await entry.file.write(bytes)
    return written.ok ? success(entry.file.size) : written
  }

  async function discard(spoolId: string): Promise<void> {
    const entry = entries.get(spoolId)
    entries.delete(spoolId)
    await entry?.file.discard()
  }

  return {
    begin,
    append,
    async read(spoolId, offset, length) {
      const entry = entries.get(spoolId)
      if (!entry) return undefined
      const bytes = await entry.file.read(offset, length)
      return { bytes, end: offset + bytes.length >= entry.file.size }
    },
    async offer(file, content, whenSaved) {
      const size = content instanceof Uint8Array ? content.length : content.size
      const begun = await begin({ ...file, size })
      if (!begun.ok) return begun
      const { spoolId } = begun.value
      const entry = entries.get(spoolId)
      if (entry) entry.offered = true
      let offset = 0
      for await (const piece of content instanceof Uint8Array ? [content] : content.open()) {
        const appended = await append(spoolId, offset, piece)
        if (!appended.ok) {
          // Nobody learns its name.
          await discard(spoolId)
          return appended
        }
        offset += piece.length
      }
      if (whenSaved) unsaved.set(spoolId, whenSaved)
      for (const oldest of unsaved.keys()) {
        if (unsaved.size <= mostUnsaved) break
        unsaved.delete(oldest)
      }
      return begun
    },
    get(spoolId) {
      const entry = entries.get(spoolId)
      if (!entry) return undefined
      return {
        name: entry.name,
        mediaType: entry.mediaType,
        size: entry.file.size,
        offered: entry.offered,
        open: () => entry.file.open(),
        bytes: () => entry.file.read(0, entry.file.size),
      }
    },
    saved(spoolId) {
      const whenSaved = unsaved.get(spoolId)
      whenSaved?.()
      return unsaved.delete(spoolId)
    },
    take(spoolId) {
      const entry = entries.get(spoolId)
      entries.delete(spoolId)
      return entry?.file
    },
    discard,
    async discardOffered() {
      const offered = [...entries].filter(([, entry]) => entry.offered)
      await Promise.all(offered.map(([spoolId]) => discard(spoolId)))
    },
  }
}
