/** Files on their way to the privileged side and back, in pieces of 1 MiB, so that no message grows with the file. */

import { ORPCError } from '@orpc/client'
import type { ByteSource, SpooledFile } from '../../shared/contract/values.ts'
import type { Client } from './api.ts'
import { isWritten } from './written.ts'

const pieceBytes = 1_048_576

export interface Handing {
  readonly signal?: AbortSignal
  readonly onProgress?: (sent: number) => void
}

/** Hands a file over; a stopped one leaves nothing behind. */
export async function handOver(client: Client, file: File, handing: Handing = {}): Promise<SpooledFile> {
  const { signal, onProgress } = handing
  const options = signal ? { signal } : {}
  const name = lineOf(file.name)
  const begun = await client.spool.begin({ name, mediaType: file.type.slice(0, 255), size: file.size }, options)
  try {
    for (let offset = 0; offset < file.size; offset += pieceBytes) {
      const piece = new Uint8Array(await file.slice(offset, offset + pieceBytes).arrayBuffer())
      await client.spool.append({ spoolId: begun.spoolId, offset, bytes: base64Of(piece) }, options)
      onProgress?.(offset + piece.length)
    }
  } catch (error) {
    await client.spool.discard({ spoolId: begun.spoolId })
    throw error
  }
  return begun
}

/** A small file travels in the call itself, a larger one through the spool. */
export async function sourceOf(client: Client, file: File): Promise<ByteSource> {
  if (file.size <= pieceBytes) return { bytes: base64Of(new Uint8Array(await file.arrayBuffer())) }
  const { spoolId } = await handOver(client, file)
  return { spoolId }
}

/** Reads a spooled file to its end; it is gone afterwards. */
export async function readSpooled(client: Client, spoolId: string): Promise<Uint8Array<ArrayBuffer>[]> {
  const pieces: Uint8Array<ArrayBuffer>[] = []
  let offset = 0
  for (let end = false; !end; ) {
    const piece = await client.spool.read({ spoolId, offset, length: pieceBytes })
    const bytes = bytesOf(piece.bytes)
    pieces.push(bytes)
    offset += bytes.length
    end = piece.end || bytes.length === 0
  }
  await client.spool.discard({ spoolId })
  return pieces
}

interface FileToSave {
  readonly spoolId: string
  readonly name: string
  readonly mediaType?: string
  /** What it is, a backup for one, is true only of a file that was written. */
  readonly countsOnceSaved?: boolean
}

/** Reads a spooled file and lets the person save it. Throws `not-saved` where it would have to be written to count, and wasn't. */
export async function saveSpooled(client: Client, file: FileToSave): Promise<void> {
  const { spoolId, name, countsOnceSaved = false } = file
  const pieces = await readSpooled(client, spoolId)
  // Never the mail's own type: a browser would open text/html in place, as a page of ours.
  const url = saveBlob(new Blob(pieces, { type: 'application/octet-stream' }), name)
  if (!countsOnceSaved) return
  if (!(await isWritten(url))) throw new ORPCError('not-saved', { data: { name } })
  await client.spool.saved({ spoolId })
}

/** Lets the person save a text that the page has already. */
export function saveText(text: string, name: string): void {
  saveBlob(new Blob([text], { type: 'application/octet-stream' }), name)
}

function saveBlob(blob: Blob, name: string): string {
  const url = URL.createObjectURL(blob)
  const anchor = document.createElement('a')
  anchor.href = url
  anchor.download = name === '' ? 'file' : name
  anchor.click()
  setTimeout(() => URL.revokeObjectURL(url), 60_000)
  return url
}

export function base64Of(bytes: Uint8Array): string {
  let binary = ''
  for (let start = 0; start < bytes.length; start += 32_768) {
    binary += String.fromCharCode(...bytes.subarray(start, start + 32_768))
  }
  return btoa(binary)
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  const binary = atob(base64)
  const bytes = new Uint8Array(binary.length)
  for (let index = 0; index < binary.length; index += 1) bytes[index] = binary.charCodeAt(index)
  return bytes
}

/** A file's name as one line of text, as the contract wants it. */
function lineOf(name: string): string {
  return name.replace(/[\x00-\x1f\x7f]/g, ' ').slice(0, 998)
}
