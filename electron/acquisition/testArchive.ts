/** For tests: ZIP archives (APPNOTE.TXT 6.3, sections 4.3.7, 4.3.12 and 4.3.16), honest ones and others. */

import { crc32, deflateRawSync } from 'node:zlib'

export interface ArchivedFile {
  readonly name: string
  readonly content: Uint8Array
  /** Written as it is instead of with DEFLATE. */
  readonly stored?: boolean
  /** Bits of the general purpose flag: 1 says encrypted. */
  readonly flags?: number
  /** What the archive says of the content's length. */
  readonly claimedSize?: number
  /** What the archive says of the content's checksum. */
  readonly claimedCrc?: number
  /** Compression method, where another is claimed. */
  readonly method?: number
}

export function zipOf(files: readonly ArchivedFile[]): Uint8Array {
  const locals: Buffer[] = []
  const directory: Buffer[] = []
  let offset = 0
  for (const { name, content, stored = false, flags = 0, claimedSize = content.length, ...claimed } of files) {
    const packed = stored ? Buffer.from(content) : deflateRawSync(content)
    const facts = Buffer.alloc(26)
    facts.writeUInt16LE(20, 0)
    facts.writeUInt16LE(flags, 2)
    facts.writeUInt16LE(claimed.method ?? (stored ? 0 : 8), 4)
    facts.writeUInt32LE(claimed.claimedCrc ?? crc32(content), 10)
    facts.writeUInt32LE(packed.length, 14)
    facts.writeUInt32LE(claimedSize, 18)
    facts.writeUInt16LE(name.length, 22)
    const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), facts, Buffer.from(name), packed])
    const position = Buffer.alloc(14)
    position.writeUInt32LE(offset, 10)
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x00', 'latin1'), facts, position, Buffer.from(name)]))
    locals.push(local)
    offset += local.length
  }
  const end = Buffer.alloc(18)
  const central = Buffer.concat(directory)
  end.writeUInt16LE(files.length, 4)
  end.writeUInt16LE(files.length, 6)
  end.writeUInt32LE(central.length, 8)
  end.writeUInt32LE(offset, 12)
  return Buffer.concat([...locals, central, Buffer.from('PK\x05\x06', 'latin1'), end])
}
