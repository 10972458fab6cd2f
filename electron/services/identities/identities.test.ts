import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRouterClient } from '@orpc/server'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { corpus } from '../../../build/corpora.ts'
import { zipOf } from '../../acquisition/testArchive.ts'
import { derExplicit, derInteger, derOctetString, derOid, derSequence } from '../../asn1/der.ts'
import { oids } from '../../asn1/oids.ts'
import { writePem } from '../../asn1/pem.ts'
import { base64Text, concatBytes, hexText, latin1Bytes, utf8Bytes, utf8Text } from '../../base/bytes.ts'
import { systemRandom } from '../../base/random.ts'
import { expectSuccess } from '../../base/result.ts'
import { type Certificate, readCertificates } from '../../certificates/certificate.ts'
import { type TestEntity, testAuthority, testNow, testPerson } from '../../certificates/testPki.ts'
import { readPkcs12 } from '../../keystore/pkcs12/read.ts'
import { writePkcs12 } from '../../keystore/pkcs12/write.ts'
import { sealLetter } from '../../smime/seal.ts'
import { accountsProcedures } from '../mail/accounts.ts'
import { contactsProcedures, recipientCertificate } from '../mail/contacts.ts'
import { openForReading } from '../mail/reading.ts'
import { openSession, type Session } from '../session.ts'
import { failureOf, testRuntime } from '../testServices.ts'
import { vaultProcedures } from '../vault.ts'
import { identitiesProcedures } from './identities.ts'

let root: TestEntity
let middle: TestEntity
let anna: TestEntity
let jonas: TestEntity
let home: string
let session: Session
let now: Date
const passphrase = 'correct horse battery staple'
const rfc9216 = corpus('rfc9216')

beforeAll(async () => {
  root = await testAuthority('Root')
  middle = await testAuthority('Middle', { issuer: root })
  anna = await testPerson('anna@example.org', { issuer: middle })
  jonas = await testPerson('jonas@example.org', { issuer: middle })
})

beforeEach(async () => {
  now = testNow
  home = await mkdtemp(join(tmpdir(), 'siegel-identities-'))
  session = await openSession({
    home,
    runtime: testRuntime({ clock: () => now }),
  })
})

afterEach(async () => {
  await session.close()
  await rm(home, { recursive: true })
})

const identities = () => createRouterClient(identitiesProcedures, { context: session.context })
const contacts = () => createRouterClient(contactsProcedures, { context: session.context })
const vault = () => createRouterClient(vaultProcedures, { context: session.context })
const source = (bytes: Uint8Array) => ({ bytes: base64Text(bytes) })
const pemOf = (...certificates: readonly Certificate[]) =>
  certificates.map(({ der }) => writePem('CERTIFICATE', der)).join('')
const keyPem = (entity: TestEntity) => writePem('PRIVATE KEY', entity.pkcs8)
const trust = (certificate: Certificate) => session.context.application.trust.add(certificate, '')

function pkcs12Of(entity: TestEntity, chain: readonly TestEntity[] = [middle, root]): Promise<Uint8Array> {
  return writePkcs12({
    pkcs8: entity.pkcs8,
    certificateDer: entity.certificate.der,
    chain: chain.map(({ certificate }) => certificate.der),
    friendlyName: 'Anna',
    password: 'geheim',
    profile: 'modern',
    random: systemRandom,
    iterations: 1000,
  })
}

