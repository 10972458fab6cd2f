/**
 * What undoing a change of the way is made of. A repair guesses: it yields texts that the damaged one may have been, and the
 * signed digest says which guess is right. Texts hold one character per byte, so that no guess changes a byte by itself.
 */

import { latin1Bytes } from '../../base/bytes.ts'
import { mimeBudget } from '../../mime/budget.ts'
import { type Entity, parseEntity } from '../../mime/entity.ts'

/** How the way changed a mail; the words for each stand in shared/words under `terms`. */
export const damages = [
  'line-ends',
  'last-line-end',
  'blank-lines-at-end',
  'trailing-space',
  'from-escaped',
  'dot-stuffing',
  'header-folding',
  'header-spelling',
  'header-added',
  'header-removed',
  'subject-prefix',
  're-encoded',
  'base64-rewrapped',
  'soft-breaks-moved',
  'charset-converted',
  'footer-added',
  'banner-added',
  'part-added',
] as const
export type Damage = (typeof damages)[number]

export interface Candidate {
  readonly how: Damage
  readonly text: string
}

export type Repair = (text: string) => Iterable<Candidate>

/** Offsets into the text. */
export interface Range {
  readonly start: number
  readonly bodyStart: number
  readonly end: number
  readonly mediaType: string
  readonly children: readonly Range[]
}

/** Parts beyond these are left as they are: each multiplies the guesses. */
const mostParts = 8

function rangeOf({ start, bodyStart, end, contentType, children }: Entity): Range {
  return { start, bodyStart, end, mediaType: contentType.type, children: children.map(rangeOf) }
}

/** Signed parts have a dozen fields, with protected headers two dozen. Each guess takes all of them apart. */
const budget = { ...mimeBudget, headerFields: 64, headerBytes: 32_768, parts: 64 }

/** Where header and body of the mail and of its parts stand; undefined where there is too much to guess at. */
export function rangesOf(text: string): Range | undefined {
  const parsed = parseEntity(latin1Bytes(text), budget)
  return parsed.ok ? rangeOf(parsed.value) : undefined
}

/** The entity and all below it, outermost first. */
export function allRanges(root: Range): Range[] {
  return [root, ...root.children.flatMap(allRanges)].slice(0, mostParts)
}

/** The parts without parts of their own. */
export function leafRanges(root: Range): Range[] {
  return allRanges(root).filter(({ children }) => children.length === 0)
}

/** The text with other headers where `change` gives them; the ranges must not overlap. */
export function withHeaders(text: string, ranges: readonly Range[], change: (header: string) => string): string {
  let changed = ''
  let position = 0
  for (const { start, bodyStart } of ranges) {
    changed += text.slice(position, start) + change(text.slice(start, bodyStart))
    position = bodyStart
  }
  return changed + text.slice(position)
}

/** Header fields with their folds and line ends; the blank line is no field. */
export function fieldsOf(header: string): string[] {
  const fields: string[] = []
  for (const line of header.split(/(?<=\r\n)/)) {
    if (line === '\r\n' || line === '') continue
    if (/^[ \t]/.test(line) && fields.length > 0) fields[fields.length - 1] += line
    else fields.push(line)
  }
  return fields
}

/** Without blanks and tabs at its end; a pattern for that takes quadratic time on a line of blanks. */
export function withoutTrailingSpace(line: string): string {
  let end = line.length
  while (end > 0 && (line[end - 1] === ' ' || line[end - 1] === '\t')) end--
  return line.slice(0, end)
}

/** Without the line ends at its end. */
export function withoutLastLineEnds(text: string): string {
  let end = text.length
  while (text.startsWith('\r\n', end - 2) && end >= 2) end -= 2
  return text.slice(0, end)
}
