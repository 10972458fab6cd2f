/** `siegel identity import` and `export`: identities as files. */

import { createRouterClient } from '@orpc/server'
import type { ExportTarget, Identity, ImportPreview } from '../../../../shared/contract/identities.ts'
import { shortestPassphrase } from '../../../../shared/contract/passphrases.ts'
import { base64Text } from '../../../base/bytes.ts'
import type { ServiceContext } from '../../../services/context.ts'
import { identitiesProcedures } from '../../../services/identities/identities.ts'
import { readInput, writeOutput } from '../files.ts'
import { secretOf, tellWeak, withSecretIfNeeded } from '../secrets.ts'
import { type CommandEnvironment, passphraseAgain, withUnlocked } from '../session.ts'
import { CommandFailure, type Terminal, UsageError } from '../terminal.ts'
import { chooseIdentity, identityLines } from './identity.ts'

/** A PKCS#12 with a long chain has some 20 kB; the bound is the contract's for bytes given directly. */
const importLimit = 8_388_608

function client(context: ServiceContext) {
  return createRouterClient(identitiesProcedures, { context })
}

export async function importIdentity(
  environment: CommandEnvironment,
  file: string,
  options: { password?: string; passwordFile?: string },
): Promise<undefined> {
  const { terminal } = environment
  const bytes = await readInput(file, importLimit)
  const source = { bytes: base64Text(bytes) }
  const secret = {
    given: options.password,
    file: options.passwordFile,
    needed: 'password-needed',
    question: terminal.words('cli.ask.file-password'),
  }
  const result = await withUnlocked(environment, ({ context }) =>
    withSecretIfNeeded(secret, async (password) => {
      const file = { source, ...(password === undefined ? {} : { password }) }
      if (!terminal.json) tellOdd(terminal, await client(context).previewImport(file))
      return client(context).import(file)
    }),
  )
  tellImported(environment, result)
}

/** What is unusual about the certificates that are new here. */
function tellOdd(terminal: Terminal, { identities }: ImportPreview): void {
  for (const { certificate, known, odd } of identities) {
    if (known || odd.length === 0) continue
    terminal.note(`${certificate.name} (${certificate.emails.join(', ')})`)
    for (const { code, data } of odd) terminal.note(`  ${terminal.words(`odd.${code}`, data)}`)
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
  if (terminal.json && options.out === '-') throw new UsageError(terminal.words('cli.usage.json-and-output'))
  const handed = options.suggest ? undefined : await secretOf({ given: options.password, file: options.passwordFile })
  if (handed !== undefined) tellWeak(terminal, 'file', handed)
  const given = handed ?? (options.suggest ? undefined : await askedPassword(environment))
  const { identity, password } = await withUnlocked(environment, async ({ context }) => {
    const identities = client(context)
    const chosen = chooseIdentity(environment.terminal, await identities.list(), which)
    const passphrase = await passphraseAgain(environment)
    const used = given ?? (await identities.suggestPassword()).password
    const allowWeak = handed !== undefined
    const request = { id: chosen.id, password: used, allowWeak, target: options.for, passphrase }
    const { spoolId } = await identities.export(request)
    const exported = context.application.handover.get(spoolId)
    if (!exported) throw new CommandFailure('not-found', { what: 'file' })
    await writeOutput(options.out, exported.open(), { secret: true })
    await context.application.handover.discard(spoolId)
    return { identity: chosen, password: used }
  })
  const shown = options.suggest ? { password } : {}
  if (terminal.json) terminal.value({ file: options.out, identity, ...shown })
  else {
    terminal.note(terminal.words('cli.identity.exported', { file: options.out }))
    if (options.suggest) terminal.note(terminal.words('cli.identity.suggested', { password }))
  }
}

async function askedPassword({ terminal }: CommandEnvironment): Promise<string> {
  const question = terminal.words('cli.ask.export-password', { minimum: shortestPassphrase.file })
  const password = await secretOf({ question })
  if (!password) throw new UsageError(terminal.words('cli.usage.no-password', { option: '--password-file' }))
  return password
}
