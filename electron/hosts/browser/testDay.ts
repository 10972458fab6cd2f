/**
 * For tests: a person's day, with secrets that can be told from everything else. On a real profile: a vault, identities from
 * files, an account whose servers repeat the password, letters and drafts, wrong passphrases, exports, exceptions that nobody
 * expected. Then the sandbox, with two enrolments and a sealed letter.
 */

import { createPrivateKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { writePem } from '../../asn1/pem.ts'
import { base64Bytes, base64Text, latin1Bytes } from '../../base/bytes.ts'
import { systemRandom } from '../../base/random.ts'
import { testAuthority, testPerson } from '../../certificates/testPki.ts'
import { writePkcs12 } from '../../keystore/pkcs12/write.ts'
import { type ScriptedServer, scriptedServer, serverCertificate, testServerAuthority } from '../../mail/testServers.ts'
import { loadSqlite } from '../../storage/sqlite.ts'
import { canaryForms, type Secrets } from './testCanaries.ts'
import { type Client, codeOfFailing, type Said } from './testHost.ts'

export interface Day {
  readonly client: Client
  readonly home: string
  readonly secrets: Secrets
  readonly said: Said
  readonly passphrases: Passphrases
  readonly servers: EchoingServers
  /** Keeps what lies on the disk at this moment. */
  readonly look: (moment: string) => void
}

interface Passphrases {
  readonly first: string
  readonly second: string
  readonly wrong: string
  readonly sandbox: string
}

export interface EchoingServers {
  /** PEM of the authority that vouches for them. */
  readonly ca: string
  readonly smtp: ScriptedServer
  readonly imap: ScriptedServer
}

/** Servers that repeat what they were told when they refuse it: the way a password comes back into a message. */
export async function echoingServers(): Promise<EchoingServers> {
  const authority = await testServerAuthority()
  const certificate = await serverCertificate(authority)
  const plainOf = (token: string) => Buffer.from(token, 'base64').toString('latin1').replaceAll('\0', ' ')
  const smtp = await scriptedServer((line, { say }) => {
    const [verb = '', , token = ''] = line.split(' ')
    if (line === '') say('220 mail.example\r\n')
    else if (/^EHLO/i.test(verb)) say('250-mail.example\r\n250 AUTH PLAIN\r\n')
    else if (/^AUTH/i.test(verb)) say(`535 5.7.8 not with ${token} nor ${plainOf(token)} in ${line}\r\n`)
    else say('221 bye\r\n')
  }, certificate)
  let signingIn = ''
  const imap = await scriptedServer((line, { say }) => {
    const [tag = '', verb = '', , token = ''] = line.split(' ')
    const refuse = (command: string, told: string) =>
      say(`${command} NO not with ${told} nor ${plainOf(told)} in ${line}\r\n`)
    if (line === '') say('* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] ready\r\n')
    else if (signingIn !== '') {
      refuse(signingIn, line)
      signingIn = ''
    } else if (/^CAPABILITY$/i.test(verb)) say(`* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n${tag} OK done\r\n`)
    else if (/^AUTHENTICATE$/i.test(verb) && token === '') {
      signingIn = tag
      say('+ \r\n')
    } else if (/^(AUTHENTICATE|LOGIN)$/i.test(verb)) refuse(tag, token)
    else say(`${tag} BAD no\r\n`)
  }, certificate)
  return { ca: authority.ca, smtp, imap }
}

/** Answers with the files that were exported. */
export async function realDay(day: Day): Promise<Uint8Array[]> {
  const { client, secrets, said, passphrases, servers, look } = day
  const { canary, control } = secrets
  const failing = (work: () => Promise<unknown>) => codeOfFailing(said, work)
  const exported: Uint8Array[] = []
  await client.vault.create({ passphrase: passphrases.first })
  expect(await failing(() => client.vault.create({ passphrase: canary('too long').repeat(50) }))).toBe('BAD_REQUEST')

  // Identities: from PKCS#12 with two passwords, and from a PEM file that is open.
  const now = Date.now()
  const validity = { notBefore: new Date(now - 86_400_000), notAfter: new Date(now + 86_400_000) }
  const issuer = await testAuthority('Canary root', {}, validity)
  const rsa = await testPerson('anna@canary.example', { issuer, keyType: 'rsa-2048' }, validity)
  const ec = await testPerson('jonas@canary.example', { issuer }, validity)
  addKey(secrets, 'imported RSA key', rsa.pkcs8)
  addKey(secrets, 'imported EC key', ec.pkcs8)
  const importPassword = canary('password of the imported file')
  const file = await writePkcs12({
    pkcs8: rsa.pkcs8,
    certificateDer: rsa.certificate.der,
    chain: [issuer.certificate.der],
    friendlyName: 'Anna',
    password: importPassword,
    profile: 'modern',
    random: systemRandom,
    iterations: 1000,
  })
  const source = { bytes: base64Text(file) }
  expect(await failing(() => client.identities.import({ source, password: canary('wrong password') }))).toBe(
    'wrong-password',
  )
  await client.identities.previewImport({ source, password: importPassword })
  const [anna] = (await client.identities.import({ source, password: importPassword })).imported
  const pem = writePem('PRIVATE KEY', ec.pkcs8) + writePem('CERTIFICATE', ec.certificate.der)
  // As the page hands a larger file over, and never takes back.
  const begun = await client.spool.begin({ name: 'jonas.pem', mediaType: 'text/plain', size: pem.length })
  await client.spool.append({ spoolId: begun.spoolId, offset: 0, bytes: base64Text(latin1Bytes(pem)) })
  await client.identities.import({ source: { spoolId: begun.spoolId } })
  expect(
    await failing(() =>
      client.contacts.addFromFile({ source: { bytes: base64Text(latin1Bytes(pem)) }, fileName: 'jonas.pem' }),
    ),
  ).toBe('contains-private-key')

  // An account whose servers say the password back to whoever reads the failure.
  const server = { host: 'localhost', security: 'tls' as const, user: control('user name') }
  const account = await client.accounts.add({
    name: 'Anna',
    address: 'anna@canary.example',
    password: canary('account password'),
    submission: { ...server, port: servers.smtp.port },
    mailbox: { ...server, port: servers.imap.port },
  })
  const { lastProof } = await client.accounts.test({ id: account.id })
  expect(lastProof).toMatchObject({
    submission: { ok: false, failure: { code: 'authentication-refused' } },
    mailbox: { ok: false, failure: { code: 'authentication-refused' } },
  })
  await failing(() => client.mailbox.folders({ accountId: account.id }))

  // A letter that can't be handed in, with its attachment, and one that isn't finished.
  const attachment = canary('text of an attachment')
  const spooled = await client.spool.begin({ name: 'plan.txt', mediaType: 'text/plain', size: attachment.length })
  await client.spool.append({ spoolId: spooled.spoolId, offset: 0, bytes: base64Text(latin1Bytes(attachment)) })
  const letter = {
    from: 'anna@canary.example',
    to: [{ address: 'somebody@elsewhere.example' }],
    cc: [],
    bcc: [],
    subject: 'Plans',
    text: `${canary('text of a held letter')}\n`.repeat(50),
    attachments: [spooled],
    sign: true,
    encrypt: false,
  }
  expect(await failing(async () => allOf(client.compose.send(letter)))).toBe('authentication-refused')
  expect(await client.compose.outbox()).toHaveLength(1)
  await client.compose.saveDraft({
    draft: { subject: canary('subject of a draft'), text: `${canary('text of a draft')}\n`.repeat(50) },
  })
  await client.contacts.add({ name: control('name of a contact'), notes: '', addresses: ['c@canary.example'] })
  look('while the vault is open')

  // Locked, guessed at, opened, exported, and given another passphrase.
  await client.vault.lock()
  expect(await failing(() => client.vault.unlock({ passphrase: passphrases.wrong }))).toBe('wrong-passphrase')
  expect(await failing(() => client.vault.unlock({ passphrase: `${passphrases.first}!` }))).toBe('wrong-passphrase')
  await client.vault.unlock({ passphrase: passphrases.first })
  const id = anna?.id ?? ''
  const password = canary('password of the exported file')
  const take = { id, password, target: 'modern' as const }
  expect(await failing(() => client.identities.export({ ...take, passphrase: passphrases.wrong }))).toBe(
    'wrong-passphrase',
  )
  for (const target of ['modern', 'apple', 'apple-profile'] as const) {
    const saved = await client.identities.export({ ...take, target, passphrase: passphrases.first })
    exported.push(await readWhole(client, saved.spoolId, saved.size))
  }
  await client.vault.changePassphrase({ current: passphrases.first, next: passphrases.second })
  await unexpected(day)
  await client.vault.lock()
  look('while the vault is locked')
  return exported
}

/** Exceptions that nobody wrote a code for: tables that are gone in the middle of the work. */
async function unexpected({ client, home, secrets, said }: Day): Promise<void> {
  const { canary } = secrets
  const failing = (work: () => Promise<unknown>) => codeOfFailing(said, work)
  const connection = (await loadSqlite())(join(home, 'siegel.db'))
  const tables = ['drafts', 'accounts', 'vault']
  for (const table of tables) connection.exec(`ALTER TABLE ${table} RENAME TO ${table}_gone`)
  const unexpectedly: (() => Promise<unknown>)[] = [
    () => client.compose.saveDraft({ draft: { text: canary('text of a draft that failed') } }),
    () =>
      client.accounts.add({
        name: 'x',
        address: 'x@canary.example',
        password: canary('account password that failed'),
        submission: { host: 'localhost', port: 1, security: 'tls', user: 'x' },
        mailbox: { host: 'localhost', port: 1, security: 'tls', user: 'x' },
      }),
    () => client.vault.unlock({ passphrase: canary('passphrase that failed') }),
  ]
  for (const work of unexpectedly) expect(await failing(work)).toBe('INTERNAL_SERVER_ERROR')
  for (const table of tables) connection.exec(`ALTER TABLE ${table}_gone RENAME TO ${table}`)
  connection.close()
}

export async function sandboxDay({ client, home, secrets, passphrases, look }: Day): Promise<void> {
  const { canary } = secrets
  await client.sandbox.enter()
  const { people } = JSON.parse(readFileSync(join(home, 'sandbox', 'server', 'sandbox.json'), 'utf8')) as {
    people: { user: string; password: string }[]
  }
  for (const { user, password } of people) secrets.add(`mailbox password of ${user}`, canaryForms(password))
  await client.vault.create({ passphrase: passphrases.sandbox })
  for (const keyType of ['ec-p256', 'rsa-3072'] as const) {
    const address = 'anna@sandbox.example'
    const { id } = await client.enrolment.begin({ name: 'Anna Berger', address, keyType, ca: { kind: 'sandbox' } })
    const events = await allOf(client.enrolment.follow({ id }))
    expect(events.at(-1)).toMatchObject({ type: 'done' })
  }
  const [account] = await client.accounts.list()
  await client.accounts.test({ id: account?.id ?? '' })
  await client.mailbox.list({ accountId: account?.id ?? '', folder: 'INBOX', limit: 10 })
  const sent = await allOf(
    client.compose.send({
      from: 'anna@sandbox.example',
      to: [{ address: 'anna@sandbox.example' }],
      cc: [],
      bcc: [{ address: 'anna@sandbox.example' }],
      subject: 'Plans',
      text: `${canary('text of a sealed letter')}\n`.repeat(50),
      attachments: [],
      sign: true,
      encrypt: true,
    }),
  )
  expect(sent.at(-1)).toMatchObject({ type: 'done', filedInSent: true })
  look('in the sandbox')
}

/** The whole of a private key, and the numbers in it that are secret. */
export function addKey(secrets: Secrets, name: string, pkcs8: Uint8Array): void {
  secrets.add(`${name}, PKCS#8`, canaryForms(pkcs8, { whole: true }))
  const jwk = createPrivateKey({ key: Buffer.from(pkcs8), format: 'der', type: 'pkcs8' }).export({ format: 'jwk' })
  for (const part of ['d', 'p', 'q', 'dp', 'dq', 'qi'] as const) {
    const number = jwk[part]
    if (typeof number === 'string') secrets.add(`${name}, ${part}`, canaryForms(Buffer.from(number, 'base64url')))
  }
}

async function allOf(stream: Promise<AsyncIterable<unknown>>): Promise<unknown[]> {
  const events: unknown[] = []
  for await (const event of await stream) events.push(event)
  return events
}

/** Reads a file of the host as the page does. */
async function readWhole(client: Client, spoolId: string, size: number): Promise<Uint8Array> {
  const { bytes } = await client.spool.read({ spoolId, offset: 0, length: Math.max(size, 1) })
  return base64Bytes(bytes)
}
