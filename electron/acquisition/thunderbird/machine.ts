/** What reading and changing a Thunderbird profile takes of the computer. */

import type { ToolMachine } from '../toolMachine.ts'

/** What a file's name ends with while its new content is written beside it: where the process is killed meanwhile, it stays. */
export const halfWritten = '.siegel'

export interface PutBack {
  readonly had: readonly string[]
  readonly added: readonly string[]
}

/** All but `isInUse` reject when the system refuses. */
export interface ThunderbirdMachine extends ToolMachine {
  /** Whether Thunderbird has the profile open now. What can't be told counts as open. */
  isInUse(profileFolder: string): Promise<boolean>
  /**
   * Copies the files that are there into a folder, for the person alone, making it where it is missing. What is copied, put in a
   * place or removed lasts when the power goes right after, as far as the system lets that be asked for.
   */
  copy(from: string, to: string, names: readonly string[]): Promise<void>
  /** Makes a folder for the person alone; false where something has its name already. */
  makeFolder(path: string): Promise<boolean>
  /** What stands in a folder; nothing where it is missing. */
  namesIn(folder: string): Promise<string[]>
  /** A file's content; undefined where it is missing, no file, or larger than `byteLimit`. */
  readBytes(path: string, byteLimit: number): Promise<Uint8Array | undefined>
  /** How many minutes ago a file was written; undefined where it is missing. */
  minutesSince(path: string): Promise<number | undefined>
  /** Replaces a file whole or not at all, or makes it, for the person alone; by way of a `halfWritten` one beside. */
  replace(path: string, content: string | Uint8Array): Promise<void>
  /** Removes a file, or a folder with all in it, that may be missing. */
  remove(path: string): Promise<void>
  /**
   * Takes a copy back: the files `had` stand where they were before, those `added` since are gone, and so is the copy's folder.
   * Takes no room on the disk. Where it rejects halfway, it can be asked again, and goes on from there.
   */
  putBack(copyFolder: string, folder: string, files: PutBack): Promise<void>
}
