import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type RequestListener, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { derNull, derSequence } from '../../asn1/der.ts'
import { writePem } from '../../asn1/pem.ts'
import { systemRandom } from '../../base/random.ts'
import { expectSuccess } from '../../base/result.ts'
import { fetchBytes } from '../../net/http.ts'
import type { Certificate } from '../certificate.ts'
import { type TestEntity, testAuthority, testPerson } from '../testPki.ts'

import { ocspStatus } from './ocsp.ts'
import { fetchOcspResponse, type OcspFetch } from './ocspFetch.ts'
import { ocspNonceBytes } from './ocspRequest.ts'
import { testResponder, testResponseDer, testSignatureBudget } from './testOcspResponder.ts'

/** Earlier versions and LibreSSL don't tell the port that they took. */
const hasOpenssl = /^OpenSSL ([3-9]|\d\d)\./.test(String(spawnSync('openssl', ['version']).stdout))
const day = 86_400_000
const folder = mkdtempSync(join(tmpdir(), 'siegel-ocsp-'))
const responders: ChildProcess[] = []
const servers: Server[] = []

let ca: TestEntity
let stranger: TestEntity
let anna: TestEntity
let bert: TestEntity
let carla: TestEntity

const revokedAt = new Date('2026-02-03T04:05:06Z')
const lasting = { notBefore: new Date(Date.now() - 30 * day), notAfter: new Date(Date.now() + 30 * day) }

/** One line of the index of `openssl ca`: status, expiry, revocation, serial number, file, subject. */
function indexLine({ serialNumber, notAfter, subject }: Certificate, revocation = ''): string {
  const time = (date: Date) => `${date.toISOString().slice(2, 19).replaceAll(/[-:T]/g, '')}Z`
  const serial = serialNumber.toUpperCase()
  return `${[revocation ? 'R' : 'V', time(notAfter), revocation, serial, 'unknown', `/${subject.text}`].join('\t')}\n`
}

beforeAll(async () => {
  ca = await testAuthority('CA', {}, lasting)
  stranger = await testAuthority('CA', {}, lasting)
  anna = await testPerson('anna@sandbox.example', { issuer: ca }, lasting)
  bert = await testPerson('bert@sandbox.example', { issuer: ca }, lasting)
  carla = await testPerson('carla@sandbox.example', { issuer: ca }, lasting)
  const revoked = indexLine(bert.certificate, '260203040506Z,keyCompromise')
  writeFileSync(join(folder, 'index.txt'), indexLine(anna.certificate) + revoked)
  writeFileSync(join(folder, 'ca.pem'), writePem('CERTIFICATE', ca.certificate.der))
})
afterAll(async () => {
  for (const responder of responders) responder.kill()
  for (const server of servers) {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  rmSync(folder, { recursive: true, force: true })
})

/** Starts `openssl ocsp` for the CA; gives its address. */
async function responder(signer: TestEntity, ...options: readonly string[]): Promise<string> {
  const name = join(folder, `responder${responders.length}`)
  writeFileSync(`${name}.pem`, writePem('CERTIFICATE', signer.certificate.der))
  writeFileSync(`${name}.key`, writePem('PRIVATE KEY', signer.pkcs8), { mode: 0o600 })
  const words = ['ocsp', '-port', '0', '-index', 'index.txt', '-CA', 'ca.pem']
  const started = spawn('openssl', [...words, '-rsigner', `${name}.pem`, '-rkey', `${name}.key`, ...options], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  responders.push(started)
  const port = await new Promise<string>((resolve, reject) => {
    let said = ''
    started.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString('latin1')
      const found = /ACCEPT \S*:(\d+)/.exec(said)?.[1]
      if (found) resolve(found)
    })
    started.once('exit', () => reject(new Error('openssl ocsp ended')))
  })
  return `http://localhost:${port}/`
}

async function site(handler: RequestListener): Promise<string> {
  const server = createServer(handler)
  servers.push(server)
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve())
  })
  const address = server.address()
  return `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}/`
}

const ask = (url: string, person = anna, more: Partial<OcspFetch> = {}) =>
  fetchOcspResponse({
    certificate: person.certificate,
    issuer: ca.certificate,
    responder: url,
    nonce: systemRandom(ocspNonceBytes),
    exchange: { localAddresses: true, timeoutMs: 60_000 },
    ...more,
  })

