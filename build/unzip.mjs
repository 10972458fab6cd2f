/**
 * Unpacks a zip archive (APPNOTE 4.3: stored and deflated entries, no ZIP64, no encryption) entry by entry, on Node alone:
 * `unzip` is not on every machine.
 */

import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, open } from 'node:fs/promises'
import { dirname, join, normalize, sep } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createInflateRaw } from 'node:zlib'

const endSignature = 0x06054b50
const entrySignature = 0x02014b50

/** Writes the entries for which `place(name)` gives a path below `folder`; the others are left out. */
export async function unzip(archive, folder, place) {
  const file = await open(archive)
  try {
    for (const entry of await entriesOf(file)) {
      const wanted = place(entry.name)
      if (wanted === undefined || entry.name.endsWith('/')) continue
      const target = join(folder, normalize(wanted))
      // An entry called ../../x must not leave the folder.
      if (!target.startsWith(folder + sep)) throw new Error(`entry outside of the folder: ${entry.name}`)
      await mkdir(dirname(target), { recursive: true })
      await writeEntry(archive, file, entry, target)
    }
  } finally {
    await file.close()
  }
}

async function entriesOf(file) {
  const { size } = await file.stat()
  // The end record is followed by a comment of 65,535 bytes at most.
  const tail = await read(file, Math.max(0, size - 65_557), Math.min(size, 65_557))
  const end = tail.lastIndexOf(Buffer.from([0x50, 0x4b, 5, 6]))
  if (end < 0 || tail.readUInt32LE(end) !== endSignature) throw new Error('not a zip archive')
  const directory = await read(file, tail.readUInt32LE(end + 16), tail.readUInt32LE(end + 12))
  const entries = []
  for (let at = 0; at + 46 <= directory.length && directory.readUInt32LE(at) === entrySignature; ) {
    const nameLength = directory.readUInt16LE(at + 28)
    entries.push({
      name: directory.toString('utf8', at + 46, at + 46 + nameLength),
      method: directory.readUInt16LE(at + 10),
      compressed: directory.readUInt32LE(at + 20),
      mode: (directory.readUInt32LE(at + 38) >>> 16) & 0o777,
      header: directory.readUInt32LE(at + 42),
    })
    at += 46 + nameLength + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32)
  }
  return entries
}

async function writeEntry(archive, file, entry, target) {
  const local = await read(file, entry.header, 30)
  const start = entry.header + 30 + local.readUInt16LE(26) + local.readUInt16LE(28)
  const output = createWriteStream(target, { mode: entry.mode || 0o644 })
  if (entry.compressed === 0) return new Promise((resolve) => output.end(resolve))
  const content = createReadStream(archive, { start, end: start + entry.compressed - 1 })
  if (entry.method === 0) return pipeline(content, output)
  if (entry.method === 8) return pipeline(content, createInflateRaw(), output)
  throw new Error(`entry ${entry.name} is packed in a way that is not supported: ${entry.method}`)
}

async function read(file, position, length) {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position)
  return buffer.subarray(0, bytesRead)
}
