/** The values that were made last, by name: what is asked for again and again, as a mailbox does, isn't made again. */

export interface RecentValues<Value> {
  get(name: string): Value | undefined
  /** The oldest goes when there are too many. */
  set(name: string, value: Value): void
}

export function createRecentValues<Value>(most: number): RecentValues<Value> {
  const values = new Map<string, Value>()
  return {
    get: (name) => values.get(name),
    set(name, value) {
      const [oldest] = values.keys()
      if (values.size >= most && oldest !== undefined) values.delete(oldest)
      values.set(name, value)
    },
  }
}