/** Asks, and judges the answer: at present unless told otherwise. */
async function status(url: string, person = anna, more: Partial<OcspFetch> & { readonly at?: Date } = {}) {
  const fetched = await ask(url, person, more)
  if (!fetched.ok) return fetched.error
  return ocspStatus({
    certificate: person.certificate,
    issuer: ca.certificate,
    at: more.at ?? new Date(),
    responses: [fetched.value.response],
    signatures: testSignatureBudget(10),
  })
}

describe.skipIf(!hasOpenssl)(
  hasOpenssl ? "openssl's responder" : 'skipped: there is no openssl command from version 3',
  () => {
    it('of the CA itself says good, revoked and unknown', async () => {
      const url = await responder(ca, '-ndays', '1')
      expect(await status(url)).toMatchObject({ state: 'good', source: 'ocsp' })
      expect(await status(url, bert)).toEqual({ state: 'revoked', source: 'ocsp', revokedAt, reason: 'keyCompromise' })
      expect(await status(url, carla)).toEqual({ state: 'unknown', why: 'responder-unknown' })
      expect(await status(url, anna, { digest: 'sha256' })).toMatchObject({ state: 'good' })
    })

    it('sends back the nonce, and answers without one to a question in the address', async () => {
      const url = await responder(ca, '-ndays', '1')
      const nonce = systemRandom(ocspNonceBytes)
      expect(expectSuccess(await ask(url, anna, { nonce })).response.nonce).toEqual(Buffer.from(nonce))
      const { certificate } = anna
      const exchange = { localAddresses: true }
      const fetched = await fetchOcspResponse({ certificate, issuer: ca.certificate, responder: url, exchange })
      expect(expectSuccess(fetched).response.nonce).toBeUndefined()
    })

    it('gives answers that run out, or that say nothing of their end', async () => {
      const short = await responder(ca, '-nmin', '1')
      expect(await status(short)).toMatchObject({ state: 'good' })
      const outdated = { state: 'unknown', why: 'outdated' }
      expect(await status(short, anna, { at: new Date(Date.now() + 10 * 60_000) })).toEqual(outdated)
      const open = await responder(ca)
      expect(await status(open)).not.toHaveProperty('nextUpdate')
      expect(await status(open, anna, { at: new Date(Date.now() + 2 * day) })).toEqual(outdated)
      expect(await status(open, anna, { at: new Date(Date.now() - day) })).toEqual(outdated)
    })

    it('to which the CA delegated is believed, with nocheck and without', async () => {
      for (const more of [{}, { noCheck: false } as const]) {
        const signer = await testResponder(ca, { ...lasting, ...more })
        const url = await responder(signer, '-ndays', '1', '-resp_key_id')
        expect(await status(url)).toMatchObject({ state: 'good' })
        expect(await status(url, bert)).toMatchObject({ state: 'revoked' })
      }
    })

    it('with a key of RSA is believed as well', async () => {
      const rsa = await testAuthority('RSA', { keyType: 'rsa-2048' }, lasting)
      const person = await testPerson('dora@sandbox.example', { issuer: rsa }, lasting)
      writeFileSync(join(folder, 'rsa.pem'), writePem('CERTIFICATE', rsa.certificate.der))
      writeFileSync(join(folder, 'rsa.txt'), indexLine(person.certificate))
      const url = await responder(rsa, '-ndays', '1', '-CA', 'rsa.pem', '-index', 'rsa.txt')
      const { certificate } = person
      const issuer = rsa.certificate
      const fetched = expectSuccess(await ask(url, person, { issuer }))
      const responses = [fetched.response]
      expect(
        ocspStatus({ certificate, issuer, at: new Date(), responses, signatures: testSignatureBudget(1) }),
      ).toMatchObject({
        state: 'good',
      })
    })

    it('that may not answer for the CA is not believed', async () => {
      const notTrusted = { state: 'unknown', why: 'not-trusted' }
      expect(await status(await responder(stranger, '-ndays', '1'))).toEqual(notTrusted)
      expect(await status(await responder(await testResponder(stranger, lasting), '-ndays', '1'))).toEqual(notTrusted)
      // A person whom the CA certified, but not for this.
      expect(await status(await responder(anna, '-ndays', '1'), bert)).toEqual(notTrusted)
      expect(await status(await responder(ca, '-ndays', '1', '-badsig'))).toEqual(notTrusted)
      expect(await status(await responder(await testResponder(ca, lasting), '-resp_no_certs'))).toEqual(notTrusted)
    })

    it('refuses a question that it can not read', async () => {
      const url = await responder(ca)
      expect(await fetchBytes({ url, body: derSequence(derNull()), maxBytes: 1000, localAddresses: true })).toEqual({
        ok: false,
        error: { code: 'refused-status', host: 'localhost', status: 400 },
      })
    })
  },
)

