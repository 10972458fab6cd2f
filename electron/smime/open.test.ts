import { describe, expect, it } from 'vitest'
import {
  context,
  derElement,
  derExplicit,
  derInteger,
  derOctetString,
  derOid,
  derSequence,
  derSet,
  sortedSetOf,
  universal,
} from '../asn1/der.ts'
import { oids } from '../asn1/oids.ts'
import { writePem } from '../asn1/pem.ts'
import { base64Text, latin1Bytes, latin1Text, utf8Bytes, utf8Text } from '../base/bytes.ts'
import { digestOf } from '../crypto/digest.ts'
import { base64Lines } from '../mime/canonical.ts'
import { derAttribute } from './cms/attributes.ts'
import { issuerAndSerial } from './cms/identifierWriter.ts'
import { certsOnly, signDetached, signOpaque } from './cms/sign.ts'
import { openMessage } from './open.ts'
import { openBudget } from './openBudget.ts'

import {
  anna,
  clearSigned,
  cmsPart,
  codes,
  crlf,
  encrypted,
  head,
  joined,
  mallory,
  mixed,
  opaque,
  open,
  plainPart,
  shown,
  signatureOver,
  signerOf,
  states,
} from './testMail.ts'

const timestampInfo = '1.2.840.113549.1.9.16.1.4'

describe('a signature', () => {
  it('covers the message when nothing stands outside of it', async () => {
    const message = await open(crlf(head, await clearSigned(plainPart)))
    expect(await shown(message)).toEqual([['the signed text', true]])
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
    expect(await shown(message)).toEqual([['the signed test', false]])
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
    expect(await shown(message)).toEqual([['the signed text', false]])
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
    expect(await shown(message)).toEqual([['the signed text', false]])
  })

  it('does not cover a footer that a mailing list added', async () => {
    const footer = crlf('Content-Type: text/plain', '', 'list footer')
    const message = await open(crlf(head, mixed(await clearSigned(plainPart), footer)))
    expect(await shown(message)).toEqual([
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
    expect(await shown(message)).toEqual([
      ['the signed text', true],
      ['not signed', false],
    ])
    expect(message.signers[0]?.coversMessage).toBe(false)
    expect(codes(message)).toEqual(['extra-parts-in-signed'])
  })

  it('says when another program may read another Content-Type than the signed one', async () => {
    const text = crlf(head, await clearSigned(plainPart)).replace(
      'boundary=sig',
      'boundary=sig\r\nContent-Type: text/html',
    )
    expect(codes(await open(text))).toEqual(['duplicate-content-type'])
  })

  it('over something else than a mail is none of the mail with the same bytes', async () => {
    const digest = derAttribute(oids.messageDigest, derOctetString(digestOf('sha256', utf8Bytes(plainPart))))
    const attributes = sortedSetOf([derAttribute(oids.contentType, derOid(timestampInfo)), digest])
    const signature = await anna.key.sign({ kind: 'ecdsa', digest: 'sha256' }, derElement(universal.set, ...attributes))
    const signerInfo = derSequence(
      derInteger(1),
      issuerAndSerial(anna.certificate),
      derSequence(derOid(oids.sha256)),
      derElement(context(0), ...attributes),
      derSequence(derOid(oids.ecdsaWithSha256)),
      derOctetString(signature),
    )
    const signedData = (...content: Uint8Array[]) => {
      const inside = derSequence(derOid(timestampInfo), ...content)
      const certificates = derElement(context(0), anna.certificate.der)
      const fields = derSequence(derInteger(3), derSet(), inside, certificates, derSet(signerInfo))
      return derSequence(derOid(oids.signedData), derExplicit(0, fields))
    }
    const detached = await open(crlf(head, await clearSigned(plainPart, anna, base64Lines(signedData()))))
    const opaqueData = signedData(derExplicit(0, derOctetString(utf8Bytes(plainPart))))
    for (const message of [detached, await open(crlf(head, cmsPart(opaqueData)))]) {
      expect(states(message)).toEqual(['broken'])
      expect(message.signers[0]?.outcome.reasons.map(({ code }) => code)).toEqual(['content-type-mismatch'])
      expect(message.parts.map(({ covered }) => covered)).toEqual([false])
    }
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
    expect(await shown(message)).toEqual([['the signed text', true]])
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
    expect(await shown(message)).toEqual([['the signed text', false]])
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
    expect(await shown(thrice)).toEqual([['the signed text', true]])
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
    expect(utf8Text((await message.parts[0]?.bytes()) ?? new Uint8Array())).not.toContain('signed text')
    expect(message.notes).toMatchObject([{ code: 'encrypted-part-inside', severity: 'warning' }])
  })

  it('may be one of very many attached to a mail', async () => {
    const part = cmsPart(await opaque(plainPart))
    const message = await open(crlf(head, mixed(...new Array<string>(openBudget.structures + 3).fill(part))))
    expect(message.parts.filter(({ kind }) => kind === 'attachment').length).toBe(3)
    expect(codes(message)).toEqual(['signed-part-inside', 'too-many-layers'])
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
    expect([await shown(message), codes(message)]).toEqual([
      [['just text, no header', false]],
      ['content-without-headers'],
    ])
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
    expect([sealed.encryption, await shown(sealed)]).toEqual(['decrypted', [['the signed text', false]]])
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
