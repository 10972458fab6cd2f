import { generateKeyPairSync } from 'node:crypto'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { corpus } from '../../build/corpora.ts'
import { asBuffer, latin1Text, utf8Bytes, utf8Text } from '../base/bytes.ts'
import { systemRandom } from '../base/random.ts'
import { expectSuccess } from '../base/result.ts'
import { type TestEntity, testNow, testPerson } from '../certificates/testPki.ts'
import { parseCapabilities } from './capabilities.ts'
import type { Letter, LetterAttachment, SealOptions } from './letter.ts'
import { openMessage } from './open.ts'
import type { OpenedMessage } from './openedMessage.ts'
import { sealLetter } from './seal.ts'
import { personOf } from './testPeople.ts'

const peopleFolder = corpus('rfc9216')
const anna = await testPerson('anna@sandbox.example')
const jonas = await testPerson('jonas@sandbox.example', { keyType: 'rsa-2048' })

/** Bytes of the buffers that are still in use: garbage would say how busy the machine is. */
async function keptBuffers(): Promise<number> {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc')
  for (let round = 0; round < 2; round++) {
    collect()
    await nextTurn()
  }
  return process.memoryUsage().arrayBuffers
}

function attachment(name: string, bytes: Uint8Array, mediaType = 'application/octet-stream'): LetterAttachment {
  return {
    name,
    mediaType,
    size: bytes.length,
    async *open() {
      for (let offset = 0; offset < bytes.length; offset += 1_000) yield bytes.subarray(offset, offset + 1_000)
    },
  }
}

function letter(changes: Partial<Letter> = {}): Letter {
  return {
    from: { name: 'Anna Berger', address: 'anna@sandbox.example' },
    to: [{ name: 'Keller, Jonas', address: 'jonas@sandbox.example' }],
    cc: [],
    subject: 'Grüße aus Köln',
    date: testNow,
    messageId: '<1@sandbox.example>',
    text: 'Hello Jonas,\n\nFrom here all is well.  \n.\nGrüße\n',
    attachments: [],
    ...changes,
  }
}

function signing(by: TestEntity): NonNullable<SealOptions['sign']> {
  return { certificate: by.certificate, chain: [], key: by.key, signingTime: testNow }
}

async function bytesOf(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const all: Uint8Array[] = []
  for await (const chunk of chunks) all.push(chunk)
  return Buffer.concat(all)
}

async function seal(what: Letter, options: Omit<SealOptions, 'random'>): Promise<Uint8Array> {
  return bytesOf(expectSuccess(await sealLetter(what, { ...options, random: systemRandom })))
}

async function open(bytes: Uint8Array, ...people: TestEntity[]): Promise<OpenedMessage> {
  const keys = people.map(({ certificate, key }) => ({ certificate, key }))
  return expectSuccess(await openMessage(bytes, { keys }))
}

async function text(message: OpenedMessage): Promise<string> {
  return utf8Text((await message.parts.find(({ kind }) => kind === 'text')?.bytes()) ?? new Uint8Array())
}

const encryptedTo = (cipher: NonNullable<SealOptions['encrypt']>['cipher'], ...people: TestEntity[]) => ({
  encrypt: { recipients: people.map(({ certificate }) => ({ certificate })), cipher },
})

