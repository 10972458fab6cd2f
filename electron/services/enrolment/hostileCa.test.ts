/** CAs that lie, redirect for ever, talk for ever or say nothing, over real TLS connections. */

import type { RequestListener, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openAccountKey } from '../../acquisition/acme/accountKey.ts'
import { openAcmeClient } from '../../acquisition/acme/client.ts'
import { systemClock } from '../../base/clock.ts'
import { generateKey } from '../../crypto/privateKey.ts'
import { serverCertificate, testServerAuthority } from '../../mail/testServers.ts'
import { request } from '../../net/https.ts'

/** Opens the directory of a server that answers as the test says; `timeoutMs` in the place of a minute. */
async function opened(handler: (origin: string) => RequestListener, timeoutMs = 60_000, signal?: AbortSignal) {
  const authority = await testServerAuthority()
  let origin = ''
  const server = createServer(await serverCertificate(authority), (question, answer) =>
    handler(origin)(question, answer),
  )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  origin = `https://localhost:${(server.address() as AddressInfo).port}`
  const key = await openAccountKey((await generateKey('ec-p256')).pkcs8)
  const client = await openAcmeClient(
    {
      directoryUrl: `${origin}/directory`,
      program: { version: '1', language: 'en' },
      exchange: (question) =>
        request({ ...question, ca: authority.ca, timeoutMs: Math.min(question.timeoutMs, timeoutMs) }),
      clock: systemClock,
      ...(signal ? { signal } : {}),
    },
    key,
  )
  return { client, key, origin }
}

const directory = (origin: string) =>
  JSON.stringify({ newNonce: `${origin}/nonce`, newAccount: `${origin}/account`, newOrder: `${origin}/order` })

describe('a CA', () => {
  it('that redirects for ever is left after three', async () => {
    let asked = 0
    const { client } = await opened((origin) => (_, answer) => {
      asked += 1
      answer.writeHead(302, { location: `${origin}/directory?${asked}` }).end()
    })
    expect(client).toEqual({ ok: false, error: { code: 'ca-answer-unusable', reason: 'too-many-redirects' } })
    expect(asked).toBe(4)
  })

  it('that redirects away from TLS is not followed', async () => {
    const { client } = await opened(() => (_, answer) => answer.writeHead(302, { location: 'http://localhost/' }).end())
    expect(client).toEqual({ ok: false, error: { code: 'ca-answer-unusable', reason: 'not-https' } })
  })

  it('that talks for ever is cut off at 256 kB', async () => {
    let sent = 0
    const { client } = await opened(() => (_, answer) => {
      answer.writeHead(200, { 'content-type': 'application/json' })
      const more = () => {
        while (!answer.destroyed && sent < 2 ** 28 && answer.write(' '.repeat(65_536))) sent += 65_536
      }
      answer.on('drain', more)
      more()
    })
    expect(client).toEqual({ ok: false, error: { code: 'ca-answer-unusable', reason: 'too-large' } })
    // What lies in the sockets' buffers besides.
    expect(sent).toBeLessThan(2 ** 24)
  })

  it('that says nothing, or a byte now and then, is given up in time', async () => {
    const silent = await opened(() => () => undefined, 600)
    expect(silent.client).toMatchObject({ ok: false, error: { code: 'ca-unreachable', reason: 'timeout' } })
    const dripping = await opened(
      () => (_, answer) => {
        answer.writeHead(200)
        const drip = setInterval(() => answer.write(' '), 50)
        answer.on('close', () => clearInterval(drip))
      },
      600,
    )
    expect(dripping.client).toMatchObject({ ok: false, error: { code: 'ca-unreachable', reason: 'timeout' } })
  })

  it('whose connection ends within an answer could not be reached, however much of it came', async () => {
    const cuts: ((answer: ServerResponse) => void)[] = [
      (answer) => void answer.socket?.destroy(),
      (answer) => void answer.socket?.end('HTTP/1.1 200 O'),
      (answer) => void answer.socket?.end('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{'),
      (answer) => void answer.socket?.end('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{'),
    ]
    for (const cut of cuts) {
      const { client } = await opened(() => (_, answer) => cut(answer))
      expect(client).toMatchObject({ ok: false, error: { code: 'ca-unreachable', reason: 'protocol-violation' } })
    }
    const babble = await opened(() => (_, answer) => void answer.socket?.end('HELO ca.example\r\n\r\n'))
    expect(babble.client).toMatchObject({ error: { code: 'ca-answer-unusable', reason: 'protocol-violation' } })
  })

  it('that is stopped waiting for says so at once', async () => {
    const stop = new AbortController()
    setTimeout(() => stop.abort(), 100)
    const { client } = await opened(() => () => undefined, 60_000, stop.signal)
    expect(client).toEqual({ ok: false, error: { code: 'cancelled' } })
  })

  it('that sends its orders to another machine of this network is not followed there', async () => {
    const knocked: string[] = []
    const { client, origin } = await opened((own) => (question, answer) => {
      knocked.push(question.url ?? '')
      answer.setHeader('replay-nonce', 'abc')
      if (question.url === '/directory') return answer.end(directory(own))
      if (question.url === '/account')
        return answer.writeHead(201, { location: `${own}/account/1` }).end('{"status":"valid"}')
      return answer.end()
    })
    if (!client.ok) throw new Error(client.error.code)
    expect(await client.value.openAccount({ termsAgreed: false })).toMatchObject({ ok: true })
    for (const url of [
      'https://127.0.0.1:1/order',
      'https://localhost:1/order',
      'https://10.0.0.7/order',
      'http://ca.example/',
    ]) {
      expect(await client.value.order(`${origin}/account/1`, url)).toEqual({
        ok: false,
        error: { code: 'ca-answer-unusable', reason: 'foreign-url' },
      })
    }
    expect(knocked.filter((url) => url.startsWith('/order'))).toEqual([])
  })

  it('that answers a signed request with a redirect gets no second one', async () => {
    const posted: string[] = []
    const { client } = await opened((own) => (question, answer) => {
      if (question.method === 'POST') posted.push(question.url ?? '')
      answer.setHeader('replay-nonce', 'abc')
      if (question.url === '/directory') return answer.end(directory(own))
      if (question.method === 'POST') return answer.writeHead(307, { location: `${own}/elsewhere` }).end()
      return answer.end()
    })
    if (!client.ok) throw new Error(client.error.code)
    expect(await client.value.openAccount({ termsAgreed: false })).toMatchObject({
      ok: false,
      error: { code: 'ca-refused', problem: 'http-307' },
    })
    expect(posted).toEqual(['/account'])
  })
})
