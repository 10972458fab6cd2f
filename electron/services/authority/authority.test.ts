import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createRouterClient } from '@orpc/server'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { hasOpenssl } from '../../../build/openssl.ts'
import {
  derExplicit,
  derIa5String,
  derImplicit,
  derInteger,
  derOctetString,
  derOid,
  derSequence,
  derSet,
} from '../../asn1/der.ts'
import { oids } from '../../asn1/oids.ts'
import { writePem } from '../../asn1/pem.ts'
import { base64Text, utf8Bytes } from '../../base/bytes.ts'
import { systemRandom } from '../../base/random.ts'
import { expectSuccess } from '../../base/result.ts'
import { readCertificates } from '../../certificates/certificate.ts'
import { parseCrl } from '../../certificates/revocation/crl.ts'
import { testAuthority, testNow } from '../../certificates/testPki.ts'
import type { ServiceContext } from '../context.ts'
import { identitiesProcedures } from '../identities/identities.ts'
import { openSession } from '../session.ts'
import { clientOf, failureOf, testRuntime } from '../testServices.ts'
import { authorityProcedures } from './authority.ts'

const run = promisify(execFile)
const passphrase = 'correct horse battery staple'
let folder: string
let now: Date
let context: ServiceContext

beforeEach(async () => {
  now = testNow
  folder = await mkdtemp(join(tmpdir(), 'siegel-authority-'))
  const session = await openSession({ home: join(folder, 'home'), runtime: testRuntime({ clock: () => now }) })
  onTestFinished(async () => {
    await session.close()
    await rm(folder, { recursive: true, force: true })
  })
  context = session.context
  expectSuccess(await context.application.vault.create(passphrase))
  // Days pass within these tests.
  expectSuccess(context.application.vault.setAutoLock(0))
})

const client = () => createRouterClient(authorityProcedures, { context })
const file = (name: string) => join(folder, name)
const family = { name: 'Family Berger CA', permitted: [] as string[], years: 10, keyType: 'ec-p256' as const }

/** A request as somebody's openssl makes it. */
async function requestFor(
  addresses: string,
  key = ['ec', '-pkeyopt', 'ec_paramgen_curve:P-256'],
  name = 'Jonas Weber',
  extensions: readonly string[] = [],
  options: readonly string[] = [],
): Promise<{ bytes: string }> {
  await run('openssl', [
    ...['req', '-new', '-nodes', '-newkey', ...key, '-keyout', file('key.pem'), '-out', file('request.csr')],
    ...['-utf8', '-subj', `/CN=${name}`, '-addext', `subjectAltName=${addresses}`],
    ...extensions.flatMap((extension) => ['-addext', extension]),
    ...options,
  ])
  return { bytes: base64Text(await readFile(file('request.csr'))) }
}

async function savedFile(spoolId: string, name: string): Promise<Uint8Array> {
  const bytes = (await context.application.handover.get(spoolId)?.bytes()) ?? new Uint8Array()
  await writeFile(file(name), bytes)
  return bytes
}

