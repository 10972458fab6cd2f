/** `siegel identity list|import|stores|profiles|export`: their options. */

import { type Command, Option } from 'commander'
import type { ExportTarget } from '../../../../shared/contract/identities.ts'
import type { ExportOptions } from '../commands/identityFile.ts'
import type { LookOptions } from '../commands/lookBeforeTaking.ts'
import type { FromSystemOptions } from '../commands/systemStores.ts'
import type { InstallOptions, PrimaryPasswordOptions } from '../commands/thunderbird.ts'
import { UsageError } from '../terminal.ts'
import { collect, type Definitions } from './define.ts'

/** Named here, too: the contract is loaded with the commands. */
const exportTargets: readonly ExportTarget[] = ['modern', 'thunderbird', 'windows', 'apple', 'apple-profile', 'android']

interface ImportOptions extends FromSystemOptions, PrimaryPasswordOptions, LookOptions {
  readonly password?: string
  readonly passwordFile?: string
  readonly thunderbird?: string
  readonly fromSystem?: string
}

export function defineIdentities(identity: Command, { define, words }: Definitions): void {
  /** For scripts that know what they do: each use is told to be readable by others. */
  const visiblePassword = () => new Option('--password <password>', words('password'))

  define(identity.command('list').description(words('identity-list')), async (environment) =>
    (await import('../commands/identity.ts')).listIdentities(environment),
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
        return (await import('../commands/identityFile.ts')).importIdentity(environment, file, options)
      return thunderbird !== undefined
        ? (await import('../commands/thunderbird.ts')).importFromThunderbird(environment, source, options)
        : (await import('../commands/systemStores.ts')).importFromSystem(environment, source, options)
    },
  )
  define(identity.command('stores').description(words('identity-stores')), async (environment) =>
    (await import('../commands/systemStores.ts')).listSystemStores(environment),
  )
  define(identity.command('profiles').description(words('identity-profiles')), async (environment) =>
    (await import('../commands/thunderbird.ts')).listProfiles(environment),
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
        ? (await import('../commands/identityFile.ts')).exportIdentity(environment, which, {
            ...options,
            out: out ?? '-',
            for: target,
          })
        : (await import('../commands/thunderbird.ts')).exportIntoThunderbird(environment, which, {
            ...options,
            into,
            sign,
          })
    },
  )
}
