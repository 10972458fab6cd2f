import { SMTPServer, type SMTPServerOptions } from 'smtp-server'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { expectSuccess } from '../../base/result.ts'
import { type ServerCertificate, serverCertificate, type TestAuthority, testServerAuthority } from '../testServers.ts'
import { proveSubmission, type SubmissionInput, submit } from './submit.ts'

const password = 'correct horse'
const message = Buffer.from('From: a@example.org\r\nSubject: Hi\r\n\r\n.A dot first\r\nsecret text\r\n')

let authority: TestAuthority
let good: ServerCertificate
const closing: (() => Promise<void>)[] = []

beforeAll(async () => {
  authority = await testServerAuthority()
  good = await serverCertificate(authority)
})
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})
afterAll(() => {
  expect(closing).toEqual([])
})

interface Received {
  readonly from: string
  readonly to: readonly string[]
  readonly body: string
  readonly secure: boolean
}

async function smtpServer(options: SMTPServerOptions = {}): Promise<{ port: number; received: Received[] }> {
  const received: Received[] = []
  const server = new SMTPServer({
    ...good,
    authMethods: ['PLAIN', 'LOGIN'],
    onAuth: (auth, _session, done) =>
      auth.username === 'anna' && auth.password === password
        ? done(null, { user: 'anna' })
        : done(Object.assign(new Error(`5.7.8 not with ${auth.password}`), { responseCode: 535 })),
    onData(stream, session, done) {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope
        received.push({
          from: mailFrom ? mailFrom.address : '',
          to: rcptTo.map(({ address }) => address),
          body: Buffer.concat(chunks).toString('latin1'),
          secure: session.secure,
        })
        done(null, 'taken as 4711')
      })
    },
    ...options,
  })
  server.on('error', () => undefined)
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve())
  })
  closing.push(() => new Promise((resolve) => server.close(() => resolve())))
  const address = server.server.address()
  return { port: typeof address === 'object' && address ? address.port : 0, received }
}

function input(
  port: number,
  changes: Partial<SubmissionInput> & { security?: 'tls' | 'starttls' } = {},
): SubmissionInput {
  const { security = 'starttls', ...rest } = changes
  return {
    account: { submission: { host: 'localhost', port, security, user: 'anna' } },
    password,
    envelope: { from: 'anna@example.org', to: ['jonas@example.org'] },
    message: [message],
    size: message.length,
    ca: authority.ca,
    ...rest,
  }
}

describe('handing a message in', () => {
  it('secures the connection with STARTTLS, signs in, and says what was negotiated and answered', async () => {
    const { port, received } = await smtpServer()
    const progress: number[] = []
    const outcome = expectSuccess(await submit(input(port, { onProgress: (sent) => progress.push(sent) })))
    expect(received).toEqual([
      { from: 'anna@example.org', to: ['jonas@example.org'], body: message.toString('latin1'), secure: true },
    ])
    expect(outcome.tls).toMatchObject({ serverName: 'localhost', nameMatched: true, forwardSecrecy: true })
    expect(outcome.tls.protocol).toMatch(/^TLSv1\.[23]$/)
    expect(outcome).toMatchObject({ server: 'localhost', accepted: ['jonas@example.org'], rejected: [] })
    expect(outcome.response).toMatch(/^250 .*4711/)
    expect(progress.at(-1)).toBe(message.length)
  })

  it('speaks TLS from the first byte where the account says so', async () => {
    const { port, received } = await smtpServer({ secure: true })
    expectSuccess(await submit(input(port, { security: 'tls' })))
    expect(received).toHaveLength(1)
  })

  it('keeps the password out of the transcript, and the message too', async () => {
    const { port } = await smtpServer()
    const { transcript } = expectSuccess(await submit(input(port)))
    const text = transcript.map((line) => `${line.direction} ${line.text}`).join('\n')
    expect(text).toMatch(/^server 220 /)
    expect(text).toContain('client STARTTLS')
    expect(text).toContain('note TLSv1.')
    expect(text).toContain('client AUTH PLAIN ********')
    expect(text).toContain('client MAIL FROM:<anna@example.org>')
    expect(text).not.toContain(password)
    expect(text).not.toContain(Buffer.from(`\0anna\0${password}`).toString('base64'))
    expect(text).not.toContain('secret text')
  })

  it.each(['LOGIN', 'CRAM-MD5'])('signs in with %s where nothing else is offered', async (method) => {
    const { port, received } = await smtpServer({
      authMethods: [method],
      onAuth: (auth, _session, done) =>
        auth.password === password || (auth.validatePassword?.(password) ?? false)
          ? done(null, { user: 'anna' })
          : done(new Error('no')),
    })
    const { transcript } = expectSuccess(await submit(input(port)))
    expect(JSON.stringify(transcript)).not.toContain(Buffer.from(password).toString('base64'))
    expect(received).toHaveLength(1)
  })

  it('streams a message of 60 MB', async () => {
    const piece = Buffer.alloc(1_048_576, `${'x'.repeat(74)}\r\n`)
    let length = 0
    const { port } = await smtpServer({
      onData(stream, _session, done) {
        stream.on('data', (chunk: Buffer) => {
          length += chunk.length
        })
        stream.on('end', () => done(null))
      },
    })
    let handed = 0
    let furthestAhead = 0
    async function* pieces(): AsyncGenerator<Uint8Array> {
      for (let count = 0; count < 60; count += 1) {
        handed += piece.length
        furthestAhead = Math.max(furthestAhead, handed - length)
        yield piece
      }
    }
    expectSuccess(await submit(input(port, { message: pieces(), size: 60 * piece.length })))
    expect(length).toBeGreaterThanOrEqual(60 * piece.length)
    // Backpressure: what is read ahead of the server stays in a few buffers.
    expect(furthestAhead).toBeLessThan(20 * piece.length)
  })

  it('reports rejected recipients beside the accepted ones', async () => {
    const { port, received } = await smtpServer({
      onRcptTo: ({ address }, _session, done) =>
        address.startsWith('nobody')
          ? done(Object.assign(new Error('5.1.1 nobody here'), { responseCode: 550 }))
          : done(),
    })
    const to = ['jonas@example.org', 'nobody@example.org']
    const outcome = expectSuccess(await submit(input(port, { envelope: { from: 'anna@example.org', to } })))
    expect(outcome.accepted).toEqual(['jonas@example.org'])
    expect(outcome.rejected).toEqual([
      { address: 'nobody@example.org', response: expect.stringContaining('nobody here') },
    ])
    expect(received[0]?.to).toEqual(['jonas@example.org'])
  })

  it('says the ASCII form of a domain, and a local part in UTF-8 only to a server that takes it', async () => {
    const { port, received } = await smtpServer()
    const to = ['jonas@bücher.example', 'jürgen@bücher.example']
    expectSuccess(await submit(input(port, { envelope: { from: 'anna@example.org', to } })))
    expect(received[0]?.to).toHaveLength(2)
    // The option is missing from the server's types, not from the server.
    const plain = await smtpServer({ hideSMTPUTF8: true } as SMTPServerOptions)
    const refused = await submit(input(plain.port, { envelope: { from: 'anna@example.org', to } }))
    expect(refused).toEqual({
      ok: false,
      error: { code: 'recipients-refused', recipients: 'jürgen@bücher.example', response: 'SMTPUTF8' },
    })
    const asciiOnly = { from: 'anna@example.org', to: ['jonas@bücher.example'] }
    const { transcript } = expectSuccess(await submit(input(plain.port, { envelope: asciiOnly })))
    expect(transcript.map(({ text }) => text)).toContain('RCPT TO:<jonas@xn--bcher-kva.example>')
  })
})

