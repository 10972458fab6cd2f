import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { hasOpenssl } from '../../../build/openssl.ts'
import type { CertificateRequest } from '../../../shared/contract/requests.ts'
import { answerToRequest, validNow } from '../../acquisition/testIssuing.ts'
import { readPem, writePem } from '../../asn1/pem.ts'
import { base64Text, utf8Bytes } from '../../base/bytes.ts'
import { expectSuccess } from '../../base/result.ts'
import { type Certificate, parseCertificate } from '../../certificates/certificate.ts'
import { type TestEntity, type TestOverrides, testAuthority, testPerson } from '../../certificates/testPki.ts'
import type { ServiceContext } from '../context.ts'
import { openSession } from '../session.ts'
import { clientOf, failureOf, testRuntime, testServices } from '../testServices.ts'

const address = 'anna@sandbox.example'
const day = 86_400_000
const root = await testAuthority('Root', {}, validNow)
const issuing = await testAuthority('Issuing CA', { issuer: root }, validNow)

async function answerTo({ pem }: CertificateRequest, changes: TestOverrides = {}, issuer: TestEntity = issuing) {
  const der = await answerToRequest(pem, issuer, { subject: { commonName: 'Anna Berger' }, ...changes })
  return expectSuccess(parseCertificate(der))
}

const sourceOf = (...certificates: readonly Certificate[]) => ({
  bytes: base64Text(utf8Bytes(certificates.map(({ der }) => writePem('CERTIFICATE', der)).join(''))),
})

const wish = { name: 'Anna Berger', address, authority: '', keyType: 'ec-p256', purpose: 'both' } as const

async function waiting(changes: Partial<Parameters<ReturnType<typeof clientOf>['requests']['begin']>[0]> = {}) {
  const context = await testServices()
  const client = clientOf(context)
  const { requests } = await client.requests.begin({ ...wish, ...changes })
  const [request] = requests
  if (!request) throw new Error('no request')
  return { context, client, request, requests }
}

const codes = (concerns: readonly { code: string; weight: string }[]) =>
  concerns.map(({ code, weight }) => `${code}: ${weight}`)

