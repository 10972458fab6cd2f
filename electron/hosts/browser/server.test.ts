import { mkdtemp, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { systemRandom } from '../../base/random.ts'
import { messageByteLimit } from '../messageGate.ts'
import type { PageLine } from '../procedureServer.ts'
import { isOwnConnection } from './connectionOwner.ts'
import { type PageServer, startPageServer } from './server.ts'

let server: PageServer
let origin: string
let host: string
let token: string
let accepted: PageLine[]
let isOwn: typeof isOwnConnection

beforeEach(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'siegel-browser-'))
  await writeFile(join(folder, 'index.html'), '<title>Siegel</title>')
  accepted = []
  isOwn = isOwnConnection
  server = await startPageServer({
    folder,
    random: systemRandom,
    accept: (line) => accepted.push(line),
    isOwn: (connection) => isOwn(connection),
  })
  const url = new URL(server.address)
  origin = url.origin
  host = url.host
  token = url.hash.slice(1)
})

afterEach(() => server.close())

interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
}

/** Not fetch: it would set Host and Origin by itself and tidy the path up. */
function send(
  path: string,
  options: { method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port: new URL(origin).port, path, ...options }, (response) => {
      let body = ''
      response.on('data', (bytes) => {
        body += bytes
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }))
    })
    sent.on('error', reject)
    sent.end(options.body)
  })
}

function show(shown: string, headers: Record<string, string> = {}): Promise<Answer> {
  return send('/session', {
    method: 'POST',
    headers: { origin, 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ token: shown }),
  })
}

async function cookie(): Promise<string> {
  const [set] = (await show(token)).headers['set-cookie'] ?? []
  return set?.split(';', 1)[0] ?? ''
}

/** The status of a refused upgrade, or 101. */
function upgrade(headers: Record<string, string>, path = '/rpc'): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`ws://${host}${path}`, { headers })
    socket.on('open', () => {
      socket.close()
      resolve(101)
    })
    socket.on('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0))
    socket.on('error', reject)
  })
}

describe('the page over HTTP', () => {
  it('is served with its policy and is never kept', async () => {
    const page = await send('/')
    expect(page.status).toBe(200)
    expect(page.body).toBe('<title>Siegel</title>')
    expect(page.headers['cache-control']).toBe('no-store')
    expect(page.headers['content-security-policy']).toContain(`connect-src 'self' ws://${host}`)
    expect(page.headers['x-frame-options']).toBe('DENY')
    expect(page.headers['access-control-allow-origin']).toBeUndefined()
  })

  it.each(['evil.example', 'localhost', '127.0.0.1', '127.0.0.1:1', '[::1]'])(
    'is not served to the host name %s, as a rebound name would send it',
    async (name) => {
      expect((await send('/', { headers: { host: name } })).status).toBe(421)
      expect((await show(token, { host: name })).status).toBe(421)
    },
  )

  it('is not served to a page of elsewhere', async () => {
    expect((await send('/', { headers: { origin: 'https://evil.example' } })).status).toBe(403)
    expect((await send('/', { headers: { origin: 'null' } })).status).toBe(403)
  })

  it.each(['/../package.json', '/..%2f..%2fpackage.json', '/%2e%2e/main.js', '/assets/../../x.js', '//127.0.0.1/x.js'])(
    'gives no file for %s',
    async (path) => {
      expect((await send(path)).status).toBe(404)
    },
  )

  it('takes no other method', async () => {
    expect((await send('/', { method: 'DELETE', headers: { origin } })).status).toBe(405)
    expect((await send('/session')).status).toBe(405)
  })
})

