/** `siegel identity profiles`, and the ways from a Thunderbird profile and into one. */

import { createRouterClient } from '@orpc/server'
import type { ThunderbirdProfile } from '../../../../shared/contract/thunderbird.ts'
import type { ServiceContext } from '../../../services/context.ts'
import { identitiesProcedures } from '../../../services/identities/identities.ts'
import { thunderbirdProcedures } from '../../../services/identities/thunderbird.ts'
import { day, table } from '../format.ts'
import { withSecretIfNeeded } from '../secrets.ts'
import { type CommandEnvironment, passphraseAgain, withSession, withUnlocked } from '../session.ts'
import { CommandFailure, exitCode, UsageError } from '../terminal.ts'
import { chooseIdentity, tellPair } from './identity.ts'
import { tellImported } from './identityFile.ts'
import { isWanted, type LookOptions, showInside } from './lookBeforeTaking.ts'

function client(context: ServiceContext) {
  return createRouterClient(thunderbirdProcedures, { context })
}

export async function listProfiles(environment: CommandEnvironment): Promise<undefined> {
  const { terminal } = environment
  const shown = await withSession(environment, async ({ context }) => {
    const thunderbird = client(context)
    const { tools, profiles } = await foundProfiles(environment, thunderbird)
    if (!tools) return { tools, profiles }
    // A profile whose store can't be read is still one to be named.
    const withCertificates = profiles.map(async (profile) => ({
      ...profile,
      certificates: await thunderbird.certificates({ profile: profile.id }).catch(() => []),
    }))
    return { tools, profiles: await Promise.all(withCertificates) }
  })
  if (terminal.json) {
    terminal.value(shown)
    return
  }
  if (shown.profiles.length === 0) terminal.note(terminal.words('cli.thunderbird.none'))
  else if (!shown.tools) terminal.note(terminal.words('errors.nss-tools-missing.next'))
  for (const profile of shown.profiles) {
    const state = terminal.words(`cli.thunderbird.${profile.running ? 'running' : 'closed'}`)
    terminal.line(`${profile.name}  ${state}  ${profile.folder}`)
    const certificates = 'certificates' in profile ? profile.certificates : []
    const rows = certificates.map(({ certificate, keyAlgorithm, nickname }) => [
      `  ${certificate.emails.join(', ') || certificate.name}`,
      keyAlgorithm,
      terminal.words('cli.until', { date: day(certificate.notAfter) }),
      nickname,
    ])
    for (const line of table(rows)) terminal.line(line)
  }
}

export interface PrimaryPasswordOptions {
  readonly primaryPasswordFile?: string
}

/** Takes everything with a key out of the profile. */
export async function importFromThunderbird(
  environment: CommandEnvironment,
  name: string,
  options: PrimaryPasswordOptions & LookOptions,
): Promise<number> {
  const { terminal } = environment
  const within = options.look ? withSession<number> : withUnlocked<number>
  return within(environment, async ({ context }) => {
    const thunderbird = client(context)
    const profile = chooseProfile((await foundProfiles(environment, thunderbird)).profiles, name)
    const found = await thunderbird.certificates({ profile: profile.id })
    if (found.length === 0) throw new CommandFailure('not-found', { what: 'certificate' })
    if (options.look) {
      showInside(terminal, found)
      return exitCode.done
    }
    if (!(await isWanted(terminal, found, options))) return exitCode.failed
    const certificates = found.map(({ certificate }) => certificate.sha256)
    const result = await withPrimaryPassword(environment, options, (primaryPassword) =>
      thunderbird.take({ profile: profile.id, certificates, ...primaryPassword }),
    )
    tellImported(environment, result)
    return exitCode.done
  })
}

export interface InstallOptions extends PrimaryPasswordOptions {
  readonly into: string
  readonly sender?: readonly string[]
  /** False for `--no-sign`. */
  readonly sign: boolean
  readonly encrypt?: boolean
  readonly trustRoot?: boolean
}

/** Puts an identity into the profile; the senders with its addresses use it, unless others are named. */
export async function exportIntoThunderbird(
  environment: CommandEnvironment,
  which: string,
  options: InstallOptions,
): Promise<undefined> {
  const { terminal } = environment
  const { identity, done } = await withUnlocked(environment, async ({ context }) => {
    const thunderbird = client(context)
    const known = await createRouterClient(identitiesProcedures, { context }).list()
    const chosen = chooseIdentity(terminal, known, which)
    tellPair(terminal, known, chosen)
    const profile = chooseProfile((await foundProfiles(environment, thunderbird)).profiles, options.into)
    const wanted = (options.sender ?? chosen.addresses).map((address) => address.toLowerCase())
    const senders = profile.senders.filter(({ address }) => wanted.includes(address.toLowerCase()))
    if (senders.length === 0) throw new CommandFailure('not-found', { what: 'sender' })
    const request = {
      profile: profile.id,
      identity: chosen.id,
      senders: senders.map(({ key }) => key),
      sign: options.sign,
      encrypt: options.encrypt ?? false,
      trustRoot: options.trustRoot ?? false,
      passphrase: await passphraseAgain(environment),
    }
    const installed = await withPrimaryPassword(environment, options, (primaryPassword) =>
      thunderbird.install({ ...request, ...primaryPassword }),
    )
    return { identity: chosen, done: installed }
  })
  if (terminal.json) terminal.value({ identity, ...done })
  else {
    const addresses = done.addresses.join(', ')
    terminal.note(terminal.words('cli.thunderbird.installed', { addresses, folder: done.copyFolder }))
  }
}

function withPrimaryPassword<Value>(
  { terminal }: CommandEnvironment,
  options: PrimaryPasswordOptions,
  work: (input: { primaryPassword?: string }) => Promise<Value>,
): Promise<Value> {
  const secret = {
    file: options.primaryPasswordFile,
    needed: 'primary-password-needed',
    question: terminal.words('cli.ask.primary-password'),
  }
  return withSecretIfNeeded(terminal, secret, (primaryPassword) =>
    work(primaryPassword === undefined ? {} : { primaryPassword }),
  )
}

/** By name or folder; "default" is the one that Thunderbird opens by itself. */
/** Tells what became of an installation that was cut off: it is found with the profiles, and said once. */
async function foundProfiles({ terminal }: CommandEnvironment, thunderbird: ReturnType<typeof client>) {
  const found = await thunderbird.profiles()
  for (const { name, cutOff } of found.profiles) {
    if (!cutOff) continue
    terminal.note(`${name}: ${terminal.words(`thunderbird.cutOff.${cutOff.outcome}`)}`)
    terminal.note(terminal.words(`thunderbird.cutOffText.${cutOff.outcome}`, { folder: cutOff.folder }))
  }
  return found
}

function chooseProfile(profiles: readonly ThunderbirdProfile[], name: string): ThunderbirdProfile {
  const fits = profiles.filter((profile) => profile.name === name || profile.folder === name)
  const [first, ...others] =
    fits.length > 0 ? fits : profiles.filter(({ isDefault }) => isDefault && name === 'default')
  if (!first) throw new CommandFailure('not-found', { what: 'thunderbird-profile' })
  if (others.length > 0) throw new UsageError(fits.map(({ folder }) => folder).join('\n'))
  return first
}
