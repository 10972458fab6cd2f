/** The matrix as a table in Markdown: a row per algorithm, two columns per program, and a numbered note per missing feature. */

import { type Action, encryptionRows, type Row, signatureRows } from './testCells.ts'
import type { Peer } from './testPeer.ts'

/** "peer/action/row": done, or the feature that the peer doesn't have. */
export type Outcomes = Map<string, true | string>

const start = '<!-- interoperability: begin -->'
const end = '<!-- interoperability: end -->'

export function matrixTable(peers: readonly Peer[], outcomes: Outcomes): string {
  const notes: string[] = []
  const cellOf = (peer: Peer, action: Action, row: Row) => {
    const outcome = outcomes.get(`${peer.name}/${action}/${row.name}`)
    if (outcome === true) return '✓'
    if (outcome === undefined) return '✗'
    if (!notes.includes(outcome)) notes.push(outcome)
    return String(notes.indexOf(outcome) + 1)
  }
  const part = (rows: readonly Row[], actions: readonly [Action, Action]) =>
    aligned([
      ['', ...peers.map(({ name }) => `${name}: ${actions.join(', ')}`)],
      ...rows.map((row) => [
        row.name,
        ...peers.map((peer) => actions.map((action) => cellOf(peer, action, row)).join(' ')),
      ]),
    ])
  const signatures = part(signatureRows, ['sign', 'verify'])
  const encryptions = part(encryptionRows, ['encrypt', 'decrypt'])
  const listed = notes.map((note, index) => `${index + 1}: ${note}`).join('; ')
  return [...signatures, '', ...encryptions, '', `What a program lacks: ${listed}.`].join('\n')
}

/** Columns as wide as their widest cell, under a line of hyphens: the form that the formatter of the project gives a table. */
function aligned([head = [], ...body]: readonly string[][]): string[] {
  const widths = head.map((_, column) => Math.max(3, ...[head, ...body].map((row) => row[column]?.length ?? 0)))
  const lineOf = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`
  return [lineOf(head), lineOf(widths.map((width) => '-'.repeat(width))), ...body.map(lineOf)]
}

/** The table that a text holds between its marks. */
export function markedTable(text: string): string {
  const from = text.indexOf(start)
  const to = text.indexOf(end)
  return from < 0 || to < from ? '' : text.slice(from + start.length, to).trim()
}

export function withTable(text: string, table: string): string {
  const from = text.indexOf(start)
  const to = text.indexOf(end)
  if (from < 0 || to < from) throw new Error('the README has no place for the table')
  return `${text.slice(0, from + start.length)}\n\n${table}\n\n${text.slice(to)}`
}
