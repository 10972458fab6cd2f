/**
 * ZIP archives (APPNOTE.TXT 6.3), as authorities pack a certificate with its issuers and a page of instructions. Everything
 * stays in memory: no name in an archive becomes a path. An archive inside an archive is not opened.
 */

import { crc32 } from 'node:zlib'
import { type Entry, fromBufferPromise, type ZipFile } from 'yauzl'
import { concatBytes, latin1Text } from '../base/bytes.ts'
import { failure, type Result, success } from '../base/result.ts'

export type ArchiveError =
  /** It ends early, its files have other sizes or checksums than it says, or they are packed in a way that nobody uses for mail. */
  | { readonly code: 'damaged-archive' }
  /** Its files are there, and every one needs a password. */
  | { readonly code: 'encrypted-archive' }
  /** What it holds is another archive. */
  | { readonly code: 'archive-in-archive' }
  | { readonly code: 'over-budget'; readonly limit: string }

/** What may still be unpacked: one for each answer, however many archives it brings. */
export interface ArchiveBudget {
  /** One certificate in five forms with every issuer in each is three dozen; macOS puts a shadow beside each file. */
  entries: number
  /** DEFLATE (RFC 1951) makes a thousand bytes of one. A bundle of all public roots has 300 kB. */
  bytes: number
}

export function archiveBudget(): ArchiveBudget {
  return { entries: 100, bytes: 8_388_608 }
}

/** A local file header, or the end of an archive without files. */
export function isArchive(bytes: Uint8Array): boolean {
  const [p, k, third, fourth] = bytes
  return p === 0x50 && k === 0x4b && ((third === 3 && fourth === 4) || (third === 5 && fourth === 6))
}

/** The files that may hold certificates or keys, in the archive's order. Spends `budget`. */
export async function readArchive(
  bytes: Uint8Array,
  budget: ArchiveBudget,
): Promise<Result<Uint8Array[], ArchiveError>> {
  try {
    // Names are compared by their ending alone, and one that would lead out of a folder leads nowhere here.
    const archive = await fromBufferPromise(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), {
      decodeStrings: false,
      lazyEntries: true,
    })
    return await filesOf(archive, budget)
  } catch (error) {
    // The library's only word for it: PKWARE's encryption hides the list of files, too.
    const isEncrypted = error instanceof Error && /encrypt/i.test(error.message)
    return failure({ code: isEncrypted ? 'encrypted-archive' : 'damaged-archive' })
  }
}

async function filesOf(archive: ZipFile, budget: ArchiveBudget): Promise<Result<Uint8Array[], ArchiveError>> {
  const files: Uint8Array[] = []
  let passedOver: ArchiveError | undefined
  for await (const entry of archive.eachEntry()) {
    if (budget.entries-- <= 0) return failure({ code: 'over-budget', limit: 'archive-entries' })
    if (isBeside(entry)) continue
    if (!entry.canDecodeFileData()) {
      passedOver = { code: entry.isEncrypted() ? 'encrypted-archive' : 'damaged-archive' }
      continue
    }
    const unpacked = await unpack(archive, entry, budget)
    if (!unpacked.ok) return unpacked
    if (isArchive(unpacked.value)) passedOver ??= { code: 'archive-in-archive' }
    else files.push(unpacked.value)
  }
  return files.length === 0 && passedOver ? failure(passedOver) : success(files)
}

/** Folders, macOS's shadows, and what surely holds no certificate. */
function isBeside({ fileNameRaw }: Entry): boolean {
  const name = latin1Text(fileNameRaw)
  return /(^__MACOSX\/|[/\\]$|\.(pdf|html?|png|jpe?g|gif|svg|docx?|rtf|url)$)/i.test(name)
}

/** The library ends the stream where the declared size isn't met; the declared size is held to the budget before. */
async function unpack(
  archive: ZipFile,
  entry: Entry,
  budget: ArchiveBudget,
): Promise<Result<Uint8Array, ArchiveError>> {
  budget.bytes -= entry.uncompressedSize
  if (budget.bytes < 0) return failure({ code: 'over-budget', limit: 'archive-bytes' })
  const stream = await archive.openReadStreamPromise(entry)
  const pieces: Uint8Array[] = []
  for await (const piece of stream) pieces.push(piece)
  const content = concatBytes(...pieces)
  // Not compared by the library. A byte that was changed on the way can leave a certificate or a text that still reads.
  return crc32(content) === entry.crc32 ? success(content) : failure({ code: 'damaged-archive' })
}