describe('a sealed letter', () => {
  const ways: [string, Omit<SealOptions, 'random'>][] = [
    ['plain', {}],
    ['clear-signed by an EC key', { sign: signing(anna) }],
    ['clear-signed by an RSA key with SHA-512', { sign: { ...signing(jonas), digest: 'sha512' } }],
    ['signed opaquely', { sign: { ...signing(anna), opaque: true } }],
    ['encrypted with CBC', encryptedTo('aes-256-cbc', jonas)],
    ['encrypted with GCM', encryptedTo('aes-256-gcm', anna, jonas)],
    ['signed and encrypted', { sign: signing(anna), ...encryptedTo('aes-128-gcm', jonas) }],
    [
      'signed opaquely and encrypted',
      { sign: { ...signing(anna), opaque: true }, ...encryptedTo('aes-256-cbc', anna) },
    ],
    ['signed by two', { sign: { ...signing(anna), alsoBy: [signing(jonas)] } }],
    ['signed with RSASSA-PSS', { sign: { ...signing(jonas), padding: 'pss', digest: 'sha384' } }],
    ['signed without header protection', { sign: signing(anna), headerProtection: false }],
  ]

  it.each(ways)('that is %s opens as it was written', async (_, options) => {
    const file = systemRandom(5_000)
    const what = letter({ attachments: [attachment('Übersicht (1).bin', file)] })
    const bytes = await seal(what, options)
    const message = await open(bytes, anna, jonas)
    expect(message.from).toEqual([what.from])
    expect(message.to).toEqual(what.to)
    expect(message.subject).toBe(what.subject)
    expect(message.messageId).toBe(what.messageId)
    expect(new Date(message.date ?? '')).toEqual(testNow)
    expect((await text(message)).replace(/\r\n/g, '\n')).toBe(what.text)
    const [attached] = message.parts.filter(({ kind }) => kind === 'attachment')
    expect(attached?.name).toBe('Übersicht (1).bin')
    expect(attached?.size).toBe(file.length)
    expect(asBuffer((await attached?.bytes()) ?? new Uint8Array()).equals(file)).toBe(true)
    expect(message.signers.map(({ outcome, coversMessage }) => [outcome.state, coversMessage])).toEqual(
      options.sign ? [options.sign, ...(options.sign.alsoBy ?? [])].map(() => ['verified', true]) : [],
    )
    expect(message.parts.every(({ covered }) => covered === (options.sign !== undefined))).toBe(true)
    expect(message.encryption).toBe(options.encrypt ? 'decrypted' : 'none')
    if (options.encrypt) expect(message.authenticated).toBe(options.encrypt.cipher.endsWith('gcm'))
    const protecting = options.headerProtection !== false && (options.sign ?? options.encrypt) !== undefined
    expect(message.headers.protection).toBe(protecting ? (options.encrypt ? 'cipher' : 'clear') : 'none')
    expect(message.notes).toEqual([])
    // 7-bit, CRLF only, no line that SMTP forbids.
    const wire = latin1Text(bytes)
    expect(wire).toMatch(/^[\x20-\x7e\t\r\n]*$/)
    expect(wire.replace(/\r\n/g, '')).not.toMatch(/[\r\n]/)
    expect(Math.max(...wire.split('\r\n').map((line) => line.length))).toBeLessThanOrEqual(200)
  })

  it('tells nobody outside its subject and its text', async () => {
    const bytes = latin1Text(
      await seal(letter({ subject: 'secret subject', text: 'secret text' }), {
        sign: signing(anna),
        ...encryptedTo('aes-256-gcm', jonas),
      }),
    )
    expect(bytes).toContain('\r\nSubject: [...]\r\n')
    expect(bytes).not.toContain('secret')
    const message = await open(utf8Bytes(bytes), jonas)
    expect(message.headers.differences).toEqual([
      { name: 'Subject', protected: 'secret subject', outer: '[...]', confidential: true },
    ])
  })

  it('shows what was changed outside on the way', async () => {
    const bytes = latin1Text(await seal(letter({ subject: 'Tuesday' }), { sign: signing(anna) }))
    const message = await open(utf8Bytes(bytes.replace('Subject: Tuesday', 'Subject: Monday')), anna)
    expect(message.subject).toBe('Tuesday')
    expect(message.headers.differences).toEqual([
      { name: 'Subject', protected: 'Tuesday', outer: 'Monday', confidential: false },
    ])
  })

  it('is a postcard without any layer, and then has no protected headers', async () => {
    const bytes = latin1Text(await seal(letter(), { headerProtection: true }))
    expect(bytes).not.toMatch(/hp=|HP-Outer|multipart\/signed|pkcs7/)
  })

  it('states the ciphers that its writer reads', async () => {
    const message = await open(await seal(letter(), { sign: signing(anna) }))
    const stated = message.signers[0]?.outcome.attributes.capabilities ?? new Uint8Array()
    expect(expectSuccess(parseCapabilities(stated)).map(({ name }) => name)).toContain('aes256Gcm')
  })

  it('names its digest and protocol as RFC 8551 wants', async () => {
    const bytes = latin1Text(await seal(letter(), { sign: signing(anna) })).replace(/\r\n /g, ' ')
    expect(bytes).toMatch(
      /Content-Type: multipart\/signed; protocol="application\/pkcs7-signature"; micalg=sha-256; boundary="=_[\w-]+"\r\n/,
    )
  })

  it('lists every digest of its signers', async () => {
    const emil = await testPerson('emil@sandbox.example', { keyType: 'ec-p384' })
    const bytes = await seal(letter(), { sign: { ...signing(jonas), alsoBy: [emil, anna].map(signing) } })
    expect(latin1Text(bytes).replace(/\r\n /g, ' ')).toContain('; micalg="sha-256,sha-384"; ')
    const { signers, layers } = await open(bytes)
    expect(signers.map(({ outcome }) => outcome.state)).toEqual(['verified', 'verified', 'verified'])
    expect(layers.map(({ kind, state }) => [kind, state])).toEqual([['clear-signed', 'verified']])
  })

  it.each([
    [false, 'clear-signed'],
    [true, 'signed'],
  ] as const)(
    'is wrapped three times (RFC 2634 §1.1) and shows its innermost header; opaque: %s',
    async (opaque, kind) => {
      const what = letter({
        subject: 'secret subject',
        text: 'secret text',
        attachments: [attachment('a', Buffer.from('secret'))],
      })
      const options = { sign: { ...signing(anna), opaque }, ...encryptedTo('aes-256-cbc', jonas), tripleWrap: true }
      const bytes = await seal(what, options)
      expect(latin1Text(bytes)).not.toContain('secret')
      const message = await open(bytes, jonas)
      expect(message.layers.map((layer) => [layer.kind, layer.state])).toEqual([
        [kind, 'verified'],
        ['enveloped', 'decrypted'],
        [kind, 'verified'],
      ])
      expect(message.subject).toBe('secret subject')
      expect(message.headers.protection).toBe('cipher')
      expect(message.signers.map(({ outcome, coversMessage }) => [outcome.state, coversMessage])).toEqual([
        ['verified', true],
        ['verified', true],
      ])
      expect(message.parts.every(({ covered }) => covered)).toBe(true)
      expect(message.notes).toEqual([])
      // Whoever can't decrypt it sees that the envelope is whole.
      const outside = await open(bytes)
      expect(outside.layers.map((layer) => [layer.kind, layer.state])).toEqual([
        [kind, 'verified'],
        ['enveloped', 'no-key'],
      ])
    },
  )

  it('that somebody sealed anew within the outer layers has no good outer signature', async () => {
    const bytes = latin1Text(
      await seal(letter(), { sign: signing(anna), ...encryptedTo('aes-256-cbc', jonas), tripleWrap: true }),
    )
    const other = latin1Text(
      await seal(letter({ text: 'other' }), { sign: signing(anna), ...encryptedTo('aes-256-cbc', jonas) }),
    )
    const body = (text: string) => /name=smime\.p7m\r\n\r\n([A-Za-z0-9+/=\r\n]+)/.exec(text)?.[1]?.trim() ?? ''
    expect(body(bytes).length).toBeGreaterThan(100)
    const message = await open(utf8Bytes(bytes.replace(body(bytes), body(other))), jonas)
    expect(message.layers.map(({ state }) => state)).toEqual(['broken', 'decrypted', 'verified'])
  })

  it('refuses a key that does not sign', async () => {
    const { privateKey } = generateKeyPairSync('x25519')
    const pkcs8 = privateKey.export({ type: 'pkcs8', format: 'der' })
    const xenia = await testPerson('xenia@sandbox.example', { issuer: anna, keyOf: { pkcs8 } })
    const sign = { ...signing(anna), alsoBy: [signing(xenia)] }
    expect(await sealLetter(letter(), { sign, random: systemRandom })).toEqual({
      ok: false,
      error: { code: 'unsupported-algorithm', algorithm: 'X25519' },
    })
  })

  it('refuses an address that is none', async () => {
    const bad = letter({ cc: [{ address: 'nobody' }] })
    expect(await sealLetter(bad, { random: systemRandom })).toEqual({
      ok: false,
      error: { code: 'malformed-address', address: 'nobody' },
    })
  })

  it('lets nobody inject a field', async () => {
    const evil = 'x\r\nBcc: victim@x.example\r\n\r\nbody'
    const bytes = await seal(
      letter({
        subject: evil,
        from: { name: evil, address: 'anna@sandbox.example' },
        inReplyTo: `<a@b>\r\nBcc: victim@x.example`,
        references: evil,
        attachments: [attachment(evil, new Uint8Array(3), `text/plain\r\nBcc: y@x.example`)],
      }),
      { sign: signing(anna) },
    )
    expect(latin1Text(bytes)).not.toMatch(/^Bcc:/im)
    const message = await open(bytes)
    expect(message.outerHeaders.map(({ name }) => name)).not.toContain('Bcc')
    expect(message.signers[0]?.outcome.state).toBe('verified')
  })

  it('writes an address beyond ASCII in UTF-8 and everything else in ASCII', async () => {
    const bytes = await seal(letter({ to: [{ name: 'Jörg', address: 'jörg@köln.example' }] }), { sign: signing(anna) })
    expect(utf8Text(bytes)).toContain('<jörg@xn--kln-sna.example>')
    const message = await open(bytes)
    expect(message.to).toEqual([{ name: 'Jörg', address: 'jörg@xn--kln-sna.example' }])
    expect(message.signers[0]?.outcome.state).toBe('verified')
  })

  it('writes attached mails so that their lines are not ours', async () => {
    const inner = utf8Bytes('From: x@x.example\r\nContent-Type: text/plain\r\n\r\nhello')
    const message = await open(await seal(letter({ attachments: [attachment('a.eml', inner, 'message/rfc822')] }), {}))
    const attached = message.parts[1]
    expect([attached?.mediaType, attached?.name]).toEqual(['application/octet-stream', 'a.eml'])
    expect(utf8Text((await attached?.bytes()) ?? new Uint8Array())).toBe(utf8Text(inner))
  })

  it('comes back from any text, subject, name and content', async () => {
    const line = fc.string({ unit: 'grapheme', maxLength: 120 }).map((value) => value.replace(/[\x00-\x1f\x7f]/g, ''))
    await fc.assert(
      fc.asyncProperty(
        line,
        line,
        fc.string({ unit: 'grapheme', maxLength: 300 }),
        fc.uint8Array({ maxLength: 300 }),
        async (subject, name, body, file) => {
          const what = letter({
            subject,
            from: { name, address: 'anna@sandbox.example' },
            text: body,
            attachments: [attachment('a.bin', file)],
          })
          const message = await open(await seal(what, { sign: signing(anna) }))
          expect(message.signers[0]?.outcome.state).toBe('verified')
          expect(message.subject.trim()).toBe(subject.trim())
          const shown = name.replace(/\s+/g, ' ').trim()
          expect(message.from[0]?.name ?? '').toBe(shown)
          const ended = body.replace(/\r\n|\r|\n/g, '\r\n')
          expect(await text(message)).toBe(ended === '' || ended.endsWith('\r\n') ? ended : `${ended}\r\n`)
          expect(asBuffer((await message.parts[1]?.bytes()) ?? new Uint8Array()).equals(file)).toBe(true)
        },
      ),
      { numRuns: 150 },
    )
  })

  it('flows: 60 MB are sealed in pieces, while the attachment is read once', async () => {
    const size = 60_000_000
    const piece = systemRandom(1_000_000)
    let opened = 0
    const large: LetterAttachment = {
      name: 'large.bin',
      mediaType: 'application/octet-stream',
      size,
      async *open() {
        opened++
        for (let sent = 0; sent < size; sent += piece.length) yield piece
      },
    }
    const sealed = expectSuccess(
      await sealLetter(letter({ attachments: [large] }), {
        sign: signing(anna),
        ...encryptedTo('aes-256-cbc', jonas),
        random: systemRandom,
      }),
    )
    let total = 0
    let longest = 0
    let held = 0
    let looks = 0
    const before = await keptBuffers()
    for await (const chunk of sealed) {
      total += chunk.length
      longest = Math.max(longest, chunk.length)
      if (total < looks * 10_000_000) continue
      looks++
      held = Math.max(held, (await keptBuffers()) - before)
    }
    expect(opened).toBe(1)
    expect(total).toBeGreaterThan(size * 1.8)
    expect(longest).toBeLessThan(4_000_000)
    // What two threads pass on to each other; a copy of the whole would be more.
    expect(held).toBeLessThan(size / 2)
  })

  it('fails when its attachment fails, instead of ending early', async () => {
    const broken: LetterAttachment = {
      name: 'a.bin',
      mediaType: 'application/octet-stream',
      size: 10,
      async *open() {
        yield new Uint8Array(5)
        throw new Error('the file went away')
      },
    }
    await expect(
      seal(letter({ attachments: [broken] }), { sign: signing(anna), ...encryptedTo('aes-256-gcm', jonas) }),
    ).rejects.toThrow('went away')
  })
})

