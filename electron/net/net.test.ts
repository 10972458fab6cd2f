import { createServer as createHttpsServer, type Server as HttpsServer } from 'node:https'
import { createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { utf8Text } from '../base/bytes.ts'
import { expectSuccess } from '../base/result.ts'
import {
  type ServerCertificate,
  serverCertificate,
  type TestAuthority,
  testServerAuthority,
} from '../mail/testServers.ts'
import { openTcp, openTls } from './connect.ts'
import { connectFailure } from './connectFailure.ts'
import { request } from './https.ts'
import { describeTls, hasForwardSecrecy, printable } from './tls.ts'

let authority: TestAuthority
let good: ServerCertificate
let wrongName: ServerCertificate
let expired: ServerCertificate
const servers: (Server | HttpsServer)[] = []
const sockets = new Set<Socket>()

beforeAll(async () => {
  authority = await testServerAuthority()
  good = await serverCertificate(authority)
  wrongName = await serverCertificate(authority, { names: ['mail.attacker.example'] })
  expired = await serverCertificate(authority, { expired: true })
})
afterEach(async () => {
  for (const socket of sockets) socket.destroy()
  sockets.clear()
  for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve))
})

async function listening<Kind extends Server | HttpsServer>(server: Kind): Promise<number> {
  servers.push(server)
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
  })
  server.on('tlsClientError', (_error: unknown, socket: Socket) => socket.destroy())
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve())
  })
  const address = server.address()
  return typeof address === 'object' && address ? address.port : 0
}

const to = (port: number) => ({ host: 'localhost', port, timeoutMs: 60_000 })

