import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { phrase } from '../../../shared/words/words.ts'
import {
  context,
  derBitString,
  derElement,
  derInteger,
  derOctetString,
  derOid,
  derSequence,
  derSet,
} from '../../asn1/der.ts'
import { oids } from '../../asn1/oids.ts'
import { systemClock } from '../../base/clock.ts'
import { expectSuccess, type Result } from '../../base/result.ts'
import type { Certificate } from '../../certificates/certificate.ts'
import { nameDer, signatureAlgorithmDer, subjectAltNameDer } from '../../certificates/issue.ts'
import { defaultScheme, generateKey, openPrivateKey, type PrivateKeyHandle } from '../../crypto/privateKey.ts'
import { type AccountKey, openAccountKey } from './accountKey.ts'
import type { ExternalAccountBinding } from './accounts.ts'
import { certificateSigner } from './certificateSigner.ts'
import { type AcmeClient, openAcmeClient } from './client.ts'
import { type AcmeError, isLost, isPassing, shown } from './errors.ts'
import { orderSchema } from './resources.ts'
import { hasPebble, type Pebble, startPebble } from './testPebble.ts'
import { connectAcme, readJson } from './transport.ts'

const peer = hasPebble ? 'pebble' : 'pebble, which is not installed here'
let pebble: Pebble

async function newKey(): Promise<AccountKey> {
  return openAccountKey((await generateKey('ec-p256')).pkcs8)
}

async function clientOf(key: AccountKey, at = pebble): Promise<AcmeClient> {
  return expectSuccess(await openAcmeClient(at.connection, key))
}

async function newAccount(externalAccountBinding?: ExternalAccountBinding, at = pebble) {
  const key = await newKey()
  const client = await clientOf(key, at)
  const registration = { termsAgreed: true, ...(externalAccountBinding ? { externalAccountBinding } : {}) }
  return { key, client, ...expectSuccess(await client.openAccount(registration)) }
}

/** A request for a host: Siegel writes none, and Pebble certifies nothing else. */
async function hostRequest(host: string, key: PrivateKeyHandle): Promise<Uint8Array> {
  const names = derSequence(derOid(oids.subjectAltName), derOctetString(subjectAltNameDer({ dnsNames: [host] })))
  const attributes = derElement(context(0), derSequence(derOid(oids.extensionRequest), derSet(derSequence(names))))
  const scheme = defaultScheme(key.algorithm)
  const signed = derSequence(derInteger(0), nameDer({}), key.publicKeyInfo, attributes)
  return derSequence(signed, signatureAlgorithmDer(scheme), derBitString(await key.sign(scheme, signed)))
}

async function placeHostOrder(host: string, { key, accountUrl }: Awaited<ReturnType<typeof newAccount>>) {
  const transport = expectSuccess(await connectAcme(pebble.connection))
  const wish = { identifiers: [{ type: 'dns', value: host }] }
  const placed = expectSuccess(await transport.post(transport.directory.newOrder, wish, { key, accountUrl }))
  return { order: orderSchema.parse(readJson(placed.body)), orderUrl: placed.location ?? '' }
}

