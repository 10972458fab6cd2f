/** `siegel account …`: the options of the mail accounts' commands. */

import type { Command } from 'commander'
import type { Definitions } from './define.ts'

export function defineAccounts(program: Command, { define, words, nonEmpty }: Definitions): void {
  const account = program.command('account').description(words('account')).exitOverride()
  define(account.command('list').description(words('account-list')), async (environment) =>
    (await import('../commands/account.ts')).listAccounts(environment),
  )
  define(
    account
      .command('add')
      .description(words('account-add'))
      .requiredOption('--address <address>', words('address'), nonEmpty)
      .option('--name <name>', words('name'))
      .option('--smtp <server>', words('server'))
      .option('--imap <server>', words('server'))
      .option('--user <user>', words('user'))
      .option('--password-file <file>', words('account-password-file')),
    async (
      environment,
      options: { address: string; name?: string; smtp?: string; imap?: string; user?: string; passwordFile?: string },
    ) => (await import('../commands/account.ts')).addAccount(environment, options),
  )
  define(
    account.command('test').description(words('account-test')).argument('<account>', words('which-account')),
    async (environment, which: string) => (await import('../commands/account.ts')).testAccount(environment, which),
  )
}
