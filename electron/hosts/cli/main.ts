/**
 * The `siegel` command. All commands are defined at once, so that help knows them; what a command does is loaded when it is
 * called, so that none waits for what it doesn't use.
 */

import { Command, CommanderError } from 'commander'
import packageJson from '../../../package.json' with { type: 'json' }
import { type PhraseData, phrase } from '../../../shared/words/words.ts'
import { hearLostHelp } from './command.ts'
import { refusalText, speak } from './commanderWords.ts'
import { defineAccounts } from './definitions/account.ts'
import { defineOwnAuthorities } from './definitions/authority.ts'
import { defineBackups } from './definitions/backup.ts'
import { defineCertificates } from './definitions/cert.ts'
import { defineContacts } from './definitions/contact.ts'
import { definitionsIn, globalOptions } from './definitions/define.ts'
import { defineEnrolment } from './definitions/enrolment.ts'
import { defineIdentities } from './definitions/identity.ts'
import { defineMails } from './definitions/mail.ts'
import { defineCatalogue, defineRequests } from './definitions/requests.ts'
import { exitCode, languageOf, wrongUseValue } from './terminal.ts'

const language = languageOf(process.env, askedLanguage(process.argv))
const words = (key: string) => phrase(language, `cli.help.${key}`, {})

/** Help is written before options are parsed, so that the language is looked up first. */
function askedLanguage(argv: readonly string[]): string | undefined {
  const index = argv.indexOf('--lang')
  return index < 0 ? undefined : argv[index + 1]
}

const refusals = (key: string, data?: PhraseData) => phrase(language, `cli.${key}`, data ?? {})

const program = speak(new Command('siegel'), refusals)
  .description(words('siegel'))
  .version(packageJson.version, '--version', words('version'))
  .showHelpAfterError(words('more'))
  .exitOverride()
for (const option of globalOptions(words)) program.addOption(option)

const definitions = definitionsIn(words)
const identity = program.command('identity').description(words('identity')).exitOverride()
defineIdentities(identity, definitions)
defineBackups(identity, definitions)
defineOwnAuthorities(program, definitions)
defineEnrolment(identity, definitions)
defineRequests(identity, definitions)
defineCatalogue(program, definitions)
defineContacts(program, definitions)
defineAccounts(program, definitions)
defineMails(program, definitions)
defineCertificates(program, definitions)
definitions.define(program.command('sandbox').description(words('sandbox')), async (environment) =>
  (await import('./commands/sandbox.ts')).runSandbox(environment),
)
definitions.define(program.command('demo').description(words('demo')), async (environment) =>
  (await import('./commands/demo.ts')).runDemo(environment),
)

hearLostHelp()
try {
  // Electron as Node takes its arguments like Node; commander would look for them where a packaged window has them.
  await program.parseAsync(process.argv, { from: 'node' })
} catch (error) {
  if (!(error instanceof CommanderError)) throw error
  // Help and version end with 0; everything else that commander refuses is wrong use.
  process.exitCode = error.exitCode === 0 ? exitCode.done : exitCode.usage
  // Commander has told the person by then.
  if (error.exitCode !== 0 && process.argv.includes('--json')) {
    process.stdout.write(`${JSON.stringify(wrongUseValue(refusalText(error.message, refusals)))}\n`)
  }
}