describe('a request by file', () => {
  it.skipIf(!hasOpenssl)('is saved as PEM and DER that openssl verifies', async () => {
    const { client, context, request } = await waiting({ keyType: 'rsa-2048' })
    const folder = mkdtempSync(join(tmpdir(), 'siegel-request-'))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    for (const format of ['pem', 'der'] as const) {
      const { spoolId, name } = await client.requests.save({ id: request.id, format })
      expect(name).toBe('anna@sandbox.example.csr')
      const file = join(folder, format)
      writeFileSync(file, (await context.application.handover.get(spoolId)?.bytes()) ?? '')
      const said = execFileSync('openssl', ['req', '-in', file, '-inform', format, '-noout', '-verify', '-text'], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      expect(said).toMatch(/email:anna@sandbox\.example/)
    }
  })

  it('keeps its key before anything else, and the key waits for days and a restart', async () => {
    const home = await mkdtemp(join(tmpdir(), 'siegel-services-'))
    onTestFinished(() => rm(home, { recursive: true, force: true }))
    const first = await openSession({ home, runtime: testRuntime() })
    expectSuccess(await first.context.application.vault.create('correct horse battery staple'))
    const { requests } = await clientOf(first.context).requests.begin(wish)
    await first.close()

    const second = await openSession({ home, runtime: testRuntime() })
    onTestFinished(() => second.close())
    const client = clientOf(second.context)
    const [kept] = await client.requests.list()
    expect(kept).toEqual(requests[0])
    const certificate = await answerTo(kept!)
    // Joining needs no passphrase: the key is sealed already.
    const { identities } = await client.requests.takeAnswer({
      sources: [sourceOf(certificate)],
      certificates: [certificate.sha256],
    })
    expect(identities[0]).toMatchObject({ addresses: [address], preferred: true, source: 'enrolment' })
    expect((await client.requests.list())[0]).toMatchObject({ state: 'done', identityId: identities[0]?.id })
  })

  it('leaves nothing behind where the vault is locked', async () => {
    const context = await testServices()
    context.application.vault.lock()
    expect(await failureOf(clientOf(context).requests.begin(wish))).toMatchObject({ code: 'locked' })
    expect(await clientOf(context).requests.list()).toEqual([])
  })

  it('is refused for what is no address, and for an authority that nobody knows', async () => {
    const client = clientOf(await testServices())
    expect(await failureOf(client.requests.begin({ ...wish, address: 'anna at home' }))).toMatchObject({
      code: 'malformed-address',
    })
    expect(await failureOf(client.requests.begin({ ...wish, authority: 'nobody' }))).toMatchObject({
      code: 'not-found',
    })
    expect(await client.requests.list()).toEqual([])
  })
})

describe('giving a request up', () => {
  const keysOf = ({ application }: ServiceContext) =>
    application.profile.database.all('SELECT id FROM private_keys').length

  it('keeps the key, and an answer that comes after all is still joined', async () => {
    const { client, context, request } = await waiting()
    expect(await client.requests.cancel({ id: request.id, key: 'keep' })).toMatchObject({ state: 'cancelled' })
    expect(keysOf(context)).toBe(1)
    const certificate = await answerTo(request)
    const sources = [sourceOf(certificate)]
    expect((await client.requests.readAnswer({ sources })).certificates[0]?.concerns.map(({ code }) => code)).toEqual([
      'chain-unknown',
    ])
    await client.requests.takeAnswer({ sources, certificates: [certificate.sha256] })
    expect((await client.requests.list())[0]?.state).toBe('done')
  })

  it('discards the key where that is wanted, and says so when an answer comes', async () => {
    const { client, context, request } = await waiting()
    await client.requests.cancel({ id: request.id, key: 'keep' })
    expect(await client.requests.cancel({ id: request.id, key: 'discard' })).toMatchObject({ keyDiscarded: true })
    expect(keysOf(context)).toBe(0)
    const certificate = await answerTo(request)
    const { certificates } = await client.requests.readAnswer({ sources: [sourceOf(certificate)] })
    expect(codes(certificates[0]?.concerns ?? [])).toEqual(['key-discarded: stop'])
  })

  it('never takes a key that has a certificate', async () => {
    const { client, context, request } = await waiting()
    const certificate = await answerTo(request)
    // The answer came as a file that was imported.
    await client.identities.import({ source: sourceOf(certificate) })
    expect(await failureOf(client.requests.cancel({ id: request.id, key: 'discard' }))).toMatchObject({
      code: 'request-answered',
    })
    expect(keysOf(context)).toBe(1)
    expect((await client.requests.list())[0]).toMatchObject({ state: 'waiting', keyDiscarded: false })
  })

  it('is the only way out for a key: the schema keeps every other one', async () => {
    const { context } = await waiting()
    expect(() => context.application.profile.database.run('DELETE FROM private_keys')).toThrow(/never deleted/)
  })
})

describe('an answer', () => {
  it('is joined in any order: its issuers in one file, itself in another, what is no answer beside them', async () => {
    const { client, request } = await waiting()
    const certificate = await answerTo(request)
    const sources = [
      sourceOf(root.certificate),
      { bytes: base64Text(utf8Bytes('Dear Anna')) },
      sourceOf(issuing.certificate, certificate),
    ]
    const preview = await client.requests.readAnswer({ sources })
    expect(preview).toMatchObject({ issuers: 2, unreadable: [{ source: 1, code: 'not-a-certificate' }] })
    expect(preview.certificates).toMatchObject([{ requestId: request.id, canSign: true, canEncrypt: true }])
    expect(preview.certificates[0]?.chain.chain).toHaveLength(3)
    const { identities } = await client.requests.takeAnswer({ sources, certificates: [certificate.sha256] })
    const whole = await client.identities.get({ id: identities[0]!.id })
    expect(whole.chain.chain.map(({ name }) => name)).toEqual(['Anna Berger', 'Issuing CA', 'Root'])
  })

  it('is completed by issuers that came days before', async () => {
    const { client, context, request } = await waiting()
    context.application.trust.rememberIssuers([issuing.certificate])
    const sources = [sourceOf(await answerTo(request))]
    const { certificates } = await client.requests.readAnswer({ sources })
    expect(certificates[0]?.chain.chain.map(({ name }) => name)).toEqual(['Anna Berger', 'Issuing CA'])
  })

  it.each<[string, TestOverrides, string[]]>([
    ['for another address', { emails: ['anna@other.example'] }, ['other-address: ask']],
    ['with the address among others', { emails: ['info@sandbox.example', address.toUpperCase()] }, []],
    ['for no address', { emails: [] }, ['no-address: ask']],
    [
      'that has run out',
      { notBefore: new Date(Date.now() - 9 * day), notAfter: new Date(Date.now() - day) },
      ['expired: ask'],
    ],
    ['that begins later', { notBefore: new Date(Date.now() + day) }, ['not-yet-valid: tell']],
    ['for a web server', { extendedKeyUsage: ['1.3.6.1.5.5.7.3.1'] }, ['not-for-mail: ask']],
    ['for signing only', { keyUsage: ['digitalSignature'] }, ['cannot-encrypt: tell']],
    ['for encryption only', { keyUsage: ['keyAgreement'] }, ['cannot-sign: tell']],
    ['signed with SHA-1', { scheme: { kind: 'ecdsa', digest: 'sha1' } }, ['chain-broken: ask']],
  ])('%s is told as such', async (_, changes, expected) => {
    const { client, context, request } = await waiting()
    expectSuccess(context.application.trust.add(root.certificate, ''))
    const certificate = await answerTo(request, changes)
    const { certificates } = await client.requests.readAnswer({
      sources: [sourceOf(certificate, issuing.certificate)],
    })
    expect(codes(certificates[0]?.concerns ?? [])).toEqual(expected)
  })

  it.skipIf(!hasOpenssl)('for a key that is too short by today’s rules is told as such', async () => {
    const context = await testServices()
    const weak = ['genpkey', '-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:1024']
    const text = execFileSync('openssl', weak, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
    const pkcs8 = readPem(text)[0]?.bytes ?? new Uint8Array()
    expectSuccess(context.application.identities.keepKey(pkcs8))
    const { certificate } = await testPerson(address, { issuer: issuing, keyOf: { pkcs8 } }, validNow)
    const { certificates } = await clientOf(context).requests.readAnswer({ sources: [sourceOf(certificate)] })
    expect(codes(certificates[0]?.concerns ?? [])).toContain('weak-key: ask')
  })

  it('for another address makes an identity of that address, if the person wants it', async () => {
    const { client, request } = await waiting()
    const certificate = await answerTo(request, { emails: ['anna@other.example'] })
    const { identities } = await client.requests.takeAnswer({
      sources: [sourceOf(certificate)],
      certificates: [certificate.sha256],
    })
    expect(identities[0]?.addresses).toEqual(['anna@other.example'])
  })

  it('for a stranger’s key is never taken, and what stands beside it isn’t either', async () => {
    const { client, request } = await waiting()
    const own = await answerTo(request)
    const stranger = await testPerson('eve@sandbox.example', { issuer: issuing }, validNow)
    const sources = [sourceOf(own, stranger.certificate)]
    const { certificates } = await client.requests.readAnswer({ sources })
    expect(certificates.map(({ concerns }) => codes(concerns))).toEqual([['chain-unknown: tell'], ['other-key: stop']])
    const take = client.requests.takeAnswer({ sources, certificates: [own.sha256, stranger.certificate.sha256] })
    expect(await failureOf(take)).toMatchObject({ code: 'certificate-for-another-key' })
    expect(await client.identities.list()).toEqual([])
    expect((await client.requests.list())[0]?.state).toBe('waiting')
  })

  it('that was taken before is known again', async () => {
    const { client, request } = await waiting()
    const certificate = await answerTo(request)
    const given = { sources: [sourceOf(certificate)], certificates: [certificate.sha256] }
    await client.requests.takeAnswer(given)
    const { certificates } = await client.requests.readAnswer(given)
    expect(codes(certificates[0]?.concerns ?? [])).toEqual(['already-here: stop'])
    expect(await failureOf(client.requests.takeAnswer(given))).toMatchObject({ code: 'already-known' })
  })

  it('to two requests joins both, and the one that signs is used for writing', async () => {
    const { client, requests } = await waiting({ purpose: 'separate' })
    const [sign, encrypt] = requests
    expect(requests.map(({ use }) => use)).toEqual(['sign', 'encrypt'])
    expect(sign?.pairId).toBe(encrypt?.pairId)
    const answers = [
      await answerTo(encrypt!, { keyUsage: ['keyAgreement'] }),
      await answerTo(sign!, { keyUsage: ['digitalSignature'] }),
    ]
    const sources = answers.reverse().map((one) => sourceOf(one))
    await client.requests.takeAnswer({ sources, certificates: answers.map(({ sha256 }) => sha256) })
    const identities = await client.identities.list()
    expect(identities.map(({ canSign, canEncrypt, preferred }) => ({ canSign, canEncrypt, preferred }))).toEqual([
      { canSign: true, canEncrypt: false, preferred: true },
      { canSign: false, canEncrypt: true, preferred: false },
    ])
  })

  it('that only decrypts, or has run out, leaves the one that signs in its place', async () => {
    const { client, request } = await waiting()
    const first = await answerTo(request)
    await client.requests.takeAnswer({ sources: [sourceOf(first)], certificates: [first.sha256] })
    for (const changes of [
      { keyUsage: ['keyAgreement'] },
      { notBefore: new Date(Date.now() - 9 * day), notAfter: new Date(Date.now() - day) },
    ] satisfies TestOverrides[]) {
      const [next] = (await client.requests.begin(wish)).requests
      const later = await answerTo(next!, changes)
      await client.requests.takeAnswer({ sources: [sourceOf(later)], certificates: [later.sha256] })
    }
    const preferred = (await client.identities.list()).filter((one) => one.preferred)
    expect(preferred.map(({ certificate }) => certificate.sha256)).toEqual([first.sha256])
  })

  it('to a renewal retires what it follows', async () => {
    const { client, request } = await waiting()
    const first = await answerTo(request)
    const { identities } = await client.requests.takeAnswer({
      sources: [sourceOf(first)],
      certificates: [first.sha256],
    })
    const [renewal] = (await client.requests.begin({ ...wish, renews: identities[0]!.id })).requests
    const second = await answerTo(renewal!)
    await client.requests.takeAnswer({ sources: [sourceOf(second)], certificates: [second.sha256] })
    const now = await client.identities.list()
    expect(now.map(({ certificate, retired }) => [certificate.sha256, retired])).toEqual([
      [second.sha256, false],
      [first.sha256, true],
    ])
  })

  it('of a CA that nobody knows takes no place of one that counts with others', async () => {
    const { context, client, request } = await waiting()
    expectSuccess(context.application.trust.add(root.certificate, ''))
    const take = (one: Certificate, ...chain: readonly Certificate[]) =>
      client.requests.takeAnswer({ sources: [sourceOf(one, ...chain)], certificates: [one.sha256] })
    const { identities } = await take(await answerTo(request), issuing.certificate)
    const old = identities[0]!.id
    const [renewal] = (await client.requests.begin({ ...wish, renews: old })).requests
    const strange = await answerTo(renewal!, {}, await testAuthority('Nobody’s CA', {}, validNow))
    await take(strange)
    const kept = (await client.identities.list()).find(({ id }) => id === old)
    expect(kept).toMatchObject({ retired: false, preferred: true })
  })

  it('to a renewal by two requests retires what it follows only once both are here', async () => {
    const { client, request } = await waiting()
    const first = await answerTo(request)
    const take = (one: Certificate) =>
      client.requests.takeAnswer({ sources: [sourceOf(one)], certificates: [one.sha256] })
    const { identities } = await take(first)
    const old = identities[0]!.id
    const [sign, encrypt] = (await client.requests.begin({ ...wish, purpose: 'separate', renews: old })).requests
    const isRetired = async () => (await client.identities.list()).find(({ id }) => id === old)?.retired
    await take(await answerTo(sign!, { keyUsage: ['digitalSignature'] }))
    // It still decrypts: a sealed letter needs a copy for its writer.
    expect(await isRetired()).toBe(false)
    await take(await answerTo(encrypt!, { keyUsage: ['keyAgreement'] }))
    expect(await isRetired()).toBe(true)
    expect((await client.renewal.list()).map(({ identityId }) => identityId)).not.toContain(old)
  })

  it('to a renewal leaves one in use that has a further address', async () => {
    const { client, request } = await waiting()
    const take = (one: Certificate) =>
      client.requests.takeAnswer({ sources: [sourceOf(one)], certificates: [one.sha256] })
    const { identities } = await take(await answerTo(request, { emails: [address, 'office@sandbox.example'] }))
    const old = identities[0]!.id
    const [renewal] = (await client.requests.begin({ ...wish, renews: old })).requests
    await take(await answerTo(renewal!))
    expect((await client.identities.list()).find(({ id }) => id === old)).toMatchObject({ retired: false })
  })

  it('from an entry of one’s own leads back to its page where it is to be revoked', async () => {
    const { client, context } = await waiting()
    const url = 'https://ca.example.org/request'
    const { id: authority } = await client.catalogue.add({ name: 'Company CA', issues: 'csr', url })
    const nora = { ...wish, name: 'Nora', address: 'nora@sandbox.example', authority }
    const [request] = (await client.requests.begin(nora)).requests
    const certificate = await answerTo(request!, { emails: [nora.address] })
    const { identities } = await client.requests.takeAnswer({
      sources: [sourceOf(certificate)],
      certificates: [certificate.sha256],
    })
    const identityId = identities[0]!.id
    expect(await client.renewal.revocation({ identityId })).toMatchObject({ way: 'instructions', links: [url] })
    context.application.ownAuthorities.remove(authority)
    expect(await client.renewal.revocation({ identityId })).toMatchObject({ way: 'instructions', links: [] })
  })
})
