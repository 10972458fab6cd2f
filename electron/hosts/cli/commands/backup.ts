/** `siegel identity backup|rehearse|restore|paper-key`: one file with everything, proved and taken back in. */

import { createRouterClient } from '@orpc/server'
import type {
  BackupSecret,
  Restoration,
  RestoredEntry,
  RestoredPerson,
  TriedKey,
} from '../../../../shared/contract/backup.ts'
import { shortestPassphrase } from '../../../../shared/contract/passphrases.ts'
import { backupProcedures } from '../../../services/backup/backup.ts'
import type { ServiceContext } from '../../../services/context.ts'
import { readInput, writeOutput } from '../files.ts'
import { table } from '../format.ts'
import { printedPage } from '../printedPage.ts'
import { askNewSecret, secretOf, tellWeak } from '../secrets.ts'
import { type CommandEnvironment, passphraseAgain, withSession, withUnlocked } from '../session.ts'
import { CommandFailure, exitCode, type Terminal, UsageError } from '../terminal.ts'

/** What the service takes, which says so itself; this only keeps a pipe from filling the memory. */
const fileLimit = 536_870_912

export interface BackupSecretOptions {
  readonly backupPassphraseFile?: string
  readonly paperKeyFile?: string
}

function client(context: ServiceContext) {
  return createRouterClient(backupProcedures, { context })
}

function backupSource({ backupPassphraseFile: file }: BackupSecretOptions) {
  return { file, variable: 'SIEGEL_BACKUP_PASSPHRASE' }
}

export async function makeBackup(
  environment: CommandEnvironment,
  options: BackupSecretOptions & { out: string },
): Promise<undefined> {
  const { terminal } = environment
  const question = terminal.words('cli.ask.new-backup-passphrase', { minimum: shortestPassphrase.backup })
  const handed = await secretOf(terminal, backupSource(options))
  if (handed !== undefined) await tellWeak(terminal, 'backup', handed)
  const backupPassphrase = handed ?? (await askNewSecret(terminal, question))
  const allowWeak = handed !== undefined
  if (!backupPassphrase) {
    throw new UsageError(terminal.words('cli.usage.no-password', { option: '--backup-passphrase-file' }))
  }
  const made = await withUnlocked(environment, async ({ context }) => {
    const { handover } = context.application
    const passphrase = await passphraseAgain(environment)
    const {
      spoolId,
      countsOnceSaved: _,
      ...facts
    } = await client(context).make({ passphrase, backupPassphrase, allowWeak })
    const file = handover.get(spoolId)
    if (!file) throw new CommandFailure('not-found', { what: 'file' })
    await writeOutput(options.out, file.open(), { secret: true, signal: environment.signal })
    handover.saved(spoolId)
    await handover.discard(spoolId)
    return facts
  })
  if (made.samePassphrase) terminal.note(terminal.words('cli.backup.same'))
  if (made.unreadable > 0) terminal.note(terminal.words('backup.make.unreadable', { count: made.unreadable }))
  if (terminal.json) terminal.value({ file: options.out, ...made })
  else if (options.out !== '-') terminal.note(terminal.words('cli.backup.made', { file: options.out }))
}

async function secretFor({ terminal }: CommandEnvironment, options: BackupSecretOptions): Promise<BackupSecret> {
  if (options.paperKeyFile !== undefined) {
    const text = Buffer.from(await readInput(options.paperKeyFile, 10_000)).toString('utf8')
    return { paperKey: paperKeyIn(text) }
  }
  const question = terminal.words('cli.ask.backup-passphrase')
  const passphrase = await secretOf(terminal, { ...backupSource(options), question })
  if (!passphrase) throw new UsageError(terminal.words('cli.usage.no-backup-secret'))
  return { passphrase }
}

/**
 * The page that `paper-key` wrote as text has words around it. A key that was copied with a slip, too, must be found among
 * them, so that the slip can be told: then what looks like groups and is the longest.
 */
function paperKeyIn(text: string): string {
  const whole = /(?:\b[0-9A-Za-z]{5}[\s-]+){7}[0-9A-Za-z]{5}\b/.exec(text)
  if (whole) return whole[0]
  const runs = text.match(/\b[0-9A-Z]{3,7}(?:[\s-]+[0-9A-Z]{3,7})+\b/g) ?? []
  const [longest] = runs.sort((left, right) => right.length - left.length)
  return longest ?? text.slice(0, 1_000)
}

/** A backup is larger than what travels in a call: it goes through the spool. */
async function spooled(context: ServiceContext, name: string, bytes: Uint8Array): Promise<{ spoolId: string }> {
  const offered = await context.application.handover.offer({ name, mediaType: 'application/octet-stream' }, bytes)
  if (offered.ok) return { spoolId: offered.value.spoolId }
  const { code, ...data } = offered.error
  throw new CommandFailure(code, data)
}

function keyLines(terminal: Terminal, keys: readonly TriedKey[]): string[] {
  return table(
    keys.map(({ name, addresses, keyAlgorithm, outcome }) => [
      addresses.join(', ') || name,
      keyAlgorithm,
      terminal.words(`backup.tried.${outcome}`),
    ]),
  )
}

