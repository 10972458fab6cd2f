/** The whole way of a revocation at the sandbox's CA: asked for over ACME, published as a list, and met wherever it counts. */

import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it, onTestFinished } from 'vitest'
import { hasOpenssl } from '../../../build/openssl.ts'
import type { Identity } from '../../../shared/contract/identities.ts'
import { writePem } from '../../asn1/pem.ts'
import { base64Bytes, base64Text } from '../../base/bytes.ts'
import { systemClock } from '../../base/clock.ts'
import { systemRandom } from '../../base/random.ts'
import { expectSuccess } from '../../base/result.ts'
import { parseCertificate } from '../../certificates/certificate.ts'
import { testAuthority, testPerson } from '../../certificates/testPki.ts'
import { fetchBytes } from '../../net/http.ts'
import { sandboxServers } from '../../sandbox/servers.ts'
import { shownCertificates } from '../certificates/certificates.ts'
import type { ServiceContext } from '../context.ts'
import { storedCertificate } from '../judge.ts'
import { recipientStates } from '../mail/recipientStates.ts'
import { openSession } from '../session.ts'
import { clientOf, testRuntime } from '../testServices.ts'

const itAsksOpenssl = it.skipIf(!hasOpenssl)

const run = promisify(execFile)
const passphrase = 'correct horse battery staple'
const address = 'anna@sandbox.example'
const day = 86_400_000

async function openProfile(kind: 'sandbox' | 'real' = 'sandbox') {
  const home = await mkdtemp(join(tmpdir(), 'siegel-revocation-'))
  const runtime = testRuntime({ sandboxServers: sandboxServers({ clock: systemClock, random: systemRandom }) })
  const session = await openSession({ home, kind, sandboxFolder: join(home, 'server'), runtime })
  onTestFinished(async () => {
    await session.close()
    await rm(home, { recursive: true, force: true })
  })
  const { context } = session
  expectSuccess(await context.application.vault.create(passphrase))
  if (kind === 'sandbox') expectSuccess(await context.application.sandbox.start())
  return { context, home }
}

async function certified(context: ServiceContext): Promise<Identity> {
  const { enrolment } = clientOf(context)
  const { id } = await enrolment.begin({ name: 'Anna', address, keyType: 'ec-p256', ca: { kind: 'sandbox' } })
  for await (const event of await enrolment.follow({ id })) if (event.type === 'done') return event.identity
  throw new Error('not certified')
}

const certificateOf = (context: ServiceContext, { id }: Identity) =>
  storedCertificate(context.application.identities.get(id)!.certificateDer)

