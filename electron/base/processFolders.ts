/**
 * Folders that one process works in, below a folder that several share: made under the process's name, kept fresh while it lives,
 * and removed by the next one when it was killed.
 */

import { readdirSync, rmSync, statSync } from 'node:fs'
import { mkdtemp, rm, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { ownerOf, processName } from './runningProcess.ts'

const freshSeconds = 60

export interface ProcessFolder {
  readonly path: string
  /** With everything in it. */
  remove(): Promise<void>
}

/** For the person alone. Its time is renewed each minute: whoever can't see the process sees by it that it lives. */
export async function makeProcessFolder(parent: string): Promise<ProcessFolder> {
  const path = await mkdtemp(join(parent, `${processName()}-`))
  const renewal = setInterval(() => {
    const now = new Date()
    // Removed by somebody else: whoever works in it will notice.
    utimes(path, now, now).catch(() => undefined)
  }, freshSeconds * 1_000)
  renewal.unref()
  return {
    path,
    async remove() {
      clearInterval(renewal)
      await rm(path, { recursive: true, force: true })
    },
  }
}

/**
 * Removes what ended processes left in `parent`, and what one of which nothing is known hasn't touched for `quietMinutes`. What
 * can't be removed now is left for the next start.
 */
export function removeLeftBehind(parent: string, quietMinutes: number): void {
  for (const name of namesIn(parent)) {
    const path = join(parent, name)
    try {
      const owner = ownerOf(name)
      // One from the future, too: by a clock that was wrong then. Whoever lives has touched it by the right one since.
      const isQuiet = () => Math.abs(Date.now() - statSync(path).mtimeMs) > quietMinutes * 60_000
      if (owner === 'ended' || (owner === 'unknown' && isQuiet())) rmSync(path, { recursive: true, force: true })
    } catch {
      // Gone meanwhile, or held: the others go all the same.
    }
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    // Usually: nobody has made one yet.
    return []
  }
}