describe.skipIf(!hasOpenssl)('a CA of one’s own', () => {
  it('makes a root with path length 0 that nobody trusts by that', async () => {
    const made = await client().create({ ...family, organization: 'Bergers' })
    expect(made).toMatchObject({ trusted: false, permitted: [], issued: [], keyAlgorithm: 'EC P-256' })
    expect(context.application.trust.anchors()).toEqual([])
    const { spoolId } = await client().certificateFile({ authorityId: made.id })
    await savedFile(spoolId, 'root.pem')
    const { stdout } = await run('openssl', ['x509', '-in', file('root.pem'), '-noout', '-text'])
    expect(stdout).toMatch(/CA:TRUE, pathlen:0/)
    expect(stdout).toMatch(/Certificate Sign, CRL Sign/)
    expect(stdout).not.toMatch(/Name Constraints/)
    expect(await client().list()).toEqual([made])
  })

  it('that can’t be written leaves no key behind', async () => {
    const { database } = context.application.profile
    database.exec("CREATE TEMP TRIGGER refuse BEFORE INSERT ON authorities BEGIN SELECT RAISE(ABORT, 'refused'); END")
    await expect(client().create(family)).rejects.toThrow()
    expect(database.all('SELECT id FROM private_keys')).toEqual([])
    database.exec('DROP TRIGGER refuse')
    await client().create(family)
    expect(database.all('SELECT id FROM private_keys')).toHaveLength(1)
  })

  it('has a name that no other one here has, in whatever spelling', async () => {
    const { database } = context.application.profile
    await client().create(family)
    const taken = { code: 'authority-name-taken', data: { name: ' family  BERGER CA' } }
    expect(await failureOf(client().create({ ...family, name: ' family  BERGER CA' }))).toEqual(taken)
    expect(database.all('SELECT id FROM private_keys')).toHaveLength(1)
    await client().create({ ...family, name: 'Family Berger CA 2027' })
    expect(await client().list()).toHaveLength(2)
  })

  it('issues for a request what openssl verifies, after its addresses were confirmed', async () => {
    const { id } = await client().create(family)
    const source = await requestFor('email:jonas@example.org,email:weber@example.org,DNS:example.org')
    const view = await client().previewRequest({ authorityId: id, source })
    expect(view).toMatchObject({
      name: 'Jonas Weber',
      addresses: ['jonas@example.org', 'weber@example.org'],
      keyAlgorithm: 'EC P-256',
      signs: true,
      encrypts: true,
      otherNames: 1,
    })
    const issue = { authorityId: id, source, name: 'Jonas', days: 365 }
    expect(await failureOf(client().issue({ ...issue, addresses: ['jonas@example.org'] }))).toEqual({
      code: 'addresses-not-confirmed',
      data: { addresses: 'jonas@example.org, weber@example.org' },
    })
    expect((await client().list())[0]?.issued).toEqual([])
    const issued = await client().issue({ ...issue, addresses: view.addresses })
    expect(issued.certificate.emails).toEqual(view.addresses)
    await savedFile((await client().certificateFile({ authorityId: id })).spoolId, 'root.pem')
    const { sha256 } = issued.certificate
    const bundle = await savedFile((await client().certificateFile({ authorityId: id, sha256 })).spoolId, 'jonas.p7b')
    const inside = expectSuccess(readCertificates(bundle))
    const leaf = inside.find((one) => one.sha256 === sha256)
    const root = inside.find((one) => one.sha256 !== sha256)
    await writeFile(file('jonas.pem'), writePem('CERTIFICATE', leaf?.der ?? new Uint8Array()))
    expect(root?.sha256).toBe((await client().list())[0]?.certificate.sha256)
    const at = String(testNow.getTime() / 1000)
    const verify = ['verify', '-attime', at, '-purpose', 'smimesign', '-x509_strict', '-CAfile', file('root.pem')]
    expect((await run('openssl', [...verify, file('jonas.pem')])).stdout).toMatch(/OK/)
    const { stdout } = await run('openssl', ['x509', '-in', file('jonas.pem'), '-noout', '-text'])
    expect(stdout).toMatch(/Digital Signature, Key Agreement/)
    expect(stdout).toMatch(/E-mail Protection/)
    expect(stdout).not.toMatch(/DNS:/)
  })

  it('gives an RSA key keyEncipherment, and an Ed25519 key its signature only', async () => {
    const { id } = await client().create({ ...family, keyType: 'rsa-3072' })
    const rsa = await requestFor('email:jonas@example.org', ['rsa:2048'])
    expect(await client().previewRequest({ authorityId: id, source: rsa })).toMatchObject({
      keyAlgorithm: 'RSA 2048',
      encrypts: true,
    })
    const ed25519 = await requestFor('email:jonas@example.org', ['ed25519'])
    expect(await client().previewRequest({ authorityId: id, source: ed25519 })).toMatchObject({ encrypts: false })
    const issued = await client().issue({
      authorityId: id,
      source: ed25519,
      addresses: ['jonas@example.org'],
      name: '',
      days: 30,
    })
    expect(issued.certificate.name).toBe('jonas@example.org')
  })

  it('refuses what it shouldn’t sign, and says why', async () => {
    const { id: authorityId } = await client().create(family)
    const preview = async (source: { bytes: string }) => failureOf(client().previewRequest({ authorityId, source }))
    expect(await preview({ bytes: base64Text(utf8Bytes('hello')) })).toEqual({ code: 'not-a-request', data: {} })
    expect(await preview(await requestFor('DNS:example.org'))).toEqual({ code: 'request-without-address', data: {} })
    expect(await preview(await requestFor('email:a@example.org', ['rsa:1024']))).toEqual({
      code: 'weak-key',
      data: { algorithm: 'RSA 1024' },
    })
    const secp256k1 = await requestFor('email:a@example.org', ['ec', '-pkeyopt', 'ec_paramgen_curve:secp256k1'])
    expect(await preview(secp256k1)).toEqual({ code: 'unsupported-algorithm', data: { algorithm: 'secp256k1' } })
    const good = Buffer.from((await requestFor('email:a@example.org')).bytes, 'base64').toString('latin1')
    const der = Buffer.from(good.replace(/-----[^-]+-----|\s/g, ''), 'base64')
    der[der.length - 1] = (der[der.length - 1] ?? 0) ^ 1
    expect((await preview({ bytes: base64Text(der) }))?.code).toBe('request-not-signed')
  })

  it('certifies no name with characters that hide or turn others around, whoever asks for it', async () => {
    const { id: authorityId } = await client().create(family)
    const turned = 'Jonas \u202erebeW'
    const source = await requestFor('email:jonas@example.org', undefined, turned)
    expect(await client().previewRequest({ authorityId, source })).toMatchObject({ name: '', nameLeftOut: true })
    const refused = { code: 'hidden-characters', data: { name: 'Jonas <U+202E>rebeW' } }
    const issue = { authorityId, source, addresses: ['jonas@example.org'], days: 365 }
    expect(await failureOf(client().issue({ ...issue, name: turned }))).toEqual(refused)
    expect(
      await failureOf(client().issueOwn({ authorityId, name: turned, address: 'a@example.org', days: 1 })),
    ).toEqual(refused)
    expect(await failureOf(client().create({ ...family, name: turned }))).toEqual(refused)
    expect(await failureOf(client().create({ ...family, name: 'Other', organization: turned }))).toEqual(refused)
    expect((await client().issue({ ...issue, name: '' })).certificate.name).toBe('jonas@example.org')
    const plain = await requestFor('email:jonas@example.org', undefined, 'Jürgen عمر 😀')
    expect(await client().previewRequest({ authorityId, source: plain })).toMatchObject({
      name: 'Jürgen عمر 😀',
      nameLeftOut: false,
    })
  })

  it('decides every extension itself, whatever the request asks for', async () => {
    const { id: authorityId } = await client().create(family)
    const source = await requestFor('email:jonas@example.org,DNS:*.example.org', undefined, 'Jonas', [
      'basicConstraints=critical,CA:TRUE',
      'keyUsage=critical,keyCertSign,cRLSign',
      'extendedKeyUsage=anyExtendedKeyUsage,codeSigning',
      'nsComment=hello',
      '1.2.3.4=critical,DER:0500',
    ])
    const issue = { authorityId, source, addresses: ['jonas@example.org'], name: 'Jonas', days: 365 }
    const { certificate } = await client().issue(issue)
    const { spoolId } = await client().certificateFile({ authorityId, sha256: certificate.sha256 })
    await savedFile(spoolId, 'issued.p7b')
    const read = ['pkcs7', '-inform', 'DER', '-in', file('issued.p7b'), '-print_certs', '-text']
    const both = (await run('openssl', read)).stdout.split('-----END CERTIFICATE-----')
    const issued = both.find((text) => text.includes('email:jonas')) ?? ''
    expect(issued).toMatch(/CA:FALSE/)
    expect(issued).toMatch(/Digital Signature, Key Agreement\s/)
    expect(issued).toMatch(/E-mail Protection\s*\n/)
    expect(issued).not.toMatch(/Code Signing|Any Extended|hello|1\.2\.3\.4|DNS:|Certificate Sign/)
  })

  it('refuses addresses that hide something or are none, and a signature that anybody could have made', async () => {
    const { id: authorityId } = await client().create(family)
    const codeOf = async (source: { bytes: string }) =>
      (await failureOf(client().previewRequest({ authorityId, source })))?.code
    const mailbox = (text: string) => `otherName:1.3.6.1.5.5.7.8.9;UTF8:${text}`
    for (const address of [mailbox('jo\u202enas@example.org'), 'email:*@example.org', 'email:jonas']) {
      expect(await codeOf(await requestFor(address)), address).toBe('request-without-address')
    }
    expect(await codeOf(await requestFor('email:a@example.org', undefined, 'A', [], ['-sha1']))).toBe(
      'request-not-signed',
    )
  })

  it('certifies an address once that a request names twice, in whatever spelling', async () => {
    const { id } = await client().create(family)
    const source = await requestFor('email:jonas@example.org,email:Jonas@Example.org,email:jonas@example.org')
    const { addresses } = await client().previewRequest({ authorityId: id, source })
    expect(addresses).toEqual(['jonas@example.org'])
    const issued = await client().issue({ authorityId: id, source, name: '', days: 365, addresses })
    expect(issued.certificate.emails).toEqual(addresses)
  })

  it('takes no request of thousands of addresses, and says that it is too large', async () => {
    const { id: authorityId } = await client().create(family)
    for (const count of [1_500, 10_000]) {
      const addresses = Array.from({ length: count }, (_, n) => derImplicit(1, derIa5String(`a${n}@b.example`)))
      const extension = derSequence(derOid(oids.subjectAltName), derOctetString(derSequence(...addresses)))
      const attribute = derSequence(derOid(oids.extensionRequest), derSet(derSequence(extension)))
      const der = derSequence(derSequence(derInteger(0), derSequence(), derExplicit(0, attribute)))
      const previewed = client().previewRequest({ authorityId, source: { bytes: base64Text(der) } })
      expect((await failureOf(previewed))?.code, `${count}`).toBe('too-large')
    }
  })

  it('says at the first look that a request names more addresses than anybody checks', async () => {
    const { id } = await client().create(family)
    const source = await requestFor(Array.from({ length: 101 }, (_, n) => `email:a${n}@example.org`).join())
    expect(await failureOf(client().previewRequest({ authorityId: id, source }))).toEqual({
      code: 'too-many-addresses',
      data: { count: 101, limit: 100 },
    })
  })

  it('answers to any damaged request with a reason', async () => {
    const { id: authorityId } = await client().create(family)
    const pem = Buffer.from((await requestFor('email:a@example.org')).bytes, 'base64').toString('latin1')
    const der = Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64')
    for (let index = 0; index < der.length; index++) {
      const changed = Uint8Array.from(der).with(index, (der[index] ?? 0) ^ (1 << (index % 8)))
      const failed = await failureOf(client().previewRequest({ authorityId, source: { bytes: base64Text(changed) } }))
      expect(['not-a-request', 'request-not-signed', 'unsupported-algorithm'], `byte ${index}`).toContain(failed?.code)
    }
  })

  it('stays within the addresses and domains that its root is limited to, and openssl sees the limit', async () => {
    const permitted = ['example.org', '.Büro.example', 'oma@example.net']
    const { id, permitted: limits } = await client().create({ ...family, permitted })
    expect(limits).toEqual(['example.org', '.xn--bro-hoa.example', 'oma@example.net'])
    const outside = await failureOf(
      client().previewRequest({ authorityId: id, source: await requestFor('email:jonas@example.net') }),
    )
    expect(outside).toMatchObject({ code: 'address-outside-authority', data: { address: 'jonas@example.net' } })
    const before = context.application.profile.database.all('SELECT id FROM private_keys')
    const own = { authorityId: id, name: 'Anna', address: 'anna@sub.example.org', days: 30 }
    expect(await failureOf(client().issueOwn(own))).toMatchObject({ code: 'address-outside-authority' })
    expect(context.application.profile.database.all('SELECT id FROM private_keys')).toEqual(before)
    await savedFile((await client().certificateFile({ authorityId: id })).spoolId, 'root.pem')
    const { stdout } = await run('openssl', ['x509', '-in', file('root.pem'), '-noout', '-text'])
    expect(stdout).toMatch(
      /Name Constraints: critical\s+Permitted:\s+email:example.org\s+email:\.xn--bro-hoa\.example\s+email:oma@example.net/,
    )
    expect(await failureOf(client().create({ ...family, permitted: ['exa mple'] }))).toMatchObject({
      code: 'malformed-domain',
    })
  })

  it('makes an identity for oneself, valid once its root is trusted like any other', async () => {
    const made = await client().create(family)
    const { identityId, issued } = await client().issueOwn({
      authorityId: made.id,
      name: 'Anna',
      address: 'anna@example.org',
      days: 730,
    })
    expect(issued.own).toBe(true)
    const identities = createRouterClient(identitiesProcedures, { context })
    expect(await identities.get({ id: identityId })).toMatchObject({
      state: 'unknown-issuer',
      canSign: true,
      canEncrypt: true,
    })
    const [anchor] = expectSuccess(
      readCertificates(await savedFile((await client().certificateFile({ authorityId: made.id })).spoolId, 'root.pem')),
    )
    if (anchor) expectSuccess(context.application.trust.add(anchor, ''))
    expect(await identities.get({ id: identityId })).toMatchObject({ state: 'valid' })
    expect((await client().list())[0]?.trusted).toBe(true)
  })

  it('is nobody’s identity, whichever way its root comes in', async () => {
    const { id } = await client().create(family)
    const root = await savedFile((await client().certificateFile({ authorityId: id })).spoolId, 'root.pem')
    const source = { bytes: base64Text(root) }
    const services = clientOf(context)
    expect(await services.requests.readAnswer({ sources: [source] })).toMatchObject({ certificates: [] })
    expect(await failureOf(services.identities.import({ source }))).toMatchObject({ code: 'certificate-without-key' })
    expect(await services.identities.list()).toEqual([])
  })

  it('issues nothing beyond its own end', async () => {
    const { id } = await client().create({ ...family, years: 1 })
    const { issued } = await client().issueOwn({
      authorityId: id,
      name: 'Anna',
      address: 'anna@example.org',
      days: 1826,
    })
    expect(issued.certificate.notAfter).toBe('2027-06-01T12:00:00Z'.replace('Z', '.000Z'))
    expect(issued.endsWithRoot).toBe(true)
    const { issued: shorter } = await client().issueOwn({
      authorityId: id,
      name: 'A',
      address: 'a@example.org',
      days: 30,
    })
    expect(shorter.endsWithRoot).toBe(false)
    now = new Date('2027-07-01T00:00:00Z')
    const late = await failureOf(client().issueOwn({ authorityId: id, name: 'A', address: 'a@example.org', days: 1 }))
    expect(late).toMatchObject({ code: 'authority-expired' })
  })

  it('signs nothing while the vault is locked', async () => {
    const { id } = await client().create(family)
    context.application.vault.lock()
    const shut = [
      client().create(family),
      client().issueOwn({ authorityId: id, name: 'Anna', address: 'anna@example.org', days: 30 }),
      client().revocationList({ authorityId: id, days: 30 }),
    ]
    for (const one of shut) expect(await failureOf(one)).toEqual({ code: 'locked', data: {} })
  })
})

