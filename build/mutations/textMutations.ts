/** Changes to a mail as bytes and lines: what transit, clumsy programs and attackers do to it. */

import { latin1Bytes, latin1Text } from '../../electron/base/bytes.ts'
import type { Chance } from './chance.ts'

export interface TextMutation {
  readonly name: string
  /** The changed copy. `others` are the bytes of other messages. */
  apply(bytes: Uint8Array, chance: Chance, others: readonly Uint8Array[]): Uint8Array
}

function replaced(bytes: Uint8Array, start: number, end: number, insert: Uint8Array): Uint8Array {
  return Buffer.concat([bytes.subarray(0, start), insert, bytes.subarray(end)])
}

/** Where a line begins. */
function anyLine(bytes: Uint8Array, chance: Chance): number {
  return bytes.indexOf(0x0a, chance.below(bytes.length)) + 1
}

function endOfLine(bytes: Uint8Array, start: number): number {
  const found = bytes.indexOf(0x0a, start)
  return found < 0 ? bytes.length : found + 1
}

/** Lines that mean something wherever they land. */
const lines = [
  '',
  'From: "Mallory" <mallory@evil.example>',
  'From: Anna <anna@sandbox.example>, mallory@evil.example',
  'Subject: something else',
  'To: mallory@evil.example',
  'Content-Type: text/html; charset=utf-8',
  'Content-Type: text/plain; hp="clear"; protected-headers="v1"',
  'Content-Type: multipart/mixed; boundary=own',
  'Content-Type: multipart/signed; protocol="application/pkcs7-signature"; boundary=own',
  'Content-Type: message/rfc822; forwarded=no',
  'Content-Type: application/pkcs7-mime; smime-type=signed-data',
  'Content-Transfer-Encoding: base64',
  'Content-Transfer-Encoding: quoted-printable',
  'Content-Disposition: attachment; filename=smime.p7m',
  'HP-Outer: Subject: [...]',
  '--own',
  '--own--',
  '--sig',
  ' folded',
  'no field at all',
]

/** A part that somebody adds, before or behind what was signed. */
const foreignPart = 'Content-Type: text/html\r\n\r\n<p>pay to another account</p>\r\n'

