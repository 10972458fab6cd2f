import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { writePem } from '../asn1/pem.ts'
import { latin1Text, utf8Bytes, utf8Text } from '../base/bytes.ts'
import { systemRandom } from '../base/random.ts'
import { expectSuccess } from '../base/result.ts'
import { testAuthority, testPerson } from '../certificates/testPki.ts'
import { base64Lines } from '../mime/canonical.ts'
import { decodedBody, entitySource, parseEntity } from '../mime/entity.ts'
import type { Letter, SealOptions } from './letter.ts'
import { openMessage } from './open.ts'
import type { OpenedMessage } from './openedMessage.ts'
import { sealLetter } from './seal.ts'
import { type GpgsmHome, gpgsmHome, gpgsmPresent } from './testGpgsmHome.ts'

// The other programs look at the machine's clock.
const now = new Date()
const validity = {
  notBefore: new Date(now.getTime() - 86_400_000),
  notAfter: new Date(now.getTime() + 30 * 86_400_000),
}
const root = await testAuthority('Interop Root', { keyType: 'rsa-2048' }, validity)
const rsa = await testPerson('rsa@interop.example', { issuer: root, keyType: 'rsa-2048' }, validity)
const ec = await testPerson('ec@interop.example', { issuer: root, keyType: 'ec-p256' }, validity)
const people = { rsa, ec }
type PersonName = keyof typeof people

const letter: Letter = {
  from: { name: 'Äsop', address: 'rsa@interop.example' },
  to: [{ address: 'ec@interop.example' }],
  cc: [],
  subject: 'Füchse und Trauben',
  date: now,
  messageId: '<interop@interop.example>',
  text: 'Sie sind mir noch nicht reif,\nsagte der Fuchs.  \nFrom afar.\n',
  attachments: [
    {
      name: 'trauben.bin',
      mediaType: 'application/octet-stream',
      size: 100_000,
      async *open() {
        yield systemRandom(100_000)
      },
    },
  ],
}

function signedBy(name: PersonName): NonNullable<SealOptions['sign']> {
  const { certificate, key } = people[name]
  return { certificate, key, chain: [root.certificate], signingTime: now }
}

function encryptedTo(name: PersonName, cipher: 'aes-256-cbc' | 'aes-256-gcm'): NonNullable<SealOptions['encrypt']> {
  return { recipients: [{ certificate: people[name].certificate }], cipher }
}

async function seal(options: Omit<SealOptions, 'random'>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  for await (const chunk of expectSuccess(await sealLetter(letter, { ...options, random: systemRandom })))
    chunks.push(chunk)
  return Buffer.concat(chunks)
}

async function open(bytes: Uint8Array | string): Promise<OpenedMessage> {
  const keys = [rsa, ec].map(({ certificate, key }) => ({ certificate, key }))
  return expectSuccess(await openMessage(typeof bytes === 'string' ? utf8Bytes(bytes) : bytes, { keys }))
}

async function textOf(message: OpenedMessage): Promise<string> {
  return utf8Text((await message.parts[0]?.bytes()) ?? new Uint8Array()).replace(/\r\n/g, '\n')
}

const entityText = 'Content-Type: text/plain\r\n\r\nwritten by another program\r\n'

