/**
 * A message taken apart into entities (RFC 2045, RFC 2046), each with the range of bytes it came from: a signature is
 * verified over exactly those bytes, so nothing here is normalized or copied.
 *
 * Two parsers that disagree are an attack on whoever trusts one of them. Where mail is ambiguous (two Content-Type fields,
 * a missing blank line, an unclosed multipart) the oddity is recorded for the report.
 */

import { asBuffer, latin1Bytes, latin1Text } from '../base/bytes.ts'
import { failure, type Result, success } from '../base/result.ts'
import { heldBytes, passingPieces, piecesOf, rangeOf, type SeekableBytes, wholeOf } from '../base/seekableBytes.ts'
import { type MimeBudget, mimeBudget } from './budget.ts'
import { fieldsNamed, firstField, type HeaderBlock, type HeaderField, readHeader } from './header.ts'
import { firstFrom } from './hyphenLines.ts'
import { type ParameterizedValue, parseParameterized } from './parameters.ts'
import { decodedPieces, decodeTransfer, isEncoded, type TransferEncoding, transferEncodingOf } from './transfer.ts'
import { MessageWindow, type Reading, runHeld, runSeekable } from './window.ts'

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
  /** The message to which all offsets refer. */
  readonly source: SeekableBytes
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
  return orOverBudget(() => runHeld(readMessage(heldBytes(bytes), budget), bytes))
}

/** The same for a message that need not be in memory: one window of it is, and its headers. */
export async function parseSource(
  source: SeekableBytes,
  budget: MimeBudget = mimeBudget,
): Promise<Result<Entity, ParseError>> {
  try {
    return await runSeekable(readMessage(source, budget), source)
  } catch (error) {
    return overBudgetOf(error)
  }
}

function orOverBudget(read: () => Result<Entity, ParseError>): Result<Entity, ParseError> {
  try {
    return read()
  } catch (error) {
    return overBudgetOf(error)
  }
}

function overBudgetOf(error: unknown): Result<never, ParseError> {
  if (error instanceof OverBudget) return failure({ code: 'over-budget', limit: error.limit })
  throw error
}

function* readMessage(source: SeekableBytes, budget: MimeBudget): Reading<Result<Entity, ParseError>> {
  const window = new MessageWindow(source)
  const start = yield* startOfMessage(window)
  const reader: Reader = { window, budget, partsLeft: budget.parts }
  const entity = yield* readEntity(reader, start, source.size, 0, 'text/plain')
  return entity.headers.length === 0 ? failure({ code: 'not-a-message' }) : success(entity)
}

/** Files may begin with a byte order mark, and mbox files begin each message with a line of their own that is no field. */
function* startOfMessage(window: MessageWindow): Reading<number> {
  const mark = yield* window.bytes(0, Math.min(3, window.size))
  const start = mark[0] === 0xef && mark[1] === 0xbb && mark[2] === 0xbf ? 3 : 0
  const word = latin1Text(yield* window.bytes(start, Math.min(start + 5, window.size)))
  return word === 'From ' ? yield* endOfLine(window, start, window.size) : start
}

const linefeed = Buffer.from([0x0a])

/** Offset after the line that begins at `start`. */
function* endOfLine(window: MessageWindow, start: number, end: number): Reading<number> {
  const found = yield* window.indexOf(linefeed, start, end)
  return found < 0 ? end : found + 1
}

interface Reader {
  readonly window: MessageWindow
  readonly budget: MimeBudget
  partsLeft: number
}

/** Nearly every header ends within these bytes. */
const usualHeaderBytes = 16_384

/** Reads the header at `start`; looks at more and more of the message until it has seen its end. */
function* readHeaderAt({ window, budget }: Reader, start: number, end: number): Reading<HeaderBlock> {
  // One byte over the budget shows that it is exceeded; a line as long as that is judged by what is seen of it.
  const most = Math.min(end, start + budget.headerBytes + 1)
  for (let length = usualHeaderBytes; ; length *= 4) {
    const seen = Math.min(most, start + length)
    const view = yield* window.bytes(start, seen)
    // Fields are views: on a window they would keep all of it in memory, which for 2000 parts is half a gigabyte.
    const bytes = window.source.held ? view : Uint8Array.from(view)
    const header = readHeader(bytes, 0, bytes.length, budget)
    if (!header.ok) throw new OverBudget(header.error.limit)
    const { bodyStart } = header.value
    // A last line that is cut off, or a last field that the next line may continue, can't be judged yet.
    const conclusive = !header.value.unterminated || bytes.indexOf(0x0a, bodyStart) >= 0
    if (conclusive || seen === most) return { ...header.value, bodyStart: start + bodyStart }
  }
}

