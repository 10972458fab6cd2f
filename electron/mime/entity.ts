/**
 * A message taken apart into entities (RFC 2045, RFC 2046), each with the range of bytes it came from: a signature is
 * verified over exactly those bytes, so nothing here is normalized or copied.
 *
 * Two parsers that disagree are an attack on whoever trusts one of them. Where mail is ambiguous (two Content-Type fields,
 * a missing blank line, an unclosed multipart) the oddity is recorded for the report.
 */

import { asBuffer, latin1Bytes } from '../base/bytes.ts'
import { failure, type Result, success } from '../base/result.ts'
import { type MimeBudget, mimeBudget } from './budget.ts'
import { endOfLine, fieldsNamed, firstField, type HeaderField, readHeader } from './header.ts'
import { type ParameterizedValue, parseParameterized } from './parameters.ts'
import { decodeTransfer, transferEncodingOf } from './transfer.ts'

export interface ContentType {
  /** Lower case, "text/plain" where nothing else is said. */
  readonly type: string
  readonly parameters: ReadonlyMap<string, string>
}

export type EntityOddity =
  | 'duplicate-content-type'
  | 'malformed-content-type'
  | 'duplicate-transfer-encoding'
  | 'unknown-transfer-encoding'
  | 'missing-blank-line'
  | 'missing-boundary'
  | 'unclosed-multipart'
  | 'empty-multipart'

export interface Entity {
  /** The buffer to which all offsets refer. */
  readonly bytes: Uint8Array
  readonly headers: readonly HeaderField[]
  readonly contentType: ContentType
  /** Content-Disposition, with an empty value where there is none. */
  readonly disposition: ParameterizedValue
  readonly start: number
  readonly bodyStart: number
  /** Offset after the last byte; the line end before a boundary belongs to the boundary (RFC 2046 §5.1.1). */
  readonly end: number
  /** The parts of a multipart, or the one message of a message/rfc822. */
  readonly children: readonly Entity[]
  readonly oddities: readonly EntityOddity[]
}

export type ParseError = { readonly code: 'over-budget'; readonly limit: string } | { readonly code: 'not-a-message' }

class OverBudget extends Error {
  readonly limit: string

  constructor(limit: string) {
    super(limit)
    this.limit = limit
  }
}

/**
 * Reads a whole message or entity. Errors: `over-budget`, and `not-a-message` when the bytes don't begin with a header field.
 * The value keeps views on `bytes`: don't change them afterwards.
 */
export function parseEntity(bytes: Uint8Array, budget: MimeBudget = mimeBudget): Result<Entity, ParseError> {
  try {
    const start = startOfMessage(bytes)
    const reader: Reader = { bytes, budget, partsLeft: budget.parts }
    const entity = readEntity(reader, start, bytes.length, 0, 'text/plain')
    return entity.headers.length === 0 ? failure({ code: 'not-a-message' }) : success(entity)
  } catch (error) {
    if (error instanceof OverBudget) return failure({ code: 'over-budget', limit: error.limit })
    throw error
  }
}

/** Files may begin with a byte order mark, and mbox files begin each message with a line of their own that is no field. */
function startOfMessage(bytes: Uint8Array): number {
  const start = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0
  const word = asBuffer(bytes.subarray(start, start + 5)).toString('latin1')
  return word === 'From ' ? endOfLine(bytes, start, bytes.length) : start
}

interface Reader {
  readonly bytes: Uint8Array
  readonly budget: MimeBudget
  partsLeft: number
}

function readEntity(reader: Reader, start: number, end: number, depth: number, defaultType: string): Entity {
  const { bytes, budget } = reader
  if (--reader.partsLeft < 0) throw new OverBudget('parts')
  if (depth > budget.depth) throw new OverBudget('depth')
  const header = readHeader(bytes, start, end, budget)
  if (!header.ok) throw new OverBudget(header.error.limit)
  const { fields: headers, bodyStart, unterminated } = header.value
  const oddities: EntityOddity[] = []
  if (unterminated && bodyStart < end) oddities.push('missing-blank-line')
  const contentType = contentTypeOf(headers, defaultType, oddities)
  const encodings = fieldsNamed(headers, 'Content-Transfer-Encoding')
  if (encodings.length > 1) oddities.push('duplicate-transfer-encoding')
  const encoding = transferEncodingOf(encodings[0]?.value)
  if (encoding === 'unknown') oddities.push('unknown-transfer-encoding')
  let children: Entity[] = []
  if (contentType.type.startsWith('multipart/')) {
    children = readParts(reader, contentType, bodyStart, end, depth, oddities)
  } else if (encoding === 'identity' && /^message\/(rfc822|global)$/.test(contentType.type) && bodyStart < end) {
    children = [readEntity(reader, bodyStart, end, depth + 1, 'text/plain')]
  }
  const disposition = parseParameterized(firstField(headers, 'Content-Disposition')?.text ?? '')
  return { bytes, headers, contentType, disposition, start, bodyStart, end, children, oddities }
}

