/** `siegel ca …`: where certificates come from, and the person's own entries. */

import { createRouterClient } from '@orpc/server'
import type { CaaFinding, CatalogueEntry } from '../../../../shared/contract/catalogue.ts'
import { hostOf } from '../../../../shared/hostOf.ts'
import type { ServiceContext } from '../../../services/context.ts'
import { catalogueProcedures } from '../../../services/enrolment/catalogue.ts'
import { failureText } from '../failure.ts'
import { table } from '../format.ts'
import { readSecretFile } from '../secretFile.ts'
import { type CommandEnvironment, withSession, withUnlocked } from '../session.ts'
import { CommandFailure, type Terminal, UsageError } from '../terminal.ts'

function client(context: ServiceContext) {
  return createRouterClient(catalogueProcedures, { context })
}

/** With an address each authority's leave by the domain (CAA) stands beside it. */
export async function listAuthorities(
  environment: CommandEnvironment,
  { address }: { address?: string },
): Promise<undefined> {
  const { terminal } = environment
  const { entries, findings } = await withSession(environment, async ({ context }) => {
    const catalogue = client(context)
    const all = await catalogue.list()
    if (address === undefined) return { entries: all, findings: [] }
    const asked = all.map(({ id }) => catalogue.checkDomain({ address, authority: id }))
    return { entries: all, findings: await Promise.all(asked) }
  })
  if (terminal.json) {
    const caaOf = (index: number) => (findings[index] ? { caa: findings[index] } : {})
    terminal.value(entries.map((entry, index) => ({ ...entry, ...caaOf(index) })))
    return
  }
  const rows = entries.map((entry, index) => {
    const finding = findings[index]
    return [...entryCells(terminal, entry), ...(finding ? [caaTitle(terminal, entry, finding)] : [])]
  })
  for (const line of table(rows)) terminal.line(line)
  for (const note of unverifiedNotes(terminal, entries)) terminal.note(note)
}

/** Whom an own entry leads to: a name is quickly given. */
function entryHost({ directoryUrl, links }: CatalogueEntry): string {
  return hostOf(directoryUrl ?? links[0]?.url ?? '')
}

function entryCells(terminal: Terminal, entry: CatalogueEntry): string[] {
  const { id, name, own, fromBackup, issues, cost, trust, unverified } = entry
  const doubt = unverified.includes('cost') ? ` (${terminal.words('catalogue.unverifiedMark')})` : ''
  return [
    id,
    own ? `${name} (${entryHost(entry)})` : name,
    terminal.words(`cli.ca.issues.${issues}`),
    cost === undefined ? '' : `${terminal.words(`catalogue.cost.${cost}`)}${doubt}`,
    terminal.words('cli.ca.trust', { state: terminal.words(`catalogue.trust.${trust.state}`) }),
    ...(fromBackup ? [terminal.words('catalogue.fromBackup')] : []),
  ]
}

/** Facts grow old; what nobody confirmed at the authority is named. */
function unverifiedNotes(terminal: Terminal, entries: readonly CatalogueEntry[]): string[] {
  return entries
    .filter(({ asOf }) => asOf !== undefined)
    .map(({ name, asOf, unverified }) =>
      [
        `${name}: ${terminal.words('catalogue.asOf', { month: asOf })}`,
        ...unverified.map((fact) => terminal.words(`catalogue.unverified.${fact}`)),
      ].join(' '),
    )
}

type Named = Pick<CatalogueEntry, 'id' | 'name'>

function caaData({ name }: Named, { domain, at = domain, issuers, unknownConditions }: CaaFinding) {
  return { domain, at, name, issuers: issuers.join(', '), conditions: unknownConditions.join(', ') }
}

function caaTitle(terminal: Terminal, entry: Named, finding: CaaFinding): string {
  return terminal.words(`caa.${finding.verdict}.title`, caaData(entry, finding))
}

interface DomainAnswer {
  readonly finding: CaaFinding
  readonly prohibits: boolean
  /** What was found, or that it couldn't be asked. */
  readonly text: string
}

/**
 * Whether the address's domain lets this authority issue; asked before an order. The id is empty for one that isn't in the
 * catalogue.
 */
