/** Turns work that reports by calling back into a stream of events: each report is an event, the work's end ends it. */

export async function* eventsOf<Event>(
  work: (emit: (event: Event) => void) => Promise<void>,
): AsyncGenerator<Event, void> {
  const waiting: Event[] = []
  let wake: (() => void) | undefined
  let ended = false
  const done = work((event) => {
    waiting.push(event)
    wake?.()
  }).finally(() => {
    ended = true
    wake?.()
  })
  // The work's failure is thrown below; until then nobody waits for it.
  done.catch(() => {})
  for (;;) {
    const event = waiting.shift()
    if (event !== undefined) {
      yield event
    } else if (ended) {
      await done
      return
    } else {
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
  }
}
