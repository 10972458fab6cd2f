/** The definitions of `siegel identity csr | pending | answer` and `siegel ca …`. */

import { type Command, Option } from 'commander'
import type { AddAuthorityOptions } from '../commands/catalogue.ts'
import type { CsrOptions } from '../commands/requests.ts'
import { UsageError } from '../terminal.ts'
import type { Definitions } from './define.ts'

export function defineRequests(identity: Command, { define, words, nonEmpty }: Definitions): void {
  define(
    identity
      .command('csr')
      .description(words('identity-csr'))
      .requiredOption('--address <address>', words('address'), nonEmpty)
      .requiredOption('--name <name>', words('name'), nonEmpty)
      .addOption(
        new Option('--key <type>', words('key'))
          .choices(['rsa-2048', 'rsa-3072', 'rsa-4096', 'ec-p256', 'ec-p384', 'ed25519'])
          .default('rsa-3072'),
      )
      .addOption(
        new Option('--for <use>', words('csr-for')).choices(['both', 'separate', 'sign', 'encrypt']).default('both'),
      )
      .option('--ca <id>', words('csr-ca'))
      .option('--renews <identity>', words('csr-renews'))
      .requiredOption('--out <file>', words('csr-out'))
      .option('--der', words('csr-der'))
      .option('--anyway', words('csr-anyway'))
      .option('--trust-server', words('trust-server')),
    async (environment, options: CsrOptions) =>
      (await import('../commands/requests.ts')).makeRequest(environment, options),
    { preparesOutput: true },
  )
  const pending = identity.command('pending').description(words('identity-pending')).exitOverride()
  define(pending.command('list').description(words('pending-list')), async (environment) =>
    (await import('../commands/requests.ts')).listRequests(environment),
  )
  define(
    pending
      .command('show')
      .description(words('pending-show'))
      .argument('<request>', words('which-request'))
      .option('--out <file>', words('csr-out'))
      .option('--der', words('csr-der')),
    async (environment, which: string, options: { out?: string; der?: boolean }) =>
      (await import('../commands/requests.ts')).showRequest(environment, which, options),
  )
  define(
    pending
      .command('cancel')
      .description(words('pending-cancel'))
      .argument('<request>', words('which-request'))
      .option('--discard-key', words('discard-key')),
    async (environment, which: string, options: { discardKey?: boolean }) =>
      (await import('../commands/requests.ts')).cancelRequest(environment, which, options),
  )
  define(
    identity
      .command('answer')
      .description(words('identity-answer'))
      .argument('[files...]', words('answer-files'))
      .option('--mailbox <address>', words('answer-mailbox'))
      .option('--take', words('answer-take'))
      .option('--anyway', words('answer-anyway')),
    async (environment, files: string[], options: { anyway?: boolean; take?: boolean; mailbox?: string }) => {
      if ((files.length === 0) === (options.mailbox === undefined)) throw new UsageError(words('answer-source'))
      const commands = await import('../commands/requests.ts')
      return options.mailbox === undefined
        ? commands.takeAnswer(environment, files, options)
        : commands.answerFromMailbox(environment, options.mailbox, options)
    },
  )
}

export function defineCatalogue(program: Command, { define, words }: Definitions): void {
  const ca = program.command('ca').description(words('ca-group')).exitOverride()
  define(
    ca.command('list').description(words('ca-list')).option('--address <address>', words('ca-address')),
    async (environment, options: { address?: string }) =>
      (await import('../commands/catalogue.ts')).listAuthorities(environment, options),
  )
  define(
    ca
      .command('add')
      .description(words('ca-add'))
      .argument('<name>', words('ca-name'))
      .option('--acme <url>', words('ca-acme'))
      .option('--csr <url>', words('ca-csr'))
      .option('--eab-key-id <id>', words('eab-key-id'))
      .option('--eab-key-file <file>', words('eab-key-file')),
    async (environment, name: string, options: AddAuthorityOptions) =>
      (await import('../commands/catalogue.ts')).addAuthority(environment, name, options),
  )
  define(
    ca.command('remove').description(words('ca-remove')).argument('<authority>', words('ca-which')),
    async (environment, which: string) =>
      (await import('../commands/catalogue.ts')).removeAuthority(environment, which),
  )
}