function* readEntity(reader: Reader, start: number, end: number, depth: number, defaultType: string): Reading<Entity> {
  const { budget, window } = reader
  if (--reader.partsLeft < 0) throw new OverBudget('parts')
  if (depth > budget.depth) throw new OverBudget('depth')
  const { fields: headers, bodyStart, unterminated } = yield* readHeaderAt(reader, start, end)
  const oddities: EntityOddity[] = []
  if (unterminated && bodyStart < end) oddities.push('missing-blank-line')
  const contentType = contentTypeOf(headers, defaultType, oddities)
  const encodings = fieldsNamed(headers, 'Content-Transfer-Encoding')
  if (encodings.length > 1) oddities.push('duplicate-transfer-encoding')
  const encoding = transferEncodingOf(encodings[0]?.value)
  if (encoding === 'unknown') oddities.push('unknown-transfer-encoding')
  let children: Entity[] = []
  if (contentType.type.startsWith('multipart/')) {
    children = yield* readParts(reader, contentType, bodyStart, end, depth, oddities)
  } else if (encoding === 'identity' && /^message\/(rfc822|global)$/.test(contentType.type) && bodyStart < end) {
    children = [yield* readEntity(reader, bodyStart, end, depth + 1, 'text/plain')]
  }
  const disposition = parseParameterized(firstField(headers, 'Content-Disposition')?.text ?? '')
  return { source: window.source, headers, contentType, disposition, start, bodyStart, end, children, oddities }
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

function* readParts(
  reader: Reader,
  { type, parameters }: ContentType,
  start: number,
  end: number,
  depth: number,
  oddities: EntityOddity[],
): Reading<Entity[]> {
  const boundary = parameters.get('boundary') ?? ''
  if (boundary === '' || boundary.length > reader.budget.boundaryLength) {
    oddities.push('missing-boundary')
    return []
  }
  const { delimiters, closed } = yield* findDelimiters(reader, boundary, start, end)
  if (!closed) oddities.push('unclosed-multipart')
  if (delimiters.length === 0) oddities.push('empty-multipart')
  const defaultType = type === 'multipart/digest' ? 'message/rfc822' : 'text/plain'
  const parts: Entity[] = []
  for (const { partStart, partEnd } of delimiters) {
    parts.push(yield* readEntity(reader, partStart, partEnd, depth + 1, defaultType))
  }
  return parts
}

interface PartRange {
  readonly partStart: number
  readonly partEnd: number
}

function* findDelimiters(
  reader: Reader,
  boundary: string,
  start: number,
  end: number,
): Reading<{ delimiters: PartRange[]; closed: boolean }> {
  const { window } = reader
  const marker = asBuffer(latin1Bytes(`--${boundary}`))
  const delimiters: PartRange[] = []
  let partStart = -1
  let position = start
  for (;;) {
    const found = yield* nextMarker(window, marker, position, end)
    if (found < 0) {
      if (partStart >= 0) delimiters.push({ partStart, partEnd: end })
      return { delimiters, closed: false }
    }
    position = found + marker.length
    if (found > start && (yield* window.byte(found - 1)) !== 0x0a) continue
    const closing = position + 2 <= end && latin1Text(yield* window.bytes(position, position + 2)) === '--'
    // "--abcd" is no delimiter of the boundary "abc": only white space may follow.
    const lineEnd = yield* endOfWhiteLine(window, closing ? position + 2 : position, end)
    if (lineEnd === undefined) continue
    if (partStart >= 0) {
      if (delimiters.length >= reader.partsLeft) throw new OverBudget('parts')
      delimiters.push({ partStart, partEnd: Math.max(partStart, yield* beforeLineEnd(window, found)) })
    }
    if (closing) return { delimiters, closed: true }
    partStart = lineEnd
    position = lineEnd
  }
}

/** The next place of a boundary's text, or -1; where lines with hyphens are known, only there. */
function* nextMarker(window: MessageWindow, marker: Buffer, start: number, end: number): Reading<number> {
  const { hyphenLines } = window.source
  if (!hyphenLines) return yield* window.indexOf(marker, start, end)
  for (let index = firstFrom(hyphenLines, start); index < hyphenLines.length; index++) {
    const line = hyphenLines[index] as number
    if (line + marker.length > end) return -1
    if (marker.equals(yield* window.bytes(line, line + marker.length))) return line
  }
  return -1
}

/** Offset after the line, when nothing but white space is left of it. */
function* endOfWhiteLine(window: MessageWindow, start: number, end: number): Reading<number | undefined> {
  // In steps that grow: a stranger's line of 25 MB took two seconds when each byte was asked for.
  for (let position = start, step = 64; position < end; position += step, step = Math.min(4 * step, 65_536)) {
    const bytes = yield* window.bytes(position, Math.min(end, position + step))
    for (let index = 0; index < bytes.length; index++) {
      const byte = bytes[index]
      if (byte === 0x0a) return position + index + 1
      if (byte !== 0x20 && byte !== 0x09 && byte !== 0x0d) return undefined
    }
  }
  return end
}

function* beforeLineEnd(window: MessageWindow, position: number): Reading<number> {
  if ((yield* window.byte(position - 1)) !== 0x0a) return position
  return (yield* window.byte(position - 2)) === 0x0d ? position - 2 : position - 1
}

/** Header and body exactly as they stand: what a signature covers. */
export function entitySource({ source, start, end }: Entity): SeekableBytes {
  return rangeOf(source, start, end)
}

/** The body exactly as it stands. */
export function bodySource({ source, bodyStart, end }: Entity): SeekableBytes {
  return rangeOf(source, bodyStart, end)
}

export function bodyEncodingOf({ headers }: Entity): TransferEncoding {
  return transferEncodingOf(firstField(headers, 'Content-Transfer-Encoding')?.value)
}

/** The body with its transfer encoding undone, piece by piece. */
export function decodedChunks(entity: Entity): AsyncIterable<Uint8Array> {
  const encoding = bodyEncodingOf(entity)
  const source = bodySource(entity)
  // Without an encoding the pieces themselves are handed out.
  return decodedPieces(isEncoded(encoding) ? passingPieces(source) : piecesOf(source), encoding)
}

/** The same in one buffer: for bodies whose size was looked at. */
export async function decodedBody(entity: Entity): Promise<Uint8Array> {
  return decodeTransfer(await wholeOf(bodySource(entity)), bodyEncodingOf(entity))
}
