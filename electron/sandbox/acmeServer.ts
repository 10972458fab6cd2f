/** The sandbox CA over HTTPS on loopback: directory, nonces, accounts, orders, challenges, certificates (RFC 8555 §7). */

import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { z } from 'zod'
import { concatBytes } from '../base/bytes.ts'
import type { Clock } from '../base/clock.ts'
import type { Random } from '../base/random.ts'
import { randomId } from '../crypto/identifier.ts'
import type { AcmeOrders, SandboxOrder } from './acmeOrders.ts'
import { statusOf, strictBase64url } from './acmeOrders.ts'
import { AcmeProblem, malformed } from './acmeProblem.ts'
import { type Account, type AcmeRequest, createNonces, readAcmeRequest } from './acmeRequest.ts'
import { type Authority, pemChain } from './authority.ts'
import type { ChallengeDesk } from './challengeDesk.ts'
import { listenOn } from './listen.ts'

export interface AcmeServer {
  readonly directoryUrl: string
  readonly port: number
  close(): Promise<void>
}

/** A request with an RSA-4096 CSR has some 4 kB. */
const bodyLimit = 65_536
const accountLimit = 1_000

const newAccount = z.object({
  termsOfServiceAgreed: z.boolean().optional(),
  contact: z.array(z.string()).optional(),
  onlyReturnExisting: z.boolean().optional(),
})
const newOrder = z.object({ identifiers: z.array(z.object({ type: z.string(), value: z.string() })).min(1) })

interface Reply {
  readonly status: number
  readonly body?: object | string
  readonly headers?: Readonly<Record<string, string>>
}