export const textMutations: readonly TextMutation[] = [
  {
    name: 'flips a bit',
    apply(bytes, chance) {
      const copy = Uint8Array.from(bytes)
      const at = chance.below(copy.length)
      copy[at] = (copy[at] ?? 0) ^ (1 << chance.below(8))
      return copy
    },
  },
  {
    name: 'replaces bytes',
    apply(bytes, chance) {
      const copy = Uint8Array.from(bytes)
      const at = chance.below(copy.length)
      copy.fill(chance.below(256), at, at + 1 + chance.below(4))
      return copy
    },
  },
  {
    name: 'inserts bytes',
    apply(bytes, chance) {
      const at = chance.below(bytes.length + 1)
      return replaced(bytes, at, at, new Uint8Array(1 + chance.below(3)).fill(chance.below(256)))
    },
  },
  {
    name: 'removes bytes',
    apply(bytes, chance) {
      const at = chance.below(bytes.length)
      return replaced(bytes, at, at + 1 + chance.below(chance.pick([2, 80, 2_000])), new Uint8Array())
    },
  },
  { name: 'cuts the end off', apply: (bytes, chance) => bytes.subarray(0, chance.below(bytes.length)) },
  { name: 'cuts the start off', apply: (bytes, chance) => bytes.subarray(chance.below(bytes.length)) },
  {
    name: 'repeats a range',
    apply(bytes, chance) {
      const start = chance.below(bytes.length)
      const range = bytes.subarray(start, start + 1 + chance.below(2_000))
      return replaced(bytes, start, start, range)
    },
  },
  {
    name: 'inserts a line',
    apply(bytes, chance) {
      const at = chance.oneIn(4) ? 0 : anyLine(bytes, chance)
      return replaced(bytes, at, at, latin1Bytes(`${chance.pick(lines)}\r\n`))
    },
  },
  {
    name: 'replaces a line',
    apply(bytes, chance) {
      const at = anyLine(bytes, chance)
      return replaced(bytes, at, endOfLine(bytes, at), latin1Bytes(`${chance.pick(lines)}\r\n`))
    },
  },
  {
    name: 'moves a line',
    apply(bytes, chance) {
      const from = anyLine(bytes, chance)
      const line = bytes.slice(from, endOfLine(bytes, from))
      const without = replaced(bytes, from, from + line.length, new Uint8Array())
      const to = without.length > 0 ? anyLine(without, chance) : 0
      return replaced(without, to, to, line)
    },
  },
  {
    name: 'changes the line ends',
    apply(bytes, chance) {
      const text = latin1Text(bytes)
      const ends = chance.pick(['\n', '\r', '\r\r\n', '\r\n\r\n', ' \r\n'])
      if (chance.oneIn(2)) return latin1Bytes(text.replaceAll('\r\n', ends))
      const at = text.indexOf('\r\n', chance.below(text.length))
      return at < 0 ? bytes : replaced(bytes, at, at + 2, latin1Bytes(ends))
    },
  },
  {
    name: 'joins two messages at lines',
    apply(bytes, chance, others) {
      const other = chance.pick(others)
      return Buffer.concat([bytes.subarray(0, anyLine(bytes, chance)), other.subarray(anyLine(other, chance))])
    },
  },
  {
    name: 'puts lines of another message in',
    apply(bytes, chance, others) {
      const other = chance.pick(others)
      const start = anyLine(other, chance)
      const at = anyLine(bytes, chance)
      return replaced(bytes, at, at, other.subarray(start, start + chance.below(3_000)))
    },
  },
  {
    name: "takes the body of another message under this one's header",
    apply(bytes, _, others) {
      const other = others[0] ?? bytes
      const ends = [bytes, other].map((each) => Math.max(0, latin1Text(each).indexOf('\r\n\r\n')))
      return Buffer.concat([bytes.subarray(0, ends[0]), other.subarray(ends[1])])
    },
  },
  {
    name: 'wraps it into a multipart beside something else',
    apply(bytes, chance, others) {
      const text = latin1Text(bytes)
      const type = text.search(/^content-type:/im)
      const beside = chance.pick([foreignPart, latin1Text(chance.pick(others)), ''])
      const parts = chance.oneIn(2) ? [text.slice(Math.max(0, type)), beside] : [beside, text.slice(Math.max(0, type))]
      const head = text.slice(0, Math.max(0, type))
      const subtype = chance.pick(['mixed', 'alternative', 'related', 'signed; protocol="application/pkcs7-signature"'])
      const body = parts.map((part) => `--wrap\r\n${part}\r\n`).join('')
      return latin1Bytes(`${head}Content-Type: multipart/${subtype}; boundary=wrap\r\n\r\n${body}--wrap--\r\n`)
    },
  },
  {
    name: 'nests multiparts deeply',
    apply(bytes, chance) {
      const depth = chance.pick([5, 30, 200, 2_000])
      let head = ''
      for (let level = 0; level < depth; level++) {
        head += `Content-Type: multipart/mixed; boundary=b${level}\r\n\r\n--b${level}\r\n`
      }
      return Buffer.concat([latin1Bytes(head), bytes])
    },
  },
  {
    name: 'makes a header huge',
    apply(bytes, chance) {
      const many = chance.pick([
        () => 'X-Filler: x\r\n'.repeat(8_000),
        () => `Subject: ${'=?utf-8?Q?=41?= '.repeat(4_000)}\r\n`,
        () => `Content-Type: text/plain${'; a=b'.repeat(20_000)}\r\n`,
        () => `To: ${'a@b.example, '.repeat(5_000)}\r\n`,
        () => `To: ${'('.repeat(20_000)}\r\n`,
        () => `From: ${'"'.repeat(20_001)} <a@b.example>\r\n`,
        () => `X-Long: ${'x'.repeat(200_000)}\r\n`,
        () => `X-Folded:${'\r\n '.repeat(20_000)}\r\n`,
      ])
      return Buffer.concat([latin1Bytes(many()), bytes])
    },
  },
]
