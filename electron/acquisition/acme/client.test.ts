/** The conversation with a CA that misbehaves, each answer made by hand. */

import { decodeProtectedHeader, type FlattenedJWSInput, flattenedVerify, importJWK, type JWK } from 'jose'
import { beforeAll, describe, expect, it } from 'vitest'
import { writePem } from '../../asn1/pem.ts'
import { base64Bytes, utf8Bytes, utf8Text } from '../../base/bytes.ts'
import { fixedClock } from '../../base/clock.ts'
import { expectSuccess, failure, success } from '../../base/result.ts'
import { testAuthority, testPerson } from '../../certificates/testPki.ts'
import { generateKey, openPrivateKey } from '../../crypto/privateKey.ts'
import { type AccountKey, openAccountKey } from './accountKey.ts'
import { certificateSigner } from './certificateSigner.ts'
import { openAcmeClient } from './client.ts'
import { shown } from './errors.ts'
import { allowedLocation } from './location.ts'
import { type HttpsAnswer, type HttpsExchange, type HttpsQuestion, retryAfter } from './transport.ts'

const origin = 'https://ca.example'
const directoryUrl = `${origin}/directory`
const directory = {
  newNonce: `${origin}/nonce`,
  newAccount: `${origin}/account`,
  newOrder: `${origin}/order`,
}
const clock = fixedClock('2026-11-24T12:00:00Z')
const program = { version: '1', language: 'en' }
let key: AccountKey

beforeAll(async () => {
  key = await openAccountKey((await generateKey('ec-p256')).pkcs8)
})

type Handler = (question: HttpsQuestion) => Partial<HttpsAnswer> & { json?: unknown }

/** A CA that answers the directory and nonces by itself and everything else with `handler`. */
function ca(handler: Handler, over: object = directory) {
  const asked: HttpsQuestion[] = []
  let nonces = 0
  const exchange: HttpsExchange = async (question) => {
    asked.push(question)
    const fresh = { 'replay-nonce': `nonce${++nonces}` }
    if (question.url === directoryUrl) return success({ status: 200, headers: {}, body: bytesOf(over) })
    if (question.url === directory.newNonce) return success({ status: 200, headers: fresh, body: new Uint8Array() })
    const { status = 200, headers = {}, body, json } = handler(question)
    return success({ status, headers: { ...fresh, ...headers }, body: body ?? bytesOf(json ?? {}) })
  }
  const open = () => openAcmeClient({ directoryUrl, program, exchange, clock }, key)
  return { asked, open }
}

function bytesOf(value: unknown): Uint8Array {
  return utf8Bytes(JSON.stringify(value))
}

const headerOf = (question: HttpsQuestion) =>
  decodeProtectedHeader(JSON.parse(utf8Text(question.body!)) as FlattenedJWSInput) as Record<string, unknown>

const problem = (type: string, detail = '') => ({ type: `urn:ietf:params:acme:error:${type}`, detail })

async function accountWith(handler: Handler) {
  const { asked, open } = ca(handler)
  const client = await open()
  if (!client.ok) throw new Error(client.error.code)
  return { asked, result: await client.value.openAccount({ termsAgreed: true }) }
}

const account = { status: 201, json: { status: 'valid' }, headers: { location: `${origin}/account/1` } }

