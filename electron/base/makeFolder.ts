/**
 * Makes a folder with those above it. Node's own `recursive` never comes back where the system has a folder but takes nothing
 * into it with ENOENT, as below /proc.
 */

import { mkdirSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'

/** A folder that is there already stays as it is; throws what the file system says. */
export function makeFolder(folder: string, mode = 0o777): void {
  makeWithParents(resolve(folder), mode)
}

function makeWithParents(folder: string, mode: number): void {
  const there = statSync(folder, { throwIfNoEntry: false })
  if (there?.isDirectory()) return
  const parent = dirname(folder)
  if (!there && parent !== folder && !statSync(parent, { throwIfNoEntry: false })) makeWithParents(parent, mode)
  try {
    mkdirSync(folder, { mode })
  } catch (error) {
    // Another process made it meanwhile.
    if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) throw error
  }
}