/** Asks as often as a person would wait for, with the breaks that the server asks for left out. */
async function until<Value>(ask: () => Promise<Value>, done: (value: Value) => boolean): Promise<Value> {
  for (let left = 3_000; ; left--) {
    const value = await ask()
    if (done(value) || left === 0) return value
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

async function certified(
  host: string,
  account: Awaited<ReturnType<typeof newAccount>>,
  type: 'ec-p256' | 'ec-p384' | 'rsa-2048' = 'ec-p256',
) {
  const { client, accountUrl } = account
  const { order, orderUrl } = await placeHostOrder(host, account)
  const [authorizationUrl = ''] = order.authorizations
  const authorizationNow = async () =>
    expectSuccess(await client.authorization(accountUrl, authorizationUrl)).authorization
  const { challenges, status } = await authorizationNow()
  if (status === 'pending') expectSuccess(await client.answerChallenge(accountUrl, challenges[0]?.url ?? ''))
  expect((await until(authorizationNow, (now) => now.status !== 'pending')).status).toBe('valid')
  const key = expectSuccess(openPrivateKey((await generateKey(type)).pkcs8))
  const finalized = expectSuccess(await client.finalize(accountUrl, order.finalize, await hostRequest(host, key)))
  const orderNow = async () => expectSuccess(await client.order(accountUrl, orderUrl))
  const issued = await until(orderNow, ({ order: now }) => now.status !== 'processing')
  expect(issued.order.status).toBe('valid')
  const chains = expectSuccess(await client.certificate(accountUrl, issued.order.certificate ?? ''))
  return { key, finalized, chains, certificate: chains[0]?.[0] as Certificate }
}

function refusalOf(answer: Result<unknown, AcmeError>): AcmeError {
  if (answer.ok) throw new Error('not refused')
  return answer.error
}

describe.skipIf(!hasPebble)(`with ${peer}`, () => {
  beforeAll(async () => {
    pebble = await startPebble({ PEBBLE_ALTERNATE_ROOTS: '2' })
  })
  afterAll(() => pebble?.stop())

  it('the directory is read, and every request names the program that asks (RFC 8555 §6.1)', async () => {
    const { facts } = await clientOf(await newKey())
    expect(facts).toMatchObject({ externalAccountRequired: false, revocation: true, keyChange: true })
    // Its terms are a "data:" address, which no browser opens.
    expect(facts.termsOfService).toBeUndefined()
    for (const { headers } of pebble.asked) expect(headers['user-agent']).toMatch(/^Siegel\//)
  })

  it('an account is opened, found, told of a contact, given another key and closed', async () => {
    const { key, client, accountUrl, ordersUrl } = await newAccount()
    expect(expectSuccess(await client.openAccount({ termsAgreed: true })).accountUrl).toBe(accountUrl)
    expect(expectSuccess(await client.findAccount())).toMatchObject({ accountUrl, ordersUrl })
    expect((await client.changeContact(accountUrl, ['anna+acme@sandbox.example'])).ok).toBe(true)
    expect(await client.changeContact(accountUrl, ['anna@'])).toMatchObject({ error: { code: 'ca-refused' } })
    expect((await client.changeContact(accountUrl, [])).ok).toBe(true)

    const next = await newKey()
    expect((await client.changeKey(accountUrl, next)).ok).toBe(true)
    expect(await client.findAccount()).toMatchObject({ error: { problem: 'accountDoesNotExist' } })
    const renewed = await clientOf(next)
    expect(expectSuccess(await renewed.findAccount()).accountUrl).toBe(accountUrl)
    // The key of one account can't become another one's.
    const other = await newAccount()
    expect(await other.client.changeKey(other.accountUrl, next)).toMatchObject({ error: { code: 'ca-refused' } })
    expect(key.thumbprint).not.toBe(next.thumbprint)

    expect((await renewed.deactivate(accountUrl)).ok).toBe(true)
    expect(await renewed.placeOrder(accountUrl, 'anna@sandbox.example')).toMatchObject({
      error: { code: 'ca-refused', problem: 'unauthorized' },
    })
    expect(await renewed.findAccount()).toMatchObject({ ok: false, error: { code: 'ca-refused' } })
  })

  it('an account whose terms nobody agreed to is refused', async () => {
    const client = await clientOf(await newKey())
    const refused = await client.openAccount({ termsAgreed: false })
    expect(refused).toMatchObject({ ok: false, error: { code: 'ca-refused' } })
  })

  it('an order for a mail address is refused in words that say so', async () => {
    const { client, accountUrl } = await newAccount()
    const refused = await client.placeOrder(accountUrl, 'anna@sandbox.example')
    if (refused.ok) throw new Error('certified')
    const { code, ...data } = shown(refused.error, systemClock())
    expect(phrase('en', `errors.${code}.what`, data)).toBe(
      "The certificate authority refused: it can't do anything with the request.",
    )
    expect(phrase('de', `errors.${code}.next`, data)).toContain(
      'In ihren eigenen Worten: „Order includes unknown identifier type email“ Wenn Sie das beheben können',
    )
  })

  it('a certificate is issued, with each chain that is offered, and revoked by the account (§7.4, §7.6)', async () => {
    const account = await newAccount()
    const { chains, certificate } = await certified('one.sandbox.example', account)
    expect(chains).toHaveLength(3)
    expect(new Set(chains.map(([leaf]) => leaf?.sha256)).size).toBe(1)
    expect(new Set(chains.map((chain) => chain.at(-1)?.sha256)).size).toBe(3)
    const { client, key, accountUrl } = account
    // Only newer ones say when they want the renewal (RFC 9773).
    const wish = expectSuccess(await client.renewalInfo(certificate))
    expect(wish !== undefined).toBe(client.facts.renewalInfo)
    const revoke = () => client.revoke(certificate.der, 'superseded', { key, accountUrl })
    expect((await revoke()).ok).toBe(true)
    expect(await pebble.statusOf(certificate.serialNumber)).toMatchObject({ Status: 'Revoked', Reason: 4 })
    // Asked twice it is as good as once.
    expect((await revoke()).ok).toBe(true)
  })

  it.each(['ec-p256' as const, 'ec-p384' as const, 'rsa-2048' as const])(
    'a certificate is revoked by its own key of type %s, and by no other account',
    async (type) => {
      const account = await newAccount()
      const { certificate, key } = await certified(`two.${type}.sandbox.example`, account, type)
      const stranger = await newAccount()
      const refused = await stranger.client.revoke(certificate.der, 'keyCompromise', stranger)
      expect(refused).toMatchObject({ error: { code: 'ca-refused', problem: 'unauthorized' } })
      const signer = expectSuccess(await certificateSigner(key))
      expect((await stranger.client.revoke(certificate.der, 'keyCompromise', { key: signer })).ok).toBe(true)
      expect(await pebble.statusOf(certificate.serialNumber)).toMatchObject({ Status: 'Revoked', Reason: 1 })
    },
  )

  it('a request that comes too early may come again, and one that can’t be used is refused for good', async () => {
    const account = await newAccount()
    const { client, accountUrl } = account
    const { order, orderUrl } = await placeHostOrder('three.sandbox.example', account)
    const key = expectSuccess(openPrivateKey((await generateKey('ec-p256')).pkcs8))
    const finalize = async (host: string) =>
      refusalOf(await client.finalize(accountUrl, order.finalize, await hostRequest(host, key)))
    const early = await finalize('three.sandbox.example')
    expect(early).toMatchObject({ problem: 'orderNotReady' })
    expect(isPassing(early)).toBe(true)

    const [authorizationUrl = ''] = order.authorizations
    const { challenges } = expectSuccess(await client.authorization(accountUrl, authorizationUrl)).authorization
    expectSuccess(await client.answerChallenge(accountUrl, challenges[0]?.url ?? ''))
    const orderNow = async () => expectSuccess(await client.order(accountUrl, orderUrl)).order
    await until(orderNow, ({ status }) => status === 'ready')
    for (const refused of [
      await finalize('four.sandbox.example'),
      refusalOf(await client.finalize(accountUrl, order.finalize, new Uint8Array([0x30, 0x00]))),
    ]) {
      expect(refused.code).toBe('ca-refused')
      expect(isPassing(refused)).toBe(false)
    }
  })

  it('an order that another account placed is none of ours', async () => {
    const { orderUrl } = await placeHostOrder('five.sandbox.example', await newAccount())
    const stranger = await newAccount()
    const refused = refusalOf(await stranger.client.order(stranger.accountUrl, orderUrl))
    expect(refused).toMatchObject({ code: 'ca-refused' })
    const gone = refusalOf(await stranger.client.order(stranger.accountUrl, `${orderUrl}x`))
    expect(isLost(gone)).toBe(true)
  })

  it('the list of orders is read over all its pages (§7.1.2.1)', async () => {
    const account = await newAccount()
    const placed: string[] = []
    for (let number = 0; number < 8; number++) {
      placed.push((await placeHostOrder(`n${number}.sandbox.example`, account)).orderUrl)
    }
    const listed = await account.client.orderUrls(account.accountUrl, account.ordersUrl ?? '')
    expect([...listed].sort()).toEqual(placed.sort())
  })

  it('an authorization is taken back (§7.5.2)', async () => {
    const account = await newAccount()
    const { client, accountUrl } = account
    const { order } = await placeHostOrder('four.sandbox.example', account)
    const [url = ''] = order.authorizations
    expect((await client.deactivateAuthorization(accountUrl, url)).ok).toBe(true)
    const { authorization } = expectSuccess(await client.authorization(accountUrl, url))
    expect(authorization.status).toBe('deactivated')
  })
})

describe.skipIf(!hasPebble)(`as a customer of ${peer}`, () => {
  const hmacKey = 'zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W'
  let bound: Pebble
  beforeAll(async () => {
    bound = await startPebble({}, { 'customer-1': hmacKey })
  })
  afterAll(() => bound?.stop())

  it('an account is bound to the customer’s (§7.3.4)', async () => {
    const client = await clientOf(await newKey(), bound)
    expect(client.facts.externalAccountRequired).toBe(true)
    const unbound = await client.openAccount({ termsAgreed: true })
    expect(unbound).toMatchObject({ error: { code: 'ca-refused', problem: 'externalAccountRequired' } })
    const account = await newAccount({ keyId: 'customer-1', hmacKey }, bound)
    expect(expectSuccess(await account.client.findAccount()).accountUrl).toBe(account.accountUrl)
  })

  it('a wrong key and an unknown customer are refused', async () => {
    for (const binding of [
      { keyId: 'customer-1', hmacKey: `${hmacKey.slice(0, -1)}A` },
      { keyId: 'customer-2', hmacKey },
    ]) {
      const client = await clientOf(await newKey(), bound)
      const refused = await client.openAccount({ termsAgreed: true, externalAccountBinding: binding })
      expect(refused).toMatchObject({ error: { code: 'ca-refused' } })
    }
  })
})
