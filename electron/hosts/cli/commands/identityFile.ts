/** `siegel identity import` and `export`: identities as files. */

import { createRouterClient } from '@orpc/server'
import type { ExportTarget, Identity, ImportPreview } from '../../../../shared/contract/identities.ts'
import { shortestPassphrase } from '../../../../shared/contract/passphrases.ts'
import { base64Text } from '../../../base/bytes.ts'
import type { ServiceContext } from '../../../services/context.ts'
import { identitiesProcedures } from '../../../services/identities/identities.ts'
import { readInput, writeOutput } from '../files.ts'
import { secretOf, tellWeak, withSecretIfNeeded } from '../secrets.ts'
import { type CommandEnvironment, passphraseAgain, withSession, withUnlocked } from '../session.ts'
import { CommandFailure, exitCode, type Terminal, UsageError } from '../terminal.ts'
import { chooseIdentity, identityLines, tellPair } from './identity.ts'
import { isWanted, type LookOptions, showInside } from './lookBeforeTaking.ts'

/** A PKCS#12 with a long chain has some 20 kB; the bound is the contract's for bytes given directly. */
const importLimit = 8_388_608

function client(context: ServiceContext) {
  return createRouterClient(identitiesProcedures, { context })
}

export async function importIdentity(
  environment: CommandEnvironment,
  file: string,
  options: LookOptions & { readonly password?: string; readonly passwordFile?: string },
): Promise<number> {
  const { terminal } = environment
  const bytes = await readInput(file, importLimit)
  const source = { bytes: base64Text(bytes) }
  const secret = {
    given: options.password,
    file: options.passwordFile,
    needed: 'password-needed',
    question: terminal.words('cli.ask.file-password'),
  }
  // Looking needs no passphrase: nothing is kept.
  const within = options.look ? withSession<number> : withUnlocked<number>
  return within(environment, ({ context }) =>
    withSecretIfNeeded(terminal, secret, async (password) => {
      const file = { source, ...(password === undefined ? {} : { password }) }
      if (options.look) {
        showFile(terminal, await client(context).previewImport(file))
        return exitCode.done
      }
      // Reading twice costs the password's derivation twice: a script isn't told, and needn't wait.
      const inside = terminal.json ? [] : (await client(context).previewImport(file)).identities
      if (!(await isWanted(terminal, inside, options))) return exitCode.failed
      tellImported(environment, await client(context).import(file))
      return exitCode.done
    }),
  )
}

function showFile(terminal: Terminal, preview: ImportPreview): void {
  const { identities, others, keysWithoutCertificate } = preview
  if (terminal.json) {
    terminal.value(preview)
    return
  }
  showInside(terminal, identities)
  if (others.length > 0) terminal.note(terminal.words('import.others', { count: others.length }))
  if (keysWithoutCertificate > 0) {
    terminal.note(terminal.words('import.lonelyKeys', { count: keysWithoutCertificate }))
  }
}

/** What was taken in, and what was here before. */
export function tellImported(
  { terminal }: CommandEnvironment,
  result: { readonly imported: readonly Identity[]; readonly known: readonly Identity[] },
): void {
  if (terminal.json) {
    terminal.value(result)
    return
  }
  for (const line of identityLines(terminal, result.imported)) terminal.line(line)
  for (const { certificate } of result.known) {
    terminal.note(terminal.words('cli.identity.known', { name: certificate.name }))
  }
}

export interface ExportOptions {
  readonly out: string
  readonly password?: string
  readonly passwordFile?: string
  /** A password made up here, shown once. */
  readonly suggest?: boolean
  readonly for: ExportTarget
}

export async function exportIdentity(
  environment: CommandEnvironment,
  which: string,
  options: ExportOptions,
): Promise<undefined> {
  const { terminal } = environment
  const handed = options.suggest
    ? undefined
    : await secretOf(terminal, { given: options.password, file: options.passwordFile })
  if (handed !== undefined) await tellWeak(terminal, 'file', handed)
  const given = handed ?? (options.suggest ? undefined : await askedPassword(environment))
  const { identity, password } = await withUnlocked(environment, async ({ context }) => {
    const identities = client(context)
    const known = await identities.list()
    const chosen = chooseIdentity(terminal, known, which)
    tellPair(terminal, known, chosen)
    const passphrase = await passphraseAgain(environment)
    const used = given ?? (await identities.suggestPassword()).password
    const allowWeak = handed !== undefined
    const request = { id: chosen.id, password: used, allowWeak, target: options.for, passphrase }
    const { spoolId } = await identities.export(request)
    const exported = context.application.handover.get(spoolId)
    if (!exported) throw new CommandFailure('not-found', { what: 'file' })
    await writeOutput(options.out, exported.open(), { secret: true })
    context.application.handover.saved(spoolId)
    await context.application.handover.discard(spoolId)
    return { identity: chosen, password: used }
  })
  const shown = options.suggest ? { password } : {}
  if (terminal.json) terminal.value({ file: options.out, identity, ...shown })
  else {
    if (options.out !== '-') terminal.note(terminal.words('cli.identity.exported', { file: options.out }))
    if (options.suggest) terminal.note(terminal.words('cli.identity.suggested', { password }))
  }
}

async function askedPassword({ terminal }: CommandEnvironment): Promise<string> {
  const question = terminal.words('cli.ask.export-password', { minimum: shortestPassphrase.file })
  const password = await secretOf(terminal, { question })
  if (!password) throw new UsageError(terminal.words('cli.usage.no-password', { option: '--password-file' }))
  return password
}
