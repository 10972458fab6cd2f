/** `siegel identity request|renew|revoke|renewals|ca-account`: their options. What they do is ../commands/enrolment.ts. */

import { type Command, Option } from 'commander'
import { revocationWish } from '../../../../shared/contract/renewal.ts'
import type { ConversationOptions, RequestOptions } from '../commands/enrolment.ts'
import { UsageError } from '../terminal.ts'
import type { Definitions } from './define.ts'

export function defineEnrolment(identity: Command, { define, words, nonEmpty }: Definitions): void {
  const conversing = (command: Command) =>
    command
      .option('--agree-terms', words('agree-terms'))
      .option('--trust-server', words('trust-server'))
      .option('--eab-key-id <id>', words('eab-key-id'))
      .option('--eab-key-file <file>', words('eab-key-file'))
      .option('--by-hand', words('by-hand'))
      .option('--ask-for-mail', words('ask-for-mail'))
      .option('--mail <file>', words('challenge-mail'))
      .option('--reply-out <file>', words('reply-out'))
      .option('--sent', words('reply-sent'))

  define(
    conversing(
      identity
        .command('request')
        .description(words('identity-request'))
        .requiredOption('--address <address>', words('address'), nonEmpty)
        .requiredOption('--name <name>', words('name'), nonEmpty)
        .addOption(new Option('--key <type>', words('key')).choices(['rsa-3072', 'ec-p256']).default('ec-p256'))
        .option('--ca <ca>', words('ca'))
        .option('--anyway', words('csr-anyway'))
        .option('--anew', words('anew')),
    ),
    async (environment, options: RequestOptions) =>
      (await import('../commands/enrolment.ts')).requestIdentity(environment, options),
  )
  define(
    conversing(
      identity
        .command('renew')
        .description(words('identity-renew'))
        .argument('[identity]', words('which-identity'))
        .option('--due', words('renew-due'))
        .option('--same-key', words('same-key')),
    ),
    async (
      environment,
      which: string | undefined,
      options: ConversationOptions & { due?: boolean; sameKey?: boolean },
    ) => {
      const { renewDue, renewIdentity } = await import('../commands/enrolment.ts')
      if (options.due && which !== undefined) throw new UsageError(environment.terminal.words('cli.usage.renew'))
      if (options.due) return renewDue(environment, options)
      if (which === undefined) throw new UsageError(environment.terminal.words('cli.usage.renew'))
      return renewIdentity(environment, which, options)
    },
  )
  define(
    identity.command('renewals').description(words('identity-renewals')).option('--out <file>', words('calendar-out')),
    async (environment, options: { out?: string }) =>
      (await import('../commands/enrolment.ts')).listRenewals(environment, options),
  )
  define(
    identity
      .command('revoke')
      .description(words('identity-revoke'))
      .argument('<identity>', words('which-identity'))
      .addOption(
        new Option('--reason <reason>', words('revoke-reason')).choices(revocationWish.options).makeOptionMandatory(),
      )
      .addOption(new Option('--by <signer>', words('revoke-by')).choices(['account', 'certificate']))
      .option('--trust-server', words('trust-server'))
      .option('--done-at-ca', words('revoke-marked')),
    async (
      environment,
      which: string,
      {
        doneAtCa,
        ...options
      }: { reason: 'unspecified'; by?: 'account' | 'certificate'; trustServer?: boolean; doneAtCa?: boolean },
    ) =>
      (await import('../commands/enrolment.ts')).revokeIdentity(environment, which, {
        ...options,
        ...(doneAtCa ? { marked: true } : {}),
      }),
  )
  defineOrders(identity, { define, words, nonEmpty })
  defineCaAccounts(identity, { define, words, nonEmpty })
}

function defineOrders(identity: Command, { define, words }: Definitions): void {
  const orders = identity.command('orders').description(words('orders')).exitOverride()
  define(orders.command('list').description(words('orders-list')), async (environment) =>
    (await import('../commands/enrolment.ts')).listOrders(environment),
  )
  define(
    orders.command('give-up').description(words('orders-give-up')).argument('<order>', words('which-order')),
    async (environment, which: string) => (await import('../commands/enrolment.ts')).giveUpOrder(environment, which),
  )
}

function defineCaAccounts(identity: Command, { define, words }: Definitions): void {
  const account = identity.command('ca-account').description(words('ca-account')).exitOverride()
  define(account.command('list').description(words('ca-account-list')), async (environment) =>
    (await import('../commands/enrolment.ts')).listCaAccounts(environment),
  )
  define(
    account
      .command('contact')
      .description(words('ca-account-contact'))
      .argument('<account>', words('which-ca-account'))
      .argument('[address]', words('address')),
    async (environment, id: string, address: string | undefined) =>
      (await import('../commands/enrolment.ts')).setCaContact(environment, id, address),
  )
  for (const change of ['new-key', 'close'] as const) {
    define(
      account
        .command(change)
        .description(words(`ca-account-${change}`))
        .argument('<account>', words('which-ca-account')),
      async (environment, id: string) =>
        (await import('../commands/enrolment.ts')).changeCaAccount(environment, id, change),
    )
  }
}
