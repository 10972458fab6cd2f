/** `siegel identity backup|rehearse|restore|paper-key`: their options. */

import type { Command } from 'commander'
import type { BackupSecretOptions } from '../commands/backup.ts'
import type { Definitions } from './define.ts'

export function defineBackups(identity: Command, { define, words }: Definitions): void {
  function openedBackup(command: Command): Command {
    return command
      .argument('<file>', words('backup-file'))
      .option('--backup-passphrase-file <file>', words('backup-passphrase-file'))
      .option('--paper-key-file <file>', words('paper-key-file'))
  }

  define(
    identity
      .command('backup')
      .description(words('identity-backup'))
      .requiredOption('--out <file>', words('out-file'))
      .option('--backup-passphrase-file <file>', words('backup-passphrase-file')),
    async (environment, options: BackupSecretOptions & { out: string }) =>
      (await import('../commands/backup.ts')).makeBackup(environment, options),
  )
  define(
    openedBackup(identity.command('rehearse').description(words('identity-rehearse'))),
    async (environment, file: string, options: BackupSecretOptions) =>
      (await import('../commands/backup.ts')).rehearseBackup(environment, file, options),
  )
  define(
    openedBackup(identity.command('restore').description(words('identity-restore'))).option('--yes', words('yes')),
    async (environment, file: string, options: BackupSecretOptions & { yes?: boolean }) =>
      (await import('../commands/backup.ts')).restoreBackup(environment, file, options),
  )
  define(
    identity
      .command('paper-key')
      .description(words('identity-paper-key'))
      .requiredOption('--out <file>', words('out-file'))
      .option('--anew', words('paper-anew')),
    async (environment, options: { out: string; anew?: boolean }) =>
      (await import('../commands/backup.ts')).writePaperKey(environment, options),
  )
}
