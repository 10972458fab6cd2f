/**
 * Hands the answers over to the privileged side as they are given: one call at a time, and the newest goes next, so that fast
 * typing makes no queue and the last letter is never overtaken.
 */

import type { KeptAnswers } from '../../../shared/contract/wizard.ts'
import type { Api } from '../../client/api.ts'

export interface AnswerKeeper {
  keep(answers: KeptAnswers): void
  /** Ends when nothing is on its way any more. */
  settled(): Promise<void>
  forget(): Promise<void>
}

export function createAnswerKeeper({ wizard }: Pick<Api['client'], 'wizard'>): AnswerKeeper {
  let waiting: (() => Promise<unknown>) | undefined
  let running: Promise<void> | undefined
  const next = (call: () => Promise<unknown>): Promise<void> => {
    waiting = call
    running ??= work()
    return running
  }
  async function work(): Promise<void> {
    while (waiting) {
      const call = waiting
      waiting = undefined
      // What can't be kept now, on a full disk or a lost line, is still in the window; the next answer tries again.
      await call().catch(() => undefined)
    }
    running = undefined
  }
  return {
    keep: (answers) => {
      next(() => wizard.keep(answers))
    },
    settled: async () => running,
    forget: () => next(() => wizard.forget()),
  }
}