describe('a request', () => {
  it('is signed over its URL and a fresh nonce, with the key for a new account (RFC 8555 §6.2)', async () => {
    const { asked, result } = await accountWith(() => account)
    expect(result).toEqual({ ok: true, value: { accountUrl: `${origin}/account/1` } })
    const last = asked.at(-1)!
    expect(last.headers['content-type']).toBe('application/jose+json')
    expect(last.headers).toMatchObject({ 'user-agent': 'Siegel/1', 'accept-language': 'en' })
    expect(headerOf(last)).toEqual({ alg: 'ES256', nonce: 'nonce2', url: directory.newAccount, jwk: key.publicJwk })
    expect(JSON.stringify(key.publicJwk)).not.toContain('"d"')
  })

  it('takes the nonce of the last answer and the account as kid; reading is POST-as-GET (§6.3, §6.5)', async () => {
    const { asked, open } = ca(() => account)
    const client = await open()
    if (!client.ok) throw new Error(client.error.code)
    await client.value.openAccount({ termsAgreed: true })
    await client.value.order(`${origin}/account/1`, `${origin}/order/1`)
    const last = asked.at(-1)!
    expect(headerOf(last)).toEqual({
      alg: 'ES256',
      nonce: 'nonce3',
      url: `${origin}/order/1`,
      kid: `${origin}/account/1`,
    })
    expect(JSON.parse(utf8Text(last.body!))).toMatchObject({ payload: '' })
    expect(asked.filter(({ method }) => method === 'HEAD')).toHaveLength(1)
  })

  it('is signed over the URL as the CA spells it, whatever it is asked at (RFC 8555 §6.4)', async () => {
    const newAccount = 'https://CA.example:443/acme/./account'
    const { asked, open } = ca(() => account, { ...directory, newAccount })
    const client = expectSuccess(await open())
    const binding = { keyId: 'kid-1', hmacKey: 'zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W' }
    await client.openAccount({ termsAgreed: true, externalAccountBinding: binding })
    const registering = asked.at(-1)!
    expect(registering.url).toBe(`${origin}/acme/account`)
    expect(headerOf(registering)['url']).toBe(newAccount)
    const { payload } = JSON.parse(utf8Text(registering.body!)) as { payload: string }
    const { externalAccountBinding } = JSON.parse(utf8Text(base64Bytes(payload))) as {
      externalAccountBinding: FlattenedJWSInput
    }
    expect(decodeProtectedHeader(externalAccountBinding)).toMatchObject({ url: newAccount })
    const order = 'https://ca.example:443/order/%7e1'
    await client.order(`${origin}/account/1`, order)
    expect(headerOf(asked.at(-1)!)['url']).toBe(order)
  })

  it('is repeated with the nonce that came along with badNonce, but not for ever', async () => {
    let refused = 0
    const once = await accountWith(() => (refused++ === 0 ? { status: 400, json: problem('badNonce') } : account))
    expect(once.result.ok).toBe(true)
    const always = await accountWith(() => ({ status: 400, json: problem('badNonce') }))
    expect(always.result).toMatchObject({ ok: false, error: { code: 'ca-refused', problem: 'badNonce' } })
    expect(always.asked.filter(({ method }) => method === 'POST')).toHaveLength(5)
    const nonces = always.asked.filter(({ method }) => method === 'POST').map((question) => headerOf(question)['nonce'])
    expect(new Set(nonces).size).toBe(5)
  })
})

describe('the terms of a CA', () => {
  it('are a page that a browser shows, or nothing that anybody is asked to open', async () => {
    const termsOf = async (termsOfService: string) => {
      const client = expectSuccess(await ca(() => account, { ...directory, meta: { termsOfService } }).open())
      return client.facts.termsOfService
    }
    for (const page of ['https://ca.example/terms', 'http://ca.corp.example/terms.pdf']) {
      expect(await termsOf(page)).toBe(page)
    }
    for (const other of ['data:text/plain,Do what thou wilt', 'javascript:alert(1)', 'file:///etc/passwd', 'terms']) {
      expect(await termsOf(other)).toBeUndefined()
    }
  })
})

describe('an account', () => {
  const open = async (handler: Handler, over: object = directory) => {
    const made = ca(handler, over)
    const client = await made.open()
    if (!client.ok) throw new Error(client.error.code)
    return { ...made, client: client.value }
  }
  const payloadOf = (question: HttpsQuestion) => {
    const { payload } = JSON.parse(utf8Text(question.body!)) as { payload: string }
    return JSON.parse(utf8Text(base64Bytes(payload))) as Record<string, unknown>
  }

  it('is bound to the customer’s with a MAC over its public key (RFC 8555 §7.3.4)', async () => {
    const { asked, client } = await open(() => account)
    const hmacKey = 'zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W'
    await client.openAccount({ termsAgreed: false, externalAccountBinding: { keyId: 'kid-1', hmacKey } })
    const { externalAccountBinding, ...rest } = payloadOf(asked.at(-1)!)
    expect(rest).toEqual({})
    const binding = externalAccountBinding as FlattenedJWSInput
    expect(decodeProtectedHeader(binding)).toEqual({ alg: 'HS256', kid: 'kid-1', url: directory.newAccount })
    const { payload } = await flattenedVerify(binding, base64Bytes(hmacKey))
    expect(JSON.parse(utf8Text(payload))).toEqual(key.publicJwk)
    await expect(flattenedVerify(binding, new Uint8Array(48))).rejects.toThrow()
  })

  it('gets another key by a JWS inside a JWS: the new key signs for the old one (§7.3.5)', async () => {
    const keyChange = `${origin}/key-change`
    const { asked, client } = await open(() => ({ json: {} }), { ...directory, keyChange })
    const next = await openAccountKey((await generateKey('ec-p256')).pkcs8)
    await client.changeKey(`${origin}/account/1`, next)
    const last = asked.at(-1)!
    expect(headerOf(last)).toMatchObject({ kid: `${origin}/account/1`, url: keyChange })
    const inner = payloadOf(last) as unknown as FlattenedJWSInput
    // Neither a nonce nor an account in the inner header.
    expect(decodeProtectedHeader(inner)).toEqual({ alg: 'ES256', jwk: next.publicJwk, url: keyChange })
    const { payload } = await flattenedVerify(inner, await importJWK(next.publicJwk, 'ES256'))
    expect(JSON.parse(utf8Text(payload))).toEqual({ account: `${origin}/account/1`, oldKey: key.publicJwk })
  })

  it('without a place for it at the CA keeps its key', async () => {
    const { client } = await open(() => account)
    expect(await client.changeKey(`${origin}/account/1`, key)).toEqual({
      ok: false,
      error: { code: 'ca-answer-unusable', reason: 'no-key-change' },
    })
  })
})