/** Needs no passphrase of the profile: nothing but the file is opened. */
export async function rehearseBackup(
  environment: CommandEnvironment,
  file: string,
  options: BackupSecretOptions,
): Promise<number> {
  const { terminal } = environment
  const bytes = await readInput(file, fileLimit)
  const secret = await secretFor(environment, options)
  const rehearsed = await withSession(environment, async ({ context }) =>
    client(context).rehearse({ source: await spooled(context, 'backup', bytes), secret }),
  )
  if (terminal.json) terminal.value(rehearsed)
  else {
    for (const line of keyLines(terminal, rehearsed.keys)) terminal.line(line)
    terminal.line(terminal.words(rehearsed.passed ? 'backup.rehearse.passed' : 'backup.rehearse.notPassed'))
    if (rehearsed.passed && !rehearsed.recorded) terminal.note(terminal.words('backup.rehearse.foreign'))
  }
  return rehearsed.passed ? exitCode.done : exitCode.failed
}

/** What whoever wrote the backup would decide: certificates, roots, servers and the paper key, each by its name. */
function decisionLines(
  { words }: Terminal,
  { people, morePeople, trusts, servers, entries, asks, parts }: Restoration,
): readonly string[] {
  const changed = people.filter(({ change }) => change === 'another' || change === 'vouched')
  const others = people.filter((person) => !changed.includes(person))
  const lineOf = ({ name, address, change, sealing }: RestoredPerson) => {
    const use = change === 'past' ? 'past' : sealing ? 'sealing' : 'signatures'
    const forWhat = words(change === 'vouched' ? 'backup.restore.vouched' : `backup.restore.for.${use}`)
    return ['  ', [address, ...(name === address ? [] : [name]), forWhat].join(' · ')].join('')
  }
  const said = (key: string, lines: readonly string[], more = 0) =>
    lines.length === 0 ? [] : [words(`backup.restore.${key}`, { count: lines.length + more }), ...lines]
  const lines = [
    ...said('changes', changed.map(lineOf)),
    ...said(
      'trusts',
      trusts.map(({ name, sha256 }) => `  ${name} (SHA-256 ${sha256})`),
    ),
    ...said(
      'servers',
      servers.map((host) => `  ${host}`),
    ),
    ...said(
      'entries',
      entries.map((entry) => `  ${entryText(entry)}`),
    ),
    ...said(
      'asks',
      asks.map((one) => `  ${words(`settings.revocation.${one}`)}`),
    ),
    ...(parts.some(({ kind, added }) => kind === 'paperKey' && added > 0) ? [words('backup.restore.paperKey')] : []),
    ...said('people', others.map(lineOf), morePeople),
    ...(morePeople > 0 ? [`  ${words('backup.restore.moreStrangers', { count: morePeople })}`] : []),
  ]
  return lines.length === 0 ? [] : [words('backup.restore.decides'), words('backup.restore.onlyOwn'), ...lines]
}

function entryText({ name, host }: RestoredEntry): string {
  return name === host ? host : `${name} (${host})`
}

export async function restoreBackup(
  environment: CommandEnvironment,
  file: string,
  options: BackupSecretOptions & { yes?: boolean },
): Promise<undefined> {
  const { terminal } = environment
  const bytes = await readInput(file, fileLimit)
  const secret = await secretFor(environment, options)
  const within = options.yes ? withUnlocked<Restoration> : withSession<Restoration>
  const restored = await within(environment, async ({ context }) => {
    const input = { source: await spooled(context, 'backup', bytes), secret }
    const backups = client(context)
    if (!options.yes) return backups.preview(input)
    // Named before it is so: who gives --yes at once hasn't seen it yet.
    if (!terminal.json) for (const line of decisionLines(terminal, await backups.preview(input))) terminal.note(line)
    return backups.restore(input)
  })
  if (terminal.json) {
    terminal.value({ restored: options.yes === true, ...restored })
    return
  }
  terminal.line(terminal.words('backup.restore.from', { madeAt: restored.madeAt }))
  for (const { kind, added, known } of restored.parts) {
    const part = terminal.words(`backup.restore.part.${kind}`)
    terminal.line(terminal.words('cli.backup.part', { part, added, known }))
  }
  for (const line of keyLines(terminal, restored.keys)) terminal.line(line)
  if (!options.yes) for (const line of decisionLines(terminal, restored)) terminal.note(line)
  terminal.note(terminal.words(options.yes ? 'backup.restore.done' : 'cli.backup.preview'))
}

export async function writePaperKey(
  environment: CommandEnvironment,
  options: { out: string; anew?: boolean },
): Promise<undefined> {
  const { terminal } = environment
  const { keyId, madeAt, key } = await withUnlocked(environment, async ({ context }) =>
    client(context).paperKey({ passphrase: await passphraseAgain(environment), anew: options.anew ?? false }),
  )
  const page = printedPage(options.out, terminal.language, terminal.words('backup.paper.sheetTitle', { keyId }), [
    { text: terminal.words('backup.paper.sheetText', { madeAt }) },
    { text: terminal.words('backup.paper.sheetKeep') },
    { code: key.split('-') },
    { text: terminal.words('backup.paper.sheetUse') },
    { text: terminal.words('backup.paper.sheetCheck') },
  ])
  await writeOutput(options.out, page, { secret: true })
  if (terminal.json) terminal.value({ file: options.out, keyId, madeAt })
  else terminal.note(terminal.words('cli.backup.paper-written', { keyId, file: options.out }))
}
