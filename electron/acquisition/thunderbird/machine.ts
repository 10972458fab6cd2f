/** What reading and changing a Thunderbird profile takes of the computer. */

import type { ToolMachine } from '../toolMachine.ts'

export interface ThunderbirdMachine extends ToolMachine {
  /** Whether Thunderbird has the profile open now. What can't be told counts as open. */
  isInUse(profileFolder: string): Promise<boolean>
  /** Copies the files that are there into a new folder, for the person alone. Rejects when one can't be copied. */
  copy(from: string, to: string, names: readonly string[]): Promise<void>
  /** Replaces a file whole or not at all. Rejects when it can't. */
  replace(path: string, text: string): Promise<void>
}
