import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { call } from '@orpc/server'
import hoodiecrow, { type HoodiecrowServer } from 'hoodiecrow-imap'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Draft, SendEvent } from '../../../shared/contract/compose.ts'
import { base64Text, latin1Text } from '../../base/bytes.ts'
import { expectSuccess } from '../../base/result.ts'
import { type TestEntity, testAuthority, testPerson } from '../../certificates/testPki.ts'
import { serverCertificate, testServerAuthority } from '../../mail/testServers.ts'
import { type HandedIn, type TestSubmissionServer, testSubmissionServer } from '../../mail/testSubmissionServer.ts'
import { openMessage } from '../../smime/open.ts'
import type { SandboxState } from '../sandbox/sandboxLink.ts'
import { openSession, type Session } from '../session.ts'
import { serversElsewhere, testRuntime } from '../testServices.ts'
import { accountsProcedures } from './accounts.ts'
import { composeProcedures } from './compose.ts'
import { mailboxProcedures } from './mailbox.ts'

const password = 'correct horse'
const anna = 'anna@sandbox.example'
const jonas = 'jonas@sandbox.example'
const mara = 'mara@sandbox.example'
const stranger = 'stranger@elsewhere.example'

let home: string
let session: Session
let people: Record<string, TestEntity>
let imap: HoodiecrowServer
let smtp: TestSubmissionServer
let received: HandedIn[] = []
let state: SandboxState | undefined
let certificate: Awaited<ReturnType<typeof serverCertificate>>

async function listenForMail(port?: number): Promise<void> {
  const keep = (mail: HandedIn) => received.push(mail)
  smtp = await testSubmissionServer({ certificate, password, keep, ...(port === undefined ? {} : { port }) })
}

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'siegel-compose-'))
  const authority = await testServerAuthority()
  certificate = await serverCertificate(authority)
  await listenForMail()
  imap = hoodiecrow({
    plugins: ['SPECIAL-USE', 'IDLE'],
    secureConnection: true,
    credentials: certificate,
    users: { anna: { password } },
    storage: { INBOX: {}, '': { folders: { Sent: { 'special-use': '\\Sent' } } } },
  })
  const listening = imap as unknown as {
    listen(port: number, done: () => void): void
    server: { address(): { port: number } }
  }
  await new Promise<void>((resolve) => listening.listen(0, resolve))

  const now = Date.now()
  const valid = { notBefore: new Date(now - 86_400_000), notAfter: new Date(now + 86_400_000) }
  const root = await testAuthority('Test root', {}, valid)
  people = Object.fromEntries(
    await Promise.all(
      [anna, jonas, mara].map(
        async (address) => [address, await testPerson(address, { issuer: root }, valid)] as const,
      ),
    ),
  )
  state = {
    directoryUrl: 'https://localhost/',
    caPem: authority.ca,
    anchor: base64Text(root.certificate.der),
    smtp: { host: 'localhost', port: smtp.port },
    imap: { host: 'localhost', port: listening.server.address().port },
    people: [
      { name: 'Anna Berger', address: anna, user: 'anna', password, playable: true },
      { name: 'Mara Lind', address: mara, user: 'mara', password, playable: false },
    ],
    txtRecords: {},
  }
  session = await openSession({
    home,
    kind: 'sandbox',
    runtime: testRuntime({ sandboxServers: serversElsewhere(() => state) }),
  })
  const { vault, identities, addressBook } = session.context.application
  expectSuccess(await vault.create('a passphrase for tests'))
  expectSuccess(
    await identities.importPair({
      pkcs8: people[anna]!.pkcs8,
      certificateDer: people[anna]!.certificate.der,
      addresses: [anna],
      chain: [root.certificate.der],
    }),
  )
  for (const address of [jonas, mara]) {
    const { der, sha256 } = people[address]!.certificate
    expectSuccess(
      addressBook.addCertificate(
        undefined,
        { der, sha256, addresses: [address], name: address.slice(0, 5) },
        { kind: 'file', from: 'test.pem', date: new Date() },
      ),
    )
  }
})

afterAll(async () => {
  await session.close()
  await smtp.close()
  await new Promise<void>((resolve) => (imap as unknown as { close(done: () => void): void }).close(resolve))
  await rm(home, { recursive: true })
})

afterEach(async () => {
  received = []
  const { outbox } = session.context.application
  for (const { id } of outbox.list()) outbox.discard(id)
})

const context = () => ({ context: session.context })

function draft(changes: Partial<Draft> = {}): Draft {
  return {
    from: anna,
    to: [{ name: 'Jonas', address: jonas }],
    cc: [],
    bcc: [],
    subject: 'Plans for the garden',
    text: 'Roses, I think.',
    attachments: [],
    sign: true,
    encrypt: true,
    ...changes,
  }
}