describe('a connection', () => {
  it('is described by what was negotiated', async () => {
    const port = await listening(createTlsServer(good))
    const socket = expectSuccess(await openTls({ ...to(port), ca: authority.ca }))
    const facts = describeTls(socket, 'localhost')
    expect(facts).toMatchObject({
      protocol: 'TLSv1.3',
      forwardSecrecy: true,
      serverName: 'localhost',
      nameMatched: true,
    })
    expect(facts?.cipher).toMatch(/^TLS_/)
    socket.destroy()
    await new Promise((resolve) => socket.once('close', resolve))
    expect(describeTls(socket, 'localhost')).toBeUndefined()
  })

  it('does not come about with a certificate for another name, and names it', async () => {
    const port = await listening(createTlsServer(wrongName))
    expect(await openTls({ ...to(port), ca: authority.ca })).toEqual({
      ok: false,
      error: { code: 'certificate-mismatch', host: 'localhost', names: 'mail.attacker.example' },
    })
  })

  it('does not come about with an expired or an unknown certificate', async () => {
    const late = await listening(createTlsServer(expired))
    expect(await openTls({ ...to(late), ca: authority.ca })).toMatchObject({
      ok: false,
      error: { code: 'certificate-expired', notAfter: expect.stringMatching(/^\d{4}-\d\d-\d\dT/) },
    })
    const unknown = await listening(createTlsServer(good))
    expect(await openTls(to(unknown))).toEqual({
      ok: false,
      error: { code: 'certificate-untrusted', host: 'localhost', reason: 'unknown-issuer' },
    })
  })

  it('does not come about with an old TLS', async () => {
    const port = await listening(
      createTlsServer({ ...good, minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' }),
    )
    expect(await openTls({ ...to(port), ca: authority.ca })).toMatchObject({ ok: false, error: { code: 'tls-failed' } })
  })

  it('does not come about with a server that speaks something else', async () => {
    const port = await listening(createServer((socket) => socket.end('220 mail.example\r\n')))
    expect(await openTls(to(port))).toMatchObject({ ok: false, error: { code: 'tls-failed', host: 'localhost' } })
  })

  it('ends in time with a server that says nothing', async () => {
    const port = await listening(createServer(() => {}))
    expect(await openTls({ ...to(port), timeoutMs: 200 })).toEqual({
      ok: false,
      error: { code: 'timeout', host: 'localhost', seconds: 1 },
    })
  })

  it('ends with the caller, before or during', async () => {
    const port = await listening(createServer(() => {}))
    expect(await openTls({ ...to(port), signal: AbortSignal.abort() })).toEqual({
      ok: false,
      error: { code: 'cancelled' },
    })
    const abort = new AbortController()
    setTimeout(() => abort.abort(), 50)
    expect(await openTls({ ...to(port), signal: abort.signal })).toEqual({ ok: false, error: { code: 'cancelled' } })
  })

  it('says that nobody listens there', async () => {
    const port = await listening(createServer(() => {}))
    await new Promise((resolve) => servers.pop()?.close(resolve))
    expect(await openTcp(to(port))).toEqual({ ok: false, error: { code: 'connect-refused', host: 'localhost', port } })
  })

  it('hands over a socket that still has its first bytes', async () => {
    const port = await listening(createServer((socket) => socket.write('220 hello\r\n')))
    const socket = expectSuccess(await openTcp(to(port)))
    await new Promise((resolve) => setTimeout(resolve, 50))
    const first = await new Promise<Buffer>((resolve) => socket.once('data', resolve))
    expect(first.toString()).toBe('220 hello\r\n')
    socket.destroy()
  })
})

describe('an https request', () => {
  async function site(handler: Parameters<typeof createHttpsServer>[1]): Promise<string> {
    return `https://localhost:${await listening(createHttpsServer(good, handler))}`
  }

  it('gives status, fields and body of any answer', async () => {
    const url = await site((incoming, outgoing) => {
      outgoing.writeHead(404, { 'Replay-Nonce': 'abc' })
      outgoing.end(`${incoming.method} ${incoming.url}`)
    })
    const answer = expectSuccess(await request({ url: `${url}/here?x=1`, ca: authority.ca }))
    expect(answer).toMatchObject({ status: 404, headers: { 'replay-nonce': 'abc' }, tls: { nameMatched: true } })
    expect(utf8Text(answer.body)).toBe('GET /here?x=1')
  })

  it('posts a body', async () => {
    const url = await site((incoming, outgoing) => {
      incoming.pipe(outgoing)
    })
    const answer = expectSuccess(await request({ url, ca: authority.ca, body: Buffer.from('order') }))
    expect(utf8Text(answer.body)).toBe('order')
  })

  it.each(['http://localhost/', 'file:///etc/passwd', 'https://user:secret@localhost/', 'nonsense'])(
    'is refused for %s',
    async (url) => {
      expect(await request({ url })).toMatchObject({ ok: false, error: { code: 'not-https' } })
    },
  )

  it('stops at the limit for the body', async () => {
    const url = await site((_incoming, outgoing) => {
      outgoing.write('x'.repeat(5000))
    })
    expect(await request({ url, ca: authority.ca, maxBytes: 1000 })).toEqual({
      ok: false,
      error: { code: 'too-large', limit: 1000 },
    })
  })

  it('ends in time with a server that trickles', async () => {
    const timers: NodeJS.Timeout[] = []
    const url = await site((_incoming, outgoing) => {
      timers.push(setInterval(() => outgoing.write('x'), 50))
    })
    expect(await request({ url, ca: authority.ca, timeoutMs: 300 })).toMatchObject({
      ok: false,
      error: { code: 'timeout' },
    })
    for (const timer of timers) clearInterval(timer)
  })

  it('notices that the answer breaks off', async () => {
    const url = await site((_incoming, outgoing) => {
      outgoing.writeHead(200, { 'content-length': '100' })
      outgoing.write('half')
      setTimeout(() => outgoing.destroy(), 20)
    })
    expect(await request({ url, ca: authority.ca })).toMatchObject({ ok: false, error: { code: 'protocol-violation' } })
  })

  it('follows a redirect only when told to, only to https, and never with a body', async () => {
    const url = await site((incoming, outgoing) => {
      if (incoming.url === '/end') outgoing.end('here')
      else
        outgoing
          .writeHead(302, {
            location: incoming.url === '/down' ? 'http://localhost/' : incoming.url === '/loop' ? '/loop' : '/end',
          })
          .end()
    })
    const ask = (path: string, more = {}) => request({ url: `${url}${path}`, ca: authority.ca, ...more })
    expect(expectSuccess(await ask('/start')).status).toBe(302)
    expect(utf8Text(expectSuccess(await ask('/start', { redirects: 2 })).body)).toBe('here')
    expect(await ask('/down', { redirects: 2 })).toMatchObject({ ok: false, error: { code: 'not-https' } })
    expect(await ask('/loop', { redirects: 2 })).toMatchObject({ ok: false, error: { code: 'too-many-redirects' } })
    expect(expectSuccess(await ask('/start', { redirects: 2, body: Buffer.from('x') })).status).toBe(302)
  })

  it('says why the connection did not come about', async () => {
    const url = await site(() => {})
    expect(await request({ url })).toMatchObject({ ok: false, error: { code: 'certificate-untrusted' } })
  })
})

describe('failures and text', () => {
  it('are told apart by the code of the system, also under a code of a library', () => {
    const destination = { host: 'mail.example', port: 465, seconds: 30 }
    const of = (error: object) => connectFailure(error, destination)
    expect(of({ code: 'ENOTFOUND' })).toEqual({ code: 'no-network', host: 'mail.example' })
    expect(of({ code: 'ESOCKET', originalCode: 'ECONNREFUSED' })).toMatchObject({ code: 'connect-refused', port: 465 })
    expect(of({ code: 'ERR_SSL_WRONG_VERSION_NUMBER' })).toMatchObject({
      code: 'tls-failed',
      reason: 'wrong-version-number',
    })
    expect(of({ code: 'EAUTH' })).toBeUndefined()
    expect(connectFailure('no object', destination)).toBeUndefined()
  })

  it('are cleaned of what moves a cursor or turns text around', () => {
    expect(printable('a\r\nb\u001b[31m\u202ec', 100)).toBe('a b [31m c')
    expect(printable('x'.repeat(50), 10)).toBe(`${'x'.repeat(10)}…`)
  })

  it('know forward secrecy by the name of the cipher', () => {
    expect(hasForwardSecrecy('TLSv1.3', 'TLS_AES_256_GCM_SHA384')).toBe(true)
    expect(hasForwardSecrecy('TLSv1.2', 'ECDHE-RSA-AES256-GCM-SHA384')).toBe(true)
    expect(hasForwardSecrecy('TLSv1.2', 'AES256-GCM-SHA384')).toBe(false)
  })
})
