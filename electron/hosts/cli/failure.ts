/** Expected failures in the terminal: which one an error is, and how it reads. */

import { ORPCError } from '@orpc/server'
import { failureData } from '../../../shared/contract/errors.ts'
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

/** What happened and what to do next, as two sentences. */
export function failureText(
  terminal: Terminal,
  failure: { code: string; data: Readonly<Record<string, unknown>> },
): string {
  const what = terminal.words(`errors.${failure.code}.what`, failure.data)
  const next = terminal.words(`errors.${failure.code}.next`, failure.data)
  return `${what}\n${next}`
}
