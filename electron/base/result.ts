/**
 * Expected failures are values. An exception is a bug in Siegel or in the machine below it.
 *
 * An error is a plain object with a `code` from a closed union and the data that its sentence needs; the sentence itself
 * stands in shared/words.
 */

export type Result<Value, Failure extends { readonly code: string }> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly error: Failure }

export function success<Value>(value: Value): { readonly ok: true; readonly value: Value } {
  return { ok: true, value }
}

export function failure<Failure extends { readonly code: string }>(
  error: Failure,
): { readonly ok: false; readonly error: Failure } {
  return { ok: false, error }
}

/** For places where a failure would be a bug (fixtures, values that were checked before). Throws with the code only. */
export function expectSuccess<Value>(result: Result<Value, { readonly code: string }>): Value {
  if (result.ok) return result.value
  throw new Error(`unexpected failure: ${result.error.code}`)
}
