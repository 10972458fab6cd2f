/** What a refused call says: the contract's code and data, or that nobody expected it. */

import { ORPCError } from '@orpc/client'
import { type FailureCode, failureData } from '../../shared/contract/errors.ts'

export interface ShownFailure {
  readonly code: FailureCode | 'unexpected'
  readonly data: Readonly<Record<string, unknown>>
}

export function failureOf(error: unknown): ShownFailure {
  if (error instanceof ORPCError && Object.hasOwn(failureData, error.code)) {
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
