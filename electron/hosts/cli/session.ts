/** What every command needs: the profile that the options select, opened, and unlocked when secrets are wanted. */

import { createRouterClient } from '@orpc/server'
import { shortestPassphrase } from '../../../shared/contract/passphrases.ts'
import type { ServiceContext } from '../../services/context.ts'
import { openSession, type Session } from '../../services/session.ts'
import { vaultProcedures } from '../../services/vault.ts'
import { createRuntime, defaultHome } from '../runtime.ts'
import { failureOf } from './failure.ts'
import { askNewSecret, secretOf, tellWeak } from './secrets.ts'
import { CommandFailure, type Terminal, UsageError } from './terminal.ts'

export interface GlobalOptions {
  readonly home?: string
  readonly sandbox?: boolean
  /** Experimental algorithms for this command, whatever the settings say. */
  readonly experimental?: boolean
  readonly json?: boolean
  /** Files that are there already are replaced without a question. */
  readonly overwrite?: boolean
  readonly lang?: string
  readonly passphraseFile?: string
}

export interface CommandEnvironment {
  readonly terminal: Terminal
  readonly options: GlobalOptions
  /** Ends with Ctrl+C, so that long work stops in order. */
  readonly signal: AbortSignal
}

/** The folder of the profile that the options name. */
export function homeOf(options: GlobalOptions): string {
  return options.home ?? defaultHome()
}

/** Opens the profile for one piece of work and closes it again, whatever happens. */
export async function withSession<Value>(
  environment: CommandEnvironment,
  work: (session: Session) => Promise<Value>,
): Promise<Value> {
  const { options } = environment
  const home = homeOf(options)
  const session = await openSession({
    home,
    runtime: createRuntime({ host: 'cli', home, experimentalAlgorithms: options.experimental }),
    kind: options.sandbox ? 'sandbox' : 'real',
  })
  try {
    const { trouble } = session.context
    if (trouble) {
      const { code, ...data } = trouble
      throw new CommandFailure(code, data)
    }
    return await work(session)
  } finally {
    await session.close()
  }
}

/** Opens the profile and its vault. A profile without a vault gets one with the given passphrase. */
export async function withUnlocked<Value>(
  environment: CommandEnvironment,
  work: (session: Session) => Promise<Value>,
): Promise<Value> {
  return withSession(environment, async (session) => {
    await unlock(environment, session.context, { required: true })
    return work(session)
  })
}

/** Unlocks where a passphrase is at hand; for commands that can do without. */
export async function withSessionUnlockedIfPossible<Value>(
  environment: CommandEnvironment,
  work: (session: Session) => Promise<Value>,
): Promise<Value> {
  return withSession(environment, async (session) => {
    await unlock(environment, session.context, { required: false })
    return work(session)
  })
}

/** Read once for each command: a pipe gives its content only once. */
const passphrases = new WeakMap<GlobalOptions, Promise<string | undefined>>()

/** The passphrase from `--passphrase-file`, else from the environment. */
async function givenPassphrase({ terminal, options }: CommandEnvironment): Promise<string | undefined> {
  const source = { file: options.passphraseFile, variable: 'SIEGEL_PASSPHRASE' }
  const reading = passphrases.get(options) ?? secretOf(terminal, source)
  passphrases.set(options, reading)
  const given = await reading
  if (given === '') throw new UsageError(terminal.words('cli.usage.passphrase-empty'))
  return given
}

/** The vault's passphrase once more: an unlocked vault is not consent to everything. */
export async function passphraseAgain(environment: CommandEnvironment): Promise<string> {
  const passphrase = await passphraseOf(environment)
  if (!passphrase) throw new CommandFailure('locked')
  return passphrase
}

async function passphraseOf(environment: CommandEnvironment): Promise<string | undefined> {
  const { terminal } = environment
  return (await givenPassphrase(environment)) ?? secretOf(terminal, { question: terminal.words('cli.ask.passphrase') })
}

async function unlock(
  environment: CommandEnvironment,
  context: ServiceContext,
  options: { required: boolean },
): Promise<void> {
  const state = context.application.vault.state()
  if (state === 'unlocked') return
  const { terminal } = environment
  const given = await givenPassphrase(environment)
  if (given === undefined && !options.required) return
  const vault = createRouterClient(vaultProcedures, { context })
  if (state === 'none') {
    const question = terminal.words('cli.ask.new-passphrase', { minimum: shortestPassphrase.vault })
    const passphrase = given ?? (await askNewSecret(terminal, question))
    if (passphrase === undefined) throw new CommandFailure('no-vault')
    // Only a command that stores a secret makes a vault; one that merely reads leaves the profile as it is.
    if (!options.required) return
    if (given !== undefined) await tellWeak(terminal, 'vault', given)
    if (await isCreated(vault.create({ passphrase, allowWeak: given !== undefined }))) return
    // Another process was quicker; its vault opens with the same passphrase or not at all.
    await vault.unlock({ passphrase })
    return
  }
  const passphrase = await passphraseOf(environment)
  if (passphrase === undefined) throw new CommandFailure('locked')
  await vault.unlock({ passphrase })
}

function isCreated(creating: Promise<unknown>): Promise<boolean> {
  return creating.then(
    () => true,
    (error: unknown) => {
      if (failureOf(error)?.code === 'vault-exists') return false
      throw error
    },
  )
}
