/** A line that comes and goes: calls wait for the current link, listeners hear of its state. */

import type { ClientContext, ClientLink } from '@orpc/client'

/** `refused`: the address was used before or belongs to a Siegel that has ended; waiting doesn't help. */
type ConnectionState = 'connecting' | 'open' | 'lost' | 'refused'

type Link = ClientLink<ClientContext>

export interface Connection {
  readonly link: Link
  state(): ConnectionState
  /** Tells of each change of state until the returned function is called. */
  subscribe(listener: () => void): () => void
}

export interface Line extends Connection {
  /** The line is up and calls go through `link`. */
  opened(link: Link): void
  changed(state: 'lost' | 'refused'): void
}

export function createLine(): Line {
  const listeners = new Set<() => void>()
  let state: ConnectionState = 'connecting'
  let { promise, resolve } = pending()
  const tell = (next: ConnectionState): void => {
    state = next
    for (const listener of listeners) listener()
  }
  return {
    link: {
      async call(path, input, options) {
        const current = await orAborted(promise, options.signal)
        return current.call(path, input, options)
      },
    },
    state: () => state,
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    opened(link) {
      resolve(link)
      tell('open')
    },
    changed(next) {
      if (state === 'open') ({ promise, resolve } = pending())
      tell(next)
    },
  }
}

function pending(): { promise: Promise<Link>; resolve: (link: Link) => void } {
  let resolve: (link: Link) => void = () => undefined
  const promise = new Promise<Link>((done) => {
    resolve = done
  })
  return { promise, resolve }
}

/** Waiting for a line must end when the caller no longer wants the answer. */
function orAborted(promise: Promise<Link>, signal: AbortSignal | undefined): Promise<Link> {
  if (!signal) return promise
  return new Promise((resolve, reject) => {
    if (signal.aborted) reject(signal.reason)
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
    promise.then(resolve, reject)
  })
}
