/** `siegel account …`: where mail is handed in and where it is read. */

import { createRouterClient } from '@orpc/server'
import type { Account, AccountProof, ServerSettings } from '../../../../shared/contract/accounts.ts'
import { accountsProcedures } from '../../../services/mail/accounts.ts'
import { failureText } from '../failure.ts'
import { table } from '../format.ts'
import { secretOf } from '../secrets.ts'
import { type CommandEnvironment, withSession, withUnlocked } from '../session.ts'
import { CommandFailure, exitCode, type Terminal, UsageError } from '../terminal.ts'

export interface AccountOptions {
  readonly address: string
  readonly name?: string
  readonly smtp?: string
  readonly imap?: string
  readonly user?: string
  readonly passwordFile?: string
}

function serverText({ host, port, security }: ServerSettings): string {
  return `${host}:${port} (${security === 'tls' ? 'TLS' : 'STARTTLS'})`
}

function accountLines(accounts: readonly Account[]): string[] {
  return table(
    accounts.map(({ name, address, submission, mailbox, id }) => [
      address,
      name,
      `SMTP ${serverText(submission)}`,
      `IMAP ${serverText(mailbox)}`,
      id,
    ]),
  )
}

export async function listAccounts(environment: CommandEnvironment): Promise<undefined> {
  const { terminal } = environment
  const accounts = await withSession(environment, ({ context }) =>
    createRouterClient(accountsProcedures, { context }).list(),
  )
  if (terminal.json) terminal.value(accounts)
  else if (accounts.length === 0) terminal.note(terminal.words('cli.account.none'))
  else for (const line of accountLines(accounts)) terminal.line(line)
}

export async function addAccount(environment: CommandEnvironment, options: AccountOptions): Promise<undefined> {
  const { terminal } = environment
  const password = await secretOf(terminal, {
    file: options.passwordFile,
    variable: 'SIEGEL_ACCOUNT_PASSWORD',
    question: terminal.words('cli.ask.account-password'),
  })
  if (!password) throw new UsageError(terminal.words('cli.usage.no-account-password'))
  const added = await withUnlocked(environment, async ({ context }) => {
    const accounts = createRouterClient(accountsProcedures, { context })
    const { address, name, user } = options
    const suggested = await accounts.suggest({ address })
    const settings = (given: string | undefined, otherwise: ServerSettings): ServerSettings => ({
      ...(given === undefined ? otherwise : parseServer(terminal, given, otherwise)),
      user: user ?? address,
    })
    return accounts.add({
      name: name ?? '',
      address,
      password,
      submission: settings(options.smtp, suggested.submission),
      mailbox: settings(options.imap, suggested.mailbox),
    })
  })
  if (terminal.json) terminal.value(added)
  else for (const line of accountLines([added])) terminal.line(line)
}

/** `host`, `host:port` or `host:port:tls|starttls`. Ports 465 and 993 speak TLS from the first byte. */
function parseServer(terminal: Terminal, text: string, otherwise: ServerSettings): ServerSettings {
  const [, host, portText, security] = /^(\[[^\]]+\]|[^:]+)(?::(\d{1,5}))?(?::(tls|starttls))?$/.exec(text) ?? []
  if (!host) throw new UsageError(terminal.words('cli.usage.server', { text }))
  const port = portText === undefined ? otherwise.port : Number(portText)
  const usual = port === 465 || port === 993 ? 'tls' : portText === undefined ? otherwise.security : 'starttls'
  return {
    host: host.replace(/^\[|\]$/g, ''),
    port,
    security: security === 'tls' || security === 'starttls' ? security : usual,
    user: otherwise.user,
  }
}

export async function testAccount(environment: CommandEnvironment, which: string): Promise<number> {
  const { terminal } = environment
  const tested = await withUnlocked(environment, async ({ context }) => {
    const accounts = createRouterClient(accountsProcedures, { context })
    const account = (await accounts.list()).find(({ id, address }) => id === which || address === which)
    if (!account) throw new CommandFailure('not-found', { what: 'account' })
    return accounts.test({ id: account.id })
  })
  const proof = tested.lastProof
  const passed = proof?.submission.ok === true && proof.mailbox.ok
  if (terminal.json) terminal.value(tested)
  else if (proof) {
    tellProof(terminal, 'SMTP', proof.submission)
    tellProof(terminal, 'IMAP', proof.mailbox)
  }
  return passed ? exitCode.done : exitCode.failed
}

function tellProof(terminal: Terminal, protocol: string, proof: AccountProof['submission']): void {
  if (proof.ok && proof.tls) {
    const { serverName, cipher } = proof.tls
    terminal.line(
      terminal.words('cli.account.proof', { protocol, server: serverName, tls: proof.tls.protocol, cipher }),
    )
  } else if (proof.failure) {
    terminal.line(`${protocol}: ${failureText(terminal, proof.failure)}`)
  }
}