function contentTypeOf(headers: readonly HeaderField[], defaultType: string, oddities: EntityOddity[]): ContentType {
  const fields = fieldsNamed(headers, 'Content-Type')
  if (fields.length > 1) oddities.push('duplicate-content-type')
  if (!fields[0]) return { type: defaultType, parameters: new Map() }
  const { value, parameters } = parseParameterized(fields[0].text)
  if (/^[^\s/]+\/[^\s/]+$/.test(value)) return { type: value, parameters }
  // RFC 2045 §5.2 suggests text/plain for what can't be read.
  oddities.push('malformed-content-type')
  return { type: 'text/plain', parameters }
}

function readParts(
  reader: Reader,
  { type, parameters }: ContentType,
  start: number,
  end: number,
  depth: number,
  oddities: EntityOddity[],
): Entity[] {
  const boundary = parameters.get('boundary') ?? ''
  if (boundary === '' || boundary.length > reader.budget.boundaryLength) {
    oddities.push('missing-boundary')
    return []
  }
  const { delimiters, closed } = findDelimiters(reader, boundary, start, end)
  if (!closed) oddities.push('unclosed-multipart')
  if (delimiters.length === 0) oddities.push('empty-multipart')
  const defaultType = type === 'multipart/digest' ? 'message/rfc822' : 'text/plain'
  return delimiters.map(({ partStart, partEnd }) => readEntity(reader, partStart, partEnd, depth + 1, defaultType))
}

interface PartRange {
  readonly partStart: number
  readonly partEnd: number
}

function findDelimiters(
  reader: Reader,
  boundary: string,
  start: number,
  end: number,
): { delimiters: PartRange[]; closed: boolean } {
  // Bounded to the range: a search to the end of the message for each part would take quadratic time.
  const bytes = asBuffer(reader.bytes.subarray(0, end))
  const marker = asBuffer(latin1Bytes(`--${boundary}`))
  const delimiters: PartRange[] = []
  let partStart = -1
  let position = start
  for (;;) {
    const found = bytes.indexOf(marker, position)
    if (found < 0) {
      if (partStart >= 0) delimiters.push({ partStart, partEnd: end })
      return { delimiters, closed: false }
    }
    position = found + marker.length
    if (found > start && bytes[found - 1] !== 0x0a) continue
    const lineEnd = endOfLine(bytes, position, end)
    const closing = bytes[position] === 0x2d && bytes[position + 1] === 0x2d
    // "--abcd" is no delimiter of the boundary "abc": only white space may follow.
    if (!isWhite(bytes, closing ? position + 2 : position, lineEnd)) continue
    if (partStart >= 0) {
      if (delimiters.length >= reader.partsLeft) throw new OverBudget('parts')
      delimiters.push({ partStart, partEnd: Math.max(partStart, beforeLineEnd(bytes, found)) })
    }
    if (closing) return { delimiters, closed: true }
    partStart = lineEnd
    position = lineEnd
  }
}

function isWhite(bytes: Uint8Array, start: number, end: number): boolean {
  for (let position = start; position < end; position++) {
    const byte = bytes[position]
    if (byte !== 0x20 && byte !== 0x09 && byte !== 0x0d && byte !== 0x0a) return false
  }
  return true
}

function beforeLineEnd(bytes: Uint8Array, position: number): number {
  if (bytes[position - 1] !== 0x0a) return position
  return bytes[position - 2] === 0x0d ? position - 2 : position - 1
}

/** Header and body exactly as they stand, as a view: what a signature covers. */
export function entityBytes(entity: Entity): Uint8Array {
  return entity.bytes.subarray(entity.start, entity.end)
}

/** The body exactly as it stands, as a view. */
export function bodyBytes(entity: Entity): Uint8Array {
  return entity.bytes.subarray(entity.bodyStart, entity.end)
}

/** The body with its transfer encoding undone. */
export function decodedBody(entity: Entity): Uint8Array {
  return decodeTransfer(
    bodyBytes(entity),
    transferEncodingOf(firstField(entity.headers, 'Content-Transfer-Encoding')?.value),
  )
}
