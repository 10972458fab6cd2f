/** Expected failures in the terminal: which one an error is, and how it reads. */

import { ORPCError } from '@orpc/server'
import { failureData } from '../../../shared/contract/errors.ts'
import { refusalWords } from '../../../shared/words/challengeRefusal.ts'
import { hasPhrase } from '../../../shared/words/words.ts'
import { meaningOf } from '../../storage/sqliteFailure.ts'
import { CommandFailure, type Terminal } from './terminal.ts'

/** An expected failure as code and data, from wherever it was thrown; undefined for a bug. */
export function failureOf(error: unknown): { code: string; data: Readonly<Record<string, unknown>> } | undefined {
  if (error instanceof CommandFailure) return { code: error.code, data: error.data }
  if (error instanceof ORPCError && Object.hasOwn(failureData, error.code)) {
    return { code: error.code, data: (error.data ?? {}) as Record<string, unknown> }
  }
  return meaningOf(error) === 'disk-full' ? { code: 'disk-full', data: {} } : undefined
}

/** What happened and what to do next, as two sentences; what to do is the terminal's own where the window's is about buttons. */
export function failureText(
  terminal: Terminal,
  failure: { code: string; data: Readonly<Record<string, unknown>> },
): string {
  const { code, data } = failure
  if (code === 'challenge-forged') return refusedMailText(terminal, data)
  const next = hasPhrase('en', `cli.next.${code}`) ? `cli.next.${code}` : `errors.${code}.next`
  return `${terminal.words(`errors.${code}.what`, data)}\n${terminal.words(next, data)}`
}

function refusedMailText(terminal: Terminal, { from, reason }: Readonly<Record<string, unknown>>): string {
  const why = refusalWords(String(reason))
  const lines = [
    terminal.words('cli.enrolment.refused-mail', { from }),
    terminal.words(why.key, why.data),
    terminal.words('enrol.hand.refusedNext'),
  ]
  return lines.join('\n')
}
