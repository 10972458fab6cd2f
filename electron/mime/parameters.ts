/**
 * Values with parameters: Content-Type and Content-Disposition (RFC 2045 §5.1, RFC 2183), with the character sets and
 * continuations of RFC 2231. Reading never fails; what can't be read is left out. The first of two equal names wins.
 */

import { concatBytes, latin1Bytes, utf8Bytes, utf8Text } from '../base/bytes.ts'
import { mimeBudget } from './budget.ts'
import { decodeText } from './charset.ts'

export interface ParameterizedValue {
  /** Lower case: "text/plain", "attachment"; empty where there is none. */
  readonly value: string
  /** Names in lower case. */
  readonly parameters: ReadonlyMap<string, string>
}

export function parseParameterized(text: string): ParameterizedValue {
  const pieces = splitAtSemicolons(text)
  const value = (pieces[0] ?? '').replace(/\s+/g, '').toLowerCase()
  const raw = new Map<string, string>()
  for (const piece of pieces.slice(1, 1 + mimeBudget.parameters)) {
    const equals = piece.indexOf('=')
    if (equals < 1) continue
    const name = piece.slice(0, equals).trim().toLowerCase()
    if (name !== '' && !raw.has(name)) raw.set(name, unquotedValue(piece.slice(equals + 1).trim()))
  }
  return { value, parameters: joined(raw) }
}

/** Semicolons inside quoted strings don't separate; comments are dropped. */
function splitAtSemicolons(text: string): string[] {
  const pieces: string[] = []
  let piece = ''
  let quoted = false
  let comment = 0
  for (let position = 0; position < text.length; position++) {
    const character = text[position] ?? ''
    if (character === '\\' && (quoted || comment > 0)) {
      if (quoted) piece += character + (text[position + 1] ?? '')
      position++
    } else if (quoted) {
      piece += character
      quoted = character !== '"'
    } else if (character === '(') comment++
    else if (comment > 0) comment -= character === ')' ? 1 : 0
    else if (character === ';') {
      pieces.push(piece)
      piece = ''
    } else {
      piece += character
      quoted = character === '"'
    }
  }
  pieces.push(piece)
  return pieces
}

function unquotedValue(text: string): string {
  if (!text.startsWith('"')) return text
  const inside = text.endsWith('"') && text.length > 1 ? text.slice(1, -1) : text.slice(1)
  return inside.replace(/\\(.)/g, '$1')
}

/** RFC 2231 §3 and §4: joins `name*0*`, `name*1` … and decodes `charset'language'percent-encoded`. */
function joined(raw: ReadonlyMap<string, string>): Map<string, string> {
  const found = new Map<string, string>()
  for (const [name, value] of raw) if (!name.includes('*')) found.set(name, value)
  for (const [key, value] of raw) {
    const star = key.indexOf('*')
    if (star < 1) continue
    const name = key.slice(0, star)
    const suffix = key.slice(star)
    // The extended form wins over a plain one beside it, which is a fallback for older readers.
    if (suffix === '*') found.set(name, decodeExtended([{ text: value, encoded: true }]))
    else if (suffix === '*0' || suffix === '*0*') found.set(name, decodeExtended(piecesOf(raw, name)))
  }
  return found
}

interface ValuePiece {
  readonly text: string
  readonly encoded: boolean
}

function piecesOf(raw: ReadonlyMap<string, string>, name: string): ValuePiece[] {
  const pieces: ValuePiece[] = []
  for (let index = 0; ; index++) {
    const plain = raw.get(`${name}*${index}`)
    const encoded = raw.get(`${name}*${index}*`)
    if (encoded !== undefined) pieces.push({ text: encoded, encoded: true })
    else if (plain !== undefined) pieces.push({ text: plain, encoded: false })
    else return pieces
  }
}

function decodeExtended(pieces: readonly ValuePiece[]): string {
  const [first, ...rest] = pieces
  if (!first) return ''
  if (!first.encoded) return pieces.map(({ text }) => text).join('')
  const match = /^([^']*)'[^']*'(.*)$/s.exec(first.text)
  const charset = match?.[1] ?? 'utf-8'
  const bytes = [percentBytes(match?.[2] ?? first.text)]
  for (const { text, encoded } of rest) bytes.push(encoded ? percentBytes(text) : utf8Bytes(text))
  return decodeText(concatBytes(...bytes), charset).text
}

function percentBytes(text: string): Uint8Array {
  return latin1Bytes(
    text.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
  )
}

const parameterToken = /^[!#$&+\-.0-9A-Z^_`a-z{|}~]+$/

/** One parameter as it is written: a token, a quoted string, or RFC 2231 in UTF-8 for anything but printable ASCII. */
export function formatParameter(name: string, value: string): string {
  if (parameterToken.test(value)) return `${name}=${value}`
  if (/^[\x20-\x7e]*$/.test(value)) return `${name}="${value.replace(/(["\\])/g, '\\$1')}"`
  const encoded = encodeURIComponent(utf8Text(utf8Bytes(value))).replace(
    /['()*!]/g,
    (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  return `${name}*=UTF-8''${encoded}`
}