describe('a certificate', () => {
  const type = 'application/pem-certificate-chain'

  it('comes with the other chains that Link fields name, and without those that can’t be had (§7.4.2)', async () => {
    const { certificate } = await testPerson('anna@sandbox.example')
    const { certificate: above } = await testAuthority('Above')
    const pem = (...chain: { der: Uint8Array }[]) =>
      utf8Bytes(chain.map(({ der }) => writePem('CERTIFICATE', der)).join(''))
    const links = [
      `<${origin}/directory>;rel="index"`,
      `<${origin}/certificate/1/1>;rel="alternate"`,
      '</certificate/1/2>; rel=alternate',
      '<https://192.168.0.1/3>;rel="alternate"',
    ]
    const { open } = ca(({ url }) => {
      if (url.endsWith('/1/2')) return { status: 404, json: problem('malformed') }
      const headers = { 'content-type': type, ...(url.endsWith('/certificate/1') ? { link: links.join(', ') } : {}) }
      return { headers, body: url.endsWith('/1/1') ? pem(certificate, above) : pem(certificate) }
    })
    const client = await open()
    if (!client.ok) throw new Error(client.error.code)
    const chains = await client.value.certificate(`${origin}/account/1`, `${origin}/certificate/1`)
    expect(chains.ok && chains.value.map(({ length }) => length)).toEqual([1, 2])
  })

  it('that is revoked already is revoked, and another refusal is told', async () => {
    const answers = [
      { status: 400, json: problem('alreadyRevoked') },
      { status: 403, json: problem('unauthorized', 'No.') },
    ]
    const { open, asked } = ca(() => answers.shift() ?? {}, { ...directory, revokeCert: `${origin}/revoke` })
    const client = await open()
    if (!client.ok) throw new Error(client.error.code)
    const by = { key, accountUrl: `${origin}/account/1` }
    expect(await client.value.revoke(Uint8Array.of(48, 0), 'unspecified', by)).toEqual({ ok: true, value: {} })
    const { payload } = JSON.parse(utf8Text(asked.at(-1)!.body!)) as { payload: string }
    expect(JSON.parse(utf8Text(base64Bytes(payload)))).toEqual({ certificate: 'MAA' })
    expect(await client.value.revoke(Uint8Array.of(48, 0), 'keyCompromise', by)).toMatchObject({
      error: { problem: 'unauthorized' },
    })
  })

  it.each(['rsa-2048', 'ec-p256', 'ec-p384'] as const)('is revoked by its own key, too (%s, §7.6)', async (keyType) => {
    const handle = expectSuccess(openPrivateKey((await generateKey(keyType)).pkcs8))
    const signer = expectSuccess(await certificateSigner(handle))
    const jws = JSON.parse(
      utf8Text(await signer.sign(utf8Bytes('{}'), { url: origin, nonce: 'n' })),
    ) as FlattenedJWSInput
    const { jwk, ...header } = decodeProtectedHeader(jws) as { jwk: JWK; alg: string }
    expect(header).toMatchObject({ url: origin, nonce: 'n' })
    expect(jwk).not.toHaveProperty('d')
    const { payload } = await flattenedVerify(jws, await importJWK(jwk, header.alg))
    expect(utf8Text(payload)).toBe('{}')
  })
})

