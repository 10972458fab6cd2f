/** What each group of commands is defined with. A command's work is loaded when it runs, so that none waits for another's. */

import { type Command, InvalidArgumentError, Option } from 'commander'
import { runCommand } from '../command.ts'
import { prepareOutput } from '../outputs.ts'
import type { CommandEnvironment, GlobalOptions } from '../session.ts'
import { UsageError } from '../terminal.ts'

type Words = (key: string) => string

type Work<Arguments extends unknown[]> = (
  environment: CommandEnvironment,
  ...args: Arguments
) => Promise<number | undefined>

interface CommandDetails {
  /** Its `--out` names several files, which it looks at by itself. */
  readonly preparesOutput?: boolean
}

export interface Definitions {
  /** Defines a command whose work is loaded when it runs. */
  readonly define: <Arguments extends unknown[]>(
    command: Command,
    work: Work<Arguments>,
    details?: CommandDetails,
  ) => void
  /** The words of the help. */
  readonly words: Words
  readonly nonEmpty: (value: string) => string
}

export function definitionsIn(words: Words): Definitions {
  return {
    words,
    define<Arguments extends unknown[]>(
      command: Command,
      work: Work<Arguments>,
      { preparesOutput = false }: CommandDetails = {},
    ): void {
      for (const option of globalOptions(words)) command.addOption(option.hideHelp())
      command.exitOverride().action(async (...given: unknown[]) => {
        const options = command.optsWithGlobals<GlobalOptions>()
        const args = given.slice(0, -1) as Arguments
        await runCommand(options, async (environment) => {
          if ('password' in options) environment.terminal.note(words('password-visible'))
          if (readsInputTwice(options, args)) throw new UsageError(words('input-once'))
          for (const file of preparesOutput ? [] : outputsOf(command)) await prepareOutput(environment, file)
          return work(environment, ...args)
        })
      })
    },
    nonEmpty: nonEmptyIn(words),
  }
}

function nonEmptyIn(words: Words): (value: string) => string {
  return (value) => {
    if (value.trim() === '') throw new InvalidArgumentError(words('empty'))
    return value
  }
}

/** What every command takes, before its name as well as after it. */
export function globalOptions(words: Words): Option[] {
  return [
    new Option('--home <folder>', words('home')).argParser(nonEmptyIn(words)),
    new Option('--sandbox', words('use-sandbox')),
    new Option('--experimental', words('experimental')),
    new Option('--json', words('json')),
    new Option('--passphrase-file <file>', words('passphrase-file')),
    new Option('--overwrite', words('overwrite')),
    new Option('--lang <language>', words('lang')).choices(['en', 'de']),
  ]
}

/** For an option that can be repeated. */
export function collect(value: string, before: readonly string[] = []): string[] {
  return [...before, value]
}

/** The files that the command is told to write; a folder that it unpacks into is not among them. */
function outputsOf(command: Command): string[] {
  const values = command.opts<Record<string, unknown>>()
  return command.options
    .filter(({ flags }) => /out <file>$/.test(flags))
    .map((option) => values[option.attributeName()])
    .filter((value) => typeof value === 'string')
}

/** Standard input can be read once: by a secret's file, by another option, or by a file that is named `-`. */
function readsInputTwice(options: object, args: readonly unknown[]): boolean {
  const reading = Object.entries(options).filter(([name]) => /File$|^(text|mail|attach|chain|anchor|crl)$/.test(name))
  return [...args, ...reading.map(([, value]) => value)].flat().filter((value) => value === '-').length > 1
}
