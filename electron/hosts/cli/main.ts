/**
 * The `siegel` command. All commands are defined here, so that help knows them; what a command does is loaded when it is
 * called, so that none waits for what it doesn't use.
 */

import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import packageJson from '../../../package.json' with { type: 'json' }
import type { OwnRevocationReason } from '../../../shared/contract/authority.ts'
import type { ExportTarget } from '../../../shared/contract/identities.ts'
import { phrase } from '../../../shared/words/words.ts'
import { runCommand } from './command.ts'
import { speak } from './commanderWords.ts'
import type { IssueOptions } from './commands/authority.ts'
import type { VerifyOptions } from './commands/cert.ts'
import type { ExportCertificateOptions } from './commands/certFiles.ts'
import type { ExportOptions } from './commands/identityFile.ts'
import type { InspectOptions } from './commands/inspect.ts'
import type { LookOptions } from './commands/lookBeforeTaking.ts'
import type { FromSystemOptions } from './commands/systemStores.ts'
import type { InstallOptions, PrimaryPasswordOptions } from './commands/thunderbird.ts'
import { defineEnrolment } from './enrolmentCommands.ts'
import { defineCatalogue, defineRequests } from './requestCommands.ts'
import type { CommandEnvironment, GlobalOptions } from './session.ts'
import { exitCode, languageOf, UsageError } from './terminal.ts'

const ownRevocationReasons: readonly OwnRevocationReason[] = [
  'unspecified',
  'keyCompromise',
  'affiliationChanged',
  'superseded',
  'cessationOfOperation',
]

const language = languageOf(process.env, askedLanguage(process.argv))
const words = (key: string) => phrase(language, `cli.help.${key}`, {})

/** Help is written before options are parsed, so that the language is looked up first. */
function askedLanguage(argv: readonly string[]): string | undefined {
  const index = argv.indexOf('--lang')
  return index < 0 ? undefined : argv[index + 1]
}

function collect(value: string, before: readonly string[] = []): string[] {
  return [...before, value]
}

/** Named here, too: the contract is loaded with the commands. */
const exportTargets: readonly ExportTarget[] = ['modern', 'thunderbird', 'windows', 'apple', 'apple-profile', 'android']

function nonEmpty(value: string): string {
  if (value.trim() === '') throw new InvalidArgumentError(words('empty'))
  return value
}

/** What every command takes, before its name as well as after it. */
const globalOptions = () => [
  new Option('--home <folder>', words('home')),
  new Option('--sandbox', words('use-sandbox')),
  new Option('--experimental', words('experimental')),
  new Option('--json', words('json')),
  new Option('--passphrase-file <file>', words('passphrase-file')),
  new Option('--lang <language>', words('lang')).choices(['en', 'de']),
]

/** For scripts that know what they do: each use is told to be readable by others. */
const visiblePassword = () => new Option('--password <password>', words('password'))

interface ImportOptions extends FromSystemOptions, PrimaryPasswordOptions, LookOptions {
  readonly password?: string
  readonly passwordFile?: string
  readonly thunderbird?: string
  readonly fromSystem?: string
}

const program = speak(new Command('siegel'), (key, data) => phrase(language, `cli.${key}`, data ?? {}))
  .description(words('siegel'))
  .version(packageJson.version, '--version', words('version'))
  .showHelpAfterError(words('more'))
  .exitOverride()
for (const option of globalOptions()) program.addOption(option)

/** Standard input can be read once: by a secret's file, by another option, or by a file that is named `-`. */
function readsInputTwice(options: object, args: readonly unknown[]): boolean {
  const reading = Object.entries(options).filter(([name]) => /File$|^(text|mail|attach|chain|anchor|crl)$/.test(name))
  return [...args, ...reading.map(([, value]) => value)].flat().filter((value) => value === '-').length > 1
}

/** Defines a command whose work is loaded when it runs. */
function define<Arguments extends unknown[]>(
  command: Command,
  work: (environment: CommandEnvironment, ...args: Arguments) => Promise<number | undefined>,
): void {
  for (const option of globalOptions()) command.addOption(option.hideHelp())
  command.exitOverride().action(async (...given: unknown[]) => {
    const options = command.optsWithGlobals<GlobalOptions>()
    const args = given.slice(0, -1) as Arguments
    await runCommand(options, async (environment) => {
      if ('password' in options) environment.terminal.note(words('password-visible'))
      if (readsInputTwice(options, args)) throw new UsageError(words('input-once'))
      return work(environment, ...args)
    })
  })
}