describe('a refusal', () => {
  it('that is several is named by what is inside (§6.7.1)', async () => {
    const { result } = await accountWith(() => ({
      status: 403,
      json: {
        ...problem('compound', 'Some identifiers were refused.'),
        subproblems: [problem('caa', 'CAA says no.'), problem('rejectedIdentifier', 'Not this one.'), problem('caa')],
      },
    }))
    expect(result).toMatchObject({
      error: {
        problem: 'caa, rejectedIdentifier',
        detail: 'Some identifiers were refused. CAA says no. Not this one.',
      },
    })
  })

  it('gives the problem, its words on one line and when to come back', async () => {
    const { result } = await accountWith(() => ({
      status: 429,
      headers: { 'retry-after': '120' },
      json: { ...problem('rateLimited', 'Slow\r\n\u001b[31mdown'), subproblems: [{ detail: 'later' }] },
    }))
    expect(result).toEqual({
      ok: false,
      error: {
        code: 'ca-refused',
        problem: 'rateLimited',
        detail: 'Slow [31mdown; later',
        status: 429,
        retryAfterSeconds: 120,
      },
    })
  })

  it('that has a page to explain itself names it among its words (§6.6)', async () => {
    const refusedWith = async (link: string, detail = 'Too many.') => {
      const { result } = await accountWith(() => ({
        status: 429,
        headers: { link: `<${directoryUrl}>;rel="index", <${link}>;rel="help"` },
        json: problem('rateLimited', detail),
      }))
      return result.ok || result.error.code !== 'ca-refused' ? result : result.error.detail
    }
    expect(await refusedWith('/limits')).toBe(`Too many. ${origin}/limits`)
    expect(await refusedWith('/limits', `See ${origin}/limits`)).toBe(`See ${origin}/limits`)
    expect(await refusedWith('javascript:alert(1)')).toBe('Too many.')
    expect(await refusedWith(`/${'x'.repeat(300)}`)).toBe('Too many.')
  })

  it('for new terms names the page to agree at, or else the terms themselves (§7.3.3)', async () => {
    const pageOf = async (instance?: string) => {
      const { result } = await accountWith(() => ({
        status: 403,
        headers: { link: `<${directoryUrl}>;rel="index", </terms/2>;rel="terms-of-service"` },
        json: { ...problem('userActionRequired'), ...(instance === undefined ? {} : { instance }) },
      }))
      return result.ok || result.error.code !== 'ca-refused' ? result : result.error.instance
    }
    expect(await pageOf(`${origin}/agree?token=1`)).toBe(`${origin}/agree?token=1`)
    // A reference (RFC 9457 §3.1.5), which need not be a whole address.
    expect(await pageOf('/agree')).toBe(`${origin}/agree`)
    expect(await pageOf()).toBe(`${origin}/terms/2`)
    expect(await pageOf('javascript:alert(1)')).toBe(`${origin}/terms/2`)
    expect(await pageOf('')).toBe(`${origin}/terms/2`)
  })

  it('without a problem document is told by its status', async () => {
    const { result } = await accountWith(() => ({ status: 502, body: utf8Bytes('<html>Bad gateway</html>') }))
    expect(result).toMatchObject({ ok: false, error: { code: 'ca-refused', problem: 'http-502', detail: '' } })
  })

  it('is shown by no status: down is busy, and for an hour where no time is named; a no without a reason is told as one', async () => {
    const shownFor = async (status: number, more: object = { body: utf8Bytes('<html></html>') }) => {
      const { result } = await accountWith(() => ({ status, ...more }))
      return result.ok ? result : shown(result.error, new Date('2026-11-24T12:00:00Z'))
    }
    const busy = { code: 'ca-busy', detail: '', retryAt: '2026-11-24T13:00:00.000Z' }
    expect([await shownFor(503), await shownFor(502)]).toEqual([busy, busy])
    expect(await shownFor(403)).toEqual({ code: 'ca-refused', problem: 'no-reason', detail: '' })
    const own = { type: 'https://ca.example/errors/quota', detail: 'Quota used up' }
    expect(await shownFor(403, { json: own })).toEqual({
      code: 'ca-refused',
      problem: 'own-reason',
      detail: 'Quota used up',
    })
  })

  it('of its directory or of a number for a request is told like any other: with its status, and when to come back', async () => {
    const busyAt = async (place: string, status: number) => {
      const refusing: HttpsExchange = async ({ url }) =>
        url === place
          ? success({ status, headers: { 'retry-after': '120' }, body: utf8Bytes('<html>Maintenance</html>') })
          : success({ status: 200, headers: {}, body: bytesOf(directory) })
      const client = await openAcmeClient({ directoryUrl, program, exchange: refusing, clock }, key)
      return client.ok ? client.value.openAccount({ termsAgreed: true }) : client
    }
    for (const [place, status] of [
      [directoryUrl, 503],
      [directory.newNonce, 429],
    ] as const) {
      expect(await busyAt(place, status)).toMatchObject({
        error: { code: 'ca-refused', problem: `http-${status}`, status, retryAfterSeconds: 120 },
      })
    }
  })

  it('has no more words than fit a window', async () => {
    const { result } = await accountWith(() => ({ status: 400, json: problem('malformed', 'x'.repeat(4_000)) }))
    expect(result.ok || (result.error.code === 'ca-refused' && result.error.detail.length)).toBe(500)
  })

  it.each([
    ['120', 120],
    ['0', 1],
    ['999999999', 86_400],
    ['Tue, 24 Nov 2026 12:02:00 GMT', 120],
    ['Tue, 24 Nov 2026 11:00:00 GMT', 1],
    ['soon', undefined],
    ['-5', undefined],
  ])('with Retry-After %j waits %j seconds', (value, seconds) => {
    expect(retryAfter(value, clock())).toBe(seconds)
  })
})

