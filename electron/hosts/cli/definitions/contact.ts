/** `siegel contact …`: the options of the address book's commands. */

import type { Command } from 'commander'
import { collect, type Definitions } from './define.ts'

export function defineContacts(program: Command, { define, words }: Definitions): void {
  const contact = program.command('contact').description(words('contact')).exitOverride()
  define(contact.command('list').description(words('contact-list')), async (environment) =>
    (await import('../commands/contact.ts')).listContacts(environment, ''),
  )
  define(
    contact.command('find').description(words('contact-find')).argument('<query>', words('query')),
    async (environment, query: string) => (await import('../commands/contact.ts')).listContacts(environment, query),
  )
  define(
    contact.command('show').description(words('contact-show')).argument('<query>', words('query')),
    async (environment, query: string) => (await import('../commands/contact.ts')).showContact(environment, query),
  )
  define(
    contact
      .command('add')
      .description(words('contact-add'))
      .argument('[certificates...]', words('certificate-files'))
      .option('--name <name>', words('name'))
      .option('--address <address>', words('address'), collect),
    async (environment, files: string[], options: { name?: string; address?: string[] }) =>
      (await import('../commands/contact.ts')).addContact(environment, files, options),
  )
  define(
    contact.command('harvest').description(words('contact-harvest')).argument('<mail>', words('mail-file')),
    async (environment, file: string) => (await import('../commands/contact.ts')).harvestContacts(environment, file),
  )
}
