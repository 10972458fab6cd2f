/**
 * What reading and changing a Thunderbird profile takes of the computer. A host brings it; nothing here runs a program or opens a
 * file by itself.
 */

import type { Result } from '../../base/result.ts'

/** `missing`: no such program. `refused`: it ended with an error, and `detail` is what it said, never a secret. */
export type RunFailure =
  | { readonly code: 'missing' | 'slow' | 'too-large' }
  | { readonly code: 'refused'; readonly detail: string }

/** A folder that only the person may read; it goes with everything in it when the work is done. */
export interface PrivateFolder {
  readonly path: string
  /** Writes a file that only the person may read; answers with its path. */
  write(name: string, content: Uint8Array): Promise<string>
  /** Undefined where the file is missing or larger than `byteLimit`. */
  read(name: string, byteLimit: number): Promise<Uint8Array | undefined>
}

export interface ThunderbirdMachine {
  readonly platform: NodeJS.Platform
  readonly environment: Readonly<Record<string, string | undefined>>
  /** The person's own folder. */
  readonly home: string
  /** Standard output; no shell is involved, nothing stands on standard input, and 30 seconds are the end. Never rejects. */
  run(program: string, parameters: readonly string[]): Promise<Result<Uint8Array, RunFailure>>
  /** A text file of UTF-8; undefined where it is missing, no file, or larger than `byteLimit`. */
  readText(path: string, byteLimit: number): Promise<string | undefined>
  inPrivateFolder<Value>(work: (folder: PrivateFolder) => Promise<Value>): Promise<Value>
  /** Whether Thunderbird has the profile open now. What can't be told counts as open. */
  isInUse(profileFolder: string): Promise<boolean>
  /** Copies the files that are there into a new folder, for the person alone. Rejects when one can't be copied. */
  copy(from: string, to: string, names: readonly string[]): Promise<void>
  /** Replaces a file whole or not at all. Rejects when it can't. */
  replace(path: string, text: string): Promise<void>
}
