import { createServer as createHttpServer, type RequestListener, type Server } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { createServer as createTcpServer, type Server as TcpServer } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { utf8Text } from '../base/bytes.ts'
import { expectSuccess } from '../base/result.ts'
import { serverCertificate, testServerAuthority } from '../mail/testServers.ts'
import { type FetchRequest, fetchBytes } from './http.ts'
import { isInsideAddress, isLocalAddress } from './localAddress.ts'

const servers: (Server | TcpServer)[] = []
const closing: (() => void)[] = []

afterEach(async () => {
  for (const close of closing.splice(0)) close()
  for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve))
})

async function listening(server: Server | TcpServer): Promise<number> {
  servers.push(server)
  server.on('connection', (socket: import('node:net').Socket) => {
    closing.push(() => socket.destroy())
    socket.on('error', () => socket.destroy())
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve())
  })
  const address = server.address()
  return typeof address === 'object' && address ? address.port : 0
}

async function site(handler: RequestListener): Promise<string> {
  return `http://127.0.0.1:${await listening(createHttpServer(handler))}`
}

const get = (url: string, more: Partial<FetchRequest> = {}) =>
  fetchBytes({ url, maxBytes: 10_000, localAddresses: true, ...more })

describe('fetching', () => {
  it('gets a body, whatever media type it claims', async () => {
    const url = await site((incoming, outgoing) => {
      outgoing.writeHead(200, { 'content-type': 'text/html' }).end(`${incoming.method} ${incoming.url}`)
    })
    const answer = expectSuccess(await get(`${url}/list.crl?a=1`))
    expect(answer.url).toBe(`${url}/list.crl?a=1`)
    expect(utf8Text(answer.body)).toBe('GET /list.crl?a=1')
  })

  it('says when it was sent, by the server’s word and the time that it waited in a cache', async () => {
    let headers: Record<string, string> = {}
    const url = await site((_incoming, outgoing) => {
      outgoing.sendDate = false
      outgoing.writeHead(200, headers).end()
    })
    const dateOf = async (changes: Record<string, string>) => {
      headers = changes
      return expectSuccess(await get(url)).date?.toISOString()
    }
    const date = 'Mon, 01 Jun 2026 12:00:00 GMT'
    expect(await dateOf({ date })).toBe('2026-06-01T12:00:00.000Z')
    expect(await dateOf({ date, age: '90' })).toBe('2026-06-01T12:01:30.000Z')
    expect(await dateOf({ date, age: '-90' })).toBeUndefined()
    expect(await dateOf({ date: 'Monday, 01-Jun-26 12:00:00 GMT' })).toBeUndefined()
    expect(await dateOf({ date: 'Mon, 99 Jun 2026 12:00:00 GMT' })).toBeUndefined()
    expect(await dateOf({})).toBeUndefined()
  })

  it('posts a body', async () => {
    const url = await site((incoming, outgoing) => {
      outgoing.writeHead(200, { 'x-method': incoming.method })
      incoming.pipe(outgoing)
    })
    expect(utf8Text(expectSuccess(await get(url, { body: Buffer.from('question') })).body)).toBe('question')
  })

  it('sends no cookies and no credentials, also after a redirect that sets some', async () => {
    const seen: (string | undefined)[] = []
    const url = await site((incoming, outgoing) => {
      seen.push(incoming.headers.cookie, incoming.headers.authorization)
      if (incoming.url === '/') outgoing.writeHead(302, { location: '/next', 'set-cookie': 'a=b' }).end()
      else outgoing.end('here')
    })
    expect((await get(`${url}/`)).ok).toBe(true)
    expect(seen).toEqual([undefined, undefined, undefined, undefined])
  })

  it('speaks verified TLS to https: addresses', async () => {
    const authority = await testServerAuthority()
    const port = await listening(
      createHttpsServer(await serverCertificate(authority), (_incoming, outgoing) => outgoing.end('safe')),
    )
    const url = `https://localhost:${port}/`
    expect(utf8Text(expectSuccess(await get(url, { ca: authority.ca })).body)).toBe('safe')
    expect(await get(url)).toEqual({
      ok: false,
      error: { code: 'unreachable', host: 'localhost', reason: 'certificate-untrusted' },
    })
  })

  it.each(['file:///etc/passwd', 'ldap://directory.example/cn=CA', 'http://user:secret@host.example/', 'nonsense', ''])(
    'refuses "%s"',
    async (url) => {
      expect(await get(url)).toEqual({ ok: false, error: { code: 'not-a-url', url } })
    },
  )

  it('says what an answer other than 200 was, also when it came to something that was posted', async () => {
    const url = await site((_incoming, outgoing) => outgoing.writeHead(404, { location: '/other' }).end('no'))
    expect(await get(url)).toEqual({ ok: false, error: { code: 'refused-status', host: '127.0.0.1', status: 404 } })
    const moved = await site((_incoming, outgoing) => outgoing.writeHead(307, { location: '/other' }).end())
    expect(await get(moved, { body: Buffer.from('x') })).toMatchObject({
      error: { code: 'refused-status', status: 307 },
    })
  })

  it('says that a name does not exist, that nobody listens, and that an answer breaks off', async () => {
    // No label has more than 63 characters (RFC 1035 §2.3.4), so that the name service needn't be asked.
    expect(await get(`http://${'a'.repeat(64)}.example/`)).toMatchObject({
      error: { code: 'unreachable', reason: 'name-not-found' },
    })
    const port = await listening(createTcpServer())
    await new Promise((resolve) => servers.pop()?.close(resolve))
    expect(await get(`http://127.0.0.1:${port}/`)).toEqual({
      ok: false,
      error: { code: 'unreachable', host: '127.0.0.1', reason: 'connect-refused' },
    })
    const half = await site((_incoming, outgoing) => {
      outgoing.writeHead(200, { 'content-length': '100' }).write('half')
      setTimeout(() => outgoing.destroy(), 20)
    })
    expect(await get(half)).toMatchObject({ error: { code: 'unreachable', reason: 'protocol-violation' } })
  })

  it('says that what answers is no web server', async () => {
    const port = await listening(createTcpServer((socket) => socket.end('SSH-2.0-OpenSSH_9.6\r\n')))
    expect(await get(`http://127.0.0.1:${port}/`)).toMatchObject({
      error: { code: 'unreachable', reason: 'protocol-violation' },
    })
  })

  it('takes no other protocol than HTTP, whatever the server switches to', async () => {
    const switching = 'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: other\r\n\r\n'
    const port = await listening(createTcpServer((socket) => socket.write(switching)))
    expect(await get(`http://127.0.0.1:${port}/`)).toMatchObject({
      error: { code: 'unreachable', reason: 'protocol-violation' },
    })
  })

  it('passes over interim answers, and an endless row of them ends in time', async () => {
    const interim = 'HTTP/1.1 103 Early Hints\r\n\r\n'
    const last = 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nhere'
    const patient = await listening(createTcpServer((socket) => socket.write(interim.repeat(3) + last)))
    expect(utf8Text(expectSuccess(await get(`http://127.0.0.1:${patient}/`)).body)).toBe('here')
    const endless = await listening(
      createTcpServer((socket) => {
        const timer = setInterval(() => socket.write(interim), 10)
        closing.push(() => clearInterval(timer))
      }),
    )
    expect(await get(`http://127.0.0.1:${endless}/`, { timeoutMs: 300 })).toMatchObject({
      error: { code: 'timed-out' },
    })
  })

  it('ends when the caller wants it to', async () => {
    const url = await site(() => {})
    const abort = new AbortController()
    setTimeout(() => abort.abort(), 50)
    expect(await get(url, { signal: abort.signal })).toEqual({ ok: false, error: { code: 'cancelled' } })
    expect(await get(url, { signal: abort.signal })).toEqual({ ok: false, error: { code: 'cancelled' } })
  })
})

