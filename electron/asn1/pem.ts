/**
 * PEM (RFC 7468), with the headers that older private keys carry (RFC 1421 §4.6: Proc-Type, DEK-Info). Text between the
 * blocks is passed over; a block whose base64 is broken or whose end is missing is left out.
 */

import { base64Bytes, base64Text } from '../base/bytes.ts'

export interface PemBlock {
  /** "CERTIFICATE", "PRIVATE KEY", … */
  readonly label: string
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>
  readonly bytes: Uint8Array
}

// A bundle of every public root holds about 150 blocks. Beginnings are counted, not blocks: each costs something.
const beginLimit = 4_096
const beginPattern = /^-----BEGIN ([A-Z0-9 #._-]{1,64})-----[ \t]*\r?$/gm

/** Every block of the text, in order. The base64 may have any line length. */
export function readPem(text: string): PemBlock[] {
  const blocks: PemBlock[] = []
  beginPattern.lastIndex = 0
  let begins = 0
  let end = -1
  for (let begin = beginPattern.exec(text); begin && begins < beginLimit; begin = beginPattern.exec(text)) {
    begins++
    const label = begin[1] ?? ''
    const start = begin.index + begin[0].length
    // The next end of any label, looked for once: a search for each beginning would go through all of the text each time.
    if (end < start) end = text.indexOf('-----END ', start)
    if (end < 0) break
    if (!text.startsWith(`-----END ${label}-----`, end)) continue
    const block = readBlock(label, text.slice(start, end))
    if (block) blocks.push(block)
    beginPattern.lastIndex = end
  }
  return blocks
}

function readBlock(label: string, body: string): PemBlock | undefined {
  const headers = new Map<string, string>()
  const lines = body.split(/\r?\n/)
  let first = 0
  while (first < lines.length && lines[first]?.trim() === '') first++
  let name = ''
  let position = first
  while (position < lines.length) {
    const line = lines[position] ?? ''
    const header = /^([A-Za-z0-9-]+):[ \t]*(.*)$/.exec(line)
    if (header) {
      name = (header[1] ?? '').toLowerCase()
      headers.set(name, header[2]?.trim() ?? '')
    } else if (name !== '' && /^[ \t]/.test(line)) headers.set(name, `${headers.get(name)}${line.trim()}`)
    else break
    position++
  }
  const base64 = lines.slice(position).join('').replace(/\s+/g, '')
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(base64)) return undefined
  return { label, headers, bytes: base64Bytes(base64) }
}

/** One block with lines of 64 characters and a line end after the last. */
export function writePem(label: string, der: Uint8Array): string {
  const lines = base64Text(der).match(/.{1,64}/g) ?? []
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n')
}