describe.skipIf(!peopleFolder)('the people of RFC 9216', () => {
  it.each([
    ['alice', 'bob'],
    ['bob', 'alice'],
    ['carlos', 'dana'],
    ['dana', 'alice'],
  ])('%s writes to %s', async (from, to) => {
    const [sender, recipient] = [personOf(peopleFolder ?? '', from), personOf(peopleFolder ?? '', to)]
    const what = letter({ from: { address: sender.address }, to: [{ address: recipient.address }] })
    const sealed = await sealLetter(what, {
      sign: { ...sender.signing, chain: [], signingTime: testNow },
      encrypt: {
        recipients: [sender, recipient].map(({ decryption }) => ({ certificate: decryption.certificate })),
        cipher: 'aes-256-gcm',
      },
      random: systemRandom,
    })
    if (!sealed.ok) {
      expect(sealed.error.code).toBe('unsupported-algorithm')
      expect(['carlos', 'dana']).toContain(to === 'alice' ? from : to)
      return
    }
    const bytes = await bytesOf(sealed.value)
    for (const reader of [sender, recipient]) {
      const message = expectSuccess(await openMessage(bytes, { keys: [reader.decryption] }))
      expect(message.encryption).toBe('decrypted')
      expect(message.signers.map(({ outcome }) => outcome.state)).toEqual(['verified'])
      expect(message.signers[0]?.outcome.certificate?.emails).toContain(sender.address)
      expect(message.subject).toBe(what.subject)
    }
  })
})
