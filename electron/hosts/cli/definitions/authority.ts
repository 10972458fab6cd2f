/** `siegel authority …`: the options of an own CA's commands. */

import { type Command, Option } from 'commander'
import type { OwnRevocationReason } from '../../../../shared/contract/authority.ts'
import type { IssueOptions } from '../commands/authority.ts'
import { collect, type Definitions } from './define.ts'

const ownRevocationReasons: readonly OwnRevocationReason[] = [
  'unspecified',
  'keyCompromise',
  'affiliationChanged',
  'superseded',
  'cessationOfOperation',
]

export function defineOwnAuthorities(program: Command, { define, words, nonEmpty }: Definitions): void {
  const authority = program.command('authority').description(words('authority')).exitOverride()
  define(authority.command('list').description(words('authority-list')), async (environment) =>
    (await import('../commands/authority.ts')).listAuthorities(environment),
  )
  define(
    authority
      .command('create')
      .description(words('authority-create'))
      .requiredOption('--name <name>', words('authority-name'), nonEmpty)
      .option('--organization <name>', words('organization'))
      .option('--permit <name>', words('permit'), collect)
      .option('--years <number>', words('authority-years'), '10')
      .addOption(new Option('--key <type>', words('key')).choices(['ec-p256', 'rsa-3072']).default('ec-p256')),
    async (
      environment,
      options: { name: string; organization?: string; permit?: string[]; years: string; key: 'ec-p256' | 'rsa-3072' },
    ) => (await import('../commands/authority.ts')).createAuthority(environment, options),
  )
  define(
    authority
      .command('issue')
      .description(words('authority-issue'))
      .argument('<authority>', words('which-authority'))
      .argument('[request]', words('request-file'))
      .option('--own <address>', words('own-address'))
      .option('--address <address>', words('confirm-address'), collect)
      .option('--name <name>', words('subject-name'))
      .option('--days <number>', words('days'), '730')
      .option('--out <file>', words('issued-file')),
    async (environment, which: string, request: string | undefined, options: IssueOptions) =>
      (await import('../commands/authority.ts')).issueCertificate(environment, which, request, options),
  )
  define(
    authority
      .command('revoke')
      .description(words('authority-revoke'))
      .argument('<authority>', words('which-authority'))
      .argument('<certificate>', words('which-issued'))
      .addOption(
        new Option('--reason <reason>', words('revocation-reason'))
          .choices(ownRevocationReasons)
          .default('unspecified'),
      ),
    async (environment, which: string, certificate: string, options: { reason: OwnRevocationReason }) =>
      (await import('../commands/authority.ts')).revokeIssued(environment, which, certificate, options.reason),
  )
  define(
    authority
      .command('crl')
      .description(words('authority-crl'))
      .argument('<authority>', words('which-authority'))
      .requiredOption('--out <file>', words('out-file'))
      .option('--days <number>', words('days'), '30'),
    async (environment, which: string, options: { out: string; days: string }) =>
      (await import('../commands/authority.ts')).writeRevocationList(environment, which, options),
  )
  define(
    authority
      .command('page')
      .description(words('authority-page'))
      .argument('<authority>', words('which-authority'))
      .requiredOption('--out <file>', words('out-file')),
    async (environment, which: string, options: { out: string }) =>
      (await import('../commands/authority.ts')).writeFingerprintPage(environment, which, options.out),
  )
  define(
    authority
      .command('root')
      .description(words('authority-root'))
      .argument('<authority>', words('which-authority'))
      .requiredOption('--out <file>', words('out-file')),
    async (environment, which: string, options: { out: string }) =>
      (await import('../commands/authority.ts')).writeRoot(environment, which, options.out),
  )
}
