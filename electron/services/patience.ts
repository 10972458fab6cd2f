/** How long a person waits for what servers say about certificates: a mail is shown whatever they do. */

export interface Patience {
  /** Nobody is asked. */
  readonly offline?: boolean
  /** How long answers are waited for in all, in milliseconds; what comes later is there the next time. */
  readonly waitMs?: number
  /** Nobody is told which certificate is meant: no OCSP. */
  readonly listsOnly?: boolean
  /** Asks also whom a kept answer still speaks for: something has just changed. */
  readonly anew?: boolean
  /** Ends the wait at once. */
  readonly signal?: AbortSignal
}

/** A list of a server that is up comes within a second. */
export const usualWaitMs = 3_000

/** Ends with the work, at `end` (the machine's time in milliseconds) or with the signal, whichever is first. */
export async function withinPatience(work: Promise<unknown>, end: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return
  let giveUp: (() => void) | undefined
  const patience = new Promise<void>((resolve) => {
    giveUp = resolve
  })
  const timer = setTimeout(() => giveUp?.(), Math.max(end - Date.now(), 0))
  const stop = () => giveUp?.()
  signal?.addEventListener('abort', stop)
  try {
    await Promise.race([work, patience])
  } finally {
    clearTimeout(timer)
    // The signal of a window lives as long as the window.
    signal?.removeEventListener('abort', stop)
  }
}