async function send(letter: Draft): Promise<SendEvent[]> {
  return allOf(await call(composeProcedures.send, letter, context()))
}

async function allOf(stream: AsyncIterable<SendEvent>): Promise<SendEvent[]> {
  const events: SendEvent[] = []
  for await (const event of stream) events.push(event)
  return events
}

async function reads(address: string, raw: Uint8Array) {
  const { certificate: own, key } = people[address]!
  return expectSuccess(await openMessage(raw, { keys: [{ certificate: own, key }] }))
}

describe('sending a letter', () => {
  it('seals it for its recipients and the sender, hands it in, and files a copy', async () => {
    const events = await send(draft())
    expect(events.filter(({ type }) => type === 'stage').map((event) => 'stage' in event && event.stage)).toEqual([
      'sealing',
      'connecting',
      'sending',
      'filing',
    ])
    const done = events.at(-1)
    expect(done).toMatchObject({ type: 'done', filedInSent: true, outcomes: [{ accepted: [jonas], rejected: [] }] })
    expect(received).toHaveLength(1)
    const [{ raw }] = received as [HandedIn]
    expect(latin1Text(raw)).not.toContain('Roses')
    expect(latin1Text(raw)).not.toContain('garden')
    for (const reader of [jonas, anna]) {
      const message = await reads(reader, raw)
      expect(message).toMatchObject({ encryption: 'decrypted', subject: 'Plans for the garden' })
      expect(message.signers.map(({ outcome }) => outcome.state)).toEqual(['verified'])
      const parts = await Promise.all(message.parts.map((part) => part.bytes()))
      expect(parts.map(latin1Text).join('')).toContain('Roses, I think.')
    }
    expect((await reads(mara, raw)).encryption).toBe('no-key')
    expect(session.context.application.outbox.list()).toEqual([])
    const { accountId } = (await call(composeProcedures.senders, undefined, context()))[0]!
    const { mails } = await call(mailboxProcedures.list, { accountId, folder: 'Sent' }, context())
    expect(mails[0]).toMatchObject({ claims: 'encrypted', seen: true })
  })

  it('hides outside what the settings say, or what the letter that is answered had hidden', async () => {
    const answered = { subject: true, names: false, addresses: [jonas], messageIds: ['<1@x.example>'] }
    const { settings } = session.context.application
    await send(draft())
    await send(draft({ headerPolicy: 'shy', legacyDisplay: false }))
    settings.change({ headerPolicy: 'shy' })
    await send(draft({ answered, inReplyTo: '<1@x.example>' }))
    settings.change({ headerPolicy: 'baseline' })
    const outside = received.map(({ raw }) => latin1Text(raw).split('\r\n\r\n')[0] ?? '')
    expect(outside.map((header) => /^To:.*$/m.exec(header)?.[0])).toEqual([
      `To: Jonas <${jonas}>`,
      `To: ${jonas}`,
      'To: undisclosed-recipients:;',
    ])
    expect(outside.map((header) => header.includes('In-Reply-To'))).toEqual([false, false, false])
    for (const { raw } of received) {
      const message = await reads(jonas, raw)
      expect(message.to).toEqual([{ name: 'Jonas', address: jonas }])
      const parts = await Promise.all(message.parts.map((part) => part.bytes()))
      expect(parts.map(latin1Text).join('')).toBe('Roses, I think.\r\n')
    }
  })

  it('is signed as its choices say: inside, with another digest, once more outside, and by nobody twice', async () => {
    await send(draft({ signature: { opaque: true, digest: 'sha512', alsoBy: [anna.toUpperCase()], tripleWrap: true } }))
    const [{ raw }] = received as [HandedIn]
    const message = await reads(jonas, raw)
    expect(message.layers.map(({ kind, state }) => [kind, state])).toEqual([
      ['signed', 'verified'],
      ['enveloped', 'decrypted'],
      ['signed', 'verified'],
    ])
    expect(message.signers.map(({ outcome }) => [outcome.digest, outcome.state])).toEqual([
      ['SHA-512', 'verified'],
      ['SHA-512', 'verified'],
    ])
  })

  it('is not sent where one of its signers has no identity', async () => {
    const letter = draft({ signature: { alsoBy: [stranger] } })
    await expect(send(letter)).rejects.toMatchObject({ code: 'no-identity', data: { address: stranger } })
    expect(received).toEqual([])
    expect(session.context.application.outbox.list()).toEqual([])
  })

  it('takes nothing out of the envelope that came in one', async () => {
    const answered = { subject: false, names: false, addresses: [], messageIds: [] }
    await expect(send(draft({ encrypt: false, answered }))).rejects.toMatchObject({ code: 'answer-reveals' })
    expect(received).toEqual([])
    expect(session.context.application.outbox.list()).toEqual([])
  })

  it('gives a blind-copy recipient a message of their own that nobody else can see', async () => {
    await send(draft({ bcc: [{ address: mara }] }))
    expect(received.map(({ to }) => to)).toEqual([[jonas], [mara]])
    const [named, blind] = received as [HandedIn, HandedIn]
    // "@" and ":" stand in no base64, so that chance can't spell them.
    expect(latin1Text(named.raw)).not.toMatch(/mara@|bcc:/i)
    expect((await reads(mara, named.raw)).encryption).toBe('no-key')
    expect((await reads(jonas, blind.raw)).encryption).toBe('no-key')
    expect(await reads(mara, blind.raw)).toMatchObject({ encryption: 'decrypted', subject: 'Plans for the garden' })
  })

  it('never sends a postcard where a sealed letter was meant', async () => {
    await expect(send(draft({ cc: [{ address: stranger }] }))).rejects.toMatchObject({
      code: 'recipient-without-certificate',
      data: { addresses: stranger },
    })
    expect(received).toEqual([])
    expect(session.context.application.outbox.list()).toEqual([])
  })

  it('sends signed and plain letters to people without a certificate', async () => {
    await send(draft({ to: [{ address: stranger }], encrypt: false }))
    await send(draft({ to: [{ address: stranger }], encrypt: false, sign: false }))
    const [signed, plain] = received as [HandedIn, HandedIn]
    expect(latin1Text(signed.raw)).toContain('multipart/signed')
    expect(latin1Text(plain.raw)).toContain('Roses')
    expect(latin1Text(plain.raw)).not.toContain('multipart/signed')
  })

  it('attaches what was handed over, and says when it is gone', async () => {
    const { handover } = session.context.application
    const file = expectSuccess(
      await handover.offer({ name: 'plan.txt', mediaType: 'text/plain' }, Buffer.from('a map')),
    )
    await send(draft({ attachments: [file] }))
    const message = await reads(jonas, (received as [HandedIn])[0].raw)
    const attachment = message.parts.find(({ name }) => name === 'plan.txt')
    expect(latin1Text(await attachment!.bytes())).toBe('a map')
    await handover.discard(file.spoolId)
    await expect(send(draft({ attachments: [file] }))).rejects.toMatchObject({ code: 'not-found' })
  })

  it.each([
    ['no-recipients', { to: [] }],
    ['malformed-address', { to: [{ address: 'nobody at home' }] }],
    ['no-account', { from: stranger }],
  ])('refuses a draft with %s', async (code, changes) => {
    await expect(send(draft(changes))).rejects.toMatchObject({ code })
    expect(received).toEqual([])
  })
})