describe('importing', () => {
  it('shows first and takes then, once, with the chain that makes it valid', async () => {
    const input = { source: source(await pkcs12Of(anna)), password: 'geheim' }
    const preview = await identities().previewImport(input)
    expect(preview).toMatchObject({
      identities: [{ certificate: { sha256: anna.certificate.sha256 }, keyAlgorithm: 'EC P-256', known: false }],
      others: [{ name: 'Middle' }, { name: 'Root' }],
      keysWithoutCertificate: 0,
    })
    // Nobody is told for the first time by the recipients.
    expect(preview.identities[0]?.odd.map(({ code }) => code)).toContain('missing-crl-distribution-points')
    await expect(identities().import(input)).rejects.toMatchObject({ code: 'no-vault' })
    await vault().create({ passphrase })
    trust(root.certificate)
    const { imported, known } = await identities().import(input)
    expect(known).toEqual([])
    expect(imported).toMatchObject([
      {
        addresses: ['anna@example.org'],
        state: 'valid',
        preferred: true,
        retired: false,
        source: 'import',
        canSign: true,
      },
    ])
    const again = await identities().import(input)
    expect([again.imported.length, again.known.length]).toEqual([0, 1])
    const shown = await identities().get({ id: imported[0]?.id ?? '' })
    expect(shown.chain.chain.map(({ name }) => name)).toEqual(['anna@example.org', 'Middle', 'Root'])
    expect((await identities().previewImport(input)).identities[0]?.known).toBe(true)
  })

  it('takes PEM with key and certificates in any order', async () => {
    await vault().create({ passphrase })
    const file = utf8Bytes(pemOf(root.certificate, middle.certificate) + keyPem(anna) + pemOf(anna.certificate))
    const { imported } = await identities().import({ source: source(file) })
    expect(imported).toMatchObject([{ addresses: ['anna@example.org'], state: 'unknown-issuer' }])
    expect(session.context.application.identities.list()[0]?.chain).toHaveLength(2)
  })

  it('takes what Windows’ programs make of a file: a mark before it, UTF-16, bare base64, and zeros behind it', async () => {
    await vault().create({ passphrase })
    const text = keyPem(anna) + pemOf(anna.certificate, middle.certificate)
    const pkcs12 = await pkcs12Of(jonas)
    const found = async (bytes: Uint8Array, password?: string) =>
      (await identities().previewImport({ source: source(bytes), password })).identities.length
    expect(await found(utf8Bytes(`\ufeff${text}`))).toBe(1)
    expect(await found(Buffer.from(`\ufeff${text.replaceAll('\n', '\r\n')}`, 'utf16le'))).toBe(1)
    expect(await found(utf8Bytes(base64Text(pkcs12)), 'geheim')).toBe(1)
    expect(await found(concatBytes(pkcs12, new Uint8Array(512)), 'geheim')).toBe(1)
    expect(await found(concatBytes(pkcs12, utf8Bytes('\r\n')), 'geheim')).toBe(1)
  })

  it('says that a certificate which ends early beside its key is damaged', async () => {
    await vault().create({ passphrase })
    const cut = source(utf8Bytes(keyPem(anna) + pemOf(anna.certificate).slice(0, -40)))
    await expect(identities().import({ source: cut })).rejects.toMatchObject({ code: 'damaged-file' })
    expect(await identities().list()).toEqual([])
  })

  it('takes all of a file or, where the disk becomes full in the middle, nothing of it', async () => {
    await vault().create({ passphrase })
    const many = Array.from({ length: 12 }, (_, at) => testPerson(`anna${at}@example.org`, { issuer: middle }))
    const people = (await Promise.all(many)).map((one) => keyPem(one) + pemOf(one.certificate)).join('')
    const file = source(utf8Bytes(people + pemOf(middle.certificate, root.certificate)))
    const { database } = session.context.application.profile
    const pages = database.get<{ page_count: number }>('PRAGMA page_count')?.page_count ?? 0
    let room = 0
    for (; ; room++) {
      database.exec(`PRAGMA max_page_count = ${pages + room}`)
      const failed = await failureOf(identities().import({ source: file }))
      if (!failed) break
      expect(failed.code).toBe('disk-full')
      expect(await identities().list(), `with room for ${room} pages`).toEqual([])
      expect(database.get('SELECT count(*) AS count FROM private_keys')).toEqual({ count: 0 })
    }
    expect(room).toBeGreaterThan(2)
    expect(await identities().list()).toHaveLength(12)
  })

  it('takes nothing of a file whose issuers can’t be kept', async () => {
    await vault().create({ passphrase })
    const { database } = session.context.application.profile
    database.exec("CREATE TEMP TRIGGER full BEFORE INSERT ON issuers BEGIN SELECT RAISE(ABORT, 'no room'); END")
    const file = source(utf8Bytes(keyPem(anna) + pemOf(anna.certificate, middle.certificate, root.certificate)))
    await expect(identities().import({ source: file })).rejects.toThrow()
    expect(await identities().list()).toEqual([])
    database.exec('DROP TRIGGER full')
    expect((await identities().import({ source: file })).imported).toHaveLength(1)
  })

  it('takes an archive with a PKCS#12, or with key and certificates in several files', async () => {
    await vault().create({ passphrase })
    const instructions = { name: 'Read me.txt', content: utf8Bytes('Import the file with your password.') }
    const pkcs12 = zipOf([instructions, { name: 'anna.pfx', content: await pkcs12Of(anna) }])
    const attempt = (password: string) => identities().import({ source: source(pkcs12), password })
    await expect(attempt('falsch')).rejects.toMatchObject({ code: 'wrong-password' })
    expect((await attempt('geheim')).imported).toMatchObject([{ addresses: ['anna@example.org'] }])
    const pieces = zipOf([
      { name: 'chain.pem', content: utf8Bytes(pemOf(middle.certificate, root.certificate)) },
      { name: 'jonas.key', content: utf8Bytes(keyPem(jonas)) },
      { name: 'jonas.crt', content: utf8Bytes(pemOf(jonas.certificate)) },
    ])
    expect((await identities().import({ source: source(pieces) })).imported).toMatchObject([
      { addresses: ['jonas@example.org'] },
    ])
    const many = Array.from({ length: 6 }, (_, index) => ({
      name: `${index}.key`,
      content: utf8Bytes(keyPem(jonas)),
    }))
    // Without keys, and each with as many password rounds as it wants.
    const nothing = derSequence(derOid(oids.data), derExplicit(0, derOctetString(derSequence())))
    const keyless = Array.from({ length: 6 }, (_, index) => ({
      name: `${index}.p12`,
      content: derSequence(derInteger(3), nothing),
    }))
    for (const [bytes, code] of [
      [zipOf(keyless.slice(1)), 'not-a-key-file'],
      [zipOf(keyless), 'over-budget'],
      [zipOf([instructions]), 'not-a-key-file'],
      [zipOf([{ ...instructions, flags: 1 }]), 'encrypted-archive'],
      [zipOf(many), 'over-budget'],
      [pieces.subarray(0, 200), 'damaged-archive'],
    ] as const) {
      await expect(identities().import({ source: source(bytes) })).rejects.toMatchObject({ code })
    }
  })

  it('says what is missing, wrong or locked', async () => {
    await vault().create({ passphrase })
    const codeOf = async (bytes: Uint8Array, password?: string): Promise<unknown> => {
      const input = { source: source(bytes), ...(password === undefined ? {} : { password }) }
      return identities()
        .import(input)
        .then(
          () => 'imported',
          (error: { code?: unknown }) => error.code,
        )
    }
    const file = await pkcs12Of(anna)
    expect(await codeOf(file)).toBe('password-needed')
    expect(await codeOf(file, 'falsch')).toBe('wrong-password')
    expect(await codeOf(file.subarray(0, 300), 'geheim')).toBe('damaged-file')
    expect(await codeOf(utf8Bytes('no such file'))).toBe('not-a-key-file')
    expect(await codeOf(utf8Bytes(writePem('OPENSSH PRIVATE KEY', Uint8Array.of(1))))).toBe('not-a-key-file')
    expect(await codeOf(Uint8Array.of(0xfe, 0xed, 0xfe, 0xed, 0, 0, 0, 2))).toBe('not-a-key-file')
    expect(await codeOf(utf8Bytes(keyPem(anna).slice(0, 100)))).toBe('damaged-file')
    expect(await codeOf(utf8Bytes(pemOf(anna.certificate)))).toBe('certificate-without-key')
    expect(await codeOf(utf8Bytes(keyPem(anna)))).toBe('key-without-certificate')
    expect(await codeOf(utf8Bytes(keyPem(anna) + pemOf(jonas.certificate)))).toBe('key-of-another-certificate')
    // Both are on P-256, whose point stands at the end: anna's key with the public half of jonas.
    const mixed = Buffer.concat([anna.pkcs8.subarray(0, -64), jonas.pkcs8.subarray(-64)])
    const mixedFile = writePem('PRIVATE KEY', mixed) + pemOf(jonas.certificate)
    expect(await codeOf(utf8Bytes(mixedFile))).toBe('broken-key')
    const cutKey = keyPem(anna).slice(0, 100)
    expect(await codeOf(utf8Bytes(pemOf(anna.certificate) + cutKey))).toBe('damaged-file')
    expect(await codeOf(utf8Bytes(`${cutKey}\n${pemOf(anna.certificate)}`))).toBe('damaged-file')
    await vault().lock()
    expect(await codeOf(file, 'geheim')).toBe('locked')
    expect(await identities().list()).toEqual([])
  })

  it('joins a certificate with the key that was made here for it', async () => {
    await vault().create({ passphrase })
    expectSuccess(session.context.application.identities.keepKey(anna.pkcs8))
    const file = source(utf8Bytes(pemOf(anna.certificate, middle.certificate)))
    expect((await identities().previewImport({ source: file })).identities).toHaveLength(1)
    expect((await identities().import({ source: file })).imported).toMatchObject([
      { source: 'enrolment', preferred: true },
    ])
  })

  it.skipIf(!rfc9216)('takes every person of RFC 9216 and prefers the certificate that signs', async () => {
    await vault().create({ passphrase })
    trust(expectSuccess(readCertificates(await readFile(join(rfc9216 ?? '', 'ca.rsa.crt'))))[0] as Certificate)
    for (const person of ['alice', 'bob', 'carlos', 'dana']) {
      const bytes = await readFile(join(rfc9216 ?? '', `${person}.p12`))
      const { imported } = await identities().import({ source: source(bytes), password: person })
      expect(imported.map(({ canSign, preferred }) => [canSign, preferred])).toEqual([
        [true, true],
        [false, false],
      ])
    }
    const mine = await identities().list()
    expect(mine.filter(({ state }) => state === 'valid').length).toBeGreaterThanOrEqual(4)
  })
})

