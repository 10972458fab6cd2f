/** `siegel seal|send|open|inspect|outbox …`: the options of what is done with mails. */

import { type Command, Option } from 'commander'
import type { InspectOptions } from '../commands/inspect.ts'
import type { LetterOptions } from '../letter.ts'
import { collect, type Definitions } from './define.ts'

export function defineMails(program: Command, { define, words, nonEmpty }: Definitions): void {
  function letter(command: Command): Command {
    return command
      .requiredOption('--from <address>', words('from'), nonEmpty)
      .requiredOption('--to <address>', words('to'), collect)
      .option('--cc <address>', words('cc'), collect)
      .requiredOption('--subject <subject>', words('subject'))
      .requiredOption('--text <file>', words('text'))
      .option('--attach <file>', words('attach'), collect)
      .option('--sign', words('sign'))
      .option('--encrypt', words('encrypt'))
      .addOption(new Option('--signature <padding>', words('signature')).choices(['pkcs1', 'pss']))
      .addOption(new Option('--digest <digest>', words('digest')).choices(['sha256', 'sha384', 'sha512']))
      .option('--opaque', words('opaque'))
      .option('--also-sign <address>', words('also-sign'), collect)
      .option('--wrap-again', words('wrap-again'))
      .addOption(new Option('--header-policy <policy>', words('header-policy')).choices(['baseline', 'shy']))
      .option('--legacy-display', words('legacy-display'))
      .option('--no-legacy-display', words('no-legacy-display'))
  }

  define(
    letter(program.command('seal').description(words('seal'))).requiredOption('--out <file>', words('out-mail')),
    async (environment, options: LetterOptions & { out: string }) =>
      (await import('../commands/seal.ts')).sealMail(environment, options),
  )
  define(
    letter(program.command('send').description(words('send'))).option('--bcc <address>', words('bcc'), collect),
    async (environment, options: LetterOptions) => (await import('../commands/send.ts')).sendMail(environment, options),
  )
  define(
    program
      .command('open')
      .description(words('open'))
      .argument('<mail>', words('mail-file'))
      .requiredOption('--out <folder>', words('out-folder')),
    async (environment, file: string, options: { out: string }) =>
      (await import('../commands/open.ts')).openMail(environment, file, options.out),
  )
  define(
    program
      .command('inspect')
      .description(words('inspect'))
      .argument('<mails...>', words('mail-files'))
      .option('--at <time>', words('at'))
      .option('--anchor <file>', words('anchor'), collect)
      .option('--chain <file>', words('chain'), collect)
      .option('--crl <file>', words('crl'), collect)
      .option('--policy <oid>', words('policy'), collect)
      .option('--require <conditions>', words('require'))
      .option('--offline', words('offline')),
    async (environment, files: string[], options: InspectOptions) =>
      (await import('../commands/inspect.ts')).inspectMails(environment, files, options),
  )

  const outbox = program.command('outbox').description(words('outbox')).exitOverride()
  define(outbox.command('list').description(words('outbox-list')), async (environment) =>
    (await import('../commands/outbox.ts')).listOutbox(environment),
  )
  define(
    outbox.command('retry').description(words('outbox-retry')).argument('<id>', words('which-held')),
    async (environment, id: string) => (await import('../commands/outbox.ts')).retryMail(environment, id),
  )
  define(
    outbox.command('discard').description(words('outbox-discard')).argument('<id>', words('which-held')),
    async (environment, id: string) => (await import('../commands/outbox.ts')).discardMail(environment, id),
  )
}
