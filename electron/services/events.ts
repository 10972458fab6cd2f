/** What changed, as topics with a revision: the receiver asks again, so that the privileged side stays the only truth. */

import type { Topic } from '../../shared/contract/app.ts'

export interface TopicRevision {
  readonly topic: Topic
  readonly revision: number
}

export interface Events {
  publish(topic: Topic): void
  /** First the revisions so far, then every change until `signal` ends it. */
  follow(signal: AbortSignal | undefined): AsyncGenerator<TopicRevision, void>
}

export function createEvents(): Events {
  const revisions = new Map<Topic, number>()
  const followers = new Set<(change: TopicRevision) => void>()

  return {
    publish(topic) {
      const revision = (revisions.get(topic) ?? 0) + 1
      revisions.set(topic, revision)
      for (const tell of followers) tell({ topic, revision })
    },

    async *follow(signal) {
      // One entry per topic: a slow receiver gets the newest revision, and the queue can't grow.
      const waiting = new Map<Topic, number>(revisions)
      let wake: (() => void) | undefined
      const tell = ({ topic, revision }: TopicRevision) => {
        waiting.set(topic, revision)
        wake?.()
      }
      const stop = () => wake?.()
      followers.add(tell)
      signal?.addEventListener('abort', stop)
      try {
        while (!signal?.aborted) {
          const [next] = waiting
          if (next) {
            waiting.delete(next[0])
            yield { topic: next[0], revision: next[1] }
          } else {
            await new Promise<void>((resolve) => {
              wake = resolve
            })
          }
        }
      } finally {
        followers.delete(tell)
        signal?.removeEventListener('abort', stop)
      }
    },
  }
}
