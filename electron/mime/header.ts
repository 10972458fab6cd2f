/**
 * The header of an entity: its fields with the bytes they came from (RFC 5322 §2.2, RFC 6532).
 *
 * Lines end with CRLF or LF; a lone CR ends nothing. A line that is no field ends the header, and the body begins with it:
 * that is how mail programs read a missing blank line, and hiding it would hide text from the reader.
 */

import { asBuffer, latin1Text } from '../base/bytes.ts'
import { failure, type Result, success } from '../base/result.ts'
import type { MimeBudget } from './budget.ts'
import { utf8OrLatin1 } from './charset.ts'

export interface HeaderField {
  /** As written. */
  readonly name: string
  /** The field's bytes with its name and line ends, as a view. */
  readonly raw: Uint8Array
  /** Unfolded and trimmed, one character per byte. */
  readonly value: string
  /** The same as text: UTF-8 where it is that (RFC 6532), else ISO 8859-1. Encoded words are not decoded. */
  readonly text: string
}

export interface HeaderBlock {
  readonly fields: readonly HeaderField[]
  /** Offset of the first byte of the body. */
  readonly bodyStart: number
  /** No blank line stood between header and body. */
  readonly unterminated: boolean
}

const linefeed = 0x0a

/** Offset after the line that begins at `start`. */
function endOfLine(bytes: Uint8Array, start: number, end: number): number {
  // Bounded to the range: a search to the end of the message for each part would take quadratic time.
  const found = bytes.subarray(start, end).indexOf(linefeed)
  return found < 0 ? end : start + found + 1
}

function isBlank(bytes: Uint8Array, start: number, end: number): boolean {
  const length = end - start
  return (
    (length === 1 && bytes[start] === linefeed) ||
    (length === 2 && bytes[start] === 0x0d && bytes[start + 1] === linefeed)
  )
}

/** Length of the field name that a line begins with; 0 when it begins with none. */
function nameLength(bytes: Uint8Array, start: number, end: number): number {
  let position = start
  while (position < end) {
    const byte = bytes[position] ?? 0
    if (byte === 0x3a) return position - start
    if (byte <= 0x20 || byte >= 0x7f) break
    position++
  }
  // RFC 5322 §4.5.1: obsolete white space before the colon.
  let colon = position
  while (colon < end && (bytes[colon] === 0x20 || bytes[colon] === 0x09)) colon++
  return bytes[colon] === 0x3a && colon < end ? position - start : 0
}

/** Reads the header that begins at `start`; `end` bounds it. */
export function readHeader(
  bytes: Uint8Array,
  start: number,
  end: number,
  budget: MimeBudget,
): Result<HeaderBlock, { code: 'over-budget'; limit: string }> {
  const fields: HeaderField[] = []
  let position = start
  while (position < end) {
    let next = endOfLine(bytes, position, end)
    if (isBlank(bytes, position, next)) return success({ fields, bodyStart: next, unterminated: false })
    const length = nameLength(bytes, position, next)
    if (length === 0) return success({ fields, bodyStart: position, unterminated: true })
    while (next < end && (bytes[next] === 0x20 || bytes[next] === 0x09)) {
      next = endOfLine(bytes, next, end)
    }
    if (fields.length >= budget.headerFields) return failure({ code: 'over-budget', limit: 'header-fields' })
    if (next - start > budget.headerBytes) return failure({ code: 'over-budget', limit: 'header-bytes' })
    fields.push(fieldOf(asBuffer(bytes).subarray(position, next), length))
    position = next
  }
  return success({ fields, bodyStart: end, unterminated: fields.length > 0 })
}

function fieldOf(raw: Uint8Array, length: number): HeaderField {
  const colon = raw.indexOf(0x3a, length)
  const body = raw.subarray(colon + 1)
  return {
    name: latin1Text(raw.subarray(0, length)),
    raw,
    value: unfolded(latin1Text(body)),
    get text() {
      return unfolded(utf8OrLatin1(body))
    },
  }
}

function unfolded(text: string): string {
  return text.replace(/\r?\n/g, '').trim()
}

/** All fields of that name, in order. */
export function fieldsNamed(fields: readonly HeaderField[], name: string): HeaderField[] {
  const wanted = name.toLowerCase()
  return fields.filter((field) => field.name.toLowerCase() === wanted)
}

/** The first field of that name. A later duplicate must not outrank it: anyone on the way can append one. */
export function firstField(fields: readonly HeaderField[], name: string): HeaderField | undefined {
  const wanted = name.toLowerCase()
  return fields.find((field) => field.name.toLowerCase() === wanted)
}
