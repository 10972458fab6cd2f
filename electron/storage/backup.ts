/**
 * The copy of the last good database: `siegel.db.backup`, consistent, replaced as a whole. It holds the same sealed secrets
 * as the database and is as private.
 */

import {
  closeSync,
  copyFileSync,
  existsSync,
  fsyncSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { Database } from './database.ts'

export function backupPathOf(databasePath: string): string {
  return `${databasePath}.backup`
}

export function databasePathOf(folder: string): string {
  return join(folder, 'siegel.db')
}

/** Whether the copy is missing or the database was written to since. */
export function backupIsStale(databasePath: string): boolean {
  const copied = statSync(backupPathOf(databasePath), { throwIfNoEntry: false })?.mtimeMs
  if (copied === undefined) return true
  return [databasePath, `${databasePath}-wal`].some((path) => {
    const file = statSync(path, { throwIfNoEntry: false })
    return file !== undefined && file.size > 0 && file.mtimeMs > copied
  })
}

/** Writes the copy under another name and then takes the old one's place. Throws what SQLite or the file system says. */
export function writeBackup(database: Database, databasePath: string): void {
  const backup = backupPathOf(databasePath)
  const unfinished = `${backup}.${process.pid}.unfinished`
  try {
    rmSync(unfinished, { force: true })
    // Made here and empty, so that it is private from its first byte on.
    createPrivateFile(unfinished)
    database.run('VACUUM INTO ?', [unfinished])
    flushFile(unfinished)
    renameSync(unfinished, backup)
    flushFolder(dirname(backup))
  } finally {
    rmSync(unfinished, { force: true })
  }
}

/** Copies that a killed process left behind. Called while no other process is likely to write one. */
export function removeUnfinishedBackups(databasePath: string): void {
  const folder = dirname(databasePath)
  const prefix = `${basename(backupPathOf(databasePath))}.`
  for (const name of readdirSync(folder)) {
    if (!name.startsWith(prefix) || !name.endsWith('.unfinished')) continue
    const file = statSync(join(folder, name), { throwIfNoEntry: false })
    // A copy takes seconds; one that is a day old belongs to nobody.
    if (file && Date.now() - file.mtimeMs > 86_400_000) rmSync(join(folder, name), { force: true })
  }
}

/**
 * Puts the database aside under a name with the date, with what belongs to it, and the copy in its place. The copy itself
 * stays. Answers where the damaged one lies now. Throws what the file system says; until the last step the old state stands.
 */
export function restoreBackup(databasePath: string, at: Date): string {
  const restoring = `${databasePath}.restoring`
  rmSync(restoring, { force: true })
  copyFileSync(backupPathOf(databasePath), restoring)
  flushFile(restoring)
  const stamp = at
    .toISOString()
    .replace(/\.\d+Z$/, '')
    .replaceAll(':', '-')
  let aside = `${databasePath}.damaged-${stamp}`
  for (let number = 2; existsSync(aside); number++) aside = `${databasePath}.damaged-${stamp}-${number}`
  // The journal first: beside the copy it would be taken for the copy's own.
  for (const suffix of ['-wal', '-shm', '']) {
    if (existsSync(`${databasePath}${suffix}`)) renameSync(`${databasePath}${suffix}`, `${aside}${suffix}`)
  }
  renameSync(restoring, databasePath)
  flushFolder(dirname(databasePath))
  return aside
}

export function createPrivateFile(path: string): void {
  closeSync(openSync(path, 'a', 0o600))
}

function flushFile(path: string): void {
  const handle = openSync(path, 'r+')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}

/** Makes a rename durable. Windows has no handle on folders and needs none. */
function flushFolder(path: string): void {
  if (process.platform === 'win32') return
  const handle = openSync(path, 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}