export async function startAcme(options: {
  readonly authority: Authority
  readonly orders: AcmeOrders
  readonly desk: ChallengeDesk
  readonly challengeFrom: string
  readonly tls: { readonly key: string; readonly cert: string }
  readonly preferredPort: number | undefined
  readonly clock: Clock
  readonly random: Random
}): Promise<AcmeServer> {
  const { authority, orders, desk, clock, random } = options
  const nonces = createNonces(random)
  const accounts = new Map<string, Account>()
  let origin = ''

  const link = (path: string) => `${origin}${path}`
  const orderBody = (order: SandboxOrder) => ({
    status: statusOf(order, clock()),
    expires: order.expires.toISOString(),
    identifiers: [{ type: 'email', value: order.address }],
    authorizations: [link(`/authorization/${order.id}`)],
    finalize: link(`/order/${order.id}/finalize`),
    ...(order.certificate ? { certificate: link(`/certificate/${order.id}`) } : {}),
    ...(order.error ? { error: order.error } : {}),
  })
  const challengeBody = (order: SandboxOrder) => ({
    type: 'email-reply-00',
    url: link(`/challenge/${order.id}`),
    status: order.challenge,
    token: order.tokenPart2,
    from: options.challengeFrom,
    ...(order.error ? { error: order.error } : {}),
  })
  const authorizationStatus = (order: SandboxOrder) => {
    if (order.challenge === 'valid' || order.challenge === 'invalid') return order.challenge
    return statusOf(order, clock()) === 'invalid' ? 'expired' : 'pending'
  }

  function directory(): Reply {
    return {
      status: 200,
      body: {
        newNonce: link('/new-nonce'),
        newAccount: link('/new-account'),
        newOrder: link('/new-order'),
        meta: { website: 'https://localhost/', caaIdentities: [] },
      },
    }
  }

  function openAccount({ payload, jwk, thumbprint }: AcmeRequest): Reply {
    const wish = newAccount.safeParse(payload)
    if (!wish.success) throw malformed('The account object is malformed.')
    const known = [...accounts.values()].find((account) => account.thumbprint === thumbprint)
    const body = { status: 'valid', orders: link('/orders') }
    if (known) return { status: 200, body, headers: { location: known.url } }
    if (wish.data.onlyReturnExisting) throw new AcmeProblem(400, 'accountDoesNotExist', 'No such account.')
    const url = link(`/account/${randomId(random)}`)
    accounts.set(url, { url, jwk, thumbprint })
    const [oldest] = accounts.keys()
    if (accounts.size > accountLimit && oldest !== undefined) accounts.delete(oldest)
    return { status: 201, body, headers: { location: url } }
  }

  async function placeOrder({ payload, thumbprint }: AcmeRequest): Promise<Reply> {
    const wish = newOrder.safeParse(payload)
    if (!wish.success) throw malformed('The order object is malformed.')
    const [identifier, ...more] = wish.data.identifiers
    if (!identifier || more.length > 0) throw malformed('An order here is for one address.')
    if (identifier.type !== 'email')
      throw new AcmeProblem(400, 'unsupportedIdentifier', 'Only email is certified here.')
    const order = orders.place(thumbprint, identifier.value)
    await desk.challenge(order)
    return { status: 201, body: orderBody(order), headers: { location: link(`/order/${order.id}`) } }
  }

  function answerChallenge(order: SandboxOrder, { isPostAsGet }: AcmeRequest): Reply {
    if (!isPostAsGet && order.challenge === 'pending') order.challenge = order.replied ? 'valid' : 'processing'
    return {
      status: 200,
      body: challengeBody(order),
      headers: { link: `<${link(`/authorization/${order.id}`)}>;rel="up"` },
    }
  }

  async function finalize(order: SandboxOrder, { payload }: AcmeRequest): Promise<Reply> {
    const csr = z.object({ csr: z.string() }).safeParse(payload)
    if (!csr.success) throw malformed('The finalize object is malformed.')
    await orders.finalize(order, strictBase64url(csr.data.csr))
    return { status: 200, body: orderBody(order), headers: { location: link(`/order/${order.id}`) } }
  }

  function certificateOf(order: SandboxOrder): Reply {
    if (!order.certificate) throw new AcmeProblem(404, 'malformed', 'No such resource.')
    return {
      status: 200,
      body: pemChain(order.certificate, authority.issuing.der),
      headers: { 'content-type': 'application/pem-certificate-chain' },
    }
  }

  async function post(path: string, body: Uint8Array): Promise<Reply> {
    const signer = path === '/new-account' ? 'key' : 'account'
    const accountOf = (url: string) => accounts.get(url)
    const asked = await readAcmeRequest(body, { url: link(path), nonces, accountOf, signer })
    if (path === '/new-account') return openAccount(asked)
    if (path === '/new-order') return placeOrder(asked)
    const [, kind, id = '', action] = path.split('/')
    const readOnly = (reply: Reply): Reply => {
      if (!asked.isPostAsGet) throw malformed('This resource is read with POST-as-GET.')
      return reply
    }
    if (kind === 'account') {
      if (asked.account?.url !== link(path)) throw new AcmeProblem(403, 'unauthorized', 'That is another account.')
      return { status: 200, body: { status: 'valid', orders: link('/orders') } }
    }
    const order = orders.find(id, asked.thumbprint)
    if (kind === 'order' && action === 'finalize') return finalize(order, asked)
    if (kind === 'challenge') return answerChallenge(order, asked)
    if (kind === 'order' && action === undefined) return readOnly({ status: 200, body: orderBody(order) })
    if (kind === 'certificate') return readOnly(certificateOf(order))
    if (kind !== 'authorization') throw new AcmeProblem(404, 'malformed', 'No such resource.')
    const status = authorizationStatus(order)
    return readOnly({
      status: 200,
      body: {
        status,
        expires: order.expires.toISOString(),
        identifier: { type: 'email', value: order.address },
        challenges: [challengeBody(order)],
      },
      ...(status === 'pending' ? { headers: { 'retry-after': '1' } } : {}),
    })
  }

  async function answer(request: IncomingMessage): Promise<Reply> {
    const path = request.url ?? '/'
    if (path === '/directory' && request.method === 'GET') return directory()
    if (path === '/new-nonce' && request.method === 'HEAD') return { status: 200 }
    if (path === '/new-nonce' && request.method === 'GET') return { status: 204 }
    if (request.method !== 'POST') throw new AcmeProblem(405, 'malformed', 'Only POST is taken here.')
    if (request.headers['content-type'] !== 'application/jose+json') {
      throw new AcmeProblem(415, 'malformed', 'The content type must be application/jose+json.')
    }
    return post(path, await bodyOf(request))
  }

  function write(response: ServerResponse, reply: Reply): void {
    const text = typeof reply.body === 'object' ? JSON.stringify(reply.body) : reply.body
    response.writeHead(reply.status, {
      'replay-nonce': nonces.give(),
      'cache-control': 'no-store',
      link: `<${link('/directory')}>;rel="index"`,
      ...(text === undefined ? {} : { 'content-type': 'application/json' }),
      ...reply.headers,
    })
    response.end(text)
  }

  const server: Server = createServer({ ...options.tls, minVersion: 'TLSv1.2' }, (request, response) => {
    answer(request).then(
      (reply) => write(response, reply),
      (error: unknown) => {
        const problem =
          error instanceof AcmeProblem ? error : new AcmeProblem(500, 'serverInternal', 'The sandbox made a mistake.')
        write(response, {
          status: problem.status,
          body: problem.document,
          headers: { 'content-type': 'application/problem+json' },
        })
      },
    )
  })
  server.requestTimeout = 30_000
  server.maxConnections = 100
  server.on('tlsClientError', (_, socket) => socket.destroy())
  await listenOn(server, options.preferredPort)
  const { port } = server.address() as AddressInfo
  origin = `https://127.0.0.1:${port}`
  return {
    port,
    directoryUrl: link('/directory'),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function bodyOf(request: IncomingMessage): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Uint8Array>) {
    size += chunk.length
    if (size > bodyLimit) throw new AcmeProblem(413, 'malformed', 'The request is too large.')
    chunks.push(chunk)
  }
  return concatBytes(...chunks)
}