describe('the limits of fetching', () => {
  it('end it with a server that says nothing', async () => {
    const url = await site(() => {})
    expect(await get(url, { timeoutMs: 200 })).toEqual({
      ok: false,
      error: { code: 'timed-out', host: '127.0.0.1', seconds: 1 },
    })
    // Longer than this test may take: only the silence can end it.
    expect(await get(url, { timeoutMs: 300_000, idleMs: 200 })).toMatchObject({ error: { code: 'timed-out' } })
  })

  it('end it with a server that trickles for ever', async () => {
    const url = await site((_incoming, outgoing) => {
      const timer = setInterval(() => outgoing.write('x'), 20)
      closing.push(() => clearInterval(timer))
    })
    expect(await get(url, { timeoutMs: 400, idleMs: 200 })).toMatchObject({ error: { code: 'timed-out' } })
  })

  it('end it with a body that has no end', async () => {
    const url = await site((_incoming, outgoing) => {
      const more = () => {
        while (!outgoing.destroyed && outgoing.write('x'.repeat(1000)));
        outgoing.once('drain', more)
      }
      more()
    })
    expect(await get(url)).toEqual({ ok: false, error: { code: 'too-large', limit: 10_000 } })
  })

  it('take a body of exactly the limit, in whatever pieces', async () => {
    const count = 150_000
    const port = await listening(
      createTcpServer((socket) => {
        socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n')
        socket.end(`${'1\r\nx\r\n'.repeat(count)}0\r\n\r\n`)
      }),
    )
    const url = `http://127.0.0.1:${port}/`
    expect(expectSuccess(await get(url, { maxBytes: count })).body).toHaveLength(count)
    expect(await get(url, { maxBytes: count - 1 })).toMatchObject({ error: { code: 'too-large' } })
  })

  it('hold for header lines that have no end', async () => {
    const port = await listening(
      createTcpServer((socket) => {
        socket.write('HTTP/1.1 200 OK\r\n')
        const timer = setInterval(() => socket.write(`x-line: ${'x'.repeat(1000)}\r\n`.repeat(10)), 1)
        closing.push(() => clearInterval(timer))
        socket.on('close', () => clearInterval(timer))
      }),
    )
    expect(await get(`http://127.0.0.1:${port}/`)).toMatchObject({
      error: { code: 'unreachable', reason: 'protocol-violation' },
    })
  })
})