describe('the one-time token', () => {
  it('becomes a session that no script can read and no other site can use', async () => {
    const answer = await show(token)
    expect(answer.status).toBe(204)
    expect(answer.headers['set-cookie']?.[0]).toMatch(/; HttpOnly; SameSite=Strict; Path=\/$/)
  })

  it('works once', async () => {
    await show(token)
    const again = await show(token)
    expect(again.status).toBe(401)
    expect(again.headers['set-cookie']).toBeUndefined()
  })

  it('is of no use to another user of this computer, and is not used up by them', async () => {
    const asked: unknown[] = []
    isOwn = async (connection) => asked.push(connection) > 1
    expect((await show(token)).status).toBe(403)
    expect(asked).toEqual([{ port: Number(new URL(origin).port), peerPort: expect.any(Number) }])
    expect((await show(token)).status).toBe(204)
  })

  it('does no harm when the browser that has the session opens the address again', async () => {
    const session = await cookie()
    const again = await show(token, { cookie: session })
    expect(again.status).toBe(204)
    expect(again.headers['set-cookie']).toBeUndefined()
  })

  it.each(['', 'A', 'wrong'.repeat(5), 'x'.repeat(22)])('is not guessed with %j', async (guess) => {
    expect((await show(guess)).status).toBe(401)
    // A wrong guess doesn't use the token up.
    expect((await show(token)).status).toBe(204)
  })

  it('is not taken from another page, without an origin, or out of a form', async () => {
    expect((await show(token, { origin: 'http://127.0.0.1:1' })).status).toBe(403)
    expect((await show(token, { origin: 'https://evil.example' })).status).toBe(403)
    const headers = { 'content-type': 'application/json' }
    expect((await send('/session', { method: 'POST', headers, body: JSON.stringify({ token }) })).status).toBe(403)
    expect((await show(token, { 'content-type': 'text/plain' })).status).toBe(415)
    expect((await show(token)).status).toBe(204)
  })

  it('is not looked for in a large or broken body', async () => {
    const headers = { origin, 'content-type': 'application/json' }
    expect((await send('/session', { method: 'POST', headers, body: `"${'x'.repeat(5_000)}"` })).status).toBe(413)
    for (const body of ['{', 'null', '[]', '{"token":1}']) {
      expect((await send('/session', { method: 'POST', headers, body })).status).toBe(401)
    }
  })
})

describe('the WebSocket', () => {
  it('opens for our page with a session', async () => {
    expect(await upgrade({ origin, cookie: await cookie() })).toBe(101)
    expect(accepted).toHaveLength(1)
  })

  it('stays closed without a session, with a foreign origin, host or path', async () => {
    const session = await cookie()
    expect(await upgrade({ origin })).toBe(401)
    expect(await upgrade({ origin, cookie: `${session}x` })).toBe(401)
    expect(await upgrade({ origin, cookie: session.replace(/=.*/, '=') })).toBe(401)
    expect(await upgrade({ cookie: session })).toBe(403)
    expect(await upgrade({ origin: 'https://evil.example', cookie: session })).toBe(403)
    expect(await upgrade({ origin: 'http://127.0.0.1:1', cookie: session })).toBe(403)
    expect(await upgrade({ origin, cookie: session, host: 'evil.example' })).toBe(421)
    expect(await upgrade({ origin, cookie: session }, '/')).toBe(404)
    expect(accepted).toHaveLength(0)
  })

  it('is cut off by a message over the limit', async () => {
    const socket = new WebSocket(`ws://${host}/rpc`, { headers: { origin, cookie: await cookie() } })
    await new Promise((resolve) => socket.on('open', resolve))
    let messages = 0
    accepted[0]?.onMessage(() => {
      messages += 1
    })
    const closed = new Promise((resolve) => socket.on('close', resolve))
    // The server may cut while this is still being written.
    socket.on('error', () => socket.terminate())
    socket.send(Buffer.alloc(messageByteLimit + 1))
    await closed
    expect(messages).toBe(0)
  })

  it('hands text and bytes apart, so that the gate can refuse bytes', async () => {
    const socket = new WebSocket(`ws://${host}/rpc`, { headers: { origin, cookie: await cookie() } })
    await new Promise((resolve) => socket.on('open', resolve))
    const received = new Promise<unknown[]>((resolve) => {
      const all: unknown[] = []
      accepted[0]?.onMessage((data) => {
        all.push(data)
        if (all.length === 2) resolve(all)
      })
    })
    socket.send('text')
    socket.send(Buffer.from('bytes'))
    const [text, bytes] = await received
    expect(text).toBe('text')
    expect(bytes).toBeInstanceOf(Buffer)
    socket.close()
  })

  it('does not bring the host down when the other side vanishes in the middle', async () => {
    const socket = connect(Number(new URL(origin).port), '127.0.0.1')
    socket.write('GET /rpc HTTP/1.1\r\nHost: evil\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n')
    socket.resetAndDestroy()
    await new Promise((resolve) => socket.on('close', resolve))
    expect((await send('/')).status).toBe(200)
  })
})

describe('the address', () => {
  it('is on loopback, at a port of the system’s choice, with the secret where no server sees it', () => {
    expect(server.address).toMatch(/^http:\/\/127\.0\.0\.1:\d{4,5}\/#[\w-]{22}$/)
  })
})