const identity = program.command('identity').description(words('identity')).exitOverride()
define(identity.command('list').description(words('identity-list')), async (environment) =>
  (await import('./commands/identity.ts')).listIdentities(environment),
)
define(
  identity
    .command('import')
    .description(words('identity-import'))
    .argument('[file]', words('file'))
    .addOption(visiblePassword())
    .option('--password-file <file>', words('password-file'))
    .option('--thunderbird <profile>', words('from-thunderbird'))
    .option('--primary-password-file <file>', words('primary-password-file'))
    .option('--from-system <store>', words('from-system'))
    .option('--certificate <which>', words('system-certificate'), collect)
    .option('--store-password-file <file>', words('store-password-file'))
    .option('--look', words('import-look'))
    .option('--anyway', words('import-anyway')),
  async (environment, file: string | undefined, options: ImportOptions) => {
    const { thunderbird, fromSystem } = options
    const [source, ...others] = [file, thunderbird, fromSystem].filter((each) => each !== undefined)
    if (source === undefined || others.length > 0) throw new UsageError(words('file-or-profile'))
    if (file !== undefined)
      return (await import('./commands/identityFile.ts')).importIdentity(environment, file, options)
    return thunderbird !== undefined
      ? (await import('./commands/thunderbird.ts')).importFromThunderbird(environment, source, options)
      : (await import('./commands/systemStores.ts')).importFromSystem(environment, source, options)
  },
)
define(identity.command('stores').description(words('identity-stores')), async (environment) =>
  (await import('./commands/systemStores.ts')).listSystemStores(environment),
)
define(identity.command('profiles').description(words('identity-profiles')), async (environment) =>
  (await import('./commands/thunderbird.ts')).listProfiles(environment),
)
define(
  identity
    .command('export')
    .description(words('identity-export'))
    .argument('<identity>', words('which-identity'))
    .option('--out <file>', words('out-file'))
    .addOption(visiblePassword())
    .option('--password-file <file>', words('password-file'))
    .option('--suggest', words('suggest-password'))
    .addOption(new Option('--for <target>', words('export-target')).choices(exportTargets).default('modern'))
    .option('--into <profile>', words('into-thunderbird'))
    .option('--sender <address>', words('thunderbird-sender'), collect)
    .option('--no-sign', words('thunderbird-no-sign'))
    .option('--encrypt', words('thunderbird-encrypt'))
    .option('--trust-root', words('thunderbird-trust-root'))
    .option('--primary-password-file <file>', words('primary-password-file')),
  async (environment, which: string, options: Partial<ExportOptions> & Partial<InstallOptions>) => {
    const { out, into, for: target = 'modern', sign = true } = options
    if ((out === undefined) === (into === undefined)) throw new UsageError(words('out-or-profile'))
    return into === undefined
      ? (await import('./commands/identityFile.ts')).exportIdentity(environment, which, {
          ...options,
          out: out ?? '-',
          for: target,
        })
      : (await import('./commands/thunderbird.ts')).exportIntoThunderbird(environment, which, {
          ...options,
          into,
          sign,
        })
  },
)

function openedBackup(command: Command): Command {
  return command
    .argument('<file>', words('backup-file'))
    .option('--backup-passphrase-file <file>', words('backup-passphrase-file'))
    .option('--paper-key-file <file>', words('paper-key-file'))
}
type BackupSecretOptions = import('./commands/backup.ts').BackupSecretOptions

