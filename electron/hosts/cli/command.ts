/** Running a command: from commander's options to an exit code. Every way out of a command passes through here. */

import { ORPCError } from '@orpc/server'
import { failureData } from '../../../shared/contract/errors.ts'
import { meaningOf } from '../../storage/sqliteFailure.ts'
import type { CommandEnvironment, GlobalOptions } from './session.ts'
import { CommandFailure, createTerminal, exitCode, languageOf, type Terminal, UsageError } from './terminal.ts'

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
  const stop = () => abort.abort()
  process.once('SIGINT', stop)
  process.once('SIGTERM', stop)
  try {
    process.exitCode = (await work({ terminal, options, signal: abort.signal })) ?? exitCode.done
  } catch (error) {
    process.exitCode = tellFailure(terminal, error)
  } finally {
    process.removeListener('SIGINT', stop)
    process.removeListener('SIGTERM', stop)
  }
}

/** An expected failure as code and data, from wherever it was thrown; undefined for a bug. */
export function failureOf(error: unknown): { code: string; data: Readonly<Record<string, unknown>> } | undefined {
  if (error instanceof CommandFailure) return { code: error.code, data: error.data }
  if (error instanceof ORPCError && Object.hasOwn(failureData, error.code)) {
    return { code: error.code, data: (error.data ?? {}) as Record<string, unknown> }
  }
  return meaningOf(error) === 'disk-full' ? { code: 'disk-full', data: {} } : undefined
}

function tellFailure(terminal: Terminal, error: unknown): number {
  if (error instanceof UsageError) {
    terminal.note(error.message)
    return exitCode.usage
  }
  if (error instanceof ORPCError && error.code === 'BAD_REQUEST') {
    terminal.note(terminal.words('cli.usage.input', { fields: fieldsOf(error.data) }))
    return exitCode.usage
  }
  const known = failureOf(error)
  if (!known) throw error
  if (terminal.json) terminal.value({ error: { code: known.code, ...known.data } })
  terminal.note(failureText(terminal, known))
  return exitCode.failed
}

/** What happened and what to do next, as two sentences. */
export function failureText(
  terminal: Terminal,
  failure: { code: string; data: Readonly<Record<string, unknown>> },
): string {
  const what = terminal.words(`errors.${failure.code}.what`, failure.data)
  const next = terminal.words(`errors.${failure.code}.next`, failure.data)
  return `${what}\n${next}`
}

/** The names of the input's fields that the contract refused. */
function fieldsOf(data: unknown): string {
  const issues = (data as { issues?: readonly { path?: readonly unknown[] }[] } | undefined)?.issues ?? []
  return [...new Set(issues.map(({ path }) => (path ?? []).map(String).join('.')))].join(', ')
}
