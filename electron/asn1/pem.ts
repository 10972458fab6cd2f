/**
 * PEM (RFC 7468), with the headers that older private keys carry (RFC 1421 §4.6: Proc-Type, DEK-Info). Text between the
 * blocks is passed over; a block whose base64 is broken or whose end is missing is left out.
 */

import { base64Bytes, base64Text, latin1Text } from '../base/bytes.ts'
import { universal } from './der.ts'

export interface PemBlock {
  /** "CERTIFICATE", "PRIVATE KEY", … */
  readonly label: string
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>
  readonly bytes: Uint8Array
}

/**
 * A file's text, in which blocks may be, each laid out in lines of its own. Windows' editor puts a mark of three bytes before UTF-8,
 * in front of the first block's dashes; its PowerShell writes what a program says as UTF-16.
 */
export function armouredText(bytes: Uint8Array): string {
  return laidOut(decodedText(bytes))
}

function decodedText(bytes: Uint8Array): string {
  const [first, second, third] = bytes
  if (first === 0xef && second === 0xbb && third === 0xbf) return latin1Text(bytes.subarray(3))
  const isLittle = first === 0xff && second === 0xfe
  if (!isLittle && !(first === 0xfe && second === 0xff)) return latin1Text(bytes)
  const even = Buffer.from(bytes.subarray(2, bytes.length - (bytes.length % 2)))
  return (isLittle ? even : even.swap16()).toString('utf16le')
}

const boundary = /-----(BEGIN|END) ([A-Z0-9 #._-]{1,64}?)-----/g
const boundaryLine = /^-----(?:BEGIN|END) [A-Z0-9 #._-]{1,64}?-----[ \t]*\r?$/gm

/**
 * Blocks that came through a mail or a page: indented, quoted, on one line, with the line ends of HTML or of a string in a program.
 * What stands between dashes and isn't clearly such a block stays as it is: instructions speak of them, too.
 */
function laidOut(text: string): string {
  const boundaries = text.match(boundary)?.length ?? 0
  if (boundaries > 2 * beginLimit || boundaries === (text.match(boundaryLine)?.length ?? 0)) return text
  const parts: string[] = []
  let start = 0
  let begin: RegExpExecArray | undefined
  for (const found of text.matchAll(boundary)) {
    const body =
      begin?.[1] === 'BEGIN' && found[1] === 'END' && begin[2] === found[2]
        ? bodyOf(begin[2] ?? '', text.slice(begin.index + begin[0].length, found.index))
        : undefined
    if (begin && body !== undefined) {
      parts.push(text.slice(start, begin.index), `\n${begin[0]}\n${body}\n${found[0]}\n`)
      start = found.index + found[0].length
    }
    begin = found
  }
  return [...parts, text.slice(start)].join('')
}

/** The lines of a block; undefined for what can't be one. */
function bodyOf(label: string, between: string): string | undefined {
  const lines = between
    .replace(/<br *\/?>|&#1[03];|\\[rn]/g, '\n')
    .replace(/&gt;/g, '>')
    .replace(/&nbsp;|\u00c2?\u00a0/g, ' ')
    .replace(/(Proc-Type: *4,ENCRYPTED)\s+(DEK-Info: *[A-Z0-9-]+,[0-9A-Fa-f]+)\s/, '$1\n$2\n')
    .split(/[\r\n]+/)
    .map((line) => line.replace(/^[ \t>|]+/, ''))
  const isHeader = (line: string): boolean => /^[A-Za-z-]+:/.test(line)
  const base64 = lines
    .filter((line) => !isHeader(line))
    .join('')
    .replace(/\s+/g, '')
  // Everything but what is encrypted, and the curve of a key, is a SEQUENCE: in base64 an "M".
  const begins = lines.some(isHeader) || label === 'EC PARAMETERS' ? '' : 'M'
  return base64.startsWith(begins) && /^[A-Za-z0-9+/]{8,}={0,2}$/.test(base64) ? lines.join('\n') : undefined
}

/**
 * The bytes of a file that is base64 of a structure in ASN.1 and nothing around it, as some web pages and key stores in the
 * network hand PKCS#12 and certificates out; undefined for any other.
 */
export function bareBase64(bytes: Uint8Array): Uint8Array | undefined {
  // In base64 the identifier of a SEQUENCE is an "M".
  if (!armouredText(bytes.subarray(0, 64)).trimStart().startsWith('M')) return undefined
  const base64 = armouredText(bytes).replace(/\s+/g, '')
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) return undefined
  const decoded = base64Bytes(base64)
  return decoded[0] === universal.sequence ? decoded : undefined
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
