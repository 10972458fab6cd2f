/** For tests: what came of opening a message, in a few words per layer, signer and part, for tables of expectations. */

import type { Result } from '../../base/result.ts'
import type { OpenError, OpenedMessage } from '../open.ts'

export interface Outcome {
  readonly layers: readonly string[]
  /** State, algorithms and reasons of each signer. */
  readonly signers: readonly string[]
  readonly parts: readonly string[]
  readonly notes: readonly string[]
}

/** The only place that knows how a part's content is read. */
export function contentOf(part: OpenedMessage['parts'][number]): Promise<Uint8Array> {
  return part.bytes()
}

/** An error is its code alone. */
export async function outcomeOf(opened: Result<OpenedMessage, OpenError>): Promise<Outcome | string> {
  if (!opened.ok) return opened.error.code
  const { layers, signers, parts, notes } = opened.value
  const sizes = await Promise.all(parts.map(async (part) => (await contentOf(part)).length))
  return {
    layers: layers.map(({ kind, state, algorithms }) => [kind, state, ...Object.values(algorithms)].join(' · ')),
    signers: signers.map(({ outcome: { state, reasons } }) => [state, ...reasons.map(reasonText)].join(' · ')),
    parts: parts.map(({ mediaType, covered, name }, index) =>
      [mediaType, sizes[index], ...(name === undefined ? [] : [name]), ...(covered ? ['signed'] : [])].join(' · '),
    ),
    notes: notes.map(({ code }) => code),
  }
}

function reasonText({ code, data }: { code: string; data: Record<string, unknown> }): string {
  return [code, ...Object.values(data)].join(' ')
}
