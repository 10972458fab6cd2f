/** Halts that are none: the CA takes its time, nothing went wrong, and nothing is left for the person to do. */

const codes: ReadonlyMap<string, 'processing' | 'busy'> = new Map([
  ['order-processing', 'processing'],
  ['ca-busy', 'busy'],
])

/** Whether it works on the order, or takes no requests for now. */
export function waitingFor(failure: { readonly code: string } | undefined): 'processing' | 'busy' | undefined {
  return failure && codes.get(failure.code)
}

export function isWaitingForCa(failure: { readonly code: string } | undefined): boolean {
  return waitingFor(failure) !== undefined
}
