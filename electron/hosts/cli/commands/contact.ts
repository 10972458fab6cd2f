/** `siegel contact …`: the address book. */

import { basename } from 'node:path'
import { createRouterClient } from '@orpc/server'
import type { Contact } from '../../../../shared/contract/contacts.ts'
import { base64Text } from '../../../base/bytes.ts'
import type { ServiceContext } from '../../../services/context.ts'
import { contactsProcedures } from '../../../services/mail/contacts.ts'
import { openForReading } from '../../../services/mail/reading.ts'
import { readInput } from '../files.ts'
import { day, grouped, table } from '../format.ts'
import { type CommandEnvironment, withSession, withSessionUnlockedIfPossible } from '../session.ts'
import { CommandFailure, type Terminal, UsageError } from '../terminal.ts'

/** Bundles of certificates; the bound is the contract's for bytes given directly. */
const fileLimit = 8_388_608

function client(context: ServiceContext) {
  return createRouterClient(contactsProcedures, { context })
}

function contactLines(terminal: Terminal, contacts: readonly Contact[]): string[] {
  return table(
    contacts.map((contact) => [
      contact.name || (contact.addresses[0] ?? ''),
      contact.addresses.join(', '),
      terminal.words(contact.canReadSealed ? 'cli.contact.sealed' : 'cli.contact.postcard'),
    ]),
  )
}

function tell(terminal: Terminal, contacts: readonly Contact[]): undefined {
  if (terminal.json) terminal.value(contacts)
  else if (contacts.length === 0) terminal.note(terminal.words('cli.contact.none'))
  else for (const line of contactLines(terminal, contacts)) terminal.line(line)
}

export async function listContacts(environment: CommandEnvironment, query: string): Promise<undefined> {
  return tell(environment.terminal, await withSession(environment, ({ context }) => client(context).list({ query })))
}

export async function showContact(environment: CommandEnvironment, query: string): Promise<undefined> {
  const { terminal } = environment
  const contacts = await withSession(environment, ({ context }) => client(context).list({ query }))
  if (contacts.length === 0) throw new CommandFailure('not-found', { what: 'contact' })
  if (terminal.json) {
    terminal.value(contacts)
    return
  }
  for (const contact of contacts) {
    for (const line of contactLines(terminal, [contact])) terminal.line(line)
    for (const { certificate, keyAlgorithm, state, used, evidence } of contact.certificates) {
      terminal.line(`  ${grouped(certificate.sha256)}`)
      terminal.line(
        `  ${keyAlgorithm}  ${terminal.words(`cli.contact.state.${state}`)}  ${terminal.words('cli.until', { date: day(certificate.notAfter) })}${used ? `  ${terminal.words('cli.contact.used')}` : ''}`,
      )
      for (const { kind, from, date } of evidence) {
        terminal.line(`  ${terminal.words(`cli.contact.evidence.${kind}`, { from: from ?? '', date: day(date) })}`)
      }
    }
  }
}

export async function addContact(
  environment: CommandEnvironment,
  files: readonly string[],
  options: { name?: string; address?: readonly string[] },
): Promise<undefined> {
  const { terminal } = environment
  const addresses = options.address ?? []
  if (files.length === 0 && addresses.length === 0) throw new UsageError(terminal.words('cli.usage.contact-add'))
  const contents = await Promise.all(
    files.map(async (file) => ({ fileName: basename(file), bytes: await readInput(file, fileLimit) })),
  )
  const touched = await withSession(environment, async ({ context }) => {
    const contacts = client(context)
    const byId = new Map<string, Contact>()
    let contactId: string | undefined
    if (addresses.length > 0) {
      const added = await contacts.add({
        name: options.name ?? addresses[0] ?? '',
        addresses: [...addresses],
        notes: '',
      })
      contactId = added.id
      byId.set(added.id, added)
    }
    for (const { fileName, bytes } of contents) {
      const source = { bytes: base64Text(bytes) }
      const result = await contacts.addFromFile({ source, fileName, ...(contactId ? { contactId } : {}) })
      for (const contact of result.contacts) byId.set(contact.id, contact)
    }
    return [...byId.values()]
  })
  return tell(terminal, touched)
}

/** Takes the signers of a mail whose signature is good into the address book. */
export async function harvestContacts(environment: CommandEnvironment, file: string): Promise<undefined> {
  const { terminal } = environment
  const bytes = await readInput(file)
  const harvested = await withSessionUnlockedIfPossible(environment, async ({ context }) => {
    const opened = await openForReading(context, bytes)
    if (!opened.ok) {
      const { code, ...data } = opened.error
      throw new CommandFailure(code, data)
    }
    const { openedId, harvestable, report } = opened.value
    if (harvestable.length === 0) {
      const state = report.verdict.signature
      throw state === 'none' ? new CommandFailure('not-signed') : new CommandFailure('signature-not-good', { state })
    }
    const contacts = client(context)
    const added: Contact[] = []
    for (const { sha256 } of harvestable) added.push(await contacts.harvest({ openedId, sha256 }))
    return added
  })
  return tell(terminal, harvested)
}
