/**
 * Lines as servers and programs on the way change them: their ends, white space before the ends (RFC 3676 §4.2 makes it
 * mean something), "From " at their start (RFC 4155), and the dots of SMTP (RFC 5321 §4.5.2).
 */

import { canonicalLines } from '../../mime/canonical.ts'
import { type Candidate, withoutLastLineEnds, withoutTrailingSpace } from './repair.ts'

/** Single lines are tried one by one up to so many. */
const mostLines = 8

export function* lineEnds(text: string): Generator<Candidate> {
  const how = 'line-ends'
  yield { how, text: canonicalLines(text) }
  yield { how, text: canonicalLines(text.replaceAll('\r\r\n', '\r\n')) }
  yield { how, text: canonicalLines(text.replaceAll('\r\n\r\n', '\r\n')) }
  yield { how, text: text.replaceAll('\r\n', '\n') }
}

/** The line end before a boundary belongs to the boundary, and programs disagree about one more. */
export function* lastLineEnd(text: string): Generator<Candidate> {
  const how = 'last-line-end'
  yield { how, text: `${text}\r\n` }
  if (text.endsWith('\r\n')) yield { how, text: text.slice(0, -2) }
}

export function* blankLinesAtEnd(text: string): Generator<Candidate> {
  const how = 'blank-lines-at-end'
  const bare = withoutLastLineEnds(text)
  for (const ends of [0, 1, 2, 3, 4]) yield { how, text: bare + '\r\n'.repeat(ends) }
}

/** Lines of a paragraph end with a blank where they flow on (RFC 3676 §4.2). */
function flowed(lines: readonly string[], bodyStart: number): string[] {
  return lines.map((line, index) => {
    const next = lines[index + 1] ?? ''
    const flows = index >= bodyStart && line !== '' && line !== '--' && next !== '' && !line.endsWith(' ')
    return flows ? `${line} ` : line
  })
}

export function* trailingSpace(text: string): Generator<Candidate> {
  const how = 'trailing-space'
  const lines = text.split('\r\n')
  yield { how, text: lines.map(withoutTrailingSpace).join('\r\n') }
  // The mark before a signature block (RFC 3676 §4.3), and what folding a header after "; " leaves.
  const marked = lines.map((line) => (line === '--' ? '-- ' : line))
  yield { how, text: marked.join('\r\n') }
  const bodyStart = lines.indexOf('') + 1
  yield { how, text: flowed(marked, bodyStart).join('\r\n') }
  yield { how, text: flowed(lines, bodyStart).join('\r\n') }
  const folded = lines.map((line, index) => (index < bodyStart && line.endsWith(';') ? `${line} ` : line))
  yield { how, text: folded.join('\r\n') }
  // A blank where a line was empty: programs that fill empty lines.
  const blank = lines.map((line, index) => (index >= bodyStart && line === ' ' ? '' : line))
  yield { how, text: blank.join('\r\n') }
}

/** The text with each single line that begins with `mark` changed, and with all of them changed. */
function* atLines(text: string, mark: string, instead: string): Generator<string> {
  const at: number[] = []
  let count = 0
  for (let found = text.indexOf(`\n${mark}`); found >= 0; found = text.indexOf(`\n${mark}`, found + 1)) {
    if (at.length < mostLines) at.push(found + 1)
    count++
  }
  if (count === 0) return
  yield text.replaceAll(`\n${mark}`, `\n${instead}`)
  if (count === 1) return
  for (const position of at) yield text.slice(0, position) + instead + text.slice(position + mark.length)
}

export function* fromEscaped(text: string): Generator<Candidate> {
  const how = 'from-escaped'
  for (const changed of atLines(text, '>From ', 'From ')) yield { how, text: changed }
  // Mailboxes that quote more than one level put one ">" before each.
  for (const changed of atLines(text, '>>From ', '>From ')) yield { how, text: changed }
  for (const changed of atLines(text, 'From ', '>From ')) yield { how, text: changed }
}

export function* dotStuffing(text: string): Generator<Candidate> {
  const how = 'dot-stuffing'
  for (const changed of atLines(text, '..', '.')) yield { how, text: changed }
  for (const changed of atLines(text, '.', '..')) yield { how, text: changed }
}
