/**
 * Changing a Thunderbird profile's certificate store and preferences, all or nothing. NSS's tools work on a copy of the store in a
 * private folder; only when all of them are done are the files of the profile replaced, each whole, after a copy of what was there.
 * Whatever doesn't succeed leaves every file of the profile as it was; a process that is killed meanwhile leaves a mark by which the
 * next one puts everything back (unfinishedChange.ts).
 */

import { join } from 'node:path'
import { failure, type Result, success } from '../../base/result.ts'
import type { CertificateStoreFailure } from '../nss/certificateStore.ts'
import type { ThunderbirdMachine } from './machine.ts'
import { prefsByteLimit } from './prefs.ts'
import {
  databaseByteLimit,
  databases,
  markUnfinished,
  prefsFile,
  sideFiles,
  unfinishedFile,
} from './unfinishedChange.ts'

export type ProfileChangeFailure =
  | CertificateStoreFailure
  | { readonly code: 'thunderbird-running' }
  /** The profile is as it was. `reason`: the operating system's name for it ("ENOSPC"), or the file. */
  | { readonly code: 'thunderbird-not-changed'; readonly reason: string }
  /** Nor could what was changed be put back; everything as it was lies in `folder`. */
  | { readonly code: 'thunderbird-half-changed'; readonly reason: string; readonly folder: string }

export interface ProfileChange {
  /** Text of `prefs.js`, of which the change starts. */
  readonly prefs: string
  /** Beginning of the name of the folder beside, which will hold what was there before. */
  readonly copyName: string
  /** Changes the store in `storeFolder`; answers with the new text of `prefs.js`. */
  work(storeFolder: string): Promise<Result<string, ProfileChangeFailure>>
}

/** Only while Thunderbird doesn't have the profile open: it would write over the preferences when it ends. */
export async function changeProfile(
  machine: ThunderbirdMachine,
  profileFolder: string,
  change: ProfileChange,
): Promise<Result<{ readonly copyFolder: string }, ProfileChangeFailure>> {
  try {
    return await machine.inPrivateFolder(async (folder) => {
      await machine.copy(profileFolder, folder.path, [...databases, ...sideFiles])
      const prefs = await change.work(folder.path)
      if (!prefs.ok) return prefs
      const files = new Map<string, string | Uint8Array>()
      for (const name of databases) {
        const bytes = await folder.read(name, databaseByteLimit)
        if (!bytes) return failure({ code: 'thunderbird-not-changed', reason: name })
        files.set(name, bytes)
      }
      // Last: it names certificates that must be in the store.
      files.set(prefsFile, prefs.value)
      if (await wasOpened(machine, profileFolder, change.prefs)) return failure({ code: 'thunderbird-running' })
      return replaceAll(machine, profileFolder, await newCopyFolder(machine, profileFolder, change.copyName), files)
    })
  } catch (error) {
    return failure({ code: 'thunderbird-not-changed', reason: reasonOf(error) })
  }
}

/** Open now, or opened and closed again meanwhile: then what is to be written comes from before. */
async function wasOpened(machine: ThunderbirdMachine, profileFolder: string, prefs: string): Promise<boolean> {
  if (await machine.isInUse(profileFolder)) return true
  return (await machine.readText(join(profileFolder, prefsFile), prefsByteLimit)) !== prefs
}

/** One of its own for each change: the copy of another one is what somebody may still want back. */
async function newCopyFolder(machine: ThunderbirdMachine, profileFolder: string, name: string): Promise<string> {
  for (let count = 1; ; count++) {
    const folder = join(profileFolder, count === 1 ? name : `${name}-${count}`)
    if (await machine.makeFolder(folder)) return folder
  }
}

async function replaceAll(
  machine: ThunderbirdMachine,
  profileFolder: string,
  copyFolder: string,
  files: ReadonlyMap<string, string | Uint8Array>,
): Promise<Result<{ readonly copyFolder: string }, ProfileChangeFailure>> {
  const changed = [...files.keys(), ...sideFiles]
  let had: readonly string[] = []
  try {
    await machine.copy(profileFolder, copyFolder, changed)
    had = await markUnfinished(machine, copyFolder, files)
  } catch (error) {
    // Nothing was replaced; half a copy is of no use to anybody.
    await machine.remove(copyFolder)
    throw error
  }
  const putBack = () =>
    machine.putBack(copyFolder, profileFolder, { had, added: changed.filter((name) => !had.includes(name)) })
  try {
    for (const name of sideFiles) await machine.remove(join(profileFolder, name))
    for (const [name, content] of files) await machine.replace(join(profileFolder, name), content)
    // Started in this very moment, it may have read the one file before and the other after.
    if (await machine.isInUse(profileFolder)) {
      await putBack()
      return failure({ code: 'thunderbird-running' })
    }
    await machine.remove(join(copyFolder, unfinishedFile))
    return success({ copyFolder })
  } catch (error) {
    try {
      await putBack()
    } catch {
      return failure({ code: 'thunderbird-half-changed', reason: reasonOf(error), folder: copyFolder })
    }
    throw error
  }
}

/** The operating system's name for it ("EACCES"); anything else is a bug. */
function reasonOf(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code
  if (typeof code !== 'string') throw error
  return code
}
