/**
 * One pass over a stream for two readers: the chunks go on to the caller, and each is handed to a consumer first. The
 * consumer sees a chunk before the caller gets it and never runs ahead, so nothing piles up.
 */

export interface Tee<Value> {
  /** To be read to its end; `result` settles after that. */
  readonly chunks: AsyncIterable<Uint8Array>
  readonly result: Promise<Value>
}

export function tee<Value>(
  source: AsyncIterable<Uint8Array>,
  consume: (chunks: AsyncIterable<Uint8Array>) => Promise<Value>,
): Tee<Value> {
  const relay = createRelay()
  const result = consume(relay.chunks)
  // Whoever awaits `result` hears of a failure; without this line it would end the process while chunks still flow.
  const settled = result.then(
    () => undefined,
    () => undefined,
  )
  async function* chunks(): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of source) {
        // A consumer that has ended, well or not, must not hold up the caller.
        await Promise.race([relay.hand(chunk), settled])
        yield chunk
      }
    } finally {
      relay.end()
    }
  }
  return { chunks: chunks(), result }
}

interface Relay {
  readonly chunks: AsyncIterable<Uint8Array>
  /** Resolves when the consumer has taken the chunk and asks for the next. */
  hand(chunk: Uint8Array): Promise<void>
  end(): void
}

function createRelay(): Relay {
  let offered: { chunk: Uint8Array; taken: () => void } | undefined
  let ended = false
  let wake: (() => void) | undefined
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for (;;) {
      if (offered) {
        const { chunk, taken } = offered
        offered = undefined
        yield chunk
        taken()
      } else if (ended) return
      else {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    }
  }
  return {
    chunks: chunks(),
    hand(chunk) {
      return new Promise((taken) => {
        offered = { chunk, taken }
        wake?.()
      })
    },
    end() {
      ended = true
      wake?.()
    },
  }
}
