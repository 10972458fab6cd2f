/**
 * A change of a Thunderbird profile whose process was killed: the copy of what was there before has a mark that says what was to
 * be written. As long as nobody else has written since, everything is put back; else the copy stays for the person.
 */

import { join } from 'node:path'
import { z } from 'zod'
import { hexText, utf8Bytes } from '../../base/bytes.ts'
import { ownerOf, processName } from '../../base/runningProcess.ts'
import { digestOf } from '../../crypto/digest.ts'
import { halfWritten, type ThunderbirdMachine } from './machine.ts'

/** `key4.db` comes first: its signatures must be there for what `cert9.db` trusts. */
export const databases = ['key4.db', 'cert9.db']
/** SQLite's of a change that was cut off. They belong to their database alone: beside another it would be undone into ruins. */
export const sideFiles = databases.flatMap((name) => ['-journal', '-wal', '-shm'].map((end) => `${name}${end}`))
export const prefsFile = 'prefs.js'
/** With every intermediate certificate of ten years of TLS and mail some 30 MB. */
export const databaseByteLimit = 134_217_728

export const copyPrefix = 'siegel-copy-'
export const unfinishedFile = 'unfinished.json'
/** Nine names and twelve digests have some 1,200 bytes. */
const markByteLimit = 16_384
/** A change takes seconds. */
const changeMinutes = 10
/** People put an identity into Thunderbird once a year. */
const copyLimit = 100

const changedFile = z.enum([...databases, ...sideFiles, prefsFile])
const markSchema = z.object({
  /** Which process is at work (base/runningProcess.ts). */
  process: z.string().max(100),
  /** SHA-256 of what was there before. */
  had: z.partialRecord(changedFile, z.string()),
  /** SHA-256 of what was to be written. */
  written: z.partialRecord(changedFile, z.string()),
})

/** Durable before the first file is changed; to be removed after the last one. Answers with the names of what was there before. */
export async function markUnfinished(
  machine: ThunderbirdMachine,
  copyFolder: string,
  files: ReadonlyMap<string, string | Uint8Array>,
): Promise<string[]> {
  const had: [string, string][] = []
  for (const name of await machine.namesIn(copyFolder)) {
    had.push([name, sha256Of((await machine.readBytes(join(copyFolder, name), databaseByteLimit)) ?? new Uint8Array())])
  }
  const written = [...files].map(([name, content]) => [
    name,
    sha256Of(typeof content === 'string' ? utf8Bytes(content) : content),
  ])
  const mark = { process: processName(), had: Object.fromEntries(had), written: Object.fromEntries(written) }
  await machine.replace(join(copyFolder, unfinishedFile), JSON.stringify(mark))
  return had.map(([name]) => name)
}

export interface CutOffChange {
  /** `kept`: somebody has written since, or the system refuses; the files as they were lie in `folder`. */
  readonly outcome: 'put-back' | 'kept'
  readonly folder: string
}

/**
 * Puts back what a killed process left in the middle of a change, and tells of it once. Waits while Thunderbird has the profile
 * open, or the process of the change is at work.
 */
export async function settleCutOffChange(
  machine: ThunderbirdMachine,
  profileFolder: string,
): Promise<CutOffChange | undefined> {
  const copies = (await machine.namesIn(profileFolder)).filter((name) => name.startsWith(copyPrefix)).sort()
  for (const name of copies.slice(-copyLimit)) {
    const folder = join(profileFolder, name)
    if (await removeUnmarked(machine, folder)) continue
    const mark = markIn(await machine.readText(join(folder, unfinishedFile), markByteLimit))
    if (!mark || !(await isCutOff(machine, folder, mark)) || (await machine.isInUse(profileFolder))) continue
    try {
      if (await isUntouched(machine, profileFolder, folder, mark)) {
        await putBack(machine, profileFolder, folder, mark)
        return { outcome: 'put-back', folder }
      }
      await removeHalves(machine, profileFolder)
      await machine.remove(join(folder, unfinishedFile))
    } catch (error) {
      // The mark stays: with room on the disk the next one does it.
      if (typeof (error as NodeJS.ErrnoException).code !== 'string') throw error
    }
    return { outcome: 'kept', folder }
  }
  return undefined
}

/** Keys among them, of which nobody knows. */
async function removeHalves(machine: ThunderbirdMachine, profileFolder: string): Promise<void> {
  const names: readonly string[] = changedFile.options.map((name) => `${name}${halfWritten}`)
  for (const name of await machine.namesIn(profileFolder)) {
    if (names.includes(name)) await machine.remove(join(profileFolder, name))
  }
}

/** A copy whose mark was never whole: nothing was changed yet, so that it is no copy of what was before. Whether it is gone. */
async function removeUnmarked(machine: ThunderbirdMachine, copyFolder: string): Promise<boolean> {
  const half = join(copyFolder, `${unfinishedFile}${halfWritten}`)
  const names = await machine.namesIn(copyFolder)
  if (!names.includes(`${unfinishedFile}${halfWritten}`) || names.includes(unfinishedFile)) return false
  const minutes = await machine.minutesSince(half)
  if (minutes === undefined || Math.abs(minutes) <= changeMinutes) return false
  try {
    await machine.remove(copyFolder)
    return true
  } catch (error) {
    if (typeof (error as NodeJS.ErrnoException).code !== 'string') throw error
    return false
  }
}

type Mark = z.infer<typeof markSchema>

function markIn(text: string | undefined): Mark | undefined {
  try {
    return markSchema.safeParse(JSON.parse(text ?? '')).data
  } catch {
    return undefined
  }
}

/**
 * Of a process in another container on the same home nothing is known but when it wrote its mark. In the future it was by a clock
 * that was wrong.
 */
async function isCutOff(machine: ThunderbirdMachine, copyFolder: string, { process }: Mark): Promise<boolean> {
  const owner = ownerOf(`${process}-`)
  if (owner !== 'unknown') return owner === 'ended'
  const minutes = await machine.minutesSince(join(copyFolder, unfinishedFile))
  return minutes !== undefined && Math.abs(minutes) > changeMinutes
}

/**
 * Each file is as it was, as it was to be, or not there: nobody else's work is lost by putting it back. What it was is in the copy,
 * unless the process had put it back already.
 */
async function isUntouched(
  machine: ThunderbirdMachine,
  profileFolder: string,
  copyFolder: string,
  { had, written }: Mark,
): Promise<boolean> {
  const copied = await machine.namesIn(copyFolder)
  for (const name of changedFile.options) {
    const bytes = await machine.readBytes(join(profileFolder, name), databaseByteLimit)
    const now = bytes && sha256Of(bytes)
    const isBefore = now === had[name]
    if (had[name] !== undefined && !isBefore && !copied.includes(name)) return false
    if (now !== undefined && !isBefore && now !== written[name]) return false
  }
  return true
}

/** May itself be killed at any step, and then begins again. */
async function putBack(
  machine: ThunderbirdMachine,
  profileFolder: string,
  copyFolder: string,
  { had }: Mark,
): Promise<void> {
  // Side files last: they belong to the databases that are put back before.
  for (const name of [prefsFile, ...databases, ...sideFiles]) {
    const before = await machine.readBytes(join(copyFolder, name), databaseByteLimit)
    if (before !== undefined) await machine.replace(join(profileFolder, name), before)
    else if (had[name] === undefined) await machine.remove(join(profileFolder, name))
  }
  await removeHalves(machine, profileFolder)
  await machine.remove(copyFolder)
}

function sha256Of(bytes: Uint8Array): string {
  return hexText(digestOf('sha256', bytes))
}
