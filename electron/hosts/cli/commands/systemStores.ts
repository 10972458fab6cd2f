/** `siegel identity stores`, and the way out of the computer's own stores of certificates. */

import { createRouterClient } from '@orpc/server'
import type { SystemCertificate, SystemStore } from '../../../../shared/contract/systemStores.ts'
import type { ServiceContext } from '../../../services/context.ts'
import { systemStoresProcedures } from '../../../services/identities/systemStores.ts'
import { day, table } from '../format.ts'
import { withSecretIfNeeded } from '../secrets.ts'
import { type CommandEnvironment, withSession, withUnlocked } from '../session.ts'
import { CommandFailure, exitCode, UsageError } from '../terminal.ts'
import { tellImported } from './identityFile.ts'
import { isWanted, type LookOptions, showInside } from './lookBeforeTaking.ts'

function client(context: ServiceContext) {
  return createRouterClient(systemStoresProcedures, { context })
}

export async function listSystemStores(environment: CommandEnvironment): Promise<undefined> {
  const { terminal } = environment
  const shown = await withSession(environment, async ({ context }) => {
    const systemStores = client(context)
    const inside = async (store: SystemStore): Promise<SystemStore & { certificates: SystemCertificate[] }> => {
      // A store that can't be read is still one to be named.
      const certificates = store.tools ? await systemStores.certificates({ store: store.id }).catch(() => []) : []
      return { ...store, certificates }
    }
    return Promise.all((await systemStores.stores()).map(inside))
  })
  if (terminal.json) {
    terminal.value(shown)
    return
  }
  if (shown.length === 0) terminal.note(terminal.words('cli.stores.none'))
  for (const { kind, place, tools, certificates } of shown) {
    terminal.line(`${kind}  ${terminal.words(`systemStores.kind.${kind}`)}  ${place}`)
    for (const line of table(certificates.map((each) => certificateLine(environment, each)))) terminal.line(line)
    if (!tools) terminal.note(terminal.words(`systemStores.byHand.${kind}`))
  }
}

function certificateLine(
  { terminal }: CommandEnvironment,
  { certificate, keyAlgorithm, exportable }: SystemCertificate,
): string[] {
  return [
    `  ${certificate.emails.join(', ') || certificate.name}`,
    keyAlgorithm,
    terminal.words('cli.until', { date: day(certificate.notAfter) }),
    certificate.sha256.slice(0, 16),
    exportable ? '' : terminal.words('cli.stores.stays'),
  ]
}

export interface FromSystemOptions {
  readonly certificate?: readonly string[]
  readonly storePasswordFile?: string
}

/** Takes what is named out of the store; everything whose key may leave it where nothing is named. */
export async function importFromSystem(
  environment: CommandEnvironment,
  which: string,
  options: FromSystemOptions & LookOptions,
): Promise<number> {
  const { terminal } = environment
  const within = options.look ? withSession<number> : withUnlocked<number>
  return within(environment, async ({ context }) => {
    const systemStores = client(context)
    const { id: store } = chooseStore(await systemStores.stores(), which)
    const chosen = chooseCertificates(await systemStores.certificates({ store }), options.certificate)
    if (options.look) {
      showInside(terminal, chosen)
      return exitCode.done
    }
    if (!(await isWanted(terminal, chosen, options))) return exitCode.failed
    const certificates = chosen.map(({ certificate }) => certificate.sha256)
    const secret = {
      file: options.storePasswordFile,
      needed: 'store-password-needed',
      question: terminal.words('cli.ask.store-password'),
    }
    const result = await withSecretIfNeeded(terminal, secret, (storePassword) =>
      systemStores.take({ store, certificates, ...(storePassword === undefined ? {} : { storePassword }) }),
    )
    tellImported(environment, result)
    return exitCode.done
  })
}

/** By kind or folder. Several that fit are a question back. */
function chooseStore(stores: readonly SystemStore[], which: string): SystemStore {
  const fits = stores.filter(({ kind, place }) => kind === which || place === which)
  const [first, ...others] = fits
  if (!first) throw new CommandFailure('not-found', { what: 'system-store' })
  if (others.length > 0) throw new UsageError(fits.map(({ place }) => place).join('\n'))
  return first
}

/** Each name must fit at least one; without names those that the store lets go. */
function chooseCertificates(
  certificates: readonly SystemCertificate[],
  names: readonly string[] | undefined,
): readonly SystemCertificate[] {
  const fitting = (name: string) =>
    certificates.filter(({ certificate: { emails, sha256 } }) => {
      const wanted = name.toLowerCase()
      return emails.some((email) => email.toLowerCase() === wanted) || (wanted.length >= 8 && sha256.startsWith(wanted))
    })
  const chosen = names ? names.map(fitting) : [certificates.filter(({ exportable }) => exportable)]
  if (chosen.some((each) => each.length === 0)) throw new CommandFailure('not-found', { what: 'certificate' })
  return [...new Set(chosen.flat())]
}
