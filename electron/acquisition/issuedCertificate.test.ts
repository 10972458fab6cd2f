import { beforeAll, describe, expect, it } from 'vitest'
import { oids } from '../asn1/oids.ts'
import { expectSuccess } from '../base/result.ts'
import type { Certificate } from '../certificates/certificate.ts'
import type { CertificateRequest } from '../certificates/issue.ts'
import { generateKey, openPrivateKey } from '../crypto/privateKey.ts'
import { dkimRecord } from '../sandbox/authority.ts'
import { dkimSigned } from '../sandbox/dkim.ts'
import { linkedChain } from './issuedCertificate.ts'
import {
  address,
  authorityOf,
  caCertificate,
  certificateFor,
  challengeMail,
  failureOf,
  makeKeys,
  stranger,
  world,
} from './testEnrolment.ts'

beforeAll(() => makeKeys({ dkimSigned, dkimRecord }))

const anotherToken = 'B'.repeat(30)

interface Lie {
  readonly emails?: readonly string[]
  readonly over?: Partial<CertificateRequest>
  readonly failure: object
}

/** What a CA can issue in the place of what was ordered. */
const lies: readonly (readonly [string, Lie])[] = [
  [
    'of another address',
    {
      emails: ['eve@sandbox.example'],
      failure: { code: 'certificate-for-another-address', addresses: 'eve@sandbox.example' },
    },
  ],
  ['of no address at all', { emails: [], failure: { code: 'certificate-for-another-address', addresses: '' } }],
  ['of an authority', { over: { ca: {} }, failure: { code: 'issued-for-authority' } }],
  ['for web servers', { over: { extendedKeyUsage: [oids.serverAuth] }, failure: { code: 'issued-not-for-mail' } }],
  ['that may sign lists alone', { over: { keyUsage: ['cRLSign'] }, failure: { code: 'issued-not-for-mail' } }],
  [
    'that has ended',
    {
      over: { notAfter: new Date('2026-11-24T06:00:00Z') },
      failure: { code: 'issued-expired', notAfter: '2026-11-24T06:00:00.000Z' },
    },
  ],
  [
    'signed with SHA-1',
    {
      over: { scheme: { kind: 'ecdsa', digest: 'sha1' } },
      failure: { code: 'issued-weak', algorithm: expect.stringMatching(/SHA-?1/i) },
    },
  ],
]

describe('a certificate', () => {
  it.each(lies)('%s takes nobody’s place, and the next run orders anew', async (_, { emails, over, failure }) => {
    const { run, saved, installed, place, orders, keys } = world({
      issue: (publicKeyInfo) => certificateFor(publicKeyInfo, emails ?? [address], over),
    })
    expect(failureOf(await run())).toEqual(failure)
    expect(saved.at(-1)).toMatchObject({ state: 'failed', step: 'place-order' })
    expect(installed).toEqual([])
    place.issue = (publicKeyInfo) => certificateFor(publicKeyInfo, [address])
    place.mails = async () => [await challengeMail(), await challengeMail(anotherToken)]
    expect((await run()).at(-1)).toMatchObject({ type: 'installed' })
    expect([orders(), keys()]).toEqual([2, 1])
  })

  it('that only begins in a month is fetched again then, from the same order', async () => {
    const { run, saved, installed, orders, ports } = world({
      issue: (publicKeyInfo) =>
        certificateFor(publicKeyInfo, [address], { notBefore: new Date('2026-12-24T00:00:00Z') }),
    })
    expect(failureOf(await run())).toEqual({ code: 'issued-not-yet-valid', notBefore: '2026-12-24T00:00:00.000Z' })
    expect(saved.at(-1)).toMatchObject({ state: 'failed', step: 'install' })
    expect(installed).toEqual([])
    await ports.sleep(31 * 86_400, new AbortController().signal)
    expect((await run()).at(-1)).toMatchObject({ type: 'installed' })
    expect(orders()).toBe(1)
  })

  it('that begins tomorrow is taken: clocks differ', async () => {
    const { run } = world({
      issue: (publicKeyInfo) =>
        certificateFor(publicKeyInfo, [address], { notBefore: new Date('2026-11-25T11:00:00Z') }),
    })
    expect((await run()).at(-1)).toMatchObject({ type: 'installed' })
  })

  it('without its issuer waits at the CA, and is taken once the issuer is there or known here', async () => {
    const issuer = 'Test Mail CA'
    for (const cure of ['sent', 'known'] as const) {
      const { run, place, saved, orders, installed } = world({ chains: (certificate) => [[certificate]] })
      expect(failureOf(await run())).toEqual({ code: 'issued-without-issuer', issuer })
      expect(saved.at(-1)).toMatchObject({ state: 'failed', step: 'install' })
      expect(installed).toEqual([])
      if (cure === 'sent') delete place.chains
      else place.knownIssuers = [caCertificate]
      expect((await run()).at(-1)).toMatchObject({ type: 'installed' })
      expect(orders()).toBe(1)
    }
  })

  it('whose issuer in the answer only bears the name is not taken', async () => {
    const namesake = await authorityOf(stranger)
    const { run, saved, installed } = world({ chains: (certificate) => [[certificate, namesake]] })
    expect(failureOf(await run())).toEqual({ code: 'issued-not-signed', issuer: 'Test Mail CA' })
    expect(saved.at(-1)).toMatchObject({ state: 'failed', step: 'place-order' })
    expect(installed).toEqual([])
  })

  it('is kept with those that vouch for it, and without what lies beside them', async () => {
    const namesake = await authorityOf(stranger)
    const other = await certificateFor(stranger.publicKeyInfo, ['eve@sandbox.example'])
    const { run, installed } = world({
      chains: (certificate) => [[certificate, other, namesake, caCertificate, caCertificate]],
    })
    expect((await run()).at(-1)).toMatchObject({ type: 'installed' })
    expect(installed.map(({ chain }) => chain.map(({ sha256 }) => sha256))).toEqual([[caCertificate.sha256]])
  })

  it('whose issuers vouch for each other in a circle has a chain that ends', async () => {
    const key = expectSuccess(openPrivateKey((await generateKey('ec-p256')).pkcs8))
    const [one, two] = [{ commonName: 'One' }, { commonName: 'Two' }]
    const first = await authorityOf(key)
    const crossed: Certificate[] = []
    for (const [subject, name] of [
      [one, await named(two)],
      [two, await named(one)],
    ] as const) {
      crossed.push(await certificateFor(key.publicKeyInfo, [], { subject, issuer: { name, key }, ca: {} }))
    }
    const leaf = await certificateFor(stranger.publicKeyInfo, [address], { issuer: { name: crossed[0]!, key } })
    expect(linkedChain(leaf, [first, ...crossed])).toHaveLength(2)

    async function named(subject: { commonName: string }): Promise<Uint8Array> {
      return (await certificateFor(key.publicKeyInfo, [], { subject })).subject.der
    }
  })
})
