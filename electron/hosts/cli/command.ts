/** Running a command: from commander's options to an exit code. Every way out of a command passes through here. */

import { ORPCError } from '@orpc/server'
import { meaningOf } from '../../storage/sqliteFailure.ts'
import { failureOf, failureText } from './failure.ts'
import { isClosedPipe, isWaitingForInput } from './files.ts'
import { refusedInputText } from './refusedInput.ts'
import { canAsk } from './secrets.ts'
import type { CommandEnvironment, GlobalOptions } from './session.ts'
import {
  createTerminal,
  exitCode,
  languageOf,
  OutputRefused,
  type Terminal,
  UsageError,
  wrongUseValue,
} from './terminal.ts'

/** Takes what becomes of a help that nobody reads to its end (`--help | head -1`), until a command does so by itself. */
export function hearLostHelp(): void {
  process.stdout.on('error', lostHelp)
  // Without standard error nobody can be told; the exit code still says how it ended.
  process.stderr.on('error', () => undefined)
}

function lostHelp(error: Error): void {
  process.exitCode = exitCode.failed
  const terminal = createTerminal({ language: languageOf(process.env, undefined), json: false })
  if (!isClosedPipe(error)) terminal.note(lostOutputText(terminal, error))
}

/** Runs `work` and sets the process's exit code from its outcome. */
export async function runCommand(
  options: GlobalOptions,
  work: (environment: CommandEnvironment) => Promise<number | undefined>,
): Promise<void> {
  const terminal = createTerminal({
    language: languageOf(process.env, options.lang),
    json: options.json ?? false,
  })
  const abort = new AbortController()
  let patience: NodeJS.Timeout | undefined
  const stop = (signal?: NodeJS.Signals) => {
    abort.abort()
    if (signal === undefined) return
    // Its handler is gone with this call, so that it ends the process; whoever called learns by which signal.
    if (isWaitingForInput()) process.kill(process.pid, signal)
    patience = setTimeout(() => terminal.note(terminal.words('cli.stopping')), 1000).unref()
  }
  process.once('SIGINT', stop)
  process.once('SIGTERM', stop)
  let lost = false
  process.stdout.removeListener('error', lostHelp)
  // Stays until the end: what was written last may fail after the command is done.
  process.stdout.on('error', (error) => {
    if (!lost && !isClosedPipe(error)) terminal.note(lostOutputText(terminal, error))
    lost = true
    process.exitCode = exitCode.failed
    // Whoever would read the rest is gone (`… | head -1`).
    stop()
  })
  try {
    const code = (await work({ terminal, options, signal: abort.signal })) ?? exitCode.done
    process.exitCode = lost ? exitCode.failed : code
  } catch (error) {
    process.exitCode = lost ? exitCode.failed : tellFailure(terminal, error)
  } finally {
    clearTimeout(patience)
    process.removeListener('SIGINT', stop)
    process.removeListener('SIGTERM', stop)
  }
}

function lostOutputText(terminal: Terminal, error: unknown): string {
  if (meaningOf(error) === 'disk-full') return failureText(terminal, { code: 'disk-full', data: {} })
  return terminal.words('cli.output-refused', { name: '-' })
}

function wrongUseText(terminal: Terminal, error: unknown): string | undefined {
  if (error instanceof UsageError) return error.message
  const isRefused = error instanceof ORPCError && error.code === 'BAD_REQUEST'
  return isRefused ? refusedInputText(terminal.words, error.data) : undefined
}

function tellFailure(terminal: Terminal, error: unknown): number {
  const wrongUse = wrongUseText(terminal, error)
  if (wrongUse !== undefined) {
    if (terminal.json) terminal.value(wrongUseValue(wrongUse))
    terminal.note(wrongUse)
    return exitCode.usage
  }
  const known = failureOf(error)
  if (!known) throw error
  if (terminal.json) terminal.value({ error: { code: known.code, ...known.data } })
  const refused = error instanceof OutputRefused
  terminal.note(refused ? terminal.words('cli.output-refused', known.data) : failureText(terminal, known))
  const unasked = askedFor[known.code]
  if (unasked !== undefined && !canAsk()) terminal.note(terminal.words(`cli.ask.${unasked}`))
  return exitCode.failed
}

/** Failures for want of a secret that a terminal would be asked for, and what says how it is given without one. */
const askedFor: Readonly<Record<string, string>> = {
  locked: 'nobody-passphrase',
  'no-vault': 'nobody-passphrase',
  'password-needed': 'nobody',
  'primary-password-needed': 'nobody',
  'store-password-needed': 'nobody',
}
