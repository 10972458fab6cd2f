/** The matrix as a table in Markdown: a row per algorithm, two columns per program, and a numbered note per missing feature. */

import { type Action, encryptionRows, type Row, signatureRows } from './testCells.ts'
import type { Peer } from './testPeer.ts'

/** "peer/action/row": done, or the feature that the peer doesn't have. */
export type Outcomes = Map<string, true | string>

/** `tableLines` lays out rows of cells, the head first. */
export function matrixTable(
  peers: readonly Peer[],
  outcomes: Outcomes,
  tableLines: (rows: readonly (readonly string[])[]) => string[],
): string {
  const notes: string[] = []
  const cellOf = (peer: Peer, action: Action, row: Row) => {
    const outcome = outcomes.get(`${peer.name}/${action}/${row.name}`)
    if (outcome === true) return '✓'
    if (outcome === undefined) return '✗'
    if (!notes.includes(outcome)) notes.push(outcome)
    return String(notes.indexOf(outcome) + 1)
  }
  const part = (rows: readonly Row[], actions: readonly [Action, Action]) =>
    tableLines([
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
