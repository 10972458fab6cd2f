import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { call } from '@orpc/server'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { writePem } from '../../asn1/pem.ts'
import { base64Bytes, base64Text, concatBytes, latin1Bytes, utf8Bytes, utf8Text } from '../../base/bytes.ts'
import { fixedClock } from '../../base/clock.ts'
import { systemRandom } from '../../base/random.ts'
import { expectSuccess } from '../../base/result.ts'
import { type TestEntity, testAuthority, testNow, testPerson } from '../../certificates/testPki.ts'
import { type Letter, type SealOptions, sealLetter } from '../../smime/seal.ts'
import { certificatesProcedures } from '../certificates/certificates.ts'
import type { SandboxState } from '../sandbox/sandboxLink.ts'
import { openSession, type Session } from '../session.ts'
import { serversElsewhere, testRuntime } from '../testServices.ts'
import { inspectProcedures } from './inspect.ts'
import { openForReading } from './reading.ts'

let root: TestEntity
let middle: TestEntity
let anna: TestEntity
let jonas: TestEntity
let home: string
let session: Session
let sandboxState: SandboxState | undefined

beforeAll(async () => {
  root = await testAuthority('Root')
  middle = await testAuthority('Middle', { issuer: root })
  anna = await testPerson('anna@sandbox.example', { issuer: middle })
  jonas = await testPerson('jonas@sandbox.example', { issuer: middle })
})

async function start(kind: 'real' | 'sandbox'): Promise<Session> {
  return openSession({
    home,
    kind,
    runtime: testRuntime({ clock: fixedClock(testNow), sandboxServers: serversElsewhere(() => sandboxState) }),
  })
}

beforeEach(async () => {
  sandboxState = undefined
  home = await mkdtemp(join(tmpdir(), 'siegel-reading-'))
  session = await start('real')
})

afterEach(async () => {
  await session.close()
  await rm(home, { recursive: true })
})

async function letter(options: Partial<SealOptions>, changes: Partial<Letter> = {}): Promise<Uint8Array> {
  const message = expectSuccess(
    await sealLetter(
      {
        from: { address: 'anna@sandbox.example' },
        to: [{ address: 'jonas@sandbox.example' }],
        cc: [],
        subject: 'The harvest',
        date: testNow,
        messageId: '<1@sandbox.example>',
        text: 'Dear Jonas',
        attachments: [],
        ...changes,
      },
      { random: systemRandom, ...options },
    ),
  )
  const chunks: Uint8Array[] = []
  for await (const chunk of message) chunks.push(chunk)
  return concatBytes(...chunks)
}

const byAnna = (chain = [middle.certificate]) => ({
  certificate: anna.certificate,
  chain,
  key: anna.key,
  signingTime: testNow,
})
const source = (bytes: Uint8Array) => ({ bytes: base64Text(bytes) })
const pem = (entity: TestEntity) => source(utf8Bytes(writePem('CERTIFICATE', entity.certificate.der)))
const context = () => ({ context: session.context })
const open = (bytes: Uint8Array, at?: string) =>
  call(inspectProcedures.open, { source: source(bytes), ...(at === undefined ? {} : { at }) }, context())

async function trustRoot() {
  const input = { source: pem(root), sha256: root.certificate.sha256, note: 'compared by telephone' }
  return call(certificatesProcedures.addAnchor, input, context())
}

describe('trusting a root', () => {
  it('takes the fingerprint that the person was shown, and makes signatures good', async () => {
    const bytes = await letter({ sign: byAnna() })
    expect((await open(bytes)).report.verdict.signature).toBe('unknown-issuer')
    const refused = { source: pem(root), sha256: middle.certificate.sha256, note: '' }
    await expect(call(certificatesProcedures.addAnchor, refused, context())).rejects.toMatchObject({
      code: 'not-confirmed',
    })

    expect(await trustRoot()).toMatchObject({
      note: 'compared by telephone',
      sandbox: false,
      certificate: { name: 'Root' },
    })
    await expect(trustRoot()).rejects.toMatchObject({ code: 'already-known', data: { name: 'Root' } })
    const opened = await open(bytes)
    expect(opened.report.verdict).toMatchObject({ signature: 'good', level: 'good' })
    expect(opened.harvestable).toEqual([
      { sha256: anna.certificate.sha256, emails: ['anna@sandbox.example'], known: false },
    ])

    await call(certificatesProcedures.removeAnchor, { sha256: root.certificate.sha256 }, context())
    expect(await call(certificatesProcedures.anchors, undefined, context())).toEqual([])
    await expect(
      call(certificatesProcedures.removeAnchor, { sha256: root.certificate.sha256 }, context()),
    ).rejects.toMatchObject({ code: 'not-found' })
  })

  it('judges at the time that is asked for', async () => {
    await trustRoot()
    const bytes = await letter({ sign: byAnna() })
    expect((await open(bytes, '2028-01-01T00:00:00Z')).report.verdict.signature).toBe('expired')
  })

  it('remembers the CAs in between for whoever comes without them', async () => {
    await trustRoot()
    const alone = await letter({ sign: byAnna([]) })
    expect((await open(alone)).report.verdict.signature).toBe('unknown-issuer')
    await open(await letter({ sign: byAnna() }))
    expect((await open(alone)).report.verdict.signature).toBe('good')
    const shown = await call(certificatesProcedures.show, { source: pem(jonas) }, context())
    expect(shown.certificates[0]?.chain.state).toBe('valid')
    const known = await call(certificatesProcedures.get, { sha256: middle.certificate.sha256 }, context())
    expect(known.certificate).toMatchObject({ name: 'Middle', certificateAuthority: true })
  })
})