const openssl = spawnSync('openssl', ['cms', '-help']).status === 0
describe.skipIf(!openssl)(openssl ? 'openssl' : 'skipped: there is no openssl command with CMS', () => {
  const folder = mkdtempSync(join(tmpdir(), 'siegel-openssl-'))
  const path = (name: string) => join(folder, name)
  const file = (name: string, bytes: Uint8Array | string) => {
    writeFileSync(path(name), bytes)
    return path(name)
  }
  const cms = (...options: string[]) =>
    execFileSync('openssl', ['cms', ...options], { maxBuffer: 64 * 1_048_576, stdio: ['ignore', 'pipe', 'pipe'] })
  const pair = (name: PersonName) => ({ certificate: path(`${name}.crt`), key: path(`${name}.key`) })

  beforeAll(() => {
    file('root.crt', writePem('CERTIFICATE', root.certificate.der))
    for (const [name, person] of Object.entries(people)) {
      file(`${name}.crt`, writePem('CERTIFICATE', person.certificate.der))
      file(`${name}.key`, writePem('PRIVATE KEY', person.pkcs8))
    }
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it.each([
    ['rsa', false],
    ['rsa', true],
    ['ec', false],
    ['ec', true],
  ] as const)('verifies what %s signed (opaque: %s)', async (name, opaque) => {
    const mail = file('signed.eml', await seal({ sign: { ...signedBy(name), opaque } }))
    const verified = cms('-verify', '-in', mail, '-CAfile', path('root.crt'), '-purpose', 'smimesign')
    const content = expectSuccess(parseEntity(verified))
    expect(content.contentType.parameters.get('hp')).toBe('clear')
    expect(await textOf(await open(verified))).toBe(letter.text)
  })

  it('finds out that a signed mail was changed', async () => {
    const mail = latin1Text(await seal({ sign: signedBy('rsa') })).replace('noch nicht', 'noch immer')
    expect(() => cms('-verify', '-in', file('changed.eml', mail), '-CAfile', path('root.crt'))).toThrow()
  })

  it.each([
    ['rsa', 'aes-256-cbc'],
    ['rsa', 'aes-256-gcm'],
    ['ec', 'aes-256-cbc'],
    ['ec', 'aes-256-gcm'],
  ] as const)('decrypts what was encrypted to %s with %s, and verifies what is inside', async (name, cipher) => {
    const mail = file('sealed.eml', await seal({ sign: signedBy('rsa'), encrypt: encryptedTo(name, cipher) }))
    const { certificate, key } = pair(name)
    const inside = file('inside.eml', cms('-decrypt', '-in', mail, '-recip', certificate, '-inkey', key))
    const verified = cms('-verify', '-in', inside, '-CAfile', path('root.crt'))
    expect(latin1Text(verified)).toContain('HP-Outer: Subject: [...]')
  })

  it.each(['rsa', 'ec'] as const)('signs for %s, and Siegel verifies it', async (name) => {
    const { certificate, key } = pair(name)
    const content = file('content', entityText)
    const options = [
      '-sign',
      '-in',
      content,
      '-signer',
      certificate,
      '-inkey',
      key,
      '-from',
      'x@x.example',
      '-subject',
      's',
    ]
    for (const form of [['-crlfeol'], ['-nodetach'], ['-crlfeol', '-md', 'sha384']]) {
      const message = await open(cms(...options, ...form))
      expect(message.signers.map(({ outcome, coversMessage }) => [outcome.state, coversMessage])).toEqual([
        ['verified', true],
      ])
      expect(await textOf(message)).toBe('written by another program\n')
    }
  })

  it.each([
    ['rsa', '-aes256'],
    ['rsa', '-aes-256-gcm'],
    ['ec', '-aes128'],
    ['ec', '-aes-128-gcm'],
  ] as const)('encrypts to %s with %s, and Siegel decrypts it', async (name, cipher) => {
    const content = file('content', entityText)
    const message = await open(cms('-encrypt', '-in', content, cipher, pair(name).certificate))
    expect([message.encryption, message.authenticated]).toEqual(['decrypted', cipher.endsWith('gcm')])
    expect(await textOf(message)).toBe('written by another program\n')
  })
})

const gpgsm = gpgsmPresent()
describe.skipIf(!gpgsm)(gpgsm ? 'gpgsm' : 'skipped: there is no gpgsm or openssl command', () => {
  let home: GpgsmHome
  beforeAll(() => {
    home = gpgsmHome(root)
    home.importKey(rsa)
    home.importCertificate(ec)
  })
  afterAll(() => home.remove())

  it.each(['rsa', 'ec'] as const)('verifies what %s signed', async (name) => {
    const mail = expectSuccess(parseEntity(await seal({ sign: signedBy(name) })))
    const [content, signature] = mail.children
    const files = [
      home.file('signature', await decodedBody(signature!)),
      home.file('content', entitySource(content!).held!),
    ]
    const done = home.run('--verify', ...files)
    expect(done.messages).toContain('Good signature')
    expect(done.status).toBe(0)
    const changed = home.run(
      '--verify',
      files[0]!,
      home.file('content', Buffer.concat([entitySource(content!).held!, Buffer.from('x')])),
    )
    expect(changed.status).not.toBe(0)
  })

  it('decrypts what was encrypted to rsa with CBC', async () => {
    const mail = expectSuccess(
      parseEntity(await seal({ sign: signedBy('ec'), encrypt: encryptedTo('rsa', 'aes-256-cbc') })),
    )
    const done = home.run('--output', home.path('decrypted'), '--decrypt', home.file('sealed', await decodedBody(mail)))
    expect([done.status, done.messages]).toEqual([0, expect.any(String)])
    const inside = await open(home.read('decrypted'))
    expect(inside.signers.map(({ outcome }) => outcome.state)).toEqual(['verified'])
    expect(inside.subject).toBe(letter.subject)
  })

  it('signs, and Siegel verifies it', async () => {
    const content = home.file('content', entityText)
    const done = home.run(
      '--detach-sign',
      '--local-user',
      'rsa@interop.example',
      '--output',
      home.path('signature'),
      content,
    )
    expect([done.status, done.messages]).toEqual([0, expect.any(String)])
    const message = await open(
      [
        'From: rsa@interop.example',
        'Content-Type: multipart/signed; protocol="application/pkcs7-signature"; boundary=b',
        '',
        '--b',
        `${entityText}`,
        '--b',
        'Content-Type: application/pkcs7-signature',
        'Content-Transfer-Encoding: base64',
        '',
        `${base64Lines(readFileSync(home.path('signature')))}--b--`,
      ].join('\r\n'),
    )
    expect(message.signers.map(({ outcome, coversMessage }) => [outcome.state, coversMessage])).toEqual([
      ['verified', true],
    ])
  })

  it('encrypts, and Siegel decrypts it', async () => {
    const content = home.file('content', entityText)
    const done = home.run('--encrypt', '--recipient', 'rsa@interop.example', '--output', home.path('sealed'), content)
    expect([done.status, done.messages]).toEqual([0, expect.any(String)])
    const message = await open(home.read('sealed'))
    expect([message.encryption, await textOf(message)]).toEqual(['decrypted', 'written by another program\n'])
  })
})