/** A site of this machine that isn't the sandbox's; counts who knocks. */
async function neighbour() {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(request.url ?? '')
    response.end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.close()
  })
  return { asked, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mail.crl` }
}

/** Somebody whose root the profile trusts, with that address in the certificate. */
async function personWithList(context: ServiceContext, crlUrl: string) {
  const validity = { notBefore: new Date(Date.now() - day), notAfter: new Date(Date.now() + day) }
  const root = await testAuthority('Neighbour', {}, validity)
  expectSuccess(context.application.trust.add(root.certificate, ''))
  return (await testPerson('eve@elsewhere.example', { issuer: root }, { ...validity, crlUrl })).certificate
}

describe('a certificate of the sandbox', () => {
  it('is good by its list first, and revoked everywhere as soon as its owner has revoked it', async () => {
    const { context } = await openProfile()
    const identity = await certified(context)
    const certificate = certificateOf(context, identity)
    const [before] = await shownCertificates(context, [certificate])
    expect(before?.chain.state).toBe('valid')
    expect(before?.chain.revocation.map(({ state }) => state)).toEqual(['good', 'good'])
    // Somebody who writes to her has it, too.
    const source = { bytes: base64Text(certificate.der) }
    await clientOf(context).contacts.addFromFile({ source, fileName: 'anna.cer' })
    expect(recipientStates(context, [address])).toMatchObject([{ state: 'sealed' }])

    const wish = { identityId: identity.id, reason: 'keyCompromise' as const, passphrase }
    expect(await clientOf(context).renewal.revoke(wish)).toMatchObject({ state: 'revoked', retired: true })
    const [after] = await shownCertificates(context, [certificate])
    expect(after?.chain.state).toBe('revoked')
    expect(after?.chain.revocation[0]).toMatchObject({ state: 'revoked', reason: 'keyCompromise' })
    expect(recipientStates(context, [address])).toMatchObject([{ state: 'broken', reason: 'revoked' }])
  })

  itAsksOpenssl('stays revoked over a restart of the sandbox, and openssl reads the list', async () => {
    const { context, home } = await openProfile()
    const identity = await certified(context)
    await clientOf(context).renewal.revoke({ identityId: identity.id, reason: 'superseded', passphrase })
    await context.application.sandbox.stop()
    const state = expectSuccess(await context.application.sandbox.start())
    const files = { list: join(home, 'list.crl'), issuer: join(home, 'issuer.pem') }
    for (const url of state.revocationLists ?? []) {
      const { body } = expectSuccess(await fetchBytes({ url, maxBytes: 10_000, localAddresses: true }))
      await writeFile(files.list, body)
      const root = base64Bytes(state.anchor)
      const issuer = url.endsWith('/root.crl') ? root : context.application.identities.list()[0]!.chain[0]!
      await writeFile(files.issuer, writePem('CERTIFICATE', issuer))
      const read = await run('openssl', ['crl', '-inform', 'DER', '-in', files.list, '-CAfile', files.issuer, '-text'])
      expect(read.stderr).toContain('verify OK')
      const { serialNumber } = certificateOf(context, identity)
      expect(read.stdout.includes(serialNumber.toUpperCase())).toBe(url.endsWith('/mail.crl'))
      expect(read.stdout.includes('Superseded')).toBe(url.endsWith('/mail.crl'))
    }
    expect(state.revocationLists).toHaveLength(2)
    const other = `${new URL(state.revocationLists?.[0] ?? '').origin}/sandbox.json`
    expect(await fetchBytes({ url: other, maxBytes: 10_000, localAddresses: true })).toMatchObject({
      ok: false,
      error: { code: 'refused-status', status: 404 },
    })
  })

  it('is not asked about without the person’s leave', async () => {
    const { context } = await openProfile()
    const { settings } = context.application
    settings.change({ revocation: { ...settings.get().revocation, lists: false } })
    const identity = await certified(context)
    await clientOf(context).renewal.revoke({ identityId: identity.id, reason: 'superseded', passphrase })
    const [shown] = await shownCertificates(context, [certificateOf(context, identity)])
    expect(shown?.chain.revocation[0]).toMatchObject({ state: 'unknown', why: 'off' })
  })
})

describe('the responder of the sandbox', () => {
  const onlyResponders = (context: ServiceContext) => {
    const { settings } = context.application
    settings.change({ revocation: { ...settings.get().revocation, lists: false, ocsp: true } })
  }

  it('says good first, and revoked everywhere as soon as its owner has revoked it', async () => {
    const { context } = await openProfile()
    onlyResponders(context)
    const identity = await certified(context)
    const certificate = certificateOf(context, identity)
    const [before] = await shownCertificates(context, [certificate])
    expect(before?.chain.revocation).toMatchObject([
      { state: 'good', source: 'ocsp' },
      { state: 'good', source: 'ocsp' },
    ])
    await clientOf(context).renewal.revoke({ identityId: identity.id, reason: 'superseded', passphrase })
    const [after] = await shownCertificates(context, [certificate])
    expect(after?.chain.revocation[0]).toMatchObject({ state: 'revoked', source: 'ocsp', reason: 'superseded' })
  })

  it('is not asked without the person’s leave', async () => {
    const { context } = await openProfile()
    const { settings } = context.application
    settings.change({ revocation: { ...settings.get().revocation, lists: false } })
    const [shown] = await shownCertificates(context, [certificateOf(context, await certified(context))])
    expect(shown?.chain.revocation[0]).toMatchObject({ state: 'unknown' })
  })

  itAsksOpenssl('is believed by openssl, by GET and POST, about its own certificates and about no others', async () => {
    const { context, home } = await openProfile()
    const identity = await certified(context)
    const certificate = certificateOf(context, identity)
    const state = context.application.sandbox.state()!
    const [mail = '', root = ''] = state.ocspResponders ?? []
    const file = async (name: string, der: Uint8Array) => {
      await writeFile(join(home, name), writePem('CERTIFICATE', der))
      return join(home, name)
    }
    const issuingDer = context.application.identities.get(identity.id)!.chain[0]!
    const files = {
      anchor: await file('anchor.pem', base64Bytes(state.anchor)),
      issuing: await file('issuing.pem', issuingDer),
      own: await file('own.pem', certificate.der),
    }
    const ask = async (issuer: string, subject: string, url: string, ...more: string[]) => {
      const chain = ['-CAfile', files.anchor, '-verify_other', files.issuing]
      const { stdout, stderr } = await run('openssl', [
        ...['ocsp', ...more, '-issuer', issuer, '-cert', subject, '-url', url],
        ...chain,
      ])
      return `${stderr}${stdout}`.replaceAll(`${home}/`, '').split('\n')
    }
    const verified = (...says: string[]) => expect.arrayContaining(['Response verify OK', ...says])
    for (const more of [[], ['-sha256'], ['-no_nonce']]) {
      expect(await ask(files.issuing, files.own, mail, ...more)).toEqual(verified('own.pem: good'))
    }
    expect(await ask(files.anchor, files.issuing, root)).toEqual(verified('issuing.pem: good'))
    // Each answers for what its issuer issued.
    expect(await ask(files.issuing, files.own, root, '-noverify')).toContain('own.pem: unknown')
    expect(await ask(files.anchor, files.issuing, mail, '-noverify')).toContain('issuing.pem: unknown')

    // A number that was never given out, as a forged certificate has it.
    const { stdout: unknown } = await run('openssl', [
      ...['ocsp', '-issuer', files.issuing, '-serial', '0x4d0123456789', '-url', mail, '-noverify'],
    ])
    expect(unknown).toContain('0x4d0123456789: unknown')

    await clientOf(context).renewal.revoke({ identityId: identity.id, reason: 'keyCompromise', passphrase })
    expect(await ask(files.issuing, files.own, mail)).toEqual(verified('own.pem: revoked', '\tReason: keyCompromise'))

    const query = join(home, 'query.der')
    await run('openssl', [
      ...['ocsp', '-issuer', files.issuing, '-cert', files.own, '-no_nonce'],
      ...['-reqout', query],
    ])
    const encoded = encodeURIComponent(base64Text(await readFile(query)))
    const got = await fetch(`${mail}/${encoded}`)
    expect([got.status, got.headers.get('content-type')]).toEqual([200, 'application/ocsp-response'])
    const answer = join(home, 'answer.der')
    await writeFile(answer, Buffer.from(await got.arrayBuffer()))
    const read = await run('openssl', ['ocsp', '-respin', answer, '-text', '-noverify'])
    expect(read.stdout).toContain('Cert Status: revoked')
    for (const [body, status] of [
      ['x', 200],
      ['x'.repeat(20_000), 413],
    ] as const) {
      const posted = await fetch(mail, {
        method: 'POST',
        body,
        headers: { 'content-type': 'application/ocsp-request' },
      })
      expect(posted.status).toBe(status)
      // malformedRequest, unsigned.
      if (status === 200) expect([...new Uint8Array(await posted.arrayBuffer())]).toEqual([0x30, 3, 0x0a, 1, 1])
    }
    for (const path of ['', '/', '/%ff', `/${'A'.repeat(50)}`]) expect((await fetch(`${mail}${path}`)).status).toBe(200)
    expect((await fetch(mail, { method: 'PUT' })).status).toBe(405)
  })

  it('is no door that a certificate from outside could open', async () => {
    const { context } = await openProfile()
    onlyResponders(context)
    const { asked, url } = await neighbour()
    const validity = { notBefore: new Date(Date.now() - day), notAfter: new Date(Date.now() + day) }
    const root = await testAuthority('Neighbour', {}, validity)
    expectSuccess(context.application.trust.add(root.certificate, ''))
    const eve = await testPerson('eve@elsewhere.example', { issuer: root }, { ...validity, ocspUrl: url })
    const [shown] = await shownCertificates(context, [eve.certificate])
    expect(shown?.chain.revocation[0]).toMatchObject({ state: 'unknown', why: 'address-not-allowed' })
    expect(asked).toEqual([])
  })
})

describe('a certificate from outside', () => {
  it('can not make a sandbox profile ask another door of this machine', async () => {
    const { context } = await openProfile()
    const { asked, url } = await neighbour()
    const [shown] = await shownCertificates(context, [await personWithList(context, url)])
    expect(shown?.chain.revocation[0]).toMatchObject({ state: 'unknown', why: 'address-not-allowed' })
    const list = context.application.sandbox.state()?.revocationLists?.[0] ?? ''
    const beside = list.replace('/mail.crl', '/mail.crl?delete=all')
    const [other] = await shownCertificates(context, [await personWithList(context, beside)])
    expect(other?.chain.revocation[0]).toMatchObject({ state: 'unknown', why: 'address-not-allowed' })
    expect(asked).toEqual([])
  })

  it('can not make a real profile ask the sandbox, either', async () => {
    const { context: sandbox } = await openProfile()
    const { context } = await openProfile('real')
    const list = sandbox.application.sandbox.state()?.revocationLists?.[0] ?? ''
    const [shown] = await shownCertificates(context, [await personWithList(context, list)])
    expect(shown?.chain.revocation[0]).toMatchObject({ state: 'unknown', why: 'address-not-allowed' })
  })
})

it('the sandbox’s issuing certificate says where the root’s list is', async () => {
  const { context } = await openProfile()
  const identity = await certified(context)
  const issuing = expectSuccess(parseCertificate(context.application.identities.get(identity.id)!.chain[0]!))
  const [point] = issuing.extensions.crlDistributionPoints ?? []
  expect(point?.names.map(({ value }) => value)).toEqual([
    context.application.sandbox.state()?.revocationLists?.find((url) => url.endsWith('/root.crl')),
  ])
})