describe("the sandbox's root", () => {
  it('is an anchor in a sandbox profile only, and cannot be removed there', async () => {
    sandboxState = {
      directoryUrl: '',
      caPem: '',
      anchor: base64Text(root.certificate.der),
      smtp: { host: '', port: 1 },
      imap: { host: '', port: 1 },
      people: [],
      txtRecords: {},
    }
    const bytes = await letter({ sign: byAnna() })
    expect((await open(bytes)).report.verdict.signature).toBe('unknown-issuer')
    expect(await call(certificatesProcedures.anchors, undefined, context())).toEqual([])

    await session.context.switchTo('sandbox')
    expect((await open(bytes)).report.verdict.signature).toBe('good')
    expect(await call(certificatesProcedures.anchors, undefined, context())).toMatchObject([
      { sandbox: true, note: '' },
    ])
    await expect(trustRoot()).rejects.toMatchObject({ code: 'already-known' })
    await expect(
      call(certificatesProcedures.removeAnchor, { sha256: root.certificate.sha256 }, context()),
    ).rejects.toMatchObject({ code: 'sandbox-only' })
  })
})

describe('showing certificates', () => {
  it('refuses what is none, with the reason', async () => {
    const show = (bytes: Uint8Array) => call(certificatesProcedures.show, { source: source(bytes) }, context())
    await expect(show(utf8Bytes('Dear Anna'))).rejects.toMatchObject({ code: 'not-a-certificate' })
    await expect(show(anna.pkcs8)).rejects.toMatchObject({ code: 'contains-private-key' })
    await expect(show(anna.certificate.der.subarray(1))).rejects.toMatchObject({ code: 'not-a-certificate' })
    await expect(show(anna.certificate.der.subarray(0, 99))).rejects.toMatchObject({ code: 'malformed-certificate' })
    await expect(show(new Uint8Array(8_388_609))).rejects.toMatchObject({ code: 'too-large' })
    await expect(call(certificatesProcedures.get, { sha256: '0'.repeat(64) }, context())).rejects.toMatchObject({
      code: 'not-found',
    })
  })

  it('uses the other certificates of the same file for the chain', async () => {
    await trustRoot()
    const text = [anna, middle].map(({ certificate }) => writePem('CERTIFICATE', certificate.der)).join('')
    const { certificates } = await call(certificatesProcedures.show, { source: source(utf8Bytes(text)) }, context())
    expect(certificates.map(({ certificate, chain }) => [certificate.name, chain.state])).toEqual([
      ['anna@sandbox.example', 'valid'],
      ['Middle', 'valid'],
    ])
  })
})