define(
  identity
    .command('backup')
    .description(words('identity-backup'))
    .requiredOption('--out <file>', words('out-file'))
    .option('--backup-passphrase-file <file>', words('backup-passphrase-file')),
  async (environment, options: BackupSecretOptions & { out: string }) =>
    (await import('./commands/backup.ts')).makeBackup(environment, options),
)
define(
  openedBackup(identity.command('rehearse').description(words('identity-rehearse'))),
  async (environment, file: string, options: BackupSecretOptions) =>
    (await import('./commands/backup.ts')).rehearseBackup(environment, file, options),
)
define(
  openedBackup(identity.command('restore').description(words('identity-restore'))).option('--yes', words('yes')),
  async (environment, file: string, options: BackupSecretOptions & { yes?: boolean }) =>
    (await import('./commands/backup.ts')).restoreBackup(environment, file, options),
)
define(
  identity
    .command('paper-key')
    .description(words('identity-paper-key'))
    .requiredOption('--out <file>', words('out-file'))
    .option('--anew', words('paper-anew')),
  async (environment, options: { out: string; anew?: boolean }) =>
    (await import('./commands/backup.ts')).writePaperKey(environment, options),
)

const authority = program.command('authority').description(words('authority')).exitOverride()
define(authority.command('list').description(words('authority-list')), async (environment) =>
  (await import('./commands/authority.ts')).listAuthorities(environment),
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
  ) => (await import('./commands/authority.ts')).createAuthority(environment, options),
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
    (await import('./commands/authority.ts')).issueCertificate(environment, which, request, options),
)
define(
  authority
    .command('revoke')
    .description(words('authority-revoke'))
    .argument('<authority>', words('which-authority'))
    .argument('<certificate>', words('which-issued'))
    .addOption(
      new Option('--reason <reason>', words('revocation-reason')).choices(ownRevocationReasons).default('unspecified'),
    ),
  async (environment, which: string, certificate: string, options: { reason: OwnRevocationReason }) =>
    (await import('./commands/authority.ts')).revokeIssued(environment, which, certificate, options.reason),
)
define(
  authority
    .command('crl')
    .description(words('authority-crl'))
    .argument('<authority>', words('which-authority'))
    .requiredOption('--out <file>', words('out-file'))
    .option('--days <number>', words('days'), '30'),
  async (environment, which: string, options: { out: string; days: string }) =>
    (await import('./commands/authority.ts')).writeRevocationList(environment, which, options),
)
define(
  authority
    .command('page')
    .description(words('authority-page'))
    .argument('<authority>', words('which-authority'))
    .requiredOption('--out <file>', words('out-file')),
  async (environment, which: string, options: { out: string }) =>
    (await import('./commands/authority.ts')).writeFingerprintPage(environment, which, options.out),
)
define(
  authority
    .command('root')
    .description(words('authority-root'))
    .argument('<authority>', words('which-authority'))
    .requiredOption('--out <file>', words('out-file')),
  async (environment, which: string, options: { out: string }) =>
    (await import('./commands/authority.ts')).writeRoot(environment, which, options.out),
)

defineEnrolment(identity, { define, words, nonEmpty })
defineRequests(identity, { define, words, nonEmpty })
defineCatalogue(program, { define, words, nonEmpty })

const contact = program.command('contact').description(words('contact')).exitOverride()
define(contact.command('list').description(words('contact-list')), async (environment) =>
  (await import('./commands/contact.ts')).listContacts(environment, ''),
)
define(
  contact.command('find').description(words('contact-find')).argument('<query>', words('query')),
  async (environment, query: string) => (await import('./commands/contact.ts')).listContacts(environment, query),
)
define(
  contact.command('show').description(words('contact-show')).argument('<query>', words('query')),
  async (environment, query: string) => (await import('./commands/contact.ts')).showContact(environment, query),
)
define(
  contact
    .command('add')
    .description(words('contact-add'))
    .argument('[certificates...]', words('certificate-files'))
    .option('--name <name>', words('name'))
    .option('--address <address>', words('address'), collect),
  async (environment, files: string[], options: { name?: string; address?: string[] }) =>
    (await import('./commands/contact.ts')).addContact(environment, files, options),
)
define(
  contact.command('harvest').description(words('contact-harvest')).argument('<mail>', words('mail-file')),
  async (environment, file: string) => (await import('./commands/contact.ts')).harvestContacts(environment, file),
)

const account = program.command('account').description(words('account')).exitOverride()
define(account.command('list').description(words('account-list')), async (environment) =>
  (await import('./commands/account.ts')).listAccounts(environment),
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
  ) => (await import('./commands/account.ts')).addAccount(environment, options),
)
define(
  account.command('test').description(words('account-test')).argument('<account>', words('which-account')),
  async (environment, which: string) => (await import('./commands/account.ts')).testAccount(environment, which),
)

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
type LetterOptions = import('./letter.ts').LetterOptions

