/** The files that a command is to write, looked at before it does anything whose result they shall hold. */

import { stat } from 'node:fs/promises'
import { checkOutput } from './files.ts'
import { canAsk, confirmed } from './secrets.ts'
import type { CommandEnvironment } from './session.ts'
import { CommandFailure, UsageError } from './terminal.ts'

/** What is there may be the only copy of a key: it is replaced only by somebody who says so. */
export async function prepareOutput({ terminal, options }: CommandEnvironment, file: string): Promise<void> {
  if (file === '-') {
    if (terminal.json) throw new UsageError(terminal.words('cli.usage.json-and-output'))
    return
  }
  await checkOutput(file)
  const there = await stat(file).catch(() => undefined)
  if (!there?.isFile() || options.overwrite) return
  if (!canAsk()) throw new UsageError(terminal.words('cli.usage.file-exists', { file }))
  if (!(await confirmed(terminal.words('cli.ask.overwrite', { file })))) throw new CommandFailure('cancelled')
}
