/**
 * The content of parts written anew on the way: another transfer encoding (RFC 6152 servers do so for others that take
 * 7 bits only), the same one with other line lengths, or another character set. What a part says stays the same; its bytes don't.
 */

import { latin1Bytes, latin1Text, utf8Bytes, utf8Text } from '../../base/bytes.ts'
import { base64Lines, quotedPrintableText } from '../../mime/canonical.ts'
import { decodeTransfer, type TransferEncoding, transferEncodingOf } from '../../mime/transfer.ts'
import {
  type Candidate,
  type Damage,
  fieldsOf,
  leafRanges,
  type Range,
  rangesOf,
  withoutLastLineEnds,
} from './repair.ts'

/** Characters of a base64 line, as programs in the field write it. */
const base64Widths = [76, 64, 72, 60] as const
/** Characters before a soft break. */
const softWidths = [75, 76, 74, 72, 71] as const

const encodingField = /^Content-Transfer-Encoding:[ \t]*([^\r\n]*)\r\n/im

/** A part's header and its content, one character per byte. */
export interface PartText {
  readonly header: string
  readonly decoded: string
  readonly encoding: TransferEncoding
}

export function partOf(text: string, { start, bodyStart, end }: Range): PartText {
  const header = text.slice(start, bodyStart)
  const encoding = transferEncodingOf(encodingField.exec(header)?.[1])
  return { header, encoding, decoded: latin1Text(decodeTransfer(latin1Bytes(text.slice(bodyStart, end)), encoding)) }
}

/** A body as the encoding writes it: every spelling that is worth a try, the usual one first. */
export function* spellingsOf(decoded: string, encoding: TransferEncoding): Generator<string> {
  const bytes = latin1Bytes(decoded)
  if (encoding === 'base64') {
    for (const width of base64Widths) {
      const lines = base64Lines(bytes, width)
      // Whether a line end stands before the boundary's own is a matter of taste.
      yield lines
      yield withoutLastLineEnds(lines)
    }
  } else if (encoding === 'quoted-printable') {
    for (const width of softWidths) {
      const lines = quotedPrintableText(bytes, width)
      yield lines
      yield `${lines}=\r\n`
    }
  } else yield decoded
}

/** The headers a part may have had under another encoding: the field with another value, without it, with it put in. */
function* headersFor(header: string, encoding: TransferEncoding): Generator<string> {
  const names = encoding === 'identity' ? ['8bit', '7bit', 'binary'] : [encoding]
  // Programs that encode anew put a mark of their own beside it.
  const unmarked = fieldsOf(header).filter((field) => !/^X-MIME-Autoconverted:/i.test(field))
  const fields = unmarked.filter((field) => !encodingField.test(field))
  const place = unmarked.findIndex((field) => encodingField.test(field))
  const whole = (all: readonly string[]) => `${all.join('')}\r\n`
  for (const name of names) {
    const field = `Content-Transfer-Encoding: ${name}\r\n`
    if (place >= 0) yield whole(fields.toSpliced(place, 0, field))
    else {
      yield whole([...fields, field])
      if (fields.length > 1) yield whole(fields.toSpliced(1, 0, field))
    }
  }
  if (encoding === 'identity') yield whole(fields)
}

/** The parts changed in the same way: all texts together as a server does it, and each alone. */
function* groupsOf(text: string, wanted: (range: Range) => boolean): Generator<readonly Range[]> {
  const root = rangesOf(text)
  if (!root) return
  const leaves = leafRanges(root).filter(wanted)
  if (leaves.length > 1) yield leaves
  for (const leaf of leaves) yield [leaf]
}

/** `instead` gives a part's header and body anew, as often as there are ways; all parts of the group change alike. */
function* rewritten(
  text: string,
  how: Damage,
  group: readonly Range[],
  instead: (part: PartText) => Iterable<string>,
): Generator<Candidate> {
  const ways = group.map((range) => [...instead(partOf(text, range))])
  const count = Math.max(0, ...ways.map(({ length }) => length))
  for (let way = 0; way < count; way++) {
    let changed = ''
    let position = 0
    for (const [index, { start, end }] of group.entries()) {
      changed += text.slice(position, start) + (ways[index]?.[way] ?? text.slice(start, end))
      position = end
    }
    yield { how, text: changed + text.slice(position) }
  }
}

export function* rewrapped(text: string): Generator<Candidate> {
  for (const encoding of ['base64', 'quoted-printable'] as const) {
    const how = encoding === 'base64' ? 'base64-rewrapped' : 'soft-breaks-moved'
    for (const group of groupsOf(text, (range) => partOf(text, range).encoding === encoding)) {
      yield* rewritten(text, how, group, function* ({ header, decoded }) {
        for (const body of spellingsOf(decoded, encoding)) yield header + body
      })
    }
  }
}

export function* reEncoded(text: string): Generator<Candidate> {
  for (const target of ['identity', 'quoted-printable', 'base64'] as const) {
    const others = ({ encoding }: PartText) => encoding !== target && encoding !== 'unknown'
    for (const group of groupsOf(text, (range) => others(partOf(text, range)))) {
      yield* rewritten(text, 're-encoded', group, function* ({ header, decoded }) {
        for (const before of headersFor(header, target)) {
          for (const body of spellingsOf(decoded, target)) yield before + body
        }
      })
    }
  }
}

const charsetName = /(charset[ \t]*=[ \t]*"?)([^";\s]+)/i

/** windows-1252's characters beyond ISO 8859-1 stand at 0x80 to 0x9f. */
const westernBytes = new Map<string, number>()
for (let byte = 0; byte < 256; byte++) {
  westernBytes.set(new TextDecoder('windows-1252').decode(Uint8Array.of(byte)), byte)
}

/** The same characters in the other of the two character sets; undefined where they have none there. */
function converted(decoded: string): { text: string; names: readonly string[] } | undefined {
  const bytes = latin1Bytes(decoded)
  const characters = utf8Text(bytes)
  if (characters.includes('\ufffd')) {
    const text = latin1Text(utf8Bytes(new TextDecoder('windows-1252').decode(bytes)))
    return { text, names: ['utf-8', 'UTF-8'] }
  }
  let text = ''
  for (const character of characters) {
    const byte = westernBytes.get(character)
    if (byte === undefined) return undefined
    text += String.fromCharCode(byte)
  }
  return { text, names: ['iso-8859-1', 'ISO-8859-1', 'windows-1252', 'iso-8859-15'] }
}

export function* charsetConverted(text: string): Generator<Candidate> {
  for (const group of groupsOf(text, ({ mediaType }) => mediaType.startsWith('text/'))) {
    yield* rewritten(text, 'charset-converted', group, function* ({ header, decoded, encoding }) {
      const other = /[\x80-\xff]/.test(decoded) ? converted(decoded) : undefined
      if (!other) return
      for (const body of spellingsOf(other.text, encoding)) {
        for (const name of other.names) yield header.replace(charsetName, (_, start: string) => start + name) + body
        yield header + body
      }
    })
  }
}