export async function domainAnswer(
  context: ServiceContext,
  terminal: Terminal,
  address: string,
  authority: Named,
): Promise<DomainAnswer> {
  const finding = await client(context).checkDomain({ address, authority: authority.id })
  const data = caaData(authority, finding)
  const lines = ['title', 'text'].map((part) => terminal.words(`caa.${finding.verdict}.${part}`, data))
  return {
    finding,
    prohibits: finding.verdict === 'forbidden' || finding.verdict === 'nobody',
    text: finding.verdict === 'allowed' ? String(lines[0]) : lines.join('\n'),
  }
}

/** By its id or its name; an own entry never takes the place of one in the catalogue. */
export async function authorityNamed(context: ServiceContext, which: string): Promise<CatalogueEntry> {
  const entries = await client(context).list()
  const isNamed = ({ id, name }: CatalogueEntry) => id === which || name.toLowerCase() === which.toLowerCase()
  const entry = entries.find((one) => !one.own && isNamed(one)) ?? entries.find(isNamed)
  if (!entry) throw new CommandFailure('not-found', { what: 'authority' })
  return entry
}

/** An entry that may be used, or undefined after telling that a backup brought it and what agrees to that. */
export async function agreedAuthority(
  { terminal }: CommandEnvironment,
  context: ServiceContext,
  entry: CatalogueEntry,
  trustServer = false,
): Promise<CatalogueEntry | undefined> {
  if (!entry.fromBackup) return entry
  const { id, name } = entry
  const host = entryHost(entry)
  if (trustServer) return client(context).trustServer({ id, host })
  const code = 'authority-from-backup'
  if (terminal.json) terminal.value({ error: { code, name, host } })
  terminal.note(failureText(terminal, { code, data: { name, host } }))
  terminal.note(terminal.words('cli.enrolment.hint.server-from-backup'))
  return undefined
}

/** The names of the catalogue's entries, by their ids. */
export async function authorityNames(context: ServiceContext): Promise<ReadonlyMap<string, string>> {
  return new Map((await client(context).list()).map(({ id, name }) => [id, name]))
}

/** The entry whose ACME directory that is. */
export async function authorityAt(context: ServiceContext, directoryUrl: string): Promise<CatalogueEntry | undefined> {
  const { href } = new URL(directoryUrl)
  return (await client(context).list()).find((entry) => entry.directoryUrl === href)
}

/** What the contract refuses too, said as it reads on the command line. */
export function checkAddress(terminal: Terminal, text: string): void {
  if (!/^https:/i.test(text) || !URL.canParse(text)) throw new UsageError(terminal.words('cli.usage.https', { text }))
}

export interface AddAuthorityOptions {
  readonly acme?: string
  readonly csr?: string
  readonly eabKeyId?: string
  readonly eabKeyFile?: string
}

export async function addAuthority(
  environment: CommandEnvironment,
  name: string,
  options: AddAuthorityOptions,
): Promise<undefined> {
  const { terminal } = environment
  const url = options.acme ?? options.csr
  const both = options.acme !== undefined && options.csr !== undefined
  if (url === undefined || both) throw new UsageError(terminal.words('cli.usage.acme-or-csr'))
  checkAddress(terminal, url)
  const { eabKeyId: keyId, eabKeyFile } = options
  if ((keyId === undefined) !== (eabKeyFile === undefined) || (keyId !== undefined && options.acme === undefined)) {
    throw new UsageError(terminal.words('cli.usage.eab'))
  }
  const binding =
    keyId !== undefined && eabKeyFile !== undefined
      ? { externalAccountBinding: { keyId, hmacKey: (await readSecretFile(terminal, eabKeyFile)).trim() } }
      : {}
  const issues = options.acme === undefined ? ('csr' as const) : ('acme' as const)
  const session = keyId === undefined ? withSession : withUnlocked
  const entry = await session(environment, ({ context }) => client(context).add({ name, issues, url, ...binding }))
  if (terminal.json) terminal.value(entry)
  else for (const line of table([entryCells(terminal, entry)])) terminal.line(line)
}

export async function removeAuthority(environment: CommandEnvironment, which: string): Promise<undefined> {
  const { terminal } = environment
  const removed = await withSession(environment, async ({ context }) => {
    const catalogue = client(context)
    const own = (await catalogue.list()).filter((entry) => entry.own)
    const wanted = own.find(({ id, name }) => id === which || name.toLowerCase() === which.toLowerCase())
    if (!wanted) throw new CommandFailure('not-found', { what: 'authority' })
    await catalogue.remove({ id: wanted.id })
    return wanted
  })
  if (terminal.json) terminal.value(removed)
  else terminal.note(terminal.words('cli.ca.removed', { name: removed.name }))
}
