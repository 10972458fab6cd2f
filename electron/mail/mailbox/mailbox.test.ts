import hoodiecrow, { type HoodiecrowServer } from 'hoodiecrow-imap'
import { afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { expectSuccess } from '../../base/result.ts'
import { type ServerCertificate, serverCertificate, type TestAuthority, testServerAuthority } from '../testServers.ts'
import { type Mailbox, openMailbox, proveMailbox } from './mailbox.ts'
import { type MailboxInput, usualMailboxLimits } from './session.ts'

const password = 'correct horse'
const mail = (subject: string, type = 'text/plain') =>
  [
    'From: =?utf-8?q?J=C3=BCrgen?= <jonas@example.org>',
    'To: Anna <anna@example.org>',
    `Subject: ${subject}`,
    'Date: Mon, 23 Nov 2026 10:00:00 +0000',
    `Content-Type: ${type}`,
    '',
    'Hello',
    '',
  ].join('\r\n')

let authority: TestAuthority
let good: ServerCertificate
const closing: (() => Promise<void>)[] = []

beforeAll(async () => {
  authority = await testServerAuthority()
  good = await serverCertificate(authority)
})
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

interface Options {
  readonly plugins?: readonly string[]
  readonly messages?: readonly string[]
  readonly implicitTls?: boolean
}

async function imapServer(options: Options = {}): Promise<{ server: HoodiecrowServer; port: number }> {
  const {
    plugins = ['ID', 'IDLE', 'SPECIAL-USE', 'UIDPLUS', 'AUTH-PLAIN'],
    messages = [],
    implicitTls = true,
  } = options
  const server = hoodiecrow({
    plugins,
    secureConnection: implicitTls,
    credentials: good,
    users: { anna: { password } },
    storage: {
      INBOX: { messages: messages.map((raw) => ({ raw })) },
      '': { folders: { Gesendet: { 'special-use': '\\Sent' }, Drafts: { 'special-use': '\\Drafts' } } },
    },
  } as unknown as Parameters<typeof hoodiecrow>[0])
  const listening = server as unknown as {
    listen(port: number, done: () => void): void
    close(done: () => void): void
    server: { address(): { port: number } }
  }
  await new Promise<void>((resolve) => listening.listen(0, resolve))
  closing.push(() => new Promise((resolve) => listening.close(resolve)))
  return { server, port: listening.server.address().port }
}

function input(port: number, changes: Partial<MailboxInput> & { security?: 'tls' | 'starttls' } = {}): MailboxInput {
  const { security = 'tls', ...rest } = changes
  return {
    account: { mailbox: { host: 'localhost', port, security, user: 'anna' } },
    password,
    ca: authority.ca,
    limits: { ...usualMailboxLimits, connect: 5000, command: 5000, poll: 100 },
    ...rest,
  }
}

async function opened(port: number, changes: Parameters<typeof input>[1] = {}): Promise<Mailbox> {
  const mailbox = expectSuccess(await openMailbox(input(port, changes)))
  closing.push(() => mailbox.close())
  return mailbox
}

describe('a mailbox', () => {
  it('names its folders and what they are for', async () => {
    const { port } = await imapServer()
    const mailbox = await opened(port)
    expect(mailbox.tls).toMatchObject({ serverName: 'localhost', nameMatched: true })
    expect(expectSuccess(await mailbox.folders())).toEqual(
      expect.arrayContaining([
        { path: 'INBOX', name: 'INBOX', use: 'inbox' },
        { path: 'Gesendet', name: 'Gesendet', use: 'sent' },
        { path: 'Drafts', name: 'Drafts', use: 'drafts' },
      ]),
    )
  })

  it('lists the newest mails first, a page at a time', async () => {
    const { port } = await imapServer({ messages: [1, 2, 3, 4, 5].map((count) => mail(`Number ${count}`)) })
    const mailbox = await opened(port)
    const first = expectSuccess(await mailbox.list('INBOX', { limit: 2 }))
    expect(first.total).toBe(5)
    expect(first.mails.map(({ subject }) => subject)).toEqual(['Number 5', 'Number 4'])
    const next = expectSuccess(await mailbox.list('INBOX', { limit: 2, before: first.mails.at(-1)?.uid }))
    expect(next.mails.map(({ subject }) => subject)).toEqual(['Number 3', 'Number 2'])
    const last = expectSuccess(await mailbox.list('INBOX', { limit: 2, before: next.mails.at(-1)?.uid }))
    expect(last.mails.map(({ subject }) => subject)).toEqual(['Number 1'])
    expect(last.mails[0]).toMatchObject({
      from: { name: 'Jürgen', address: 'jonas@example.org' },
      to: [{ name: 'Anna', address: 'anna@example.org' }],
      date: '2026-11-23T10:00:00.000Z',
      seen: false,
      claims: 'plain',
    })
  })

  it('says what a mail claims to be before it is opened', async () => {
    const { port } = await imapServer({
      messages: [
        mail('enveloped', 'application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m'),
        mail('opaque', 'application/pkcs7-mime; smime-type=signed-data; name=smime.p7m'),
        mail('plain'),
      ],
    })
    const { mails } = expectSuccess(await (await opened(port)).list('INBOX', { limit: 10 }))
    expect(mails.map(({ claims }) => claims)).toEqual(['plain', 'signed', 'encrypted'])
  })

  it('fetches one mail byte for byte, and refuses one that is too large', async () => {
    const raw = mail('whole')
    const { port } = await imapServer({ messages: [raw] })
    const mailbox = await opened(port)
    const [{ uid } = { uid: 0 }] = expectSuccess(await mailbox.list('INBOX', { limit: 1 })).mails
    expect(Buffer.from(expectSuccess(await mailbox.fetch('INBOX', uid))).toString('latin1')).toBe(raw)
    expect(await mailbox.fetch('INBOX', uid, 20)).toEqual({
      ok: false,
      error: { code: 'too-large', limit: 20, size: raw.length },
    })
    expect(await mailbox.fetch('INBOX', uid + 100)).toEqual({ ok: false, error: { code: 'not-found', what: 'mail' } })
    expect(await mailbox.fetch('Nowhere', uid)).toEqual({ ok: false, error: { code: 'not-found', what: 'folder' } })
  })

  it('finds what came since a uid, on a connection that was open before', async () => {
    const { server, port } = await imapServer()
    const mailbox = await opened(port)
    expect(expectSuccess(await mailbox.lastUid('INBOX'))).toBe(0)
    expect(expectSuccess(await mailbox.newMails(0))).toEqual([])
    server.appendMessage('INBOX', [], new Date(), mail('first'))
    server.appendMessage('INBOX', [], new Date(), mail('second'))
    const arrived = expectSuccess(await mailbox.newMails(0))
    expect(arrived.map(({ subject }) => subject)).toEqual(['first', 'second'])
    const last = expectSuccess(await mailbox.lastUid('INBOX'))
    expect(last).toBe(arrived.at(-1)?.uid)
    expect(expectSuccess(await mailbox.newMails(last))).toEqual([])
  })

  it('finds what came since a day, the newest first and no more than is wanted, and leaves it unread', async () => {
    const { server, port } = await imapServer()
    const mailbox = await opened(port)
    const day = new Date('2026-11-20T00:00:00Z')
    const nothing = expectSuccess(await mailbox.mailsSince(day, 'INBOX', 5))
    expect(nothing).toEqual({ mails: [], total: 0 })
    for (const [date, subject] of [
      ['2026-11-18', 'old'],
      ['2026-11-20', 'same day'],
      ['2026-11-22', 'later'],
      ['2026-11-23', 'last'],
    ] as const) {
      server.appendMessage('INBOX', [], new Date(`${date}T12:00:00Z`), mail(subject))
    }
    const since = expectSuccess(await mailbox.mailsSince(day, 'INBOX', 2))
    expect(since).toMatchObject({ total: 3, mails: [{ subject: 'last' }, { subject: 'later', seen: false }] })
    expect(expectSuccess(await mailbox.mailsSince(day, 'INBOX', 0))).toEqual({ mails: [], total: 3 })
  })

  it('files a copy in the folder for sent mail, read', async () => {
    const { port } = await imapServer()
    const mailbox = await opened(port)
    expect(expectSuccess(await mailbox.fileInSent(Buffer.from(mail('sent'))))).toBe('Gesendet')
    const { mails } = expectSuccess(await mailbox.list('Gesendet', { limit: 10 }))
    expect(mails).toMatchObject([{ subject: 'sent', seen: true }])
  })

  it.each([
    ['a server with IDLE', ['IDLE']],
    ['a server without IDLE', []],
  ])('notices new mail on %s', async (_what, plugins) => {
    const { server, port } = await imapServer({ plugins, messages: [mail('old')] })
    const abort = new AbortController()
    const mailbox = await opened(port, { signal: abort.signal })
    const changes = mailbox.watch('INBOX')
    // What comes before the connection stands is no change: more follows, until it is told of.
    const arriving = setInterval(() => server.appendMessage('INBOX', [], new Date(), mail('new')), 300)
    onTestFinished(() => clearInterval(arriving))
    for (let times = 0; times < 2; times++) {
      expect(await changes.next()).toEqual({ done: false, value: { ok: true, value: 'changed' } })
    }
    clearInterval(arriving)
    setTimeout(() => abort.abort(), 100)
    const end = await changes.next()
    // The end is an end, or the failure that the cancelled question had; never another change.
    expect(end.done || !end.value.ok).toBe(true)
  })

  it('is reached by STARTTLS too', async () => {
    const { port } = await imapServer({
      plugins: ['STARTTLS', 'LOGINDISABLED'],
      implicitTls: false,
      messages: [mail('hi')],
    })
    const mailbox = await opened(port, { security: 'starttls' })
    expect(mailbox.tls.nameMatched).toBe(true)
    expect(expectSuccess(await mailbox.list('INBOX', { limit: 1 })).total).toBe(1)
  })

  it('says that the password is wrong', async () => {
    const { port } = await imapServer()
    expect(await openMailbox(input(port, { password: 'wrong' }))).toMatchObject({
      ok: false,
      error: { code: 'authentication-refused', host: 'localhost', user: 'anna' },
    })
  })

  it('proves that an account works', async () => {
    const { port } = await imapServer()
    expect(expectSuccess(await proveMailbox(input(port)))).toMatchObject({ nameMatched: true, forwardSecrecy: true })
  })
})