describe('an order', () => {
  it('may ask for no proof, and offer other ones that have no token as a mail’s has (RFC 8555 §7.1.3, §8)', async () => {
    const order = {
      status: 'ready',
      identifiers: [{ type: 'email', value: 'anna@sandbox.example' }],
      authorizations: [],
      finalize: `${origin}/finalize`,
    }
    const foreign = {
      type: 'x-visit-01',
      url: `${origin}/visit`,
      status: 'pending',
      token: 'bring a passport!',
      from: 7,
    }
    const own = {
      type: 'email-reply-00',
      url: `${origin}/mail`,
      status: 'pending',
      token: 'DGyR=',
      from: 'acme@ca.example',
    }
    const authorization = {
      status: 'pending',
      identifier: order.identifiers[0],
      challenges: [foreign, { type: 'y' }, own],
    }
    const { open } = ca(({ url }) => ({
      json: url.endsWith('/order') ? order : authorization,
      headers: { location: `${origin}/order/1` },
    }))
    const client = expectSuccess(await open())
    const placed = expectSuccess(await client.placeOrder(`${origin}/account/1`, 'anna@sandbox.example'))
    expect(placed.order.authorizations).toEqual([])
    const asked = expectSuccess(await client.authorization(`${origin}/account/1`, `${origin}/authorization`))
    expect(asked.authorization.challenges.find(({ type }) => type === own.type)).toEqual(own)
  })
})