describe.skipIf(!hasOpenssl)('its revocation list', () => {
  it('is read by openssl and by our own parser, and openssl refuses what stands in it', async () => {
    const { id } = await client().create(family)
    const authorityId = id
    const issued = await Promise.all(
      ['anna@example.org', 'jonas@example.org'].map((address) =>
        client().issueOwn({ authorityId, name: address, address, days: 365 }),
      ),
    )
    const empty = await client().revocationList({ authorityId, days: 30 })
    expect(empty.revoked).toBe(0)
    await savedFile(empty.spoolId, 'empty.crl')
    const sha256 = issued[1]?.issued.certificate.sha256 ?? ''
    expect(
      await failureOf(client().revoke({ authorityId, sha256, reason: 'keyCompromise', passphrase: 'falsch' })),
    ).toMatchObject({ code: 'wrong-passphrase' })
    now = new Date(testNow.getTime() + 86_400_000)
    const revoked = await client().revoke({ authorityId, sha256, reason: 'keyCompromise', passphrase })
    expect(revoked).toMatchObject({ revokedAt: now.toISOString(), reason: 'keyCompromise' })
    const again = await client().revoke({ authorityId, sha256, reason: 'superseded', passphrase })
    expect(again.reason).toBe('keyCompromise')
    const list = await client().revocationList({ authorityId, days: 30 })
    expect(list).toMatchObject({ revoked: 1, name: 'Family Berger CA.crl' })
    expect(list.number).toBeGreaterThan(empty.number)
    const crl = expectSuccess(parseCrl(await savedFile(list.spoolId, 'list.crl')))
    expect(crl.number).toBe(BigInt(list.number))
    await savedFile((await client().certificateFile({ authorityId })).spoolId, 'root.pem')
    const at = String(now.getTime() / 1000 + 60)
    for (const name of ['empty', 'list']) {
      await run('openssl', ['crl', '-inform', 'DER', '-in', file(`${name}.crl`), '-out', file(`${name}.pem`)])
      const checked = await run('openssl', [
        'crl',
        '-in',
        file(`${name}.pem`),
        '-CAfile',
        file('root.pem'),
        '-noout',
        '-text',
      ])
      expect(checked.stderr).toMatch(/verify OK/)
      expect(checked.stdout).toMatch(/X509v3 CRL Number/)
      expect(checked.stdout).toMatch(name === 'list' ? /Key Compromise/ : /No Revoked Certificates/)
    }
    const answers = await Promise.all(
      issued.map(async ({ identityId }, index) => {
        const der = context.application.identities.get(identityId)?.certificateDer ?? new Uint8Array()
        await writeFile(file(`leaf${index}.pem`), writePem('CERTIFICATE', der))
        const verify = [
          'verify',
          '-attime',
          at,
          '-crl_check',
          '-CRLfile',
          file('list.pem'),
          '-CAfile',
          file('root.pem'),
        ]
        return run('openssl', [...verify, file(`leaf${index}.pem`)]).then(
          () => 'good',
          ({ stderr }: { stderr: string }) => (/certificate revoked/.test(stderr) ? 'revoked' : stderr),
        )
      }),
    )
    expect(answers).toEqual(['good', 'revoked'])
  })

  it('never gives a number twice, also when the clock stands still or goes back', async () => {
    const { id: authorityId } = await client().create(family)
    const numbers: number[] = []
    for (const seconds of [0, 0, -3600]) {
      now = new Date(testNow.getTime() + seconds * 1000)
      numbers.push((await client().revocationList({ authorityId, days: 1 })).number)
    }
    expect(new Set(numbers).size).toBe(3)
    expect([...numbers].sort((left, right) => left - right)).toEqual(numbers)
  })

  it('goes on naming what was revoked after it has expired', async () => {
    const { id: authorityId } = await client().create(family)
    const { issued } = await client().issueOwn({ authorityId, name: 'Anna', address: 'anna@example.org', days: 10 })
    await client().revoke({ authorityId, sha256: issued.certificate.sha256, reason: 'unspecified', passphrase })
    expect((await client().revocationList({ authorityId, days: 30 })).revoked).toBe(1)
    now = new Date(testNow.getTime() + 20 * 86_400_000)
    const list = await client().revocationList({ authorityId, days: 30 })
    expect(list.revoked).toBe(1)
    const crl = expectSuccess(parseCrl(await savedFile(list.spoolId, 'expired.crl')))
    expect(crl.entries.count).toBe(1)
  })
})

describe('what is not its own', () => {
  it('is not found', async () => {
    const { id: authorityId } = await client().create(family)
    const other = (await testAuthority('Other')).certificate.sha256
    const missing = [
      client().certificateFile({ authorityId, sha256: other }),
      client().certificateFile({ authorityId: 'none' }),
      client().revoke({ authorityId, sha256: other, reason: 'unspecified', passphrase }),
      client().previewRequest({ authorityId: 'none', source: { bytes: base64Text(systemRandom(10)) } }),
    ]
    for (const one of missing) expect((await failureOf(one))?.code).toBe('not-found')
  })
})
