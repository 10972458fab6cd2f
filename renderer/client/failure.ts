/** What a refused call says: the contract's code and data, or that nobody expected it. */

import { ORPCError } from '@orpc/client'
import type { FailureCode } from '../../shared/contract/errors.ts'
import { hasPhrase } from '../../shared/words/words.ts'

export interface ShownFailure {
  readonly code: FailureCode | 'unexpected'
  readonly data: Readonly<Record<string, unknown>>
}

export function failureOf(error: unknown): ShownFailure {
  // By the words rather than the contract's schemas: the page shows failures, and needn't load a validator for it.
  if (error instanceof ORPCError && hasPhrase('en', `errors.${error.code}.what`)) {
    return { code: error.code as FailureCode, data: isRecord(error.data) ? error.data : {} }
  }
  return { code: 'unexpected', data: {} }
}

export function isAborted(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError'
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