define(
  letter(program.command('seal').description(words('seal'))).requiredOption('--out <file>', words('out-mail')),
  async (environment, options: LetterOptions & { out: string }) =>
    (await import('./commands/seal.ts')).sealMail(environment, options),
)
define(
  letter(program.command('send').description(words('send'))).option('--bcc <address>', words('bcc'), collect),
  async (environment, options: LetterOptions) => (await import('./commands/send.ts')).sendMail(environment, options),
)
define(
  program
    .command('open')
    .description(words('open'))
    .argument('<mail>', words('mail-file'))
    .requiredOption('--out <folder>', words('out-folder')),
  async (environment, file: string, options: { out: string }) =>
    (await import('./commands/open.ts')).openMail(environment, file, options.out),
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
    (await import('./commands/inspect.ts')).inspectMails(environment, files, options),
)

const outbox = program.command('outbox').description(words('outbox')).exitOverride()
define(outbox.command('list').description(words('outbox-list')), async (environment) =>
  (await import('./commands/outbox.ts')).listOutbox(environment),
)
define(
  outbox.command('retry').description(words('outbox-retry')).argument('<id>', words('which-held')),
  async (environment, id: string) => (await import('./commands/outbox.ts')).retryMail(environment, id),
)
define(
  outbox.command('discard').description(words('outbox-discard')).argument('<id>', words('which-held')),
  async (environment, id: string) => (await import('./commands/outbox.ts')).discardMail(environment, id),
)

const cert = program.command('cert').description(words('cert')).exitOverride()
define(
  cert
    .command('show')
    .description(words('cert-show'))
    .argument('<file>', words('certificate-file'))
    .option('--at <time>', words('at')),
  async (environment, file: string, options: { at?: string }) =>
    (await import('./commands/cert.ts')).showCertificate(environment, file, options.at),
)
define(
  cert
    .command('verify')
    .description(words('cert-verify'))
    .argument('<file>', words('certificate-file'))
    .option('--chain <file>', words('chain'), collect)
    .option('--anchor <file>', words('anchor'), collect)
    .option('--crl <file>', words('crl'), collect)
    .option('--policy <oid>', words('policy'), collect)
    .option('--at <time>', words('at'))
    .addOption(new Option('--purpose <purpose>', words('purpose')).choices(['sign', 'encrypt', 'any']).default('any'))
    .option('--offline', words('offline')),
  async (environment, file: string, options: VerifyOptions) =>
    (await import('./commands/cert.ts')).verifyCertificate(environment, file, options),
)

define(
  cert
    .command('compare')
    .description(words('cert-compare'))
    .argument('<left>', words('certificate-or-fingerprint'))
    .argument('<right>', words('certificate-or-fingerprint')),
  async (environment, left: string, right: string) =>
    (await import('./commands/certFiles.ts')).compareCertificates(environment, left, right),
)
define(
  cert
    .command('export')
    .description(words('cert-export'))
    .argument('<certificate>', words('certificate-or-fingerprint'))
    .addOption(new Option('--format <format>', words('cert-format')).choices(['pem', 'der', 'pkcs7']).default('pem'))
    .option('--with-chain', words('with-chain'))
    .requiredOption('--out <file>', words('out-file')),
  async (environment, text: string, options: ExportCertificateOptions) =>
    (await import('./commands/certFiles.ts')).exportCertificate(environment, text, options),
)

define(program.command('sandbox').description(words('sandbox')), async (environment) =>
  (await import('./commands/sandbox.ts')).runSandbox(environment),
)
define(program.command('demo').description(words('demo')), async (environment) =>
  (await import('./commands/demo.ts')).runDemo(environment),
)

try {
  // Electron as Node takes its arguments like Node; commander would look for them where a packaged window has them.
  await program.parseAsync(process.argv, { from: 'node' })
} catch (error) {
  if (!(error instanceof CommanderError)) throw error
  // Help and version end with 0; everything else that commander refuses is wrong use.
  process.exitCode = error.exitCode === 0 ? exitCode.done : exitCode.usage
}