describe('a submission that is refused', () => {
  it('ends before the message when the server takes less', async () => {
    const { port, received } = await smtpServer({ size: 1000 })
    const refused = await submit(input(port, { size: 5000 }))
    expect(refused).toEqual({ ok: false, error: { code: 'message-too-large', size: 5000, limit: 1000 } })
    expect(received).toEqual([])
  })

  it('says that the password is wrong, without repeating it for the server', async () => {
    const { port } = await smtpServer()
    const refused = await submit(input(port, { password: 'hunter2222' }))
    expect(refused).toMatchObject({
      ok: false,
      error: { code: 'authentication-refused', host: 'localhost', user: 'anna' },
    })
    expect(JSON.stringify(refused)).toContain('not with ********')
    expect(JSON.stringify(refused)).not.toContain('hunter2222')
  })

  it('says that the server offers no way to sign in', async () => {
    const { port } = await smtpServer({ authMethods: ['XOAUTH2'] })
    expect(await submit(input(port))).toEqual({
      ok: false,
      error: { code: 'authentication-unavailable', host: 'localhost' },
    })
  })

  it('ends before the message when it has bytes that the server does not take', async () => {
    const { port, received } = await smtpServer({ hide8BITMIME: true })
    expect(await submit(input(port, { eightBit: true }))).toEqual({
      ok: false,
      error: { code: 'message-refused', response: '8BITMIME' },
    })
    expect(received).toEqual([])
    expectSuccess(await submit(input((await smtpServer()).port, { eightBit: true })))
  })

  it('tells sender, recipients and message apart', async () => {
    const no = (text: string) => Object.assign(new Error(text), { responseCode: 550 })
    const sender = await smtpServer({ onMailFrom: (_address, _session, done) => done(no('not yours')) })
    expect(await submit(input(sender.port))).toMatchObject({ ok: false, error: { code: 'sender-refused' } })
    const recipients = await smtpServer({ onRcptTo: (_address, _session, done) => done(no('unknown')) })
    expect(await submit(input(recipients.port))).toMatchObject({
      ok: false,
      error: {
        code: 'recipients-refused',
        recipients: 'jonas@example.org',
        response: expect.stringContaining('unknown'),
      },
    })
    const content = await smtpServer({
      onData(stream, _session, done) {
        stream.resume()
        stream.on('end', () => done(no('spam')))
      },
    })
    expect(await submit(input(content.port))).toMatchObject({
      ok: false,
      error: { code: 'message-refused', response: expect.stringContaining('spam') },
    })
  })

  it('ends with the caller, and the server has no whole message', async () => {
    const { port, received } = await smtpServer()
    const abort = new AbortController()
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (let count = 0; count < 1000; count += 1) {
        if (count === 20) abort.abort()
        await new Promise((resolve) => setTimeout(resolve, 1))
        yield Buffer.from('line\r\n')
      }
    }
    const cancelled = await submit(input(port, { message: endless(), size: 6000, signal: abort.signal }))
    expect(cancelled).toEqual({ ok: false, error: { code: 'cancelled' } })
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(received).toEqual([])
  })

  it('hands nothing in when the message can not be read to its end', async () => {
    const { port, received } = await smtpServer()
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield message
      throw new Error('piece is gone')
    }
    const failed = await submit(input(port, { message: broken(), size: 1000 }))
    expect(failed).toMatchObject({ ok: false, error: { code: 'message-unreadable' } })
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(received).toEqual([])
  })
})

describe('proving an account', () => {
  it('signs in and sends nothing', async () => {
    const { port, received } = await smtpServer()
    const tls = expectSuccess(await proveSubmission(input(port)))
    expect(tls).toMatchObject({ serverName: 'localhost', nameMatched: true })
    expect(received).toEqual([])
  })
})
