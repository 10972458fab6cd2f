/** Halts that are none: the CA takes its time, nothing went wrong, and nothing is left for the person to do. */

const codes: ReadonlySet<string> = new Set(['order-processing', 'ca-busy'])

export function isWaitingForCa(failure: { readonly code: string } | undefined): boolean {
  return failure !== undefined && codes.has(failure.code)
}
