/** The sandbox CA over HTTPS on loopback: directory, nonces, accounts, orders, challenges, certificates (RFC 8555 §7). */

import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { calculateJwkThumbprint, exportJWK, importSPKI } from 'jose'
import { z } from 'zod'
import { renewalIdentifier } from '../acquisition/acme/renewalInfo.ts'
import { writePem } from '../asn1/pem.ts'
import { concatBytes } from '../base/bytes.ts'
import type { Clock } from '../base/clock.ts'
import type { Random } from '../base/random.ts'
import { expectSuccess } from '../base/result.ts'
import { type Certificate, parseCertificate } from '../certificates/certificate.ts'
import { type RevocationReason, revocationReasons } from '../certificates/revocation/status.ts'
import { type AcmePolicy, createAcmeAccounts } from './acmeAccounts.ts'
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
const revocation = z.object({ certificate: z.string(), reason: z.number().int().optional() })
/** RFC 5280 §5.3.1: what its owner can say of a certificate; the others are a CA's. */
const ownersReasons: ReadonlySet<RevocationReason> = new Set([
  'unspecified',
  'keyCompromise',
  'affiliationChanged',
  'superseded',
  'cessationOfOperation',
  'privilegeWithdrawn',
])
const deactivation = z.object({ status: z.literal('deactivated') })
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
  readonly policy?: AcmePolicy
}): Promise<AcmeServer> {
  const { authority, orders, desk, clock, random, policy = {} } = options
  const nonces = createNonces(random)
  let origin = ''

  const link = (path: string) => `${origin}${path}`
  const accounts = createAcmeAccounts({ random, policy, link })
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
    if (order.withdrawn) return 'deactivated'
    return statusOf(order, clock()) === 'invalid' ? 'expired' : 'pending'
  }

  function directory(): Reply {
    return {
      status: 200,
      body: {
        newNonce: link('/new-nonce'),
        newAccount: link('/new-account'),
        newOrder: link('/new-order'),
        keyChange: link('/key-change'),
        revokeCert: link('/revoke'),
        renewalInfo: link('/renewal-info'),
        meta: {
          website: 'https://localhost/',
          caaIdentities: [],
          ...(policy.termsOfService === undefined ? {} : { termsOfService: policy.termsOfService }),
          ...(policy.externalAccounts ? { externalAccountRequired: true } : {}),
        },
      },
    }
  }

  const accountBody = ({ status, contact, url }: Account) => ({
    status,
    contact,
    orders: link(`/orders/${url.slice(url.lastIndexOf('/') + 1)}`),
  })

  async function openAccount(request: AcmeRequest): Promise<Reply> {
    const { account, isNew } = await accounts.open(request)
    return { status: isNew ? 201 : 200, body: accountBody(account), headers: { location: account.url } }
  }

  function changeAccount(account: Account, request: AcmeRequest): Reply {
    accounts.change(account, request)
    return { status: 200, body: accountBody(accounts.find(account.url) ?? { ...account, status: 'deactivated' }) }
  }

  async function placeOrder({ payload }: AcmeRequest, account: Account): Promise<Reply> {
    const wish = newOrder.safeParse(payload)
    if (!wish.success) throw malformed('The order object is malformed.')
    const [identifier, ...more] = wish.data.identifiers
    if (!identifier || more.length > 0) throw malformed('An order here is for one address.')
    if (identifier.type !== 'email')
      throw new AcmeProblem(400, 'unsupportedIdentifier', 'Only email is certified here.')
    const order = orders.place(account, identifier.value)
    if (!policy.mailsAfterAnswer) await desk.challenge(order)
    return { status: 201, body: orderBody(order), headers: { location: link(`/order/${order.id}`) } }
  }

  async function answerChallenge(order: SandboxOrder, { isPostAsGet }: AcmeRequest): Promise<Reply> {
    if (!isPostAsGet && order.challenge === 'pending') {
      order.challenge = order.replied ? 'valid' : policy.refusesEarlyAnswers ? 'invalid' : 'processing'
      if (policy.mailsAfterAnswer) await desk.challenge(order)
    }
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

  /** By the account that ordered it, or by the certificate's own key (RFC 8555 §7.6), which a restart doesn't forget. */
  async function revoke({ payload, account, thumbprint }: AcmeRequest): Promise<Reply> {
    const wish = revocation.safeParse(payload)
    if (!wish.success) throw malformed('The revocation is malformed.')
    const der = strictBase64url(wish.data.certificate)
    const reason = revocationReasons[wish.data.reason ?? 0]
    if (reason === undefined || !ownersReasons.has(reason)) {
      throw new AcmeProblem(400, 'badRevocationReason', 'No such reason.')
    }
    const certificate = parseCertificate(der)
    if (!certificate.ok || !authority.issued(certificate.value)) {
      throw new AcmeProblem(404, 'malformed', 'No such certificate was issued here.')
    }
    const mayRevoke = account
      ? account.url === orders.issued(der)?.owner
      : thumbprint === (await certificateThumbprint(certificate.value))
    if (!mayRevoke) throw new AcmeProblem(403, 'unauthorized', 'The certificate is of another account.')
    const { serialNumber } = certificate.value
    if (authority.revocations.entry(serialNumber)) {
      throw new AcmeProblem(400, 'alreadyRevoked', 'The certificate was revoked before.')
    }
    await authority.revocations.revoke(serialNumber, reason)
    return { status: 200 }
  }

  /** RFC 9773: the last third of the validity, and now for what was revoked. */
  function renewalInfo(identifier: string): Reply {
    const order = [...orders.all()].find(({ certificate }) => certificate && identifierOf(certificate) === identifier)
    if (!order?.certificate) throw new AcmeProblem(404, 'malformed', 'No such certificate was issued here.')
    const { notBefore, notAfter, serialNumber } = expectSuccess(parseCertificate(order.certificate))
    const third = (notAfter.getTime() - notBefore.getTime()) / 3
    const start = authority.revocations.entry(serialNumber)?.revokedAt ?? new Date(notAfter.getTime() - third)
    const suggestedWindow = { start: start.toISOString(), end: new Date(start.getTime() + third / 4).toISOString() }
    return { status: 200, body: { suggestedWindow }, headers: { 'retry-after': '21600' } }
  }

  async function post(path: string, body: Uint8Array): Promise<Reply> {
    const signer = path === '/new-account' ? 'key' : path === '/revoke' ? 'either' : 'account'
    const asked = await readAcmeRequest(body, { url: link(path), nonces, accountOf: accounts.find, signer })
    if (path === '/new-account') return openAccount(asked)
    if (path === '/revoke') return revoke(asked)
    const { account } = asked
    if (!account) throw malformed('This resource wants an account.')
    if (path === '/new-order') return placeOrder(asked, account)
    if (path === '/key-change') {
      await accounts.changeKey(account, asked, link(path))
      return { status: 200, body: accountBody(accounts.find(account.url) ?? account) }
    }
    const [, kind, id = '', action] = path.split('/')
    const readOnly = (reply: Reply): Reply => {
      if (!asked.isPostAsGet) throw malformed('This resource is read with POST-as-GET.')
      return reply
    }
    if (kind === 'account' || kind === 'orders') {
      if (account.url !== link(`/account/${id}`)) throw new AcmeProblem(403, 'unauthorized', 'That is another account.')
      if (kind === 'account') return changeAccount(account, asked)
      return readOnly({ status: 200, body: { orders: orders.of(account.url).map((one) => link(`/order/${one}`)) } })
    }
    const order = orders.find(id, account.url)
    if (kind === 'order' && action === 'finalize') return finalize(order, asked)
    if (kind === 'challenge') return answerChallenge(order, asked)
    if (kind === 'order' && action === undefined) return readOnly({ status: 200, body: orderBody(order) })
    if (kind === 'certificate') return readOnly(certificateOf(order))
    if (kind !== 'authorization') throw new AcmeProblem(404, 'malformed', 'No such resource.')
    if (deactivation.safeParse(asked.payload).success) order.withdrawn = true
    else if (!asked.isPostAsGet) throw malformed('An authorization can only be deactivated.')
    const status = authorizationStatus(order)
    return {
      status: 200,
      body: {
        status,
        expires: order.expires.toISOString(),
        identifier: { type: 'email', value: order.address },
        challenges: [challengeBody(order)],
      },
      ...(status === 'pending' ? { headers: { 'retry-after': '1' } } : {}),
    }
  }

  async function answer(request: IncomingMessage): Promise<Reply> {
    const path = request.url ?? '/'
    if (path === '/directory' && request.method === 'GET') return directory()
    if (path.startsWith('/renewal-info/') && request.method === 'GET') return renewalInfo(path.slice(14))
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

function identifierOf(der: Uint8Array): string | undefined {
  return renewalIdentifier(expectSuccess(parseCertificate(der)))
}

async function certificateThumbprint({ publicKeyInfo, keyAlgorithm }: Certificate): Promise<string> {
  const algorithm = keyAlgorithm.kind === 'rsa' ? 'RS256' : 'ES256'
  const key = await importSPKI(writePem('PUBLIC KEY', publicKeyInfo), algorithm, { extractable: true })
  return calculateJwkThumbprint(await exportJWK(key), 'sha256')
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
