/** How long a person waits for what servers say about certificates: a mail is shown whatever they do. */

export interface Patience {
  /** Nobody is asked. */
  readonly offline?: boolean
  /** How long answers are waited for in all, in milliseconds; what comes later is there the next time. */
  readonly waitMs?: number
}

/** A list of a server that is up comes within a second. */
export const usualWaitMs = 3_000

/** Ends with the work or at `end` (the machine's time in milliseconds), whichever is first. */
export async function withinPatience(work: Promise<unknown>, end: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const patience = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, Math.max(end - Date.now(), 0))
  })
  await Promise.race([work, patience])
  clearTimeout(timer)
}
