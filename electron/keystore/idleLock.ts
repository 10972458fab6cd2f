/**
 * Calls back once nobody has used the program for some minutes. The clock decides, the timer only looks at it: timers
 * stand still while a computer sleeps.
 */

import type { Clock } from '../base/clock.ts'

export interface IdleLock {
  /** Begins to watch; 0 minutes watch nothing. */
  start(minutes: number): void
  touch(): void
  stop(): void
  /** The idle time has passed, although the timer may not have fired yet. */
  isOver(): boolean
}

/** setTimeout counts in 31 bits of milliseconds. */
const longestTimer = 2 ** 31 - 1

export function createIdleLock(clock: Clock, onIdle: () => void): IdleLock {
  let idleMs = 0
  let deadline = Number.POSITIVE_INFINITY
  let timer: ReturnType<typeof setTimeout> | undefined

  function arm(): void {
    clearTimeout(timer)
    timer = undefined
    if (idleMs === 0) return
    const left = Math.min(Math.max(deadline - clock().getTime(), 1), longestTimer)
    timer = setTimeout(look, left)
    // A process that has nothing else to do may end.
    timer.unref()
  }

  function look(): void {
    if (isOver()) onIdle()
    else arm()
  }

  function isOver(): boolean {
    const now = clock().getTime()
    // The clock was set back: by the old deadline the program would stay open for as long as that.
    if (deadline - now > idleMs) touch()
    return now >= deadline
  }

  function touch(): void {
    deadline = idleMs === 0 ? Number.POSITIVE_INFINITY : clock().getTime() + idleMs
  }

  return {
    start(minutes) {
      idleMs = minutes * 60_000
      touch()
      arm()
    },
    touch,
    stop() {
      idleMs = 0
      touch()
      arm()
    },
    isOver,
  }
}