describe('a redirect', () => {
  it('is followed on the same host', async () => {
    const url = await site((incoming, outgoing) => {
      if (incoming.url === '/end') outgoing.end('here')
      else outgoing.writeHead(301, { location: '/end' }).end()
    })
    const answer = expectSuccess(await get(`${url}/start`))
    expect(answer.url).toBe(`${url}/end`)
    expect(utf8Text(answer.body)).toBe('here')
  })

  it('to another host is followed only where the caller permits it', async () => {
    const other = (await site((_incoming, outgoing) => outgoing.end('there'))).replace('127.0.0.1', 'localhost')
    const url = await site((_incoming, outgoing) => outgoing.writeHead(302, { location: other }).end())
    expect(await get(url)).toEqual({
      ok: false,
      error: { code: 'redirected-elsewhere', host: '127.0.0.1', to: 'localhost' },
    })
    expect(utf8Text(expectSuccess(await get(url, { otherHosts: true })).body)).toBe('there')
  })

  it('may step up from http: to https: on the same host, and not down', async () => {
    const authority = await testServerAuthority()
    const certificate = await serverCertificate(authority)
    const plain = (await site((_incoming, outgoing) => outgoing.end('plain'))).replace('127.0.0.1', 'localhost')
    const answer: RequestListener = (incoming, outgoing) => {
      if (incoming.url === '/down') outgoing.writeHead(302, { location: plain }).end()
      else outgoing.end('safe')
    }
    const safe = `https://localhost:${await listening(createHttpsServer(certificate, answer))}`
    const up = await site((_incoming, outgoing) => outgoing.writeHead(302, { location: safe }).end())
    const { ca } = authority
    expect(utf8Text(expectSuccess(await get(up.replace('127.0.0.1', 'localhost'), { ca })).body)).toBe('safe')
    expect(await get(`${safe}/down`, { ca })).toMatchObject({ error: { code: 'redirected-elsewhere' } })
  })

  it.each(['file:///etc/passwd', 'http://user:secret@127.0.0.1/', 'http://['])(
    'to %s is followed by nobody',
    async (location) => {
      const url = await site((_incoming, outgoing) => outgoing.writeHead(302, { location }).end())
      expect(await get(url, { otherHosts: true })).toMatchObject({ error: { code: 'redirected-elsewhere' } })
    },
  )

  it('in a circle is left after three', async () => {
    let asked = 0
    const url = await site((_incoming, outgoing) => {
      asked++
      outgoing.writeHead(302, { location: '/again' }).end()
    })
    expect(await get(url)).toEqual({
      ok: false,
      error: { code: 'too-many-redirects', host: '127.0.0.1', limit: 3 },
    })
    expect(asked).toBe(4)
  })
})

describe('an address of this machine', () => {
  it('is not asked unless the caller permits it, by number or by name', async () => {
    let asked = 0
    const url = await site((_incoming, outgoing) => {
      asked++
      outgoing.end('secret of a service on this machine')
    })
    for (const host of ['127.0.0.1', 'localhost', '0x7f.1', '2130706433', '[::ffff:127.0.0.1]']) {
      const answer = await fetchBytes({ url: url.replace('127.0.0.1', host), maxBytes: 1000 })
      expect(answer, host).toMatchObject({ ok: false, error: { code: 'local-address' } })
    }
    expect(asked).toBe(0)
  })

  it('is loopback, the unspecified or a link-local one, and no private network', () => {
    const plain = ['127.0.0.1', '127.255.0.3', '0.0.0.0', '169.254.169.254', '::1', '::', 'fe80::1', 'fe80::1%eth0']
    const local = [...plain, '::127.0.0.1', '64:ff9b::7f00:1', '64:ff9b::a9fe:a9fe']
    const others = ['10.0.0.1', '192.168.1.1', '172.16.0.1', '8.8.8.8', '2001:db8::1', 'fd00::1', 'localhost', '']
    expect(local.filter((address) => !isLocalAddress(address))).toEqual([])
    expect(others.filter(isLocalAddress)).toEqual([])
    expect(isLocalAddress('::ffff:127.0.0.1')).toBe(true)
  })

  it('of a private network, and a port of its own, are refused where nobody vouches for the address', async () => {
    const inside = [
      '10.1.2.3',
      '172.31.0.1',
      '192.168.1.1',
      '100.100.100.200',
      'fd00:ec2::254',
      '::ffff:10.0.0.1',
      '::1',
    ]
    expect(inside.filter((address) => !isInsideAddress(address))).toEqual([])
    expect(['8.8.8.8', '172.32.0.1', '100.128.0.1', '2001:db8::1'].filter(isInsideAddress)).toEqual([])
    const refused = await fetchBytes({ url: 'http://192.168.1.1/ca.cer', maxBytes: 1000, publicOnly: true })
    expect(refused).toMatchObject({ ok: false, error: { code: 'local-address' } })
    const port = await fetchBytes({ url: 'http://ca.example:8080/ca.cer', maxBytes: 1000, publicOnly: true })
    expect(port).toMatchObject({ ok: false, error: { code: 'not-a-url' } })
  })
})