describe('a server that is no good responder', () => {
  const sends = (body: Uint8Array | string) => site((_incoming, outgoing) => outgoing.end(body))
  const about = (person: TestEntity) => ({
    certificate: person.certificate,
    issuer: ca.certificate,
    thisUpdate: new Date(Date.now() - 60_000),
    nextUpdate: new Date(Date.now() + day),
  })
  const made = (more: Partial<Parameters<typeof testResponseDer>[0]> = {}) =>
    testResponseDer({ signer: ca, answers: [about(anna)], producedAt: new Date(Date.now() - 60_000), ...more })

  it('plays an old answer again', async () => {
    expect(await status(await sends(await made({ nonce: systemRandom(32) })))).toEqual({ code: 'wrong-nonce' })
    // Without a nonce in it the times decide.
    expect(await status(await sends(await made()))).toMatchObject({ state: 'good' })
  })

  it('answers for another certificate', async () => {
    expect(await status(await sends(await made({ answers: [about(bert)] })))).toEqual({ code: 'other-certificate' })
  })

  it('sends an answer without a signature, or none', async () => {
    const signed = await made()
    const unsigned = Uint8Array.from(signed)
    unsigned.fill(0, unsigned.length - 60)
    expect(await status(await sends(unsigned))).toEqual({ state: 'unknown', why: 'not-trusted' })
    const malformed = { code: 'malformed-response', reason: 'response' }
    expect(await status(await sends('<!DOCTYPE html><title>Welcome to our hotel</title>'))).toEqual(malformed)
    expect(await status(await sends(''))).toEqual(malformed)
    expect(await status(await sends(signed.subarray(0, 100)))).toEqual(malformed)
  })

  it('is slow', async () => {
    const url = await site(() => {})
    expect(await status(url, anna, { exchange: { localAddresses: true, timeoutMs: 300 } })).toEqual({
      code: 'timed-out',
      host: '127.0.0.1',
      seconds: 1,
    })
  })

  it('sends a body without end', async () => {
    const url = await site((_incoming, outgoing) => {
      const more = () => {
        while (!outgoing.destroyed && outgoing.write(new Uint8Array(16_384)));
        outgoing.once('drain', more)
      }
      more()
    })
    expect(await status(url)).toEqual({ code: 'too-large', limit: 131_072 })
  })

  it('redirects to another host, where nobody follows', async () => {
    let asked = 0
    const other = await site((_incoming, outgoing) => {
      asked++
      outgoing.end()
    })
    const location = other.replace('127.0.0.1', 'localhost')
    const url = await site((_incoming, outgoing) => outgoing.writeHead(302, { location }).end())
    const exchange = { localAddresses: true }
    const { certificate } = anna
    // A question in the address could be asked again elsewhere; a posted one never is.
    expect(await fetchOcspResponse({ certificate, issuer: ca.certificate, responder: url, exchange })).toEqual({
      ok: false,
      error: { code: 'redirected-elsewhere', host: '127.0.0.1', to: 'localhost' },
    })
    expect(await status(url)).toEqual({ code: 'refused-status', host: '127.0.0.1', status: 302 })
    expect(asked).toBe(0)
  })

  it('is not there', async () => {
    const url = await site(() => {})
    await new Promise((resolve) => servers.pop()?.close(resolve))
    expect(await status(url)).toEqual({ code: 'unreachable', host: '127.0.0.1', reason: 'connect-refused' })
  })

  it('is on this machine, where a certificate has nothing to ask', async () => {
    const url = await sends(await made())
    expect(await status(url, anna, { exchange: {} })).toEqual({ code: 'local-address', host: '127.0.0.1' })
  })

  it('is not asked once the person has had enough', async () => {
    const url = await site(() => {})
    const exchange = { localAddresses: true, signal: AbortSignal.timeout(100) }
    expect(await status(url, anna, { exchange })).toEqual({ code: 'cancelled' })
  })
})
