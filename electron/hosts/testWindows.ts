/** For tests: windows on a profile without anything between them and the services, and a profile with something of everything. */

import { createHash } from 'node:crypto'
import { createORPCClient } from '@orpc/client'
import { RPCLink } from '@orpc/client/message-port'
import type { ContractRouterClient } from '@orpc/contract'
import { expect, onTestFinished } from 'vitest'
import type { contract } from '../../shared/contract/contract.ts'
import { writePem } from '../asn1/pem.ts'
import { base64Text, latin1Bytes } from '../base/bytes.ts'
import { systemRandom } from '../base/random.ts'
import { expectSuccess } from '../base/result.ts'
import { testAuthority, testPerson } from '../certificates/testPki.ts'
import { sealLetter } from '../smime/seal.ts'
import { joined } from '../smime/testMail.ts'
import { loadSqlite } from '../storage/sqlite.ts'
import { type ProcedureServer, startProcedureServer } from './procedureServer.ts'

type Client = ContractRouterClient<typeof contract>

export const passphrase = 'correct horse battery staple'

export interface Windows {
  /** One more window on the profile, with services of its own. */
  open(): Promise<Client>
  /** One more window on the services of the first one. */
  openBeside(): Client
  close(): Promise<void>
}

/** Windows on the profile in `home`, in this process; they close when the test ends. */
export function windowsOn(home: string): Windows {
  const servers: ProcedureServer[] = []
  const ports: MessagePort[] = []
  async function close(): Promise<void> {
    for (const port of ports.splice(0)) port.close()
    for (const server of servers.splice(0)) await server.close()
  }
  onTestFinished(close)

  function pageOf(server: ProcedureServer): Client {
    const { port1, port2 } = new MessageChannel()
    ports.push(port1, port2)
    server.accept({
      onMessage(listener) {
        port1.addEventListener('message', (event) => listener(event.data))
        port1.start()
      },
      onClose: (listener) => port1.addEventListener('close', listener),
      send: (data) => port1.postMessage(data),
      close: () => port1.close(),
    })
    port2.start()
    return createORPCClient(new RPCLink({ port: port2 }))
  }

  return {
    async open() {
      const server = await startProcedureServer({ host: 'browser', home })
      servers.push(server)
      return pageOf(server)
    },
    openBeside() {
      const [first] = servers
      if (!first) throw new Error('no window is open')
      return pageOf(first)
    },
    close,
  }
}

interface Told {
  readonly code: string
  readonly data?: unknown
}

/** How a call ends for the page: with `done` or with a declared failure. Anything undeclared is a bug. */
export async function outcomeOf(work: () => Promise<unknown>): Promise<Told> {
  try {
    const value = await work()
    if (typeof value === 'object' && value !== null && Symbol.asyncIterator in value) {
      for await (const event of value as AsyncIterable<unknown>) void event
    }
    return { code: 'done' }
  } catch (error) {
    const { code, data, defined } = error as { code: string; data: unknown; defined: boolean }
    return defined ? { code, data } : { code: `undeclared ${code}` }
  }
}

export const codeOf = async (work: () => Promise<unknown>) => (await outcomeOf(work)).code

export const letter = {
  from: 'anna@example.org',
  to: [{ address: 'jonas@example.org' }],
  cc: [],
  bcc: [],
  subject: 'Plans',
  text: 'Roses, I think.',
  attachments: [],
  sign: false,
  encrypt: false,
}

/** Nobody listens there. */
const nowhere = { host: 'localhost', port: 1, security: 'tls' as const, user: 'anna' }
export const account = {
  name: 'Anna',
  address: 'anna@example.org',
  password: 'geheim',
  submission: nowhere,
  mailbox: nowhere,
}

/** A profile with something of everything in it. */
export async function furnish(client: Client) {
  const now = Date.now()
  const validity = { notBefore: new Date(now - 86_400_000), notAfter: new Date(now + 86_400_000) }
  const root = await testAuthority('Root', {}, validity)
  const middle = await testAuthority('Middle', { issuer: root }, validity)
  const [anna, jonas, mara] = await Promise.all(
    ['anna', 'jonas', 'mara'].map((name) => testPerson(`${name}@example.org`, { issuer: middle }, validity)),
  )
  if (!anna || !jonas || !mara) throw new Error('nobody is there')
  const pem = (label: string, der: Uint8Array) => latin1Bytes(writePem(label, der))
  const identityFile = ({ pkcs8, certificate }: typeof anna) => ({
    bytes: base64Text(Buffer.concat([pem('PRIVATE KEY', pkcs8), pem('CERTIFICATE', certificate.der)])),
  })
  const fileOf = ({ certificate }: typeof anna) => ({ bytes: base64Text(certificate.der) })

  await client.vault.create({ passphrase })
  const [identity] = (await client.identities.import({ source: identityFile(anna) })).imported
  const contact = await client.contacts.add({ name: 'Jonas', notes: '', addresses: ['jonas@example.org'] })
  await client.contacts.addFromFile({ source: fileOf(jonas), fileName: 'jonas.cer' })
  await client.certificates.addAnchor({ source: fileOf(root), sha256: root.certificate.sha256, note: '' })
  const { id: accountId } = await client.accounts.add(account)
  expect(await codeOf(() => client.compose.send(letter))).toBe('connect-refused')
  const [held] = await client.compose.outbox()
  const { id: draftId } = await client.compose.saveDraft({ draft: letter })
  const signed = await joined(
    expectSuccess(
      await sealLetter(
        {
          from: { address: 'mara@example.org' },
          to: [{ address: 'anna@example.org' }],
          cc: [],
          subject: 'Hello',
          date: new Date(),
          messageId: '<1@example.org>',
          text: 'Signed, with a CA that nobody here knows yet.',
          attachments: [],
        },
        {
          sign: { certificate: mara.certificate, chain: [middle.certificate], key: mara.key, signingTime: new Date() },
          random: systemRandom,
        },
      ),
    ),
  )
  return {
    identityId: identity?.id ?? '',
    contactId: contact.id,
    accountId,
    heldId: held?.id ?? '',
    draftId,
    jonas,
    root,
    signed,
    another: identityFile(jonas),
    more: fileOf(mara),
  }
}

/** Every row of every table; `failed_attempts` and their time are meant to change. */
export async function contentOf(file: string): Promise<string> {
  const connection = (await loadSqlite())(file)
  const tables = connection.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").all() as {
    name: string
  }[]
  const rows = tables.map(({ name }) => [
    name,
    connection
      .prepare(`SELECT * FROM "${name}"`)
      .all()
      .map((row) => ({ ...row, failed_attempts: 0, last_attempt_at: null })),
  ])
  connection.close()
  return createHash('sha256')
    .update(
      JSON.stringify(rows, (_, value) => (value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value)),
    )
    .digest('hex')
}
