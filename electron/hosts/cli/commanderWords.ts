/** What commander says by itself, the headings of its help and its refusals, in the words and the language of the terminal. */

import { type Command, Help, type Option } from 'commander'
import type { PhraseData } from '../../../shared/words/words.ts'

type Words = (key: string, data?: PhraseData) => string

const plain = new Help()

const headings: Readonly<Record<string, string>> = {
  'Usage:': 'usage',
  'Arguments:': 'arguments',
  'Options:': 'options',
  'Commands:': 'commands',
}

/** `words` looks keys up below `cli`. Commands that are defined afterwards say it in the same way. */
export function speak(program: Command, words: Words): Command {
  return program
    .helpOption('-h, --help', words('help.help'))
    .helpCommand('help [command]', words('help.help'))
    .configureHelp({
      styleTitle: (title) => (headings[title] ? words(`heading.${headings[title]}`) : title),
      commandUsage: (command) => marked(plain.commandUsage(command), words),
      subcommandTerm: (command) => marked(plain.subcommandTerm(command), words),
      optionDescription: (option) => describedOption(option, words),
    })
    .configureOutput({ outputError: (text, write) => write(`${refusalText(text.trimEnd(), words)}\n`) })
}

/** What stands for the rest of a line. */
function marked(usage: string, words: Words): string {
  return usage.replace('[options]', words('heading.some-options')).replace('[command]', words('heading.some-command'))
}

function describedOption({ description, argChoices, defaultValue, negate }: Option, words: Words): string {
  const more = [
    ...(argChoices ? [words('heading.choices', { choices: argChoices.join(', ') })] : []),
    ...(typeof defaultValue === 'string' && !negate ? [words('heading.default', { value: defaultValue })] : []),
  ]
  return more.length === 0 ? description : `${description} (${more.join('; ')})`
}

/** Commander's sentences are matched whole; one that isn't known stays as it is. */
export function refusalText(text: string, words: Words): string {
  // What it says to a script where a group's help was shown instead of a command.
  if (text === '(outputHelp)') return words('refused.no-command')
  const missing = /^error: (?:missing required argument|required option) '(.+?)'(?: not specified)?$/.exec(text)
  if (missing) return words('refused.missing', { what: missing[1] })
  const unvalued = /^error: option '(.+?)' argument missing$/.exec(text)
  if (unvalued) return words('refused.value-missing', { what: unvalued[1] })
  const unknown = /^error: unknown (?:command|option) '(.*?)'(?:\n\(Did you mean (?:one of )?(.+)\?\))?$/s.exec(text)
  if (unknown) {
    const [, what, similar] = unknown
    const said = words('refused.unknown', { what: withoutValue(what ?? '') })
    return similar === undefined ? said : `${said} ${words('refused.similar', { similar })}`
  }
  const value = /^error: option '(.+?)' argument '(.*)' is invalid\. (.*)$/s.exec(text)
  if (value) {
    const [, what, given, why = ''] = value
    const choices = /^Allowed choices are (.+)\.$/.exec(why)
    const reason = choices ? words('refused.choices', { choices: choices[1] }) : why
    return `${words('refused.value', { what, given })} ${reason}`
  }
  return /^error: too many arguments/.test(text) ? words('refused.too-many') : text
}

/** `--pasword=geheim` and `-pgeheim` are named without what somebody typed for the value: it may be a secret. */
function withoutValue(what: string): string {
  if (what.startsWith('--')) return what.replace(/=.*$/s, '')
  return what.startsWith('-') ? what.slice(0, 2) : what
}