describe('an encrypted mail', () => {
  const encrypted = () =>
    letter({ sign: byAnna(), encrypt: { recipients: [{ certificate: jonas.certificate }], cipher: 'aes-256-gcm' } })

  async function bringKeyOfJonas() {
    const { vault, identities } = session.context.application
    expectSuccess(await vault.create('correct horse'))
    expectSuccess(
      await identities.importPair({
        pkcs8: Uint8Array.from(jonas.pkcs8),
        certificateDer: jonas.certificate.der,
        addresses: ['jonas@sandbox.example'],
        chain: [middle.certificate.der],
      }),
    )
  }

  it('is opened with the keys of the profile, and closed when the vault locks', async () => {
    await trustRoot()
    await bringKeyOfJonas()
    const bytes = await encrypted()
    const opened = await open(bytes)
    expect(opened).toMatchObject({
      subject: 'The harvest',
      report: { verdict: { signature: 'good', encryption: 'decrypted', authenticated: true, level: 'good' } },
    })
    expect(opened.parts[0]?.text).toContain('Dear Jonas')
    const { openedId } = opened
    expect((await call(inspectProcedures.source, { openedId }, context())).text).toContain('Subject: [...]')
    const saved = await call(inspectProcedures.part, { openedId, partId: opened.parts[0]!.id }, context())
    expect(session.context.application.handover.get(saved.spoolId)).toBeDefined()

    session.context.application.vault.lock()
    expect(session.context.application.handover.get(saved.spoolId)).toBeUndefined()
    await expect(call(inspectProcedures.source, { openedId }, context())).rejects.toMatchObject({ code: 'not-found' })
    const locked = await open(bytes)
    expect(locked.report.verdict.encryption).toBe('no-key')
    expect(locked.report.findings[0]).toEqual({ code: 'vault-locked', severity: 'warning', data: {} })
  })

  it.each(['first', 'last'])('is not kept when the vault locks while it is opened, at the %s look', async (when) => {
    await bringKeyOfJonas()
    const bytes = await encrypted()
    let looks = 0
    let lockAt = 0
    const read = async (start: number, end: number) => {
      if (++looks === lockAt) session.context.application.vault.lock()
      return bytes.subarray(start, end)
    }
    const opened = expectSuccess(await openForReading(session.context, { size: bytes.length, read }))
    expect(opened.report.verdict.encryption).toBe('decrypted')
    lockAt = when === 'first' ? looks + 1 : 2 * looks
    const locked = expectSuccess(await openForReading(session.context, { size: bytes.length, read }))
    expect(session.context.application.vault.state()).toBe('locked')
    expect(locked.report.verdict.encryption).toBe('no-key')
    expect(locked.report.findings[0]?.code).toBe('vault-locked')
    expect(JSON.stringify(locked.parts)).not.toContain('Dear Jonas')
  })

  it('lacks a key without blaming the vault where there is none', async () => {
    const opened = await open(await encrypted())
    expect(opened.report.verdict.encryption).toBe('no-key')
    expect(opened.report.findings.map(({ code }) => code)).not.toContain('vault-locked')
  })
})

describe('the parts of an opened mail', () => {
  it('are handed over as files', async () => {
    const attachment = {
      name: 'Plan für Mai.txt',
      mediaType: 'text/plain',
      size: 5,
      async *open() {
        yield utf8Bytes('Plan!')
      },
    }
    const { openedId, parts } = await open(await letter({}, { attachments: [attachment] }))
    const part = parts.find(({ kind }) => kind === 'attachment')
    expect(part).toMatchObject({ name: 'Plan für Mai.txt', size: 5 })
    const file = await call(inspectProcedures.part, { openedId, partId: part?.id ?? '' }, context())
    expect(file).toMatchObject({ name: 'Plan für Mai.txt', size: 5 })
    const read = await session.context.application.handover.read(file.spoolId, 0, 100)
    expect(utf8Text(read?.bytes ?? new Uint8Array())).toBe('Plan!')
    await expect(call(inspectProcedures.part, { openedId, partId: '99' }, context())).rejects.toMatchObject({
      code: 'not-found',
    })
    await call(inspectProcedures.close, { openedId }, context())
    await expect(call(inspectProcedures.source, { openedId }, context())).rejects.toMatchObject({ code: 'not-found' })
  })

  it('are cut where nobody would read on', async () => {
    const { parts } = await open(await letter({}, { text: 'line\r\n'.repeat(200_000) }))
    expect(parts[0]).toMatchObject({ cut: true, size: 1_200_000 })
    expect(parts[0]?.text?.length).toBe(1_048_576)
  })

  it('come from a CMS file without a mail around it, too', async () => {
    await trustRoot()
    const mail = Buffer.from(await letter({ sign: { ...byAnna(), opaque: true } })).toString('latin1')
    const base64 = mail.slice(mail.indexOf('\r\n\r\n') + 4)
    for (const bytes of [base64Bytes(base64), latin1Bytes(base64), utf8Bytes(writePem('PKCS7', base64Bytes(base64)))]) {
      const opened = await open(bytes)
      expect(opened.from).toEqual([{ address: 'anna@sandbox.example' }])
      expect(opened.report.verdict.signature).toBe('good')
      expect(opened.report.findings.map(({ code }) => code)).toContain('no-mail-header')
    }
    await expect(open(Uint8Array.of(0x30, 0x03, 0x02, 0x01, 0x00))).rejects.toMatchObject({ code: 'not-a-message' })
  })

  it('are judged with anchors for this one mail', async () => {
    const bytes = await letter({ sign: byAnna() })
    const once = await openForReading(session.context, bytes, { extraAnchors: [root.certificate] })
    expect(expectSuccess(once).report.verdict.signature).toBe('good')
    expect((await open(bytes)).report.verdict.signature).toBe('unknown-issuer')
  })
})
