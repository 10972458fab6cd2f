/** From values to the contract: an expected failure leaves a procedure as an error with its code and data. */

import { ORPCError } from '@orpc/server'
import type { Failure } from '../../shared/contract/errors.ts'
import type { Result } from '../base/result.ts'

/** Ends the procedure with an expected failure. The contract checks that the procedure declares the code. */
export function raise(failure: Failure): never {
  const { code, ...data } = failure
  throw new ORPCError(code, { status: 422, data })
}

/** The value of a result whose failures are the contract's own; a failure ends the procedure. */
export function orRaise<Value>(result: Result<Value, Failure>): Value {
  return result.ok ? result.value : raise(result.error)
}