describe('an answer that breaks the protocol is unusable', () => {
  const unusable = (reason: string) => ({ ok: false, error: { code: 'ca-answer-unusable', reason } })

  it('where the directory is none, or leads to http, to this machine or into the private network', async () => {
    expect(await ca(() => account, { newNonce: 1 }).open()).toEqual(unusable('directory'))
    for (const newOrder of [
      'http://ca.example/order',
      'https://localhost/order',
      'https://127.0.0.1/order',
      'https://2130706433/order',
      'https://0x7f.1/order',
      'https://[::1]/order',
      'https://192.168.0.1/order',
      'https://10.0.0.1/order',
      'https://169.254.169.254/order',
      'https://printer.local/order',
      'https://user:secret@ca.example/order',
    ]) {
      expect(await ca(() => account, { ...directory, newOrder }).open()).toEqual(unusable('foreign-url'))
    }
  })

  it('where an order sends the client somewhere else', async () => {
    const { open, asked } = ca(() => account)
    const client = await open()
    if (!client.ok) throw new Error(client.error.code)
    const before = asked.length
    expect(await client.value.order(`${origin}/account/1`, 'http://ca.example/order/1')).toEqual(
      unusable('foreign-url'),
    )
    expect(asked).toHaveLength(before)
  })

  it('where a redirect comes in place of an answer', async () => {
    const { result } = await accountWith(() => ({ status: 307, headers: { location: 'http://ca.example/account' } }))
    expect(result).toMatchObject({ ok: false, error: { code: 'ca-refused', problem: 'http-307' } })
  })

  it('where the directory has moved to a place that it may not name either', async () => {
    const movedTo = async (location: string) => {
      const asked: string[] = []
      const exchange: HttpsExchange = async ({ url }) => {
        asked.push(url)
        const moved = url === directoryUrl && { status: 301, headers: { location }, body: new Uint8Array() }
        return success(moved || { status: 200, headers: {}, body: bytesOf(directory) })
      }
      return { result: await openAcmeClient({ directoryUrl, program, exchange, clock }, key), asked }
    }
    const near = await movedTo('/v2/directory')
    expect(near.result.ok).toBe(true)
    expect(near.asked).toEqual([directoryUrl, `${origin}/v2/directory`])
    for (const [location, reason] of [
      ['https://192.168.0.1/directory', 'foreign-url'],
      ['http://ca.example/directory', 'not-https'],
      ['', 'too-many-redirects'],
    ] as const) {
      const { result, asked } = await movedTo(location)
      expect([location, result]).toEqual([location, unusable(reason)])
      expect(asked).toHaveLength(location === '' ? 4 : 1)
    }
  })

  it('where a location is a path only, which is one at the same server (RFC 9110 §10.2.2)', async () => {
    const opened = await accountWith(() => ({ ...account, headers: { location: '/account/1' } }))
    expect(opened.result).toEqual({ ok: true, value: { accountUrl: `${origin}/account/1` } })
    // As the server writes it, so that it knows its own account again.
    const written = 'https://CA.example:443/account/1'
    const same = await accountWith(() => ({ ...account, headers: { location: written } }))
    expect(same.result).toEqual({ ok: true, value: { accountUrl: written } })
  })

  it('where there is no account URL, or no order in the order', async () => {
    expect((await accountWith(() => ({ status: 201, json: { status: 'valid' } }))).result).toEqual(unusable('account'))
    const { open } = ca(() => ({
      status: 201,
      json: { status: 'pending' },
      headers: { location: `${origin}/order/1` },
    }))
    const client = await open()
    if (!client.ok) throw new Error(client.error.code)
    expect(await client.value.placeOrder(`${origin}/account/1`, 'anna@sandbox.example')).toEqual(unusable('order'))
  })

  it('where the certificate is a page, a private key, nothing, or more than a chain', async () => {
    const type = 'application/pem-certificate-chain'
    const of = async (contentType: string, text: string) => {
      const { open } = ca(() => ({ headers: { 'content-type': contentType }, body: utf8Bytes(text) }))
      const client = await open()
      if (!client.ok) throw new Error(client.error.code)
      return client.value.certificate(`${origin}/account/1`, `${origin}/certificate/1`)
    }
    expect(await of('text/html', '<html></html>')).toEqual(unusable('certificate-type'))
    expect(await of(type, 'hello')).toEqual(unusable('not-a-certificate'))
    const privateKey = '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n'
    expect(await of(type, privateKey)).toEqual(unusable('contains-private-key'))
  })

  it('where it is larger than anything a CA has to say', async () => {
    const exchange: HttpsExchange = async ({ maxBytes }) => {
      expect(maxBytes).toBeLessThanOrEqual(262_144)
      return failure({ code: 'too-large' })
    }
    expect(await openAcmeClient({ directoryUrl, program, exchange, clock }, key)).toEqual(unusable('too-large'))
  })

  it('and is told apart from none at all', async () => {
    const exchange: HttpsExchange = async () => failure({ code: 'connect-refused' })
    expect(await openAcmeClient({ directoryUrl, program, exchange, clock }, key)).toEqual({
      ok: false,
      error: { code: 'ca-unreachable', host: 'ca.example', reason: 'connect-refused' },
    })
  })
})

describe('a location', () => {
  it('inside is allowed only for a directory of that very origin', () => {
    const local = 'https://127.0.0.1:14000/directory'
    expect(allowedLocation('https://127.0.0.1:14000/order', local)).toBe('https://127.0.0.1:14000/order')
    expect(allowedLocation('https://127.0.0.1:14001/order', local)).toBeUndefined()
    expect(allowedLocation('https://elsewhere.example/order', directoryUrl)).toBe('https://elsewhere.example/order')
  })
})
