/**
 * What using another program's tools takes of the computer. A host brings it; nothing here runs a program or opens a file by
 * itself.
 */

import type { Result } from '../base/result.ts'

/** `missing`: no such program. `refused`: it ended with an error, and `detail` is what it said, never a secret. */
export type RunFailure =
  | { readonly code: 'missing' | 'slow' | 'too-large' }
  | { readonly code: 'refused'; readonly detail: string }

/**
 * A folder that only the person may read, for what a tool takes and gives as files: passwords, keys. It goes with everything
 * in it when the work is done, also when Siegel is killed: then by its next start at the latest.
 */
export interface PrivateFolder {
  /** For tools that make files by themselves. */
  readonly path: string
  /**
   * Hands a file to a tool; answers with the path under which the tool opens it, as often as it likes. Where the system can,
   * the file has no name on the disk and ends with the two processes. Empty content is a file for the tool to write into.
   */
  write(name: string, content: Uint8Array): Promise<string>
  /** What stands in a file that was handed over or that a tool made; undefined where it is missing or larger than `byteLimit`. */
  read(name: string, byteLimit: number): Promise<Uint8Array | undefined>
}

export interface ToolMachine {
  readonly platform: NodeJS.Platform
  readonly environment: Readonly<Record<string, string | undefined>>
  /** The person's own folder. */
  readonly home: string
  /**
   * Standard output; no shell is involved, `seconds` are the end (30 unless said), and `input` stands on standard input, else
   * nothing. Never rejects.
   */
  run(
    program: string,
    parameters: readonly string[],
    input?: Uint8Array,
    seconds?: number,
  ): Promise<Result<Uint8Array, RunFailure>>
  isFile(path: string): Promise<boolean>
  /** A text file of UTF-8; undefined where it is missing, no file, or larger than `byteLimit`. */
  readText(path: string, byteLimit: number): Promise<string | undefined>
  inPrivateFolder<Value>(work: (folder: PrivateFolder) => Promise<Value>): Promise<Value>
}