describe('the outbox', () => {
  it('keeps a letter that could not be handed in, says why, and sends it on the next try', async () => {
    await smtp.close()
    await expect(send(draft())).rejects.toMatchObject({ code: 'connect-refused' })
    const [held] = await call(composeProcedures.outbox, undefined, context())
    expect(held).toMatchObject({
      subject: 'Plans for the garden',
      to: [jonas],
      state: 'held',
      failure: { code: 'connect-refused', data: { host: 'localhost', port: smtp.port } },
    })
    await listenForMail(smtp.port)
    const events = await allOf(await call(composeProcedures.retry, { id: held!.id }, context()))
    expect(events.at(-1)).toMatchObject({ type: 'done' })
    expect(received).toHaveLength(1)
    expect(await call(composeProcedures.outbox, undefined, context())).toEqual([])
  })

  it('does not send again what a former try handed in', async () => {
    const refused = { address: 'refused@sandbox.example' }
    await expect(send(draft({ encrypt: false, to: [{ address: jonas }], bcc: [refused] }))).rejects.toMatchObject({
      code: 'recipients-refused',
    })
    expect(received.map(({ to }) => to)).toEqual([[jonas]])
    const [held] = await call(composeProcedures.outbox, undefined, context())
    await expect(allOf(await call(composeProcedures.retry, { id: held!.id }, context()))).rejects.toMatchObject({
      code: 'recipients-refused',
    })
    expect(received).toHaveLength(1)
    const { outbox } = session.context.application
    expect(outbox.claim(held!.id)).toBe(true)
    // While it is being handed in, nobody takes the rest of it away.
    await expect(call(composeProcedures.discard, { id: held!.id }, context())).rejects.toMatchObject({
      code: 'not-found',
    })
    outbox.release(held!.id)
    await call(composeProcedures.discard, { id: held!.id }, context())
    await expect(call(composeProcedures.discard, { id: held!.id }, context())).rejects.toMatchObject({
      code: 'not-found',
    })
  })

  it('holds nothing readable', async () => {
    await smtp.close()
    await expect(send(draft({ encrypt: false }))).rejects.toMatchObject({ code: 'connect-refused' })
    await listenForMail(smtp.port)
    const { database } = session.context.application.profile
    const stored = ['outbox', 'outbox_messages', 'outbox_pieces'].flatMap((table) =>
      database.all(`SELECT * FROM ${table}`),
    )
    const bytes = Buffer.concat(
      stored.flatMap((row) =>
        Object.values(row).map((value) => (value instanceof Uint8Array ? value : Buffer.from(String(value)))),
      ),
    ).toString('latin1')
    expect(bytes.length).toBeGreaterThan(500)
    for (const secret of ['Roses', 'garden', jonas, anna]) expect(bytes).not.toContain(secret)
  })
})