describe('exporting', () => {
  it('asks the passphrase again and hands out a PKCS#12 that the password opens', async () => {
    await vault().create({ passphrase })
    const input = { source: source(await pkcs12Of(anna)), password: 'geheim' }
    const id = (await identities().import(input)).imported[0]?.id ?? ''
    const request = { id, password: 'ein neues Passwort', target: 'modern' as const }
    const short = { ...request, passphrase, password: 'fourteen signs' }
    expect(await failureOf(identities().export(short))).toEqual({ code: 'passphrase-too-short', data: { minimum: 15 } })
    await expect(identities().export({ ...request, passphrase: 'wrong' })).rejects.toMatchObject({
      code: 'wrong-passphrase',
      data: { retryAfterSeconds: 0 },
    })
    const { spoolId, name, size } = await identities().export({ ...request, passphrase })
    expect(name).toBe('anna@example.org.p12')
    const others = (['thunderbird', 'windows', 'apple', 'android'] as const).map(async (target) => {
      const made = await identities().export({ ...request, target, passphrase })
      return made.name
    })
    expect(await Promise.all(others)).toEqual(
      ['Thunderbird', 'Windows', 'Apple', 'Android'].map((reader) => `anna@example.org (${reader}).p12`),
    )
    const bytes = await session.context.application.handover.get(spoolId)?.bytes()
    expect(bytes?.length).toBe(size)
    const { keys, certificates } = expectSuccess(await readPkcs12(bytes ?? new Uint8Array(), 'ein neues Passwort'))
    expect(hexText(keys[0]?.pkcs8 ?? new Uint8Array())).toBe(hexText(anna.pkcs8))
    expect(certificates).toHaveLength(3)
    expect((await identities().get({ id })).backedUpAt).toBeUndefined()
    session.context.application.handover.saved(spoolId)
    expect((await identities().get({ id })).backedUpAt).toBe(testNow.toISOString())
    await vault().lock()
    await expect(identities().export({ ...request, passphrase })).rejects.toMatchObject({ code: 'locked' })
    await expect(identities().export({ ...request, id: 'x', passphrase })).rejects.toMatchObject({ code: 'not-found' })
  })

  it('makes the iPhone’s profile with both of a pair; the account is in it only where there is one', async () => {
    await vault().create({ passphrase })
    const pair = await Promise.all(
      (['digitalSignature', 'keyAgreement'] as const).map((usage) =>
        testPerson('anna@example.org', { issuer: middle }, { keyUsage: [usage] }),
      ),
    )
    const pem = utf8Bytes(pair.map((one) => keyPem(one) + pemOf(one.certificate)).join(''))
    const { imported } = await identities().import({ source: source(pem) })
    expect(imported.map(({ canSign, canEncrypt }) => [canSign, canEncrypt])).toEqual([
      [true, false],
      [false, true],
    ])
    const request = { id: imported[0]?.id ?? '', password: 'ein neues Passwort', target: 'apple-profile' as const }
    const profile = async () => {
      const { spoolId, name } = await identities().export({ ...request, passphrase })
      expect(name).toBe('anna@example.org.mobileconfig')
      const text = utf8Text((await session.context.application.handover.get(spoolId)?.bytes()) ?? new Uint8Array())
      return ['security.pkcs12', 'mail.managed'].map(
        (kind) => text.split(`<string>com.apple.${kind}</string>`).length - 1,
      )
    }
    expect(await profile()).toEqual([2, 0])
    const server = { host: 'mail.example.org', port: 993, security: 'tls' as const, user: 'anna' }
    const account = { name: '', address: 'anna@example.org', password: 'geheim', submission: server, mailbox: server }
    await createRouterClient(accountsProcedures, { context: session.context }).add(account)
    expect(await profile()).toEqual([2, 1])
  })

  it('says of a certificate that has ended that it has, whoever vouches for it', async () => {
    await vault().create({ passphrase })
    await identities().import({ source: source(await pkcs12Of(anna)), password: 'geheim' })
    expect(await identities().list()).toMatchObject([{ state: 'unknown-issuer' }])
    now = new Date('2027-02-01T00:00:00Z')
    expect(await identities().list()).toMatchObject([{ state: 'expired' }])
  })

  it('takes no passphrase for a vault that is guessed too fast, and goes on opening one that has an older one', async () => {
    expect(await failureOf(vault().create({ passphrase: 'sieben7' }))).toEqual({
      code: 'passphrase-too-short',
      data: { minimum: 8 },
    })
    expect(await vault().state()).toMatchObject({ state: 'none' })
    expectSuccess(await session.context.application.vault.create('x'))
    await vault().lock()
    expect(await vault().unlock({ passphrase: 'x' })).toMatchObject({ state: 'unlocked' })
    const next = 'a'.repeat(20)
    expect(await failureOf(vault().changePassphrase({ current: 'x', next }))).toMatchObject({
      code: 'passphrase-too-simple',
    })
    expect(await vault().changePassphrase({ current: 'x', next: passphrase })).toMatchObject({ state: 'unlocked' })
  })

  it('retires and prefers, and tells the window', async () => {
    await vault().create({ passphrase })
    const input = { source: source(await pkcs12Of(anna)), password: 'geheim' }
    const id = (await identities().import(input)).imported[0]?.id ?? ''
    expect(await identities().retire({ id, retired: true })).toMatchObject({ retired: true, preferred: false })
    expect(await identities().retire({ id, retired: false })).toMatchObject({ retired: false, preferred: true })
    expect(await identities().prefer({ id })).toMatchObject({ preferred: true })
    await expect(identities().prefer({ id: 'x' })).rejects.toMatchObject({ code: 'not-found' })
    const { done, value } = await session.context.events.follow(AbortSignal.timeout(50)).next()
    expect([done, value]).toEqual([false, { topic: 'vault', revision: 1 }])
  })
})

