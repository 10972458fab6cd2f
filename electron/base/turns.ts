/**
 * Long work in steps, so that the window, a server that answers and the person who changes their mind have their turn between
 * them. The work is a generator that yields wherever it may be left for a moment: nobody else may see it half done there.
 */

import { setImmediate } from 'node:timers/promises'

/** Yields nothing; what it returns is the work's outcome. */
export type Steps<Value> = Generator<undefined, Value, undefined>

/** Does the work with a turn for everybody else after each of its steps. What it throws is thrown. */
export async function inTurns<Value>(steps: Steps<Value>): Promise<Value> {
  for (let step = steps.next(); ; step = steps.next()) {
    if (step.done) return step.value
    await setImmediate()
  }
}

/** Does the work in one go, where nobody is kept waiting or nobody may come in between. */
export function atOnce<Value>(steps: Steps<Value>): Value {
  for (let step = steps.next(); ; step = steps.next()) if (step.done) return step.value
}