describe('recipients and senders', () => {
  it('says for each address whether a sealed letter can be read there', async () => {
    const states = await call(
      composeProcedures.recipients,
      { addresses: [jonas, stranger, 'nonsense', anna] },
      context(),
    )
    expect(states.map(({ state: one }) => one)).toEqual(['sealed', 'postcard', 'malformed', 'sealed'])
    expect(states[1]?.reason).toBe('no-certificate')
  })

  it('completes names and addresses, beginnings first', async () => {
    const found = await call(composeProcedures.complete, { query: 'jon' }, context())
    expect(found).toEqual([{ name: 'jonas', address: jonas, state: 'sealed' }])
    expect(
      (await call(composeProcedures.complete, { query: 'berger' }, context())).map(({ address }) => address),
    ).toEqual([anna])
    expect(await call(composeProcedures.complete, { query: '' }, context())).toEqual([])
  })

  it('offers the addresses of the accounts, with the identity that signs for them', async () => {
    const senders = await call(composeProcedures.senders, undefined, context())
    expect(senders).toMatchObject([{ address: anna, name: 'Anna Berger', canSign: true }])
  })
})

describe('accounts', () => {
  it('proves an account and remembers the outcome', async () => {
    const [account] = await call(accountsProcedures.list, undefined, context())
    const proved = await call(accountsProcedures.test, { id: account!.id }, context())
    expect(proved.lastProof).toMatchObject({
      submission: { ok: true, tls: { nameMatched: true } },
      mailbox: { ok: true, tls: { nameMatched: true } },
    })
    await expect(call(accountsProcedures.remove, { id: account!.id }, context())).rejects.toMatchObject({
      code: 'sandbox-only',
    })
  })

  it('opens a mail from the mailbox', async () => {
    const [account] = await call(accountsProcedures.list, undefined, context())
    await send(draft())
    const { mails } = await call(mailboxProcedures.list, { accountId: account!.id, folder: 'Sent' }, context())
    const opened = await call(
      mailboxProcedures.open,
      { accountId: account!.id, folder: 'Sent', uid: mails[0]!.uid },
      context(),
    )
    expect(opened).toMatchObject({
      subject: 'Plans for the garden',
      report: { verdict: { signature: 'good', encryption: 'decrypted' } },
    })
  })

  it('says that the sandbox is not running when its servers are gone', async () => {
    const [account] = await call(accountsProcedures.list, undefined, context())
    const running = state
    state = undefined
    await expect(call(mailboxProcedures.folders, { accountId: account!.id }, context())).rejects.toMatchObject({
      code: 'sandbox-not-running',
    })
    state = running
  })
})

describe('a locked vault', () => {
  it('sends nothing, lists nothing, and keeps drafts shut', async () => {
    const saved = await call(composeProcedures.saveDraft, { draft: { subject: 'half a thought' } }, context())
    expect(await call(composeProcedures.drafts, undefined, context())).toMatchObject([
      { id: saved.id, draft: { subject: 'half a thought' } },
    ])
    session.context.application.vault.lock()
    await expect(send(draft())).rejects.toMatchObject({ code: 'locked' })
    await expect(call(composeProcedures.drafts, undefined, context())).rejects.toMatchObject({ code: 'locked' })
    expect(await call(composeProcedures.outbox, undefined, context())).toEqual([])
    expect(received).toEqual([])
    expectSuccess(await session.context.application.vault.unlock('a passphrase for tests'))
    await call(composeProcedures.discardDraft, { id: saved.id }, context())
    expect(await call(composeProcedures.drafts, undefined, context())).toEqual([])
  })
})