describe('contacts', () => {
  it('take certificates from files, each to its person, and the CAs to nobody', async () => {
    trust(root.certificate)
    const file = source(utf8Bytes(pemOf(anna.certificate, jonas.certificate, middle.certificate, root.certificate)))
    const added = await contacts().addFromFile({ source: file, fileName: 'people.pem' })
    expect(added).toMatchObject({
      added: 2,
      known: 0,
      contacts: [{ addresses: ['anna@example.org'] }, { addresses: ['jonas@example.org'] }],
    })
    // The intermediate came along with the file.
    expect(added.contacts[0]).toMatchObject({
      canReadSealed: true,
      certificates: [
        { state: 'valid', used: true, canEncrypt: true, evidence: [{ kind: 'file', from: 'people.pem' }] },
      ],
    })
    expect(await contacts().addFromFile({ source: file, fileName: 'people.pem' })).toMatchObject({ added: 0, known: 2 })
    await expect(
      contacts().addFromFile({ source: source(utf8Bytes(pemOf(root.certificate))), fileName: 'ca.pem' }),
    ).rejects.toMatchObject({ code: 'no-certificate-inside' })
    await expect(
      contacts().addFromFile({ source: source(utf8Bytes(keyPem(anna))), fileName: 'key.pem' }),
    ).rejects.toMatchObject({ code: 'contains-private-key' })
  })

  it('are written to with the newest valid certificate, or it is said why not', async () => {
    const reasonFor = (at = now) => {
      const chosen = recipientCertificate(session.context, 'Anna@example.ORG', at)
      return chosen.usable ? chosen.certificate.sha256 : chosen.reason
    }
    expect(reasonFor()).toBe('no-certificate')
    const chain = pemOf(middle.certificate)
    const add = (entity: TestEntity) =>
      contacts().addFromFile({ source: source(utf8Bytes(pemOf(entity.certificate) + chain)), fileName: 'anna.cer' })
    const { der, sha256, emails } = anna.certificate
    const known = { der, sha256, addresses: emails }
    const evidence = { kind: 'signed-mail' as const, date: now }
    expectSuccess(session.context.application.addressBook.addCertificate(undefined, known, evidence))
    expect(reasonFor()).toBe('unknown-issuer')
    session.context.application.trust.rememberIssuers([middle.certificate])
    trust(root.certificate)
    expect(reasonFor()).toBe(anna.certificate.sha256)
    const newer = await testPerson('anna@example.org', { issuer: middle }, { notBefore: new Date('2026-05-01') })
    const signing = await testPerson(
      'anna@example.org',
      { issuer: middle },
      { notBefore: new Date('2026-05-20'), keyUsage: ['digitalSignature'] },
    )
    await add(newer)
    await add(signing)
    expect(reasonFor()).toBe(newer.certificate.sha256)
    expect(reasonFor(new Date('2026-04-01'))).toBe(anna.certificate.sha256)
    expect(reasonFor(new Date('2027-06-01'))).toBe('expired')
    expect(reasonFor(new Date('2025-06-01'))).toBe('not-yet-valid')
    const [contact] = await contacts().list({})
    expect(contact?.certificates.filter(({ used }) => used).map(({ certificate }) => certificate.sha256)).toEqual([
      newer.certificate.sha256,
    ])
    now = new Date('2027-06-01')
    expect((await contacts().list({ canReadSealed: true })).length).toBe(0)
  })

  it('are harvested from a signed mail, and only from a good signature', async () => {
    const opened = async (bytes: Uint8Array) => expectSuccess(await openForReading(session.context, bytes)).openedId
    const written = async (isSigned: boolean): Promise<Uint8Array> => {
      const chunks: Uint8Array[] = []
      const signer = {
        certificate: anna.certificate,
        chain: [middle.certificate],
        key: anna.key,
        signingTime: new Date('2026-03-03T10:00:00Z'),
      }
      const letter = {
        from: { name: 'Anna B.', address: 'anna@example.org' },
        to: [{ address: 'jonas@example.org' }],
        cc: [],
        subject: 'Hallo',
        date: testNow,
        messageId: '<1@example.org>',
        text: 'Guten Tag',
        attachments: [],
      }
      const sealed = await sealLetter(letter, { random: systemRandom, ...(isSigned ? { sign: signer } : {}) })
      for await (const chunk of expectSuccess(sealed)) chunks.push(chunk)
      return concatBytes(...chunks)
    }
    const { sha256 } = anna.certificate
    const signed = await written(true)
    const harvest = async (bytes: Uint8Array) => contacts().harvest({ openedId: await opened(bytes), sha256 })
    await expect(harvest(signed)).rejects.toMatchObject({
      code: 'signature-not-good',
      data: { state: 'unknown-issuer' },
    })
    await expect(harvest(await written(false))).rejects.toMatchObject({ code: 'not-signed' })
    await expect(contacts().harvest({ openedId: 'x', sha256 })).rejects.toMatchObject({ code: 'not-found' })
    trust(root.certificate)
    const forged = latin1Bytes(Buffer.from(signed).toString('latin1').replace('Guten Tag', 'Guten Tod'))
    await expect(harvest(forged)).rejects.toMatchObject({ code: 'signature-not-good', data: { state: 'broken' } })
    expect(await contacts().list({})).toEqual([])
    expect(await harvest(signed)).toMatchObject({
      name: 'Anna B.',
      addresses: ['anna@example.org'],
      canReadSealed: true,
      certificates: [
        { used: true, evidence: [{ kind: 'signed-mail', from: 'Hallo', date: '2026-03-03T10:00:00.000Z' }] },
      ],
    })
  })

  it('are changed, deleted and brought back', async () => {
    const input = { name: 'Anna', addresses: ['anna@example.org'], notes: '' }
    const { id } = await contacts().add(input)
    await expect(contacts().add({ ...input, addresses: ['nobody'] })).rejects.toMatchObject({
      code: 'malformed-address',
    })
    expect(await contacts().update({ ...input, id, name: 'Ännchen' })).toMatchObject({ name: 'Ännchen' })
    expect(await contacts().list({ query: 'annchen' })).toHaveLength(1)
    const { undoToken } = await contacts().delete({ id })
    await expect(contacts().get({ id })).rejects.toMatchObject({ code: 'not-found' })
    expect(await contacts().undo({ undoToken })).toMatchObject({ id, name: 'Ännchen' })
    await expect(contacts().undo({ undoToken })).rejects.toMatchObject({ code: 'nothing-to-undo' })
  })
})
