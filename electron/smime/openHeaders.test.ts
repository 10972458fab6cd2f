import { describe, expect, it } from 'vitest'

import {
  clearSigned,
  cmsPart,
  codes,
  crlf,
  encrypted,
  head,
  mallory,
  mixed,
  open,
  plainPart,
  shown,
} from './testMail.ts'

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
    const signed = crlf(head, await clearSigned(own, mallory))
    const bound = await open(signed, { isVouchedFor: ({ sha256 }) => sha256 === mallory.certificate.sha256 })
    expect(bound.from).toEqual([{ address: 'mallory@evil.example' }])
    expect(codes(bound)).toEqual(['from-mismatch'])
    // A certificate can be made for any address: without somebody who vouches for it, it binds nothing.
    const unvouched = await open(signed)
    expect(unvouched.from).toEqual([{ name: 'Anna', address: 'anna@sandbox.example' }])
    expect(unvouched.notes).toMatchObject([{ code: 'from-mismatch', data: { shown: 'outer' } }])
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
    expect((await shown(message))[0]).toEqual(['Grüße', false])
    expect(message.notes).toMatchObject([{ code: 'unknown-charset', data: { charset: 'x-martian' } }])
  })
})
