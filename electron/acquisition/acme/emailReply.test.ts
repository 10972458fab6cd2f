import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { base64urlText, utf8Bytes, utf8Text } from '../../base/bytes.ts'
import { expectSuccess } from '../../base/result.ts'
import { digestOf } from '../../crypto/digest.ts'
import { answerChallengeMail, digestInAnswer, keyAuthorizationDigest, readChallengeMail } from './emailReply.ts'

const token = 'LgYemJLy3F1LDkiJrdIGbEzyFJyOyf6vBdyZ1TG3sME'
const from = 'acme-generator@example.org'
const address = 'alexey@example.com'

/** The mail of RFC 8823 §3.1, figure 1, with a token of the right length. */
function challenge(change: (lines: string[]) => string[] = (lines) => lines): Uint8Array {
  const lines = change([
    'Auto-Submitted: auto-generated; type=acme',
    'Date: Sat, 5 Dec 2020 10:08:55 +0100',
    'Message-ID: <A2299BB.FF7788@example.org>',
    `From: ${from}`,
    `To: ${address}`,
    `Subject: ACME: ${token}`,
    'Content-Type: text/plain',
    'MIME-Version: 1.0',
  ])
  return utf8Bytes(`${lines.join('\r\n')}\r\n\r\nThis is an automatically generated ACME challenge.\r\n`)
}

function replaced(name: string, ...fields: readonly string[]): Uint8Array {
  return challenge((lines) => lines.flatMap((line) => (line.startsWith(`${name}:`) ? fields : [line])))
}

const read = (mail: Uint8Array) => readChallengeMail(mail, from, address)
const reasonOf = (mail: Uint8Array) => {
  const result = read(mail)
  return result && !result.ok ? result.error.reason : undefined
}

describe('a challenge mail', () => {
  it('is read as RFC 8823 shows it', () => {
    expect(expectSuccess(read(challenge())!)).toEqual({
      tokenPart1: token,
      from,
      answerTo: [from],
      to: [address],
      sentAt: new Date('2020-12-05T09:08:55Z'),
      messageId: '<A2299BB.FF7788@example.org>',
    })
  })

  it('may fold its token and write the subject as an encoded word', () => {
    const folded = replaced('Subject', `Subject: ACME: ${token.slice(0, 20)}\r\n ${token.slice(20)}`)
    expect(expectSuccess(read(folded)!).tokenPart1).toBe(token)
    const encoded = Buffer.from(`ACME: ${token.slice(0, 30)}`).toString('base64')
    const words = replaced('Subject', `Subject: =?UTF-8?B?${encoded}?=\r\n =?UTF-8?Q?${token.slice(30)}?=`)
    expect(expectSuccess(read(words)!).tokenPart1).toBe(token)
  })

  it('may have padding behind its token, as the RFC’s own example has (§3.1, figure 1)', () => {
    expect(expectSuccess(read(replaced('Subject', `Subject: ACME: ${token}=`))!).tokenPart1).toBe(`${token}=`)
    for (const wrong of [`=${token}`, `${token.slice(0, 20)}=${token.slice(20)}`, `${token}===`]) {
      expect(reasonOf(replaced('Subject', `Subject: ACME: ${wrong}`))).toBe('token')
    }
  })

  it('names the language of its words, and writes them in ASCII or UTF-8 only (§3.1 point 1)', () => {
    const word = (charset: string) => replaced('Subject', `Subject: =?${charset}?Q?ACME:_${token}?=`)
    for (const charset of ['US-ASCII*EN', 'utf-8', 'US-ASCII', 'UTF-8*de']) {
      expect(expectSuccess(read(word(charset))!).tokenPart1).toBe(token)
    }
    for (const charset of ['ISO-8859-1', 'windows-1252*en', 'utf-7', 'x-nothing']) {
      expect(reasonOf(word(charset))).toBe('token')
    }
    const utf16 = Buffer.from(`ACME: ${token}`, 'utf16le').toString('base64')
    expect(reasonOf(replaced('Subject', `Subject: =?utf-16le?B?${utf16}?=`))).toBe('token')
    expect(reasonOf(replaced('Subject', `Subject: ACME: =?iso-8859-1?Q?${token}?=`))).toBe('token')
    // What isn't a word may look like one.
    expect(reasonOf(replaced('Subject', `Subject: ACME: =?latin1?${token}`))).toBe('token')
  })

  it('may be for an international address, written as it is (RFC 6532)', () => {
    const readFor = (to: string, wanted: string) => {
      const mail = challenge((lines) => lines.map((line) => (line.startsWith('To:') ? `To: ${to}` : line)))
      const result = readChallengeMail(mail, from, wanted)
      return result?.ok ? result.value.to : result?.error.reason
    }
    expect(readFor('Jürgen <jürgen@example.com>', 'jürgen@example.com')).toEqual(['jürgen@example.com'])
    expect(readFor('<anna@müller.example>', 'anna@xn--mller-kva.example')).toEqual(['anna@müller.example'])
    expect(readFor('<jurgen@example.com>', 'jürgen@example.com')).toBe('other-recipient')
    // Decomposed, it is another mailbox: nothing is normalized (RFC 9598 §5).
    expect(readFor('ju\u0308rgen@example.com', 'jürgen@example.com')).toBe('other-recipient')
  })

  it('names in Reply-To where the answer goes', () => {
    const mail = replaced('To', `To: ${address}`, 'Reply-To: ACME <answers@example.org>')
    expect(expectSuccess(read(mail)!).answerTo).toEqual(['answers@example.org'])
  })

  it('is refused as a reply, from whomever but oneself (RFC 8823 §3.1 point 1)', () => {
    for (const prefix of ['Re:', 'RE: ', 're[2]: ', ' Re : ']) {
      expect(reasonOf(replaced('Subject', `Subject: ${prefix}ACME: ${token}`))).toBe('reply-subject')
    }
  })

  it('is passed over when its subject says something else', () => {
    expect(read(replaced('Subject', 'Subject: Re: lunch'))).toBeUndefined()
    // The person's own answer, as a folder with all mail holds it.
    const own = utf8Bytes(
      utf8Text(replaced('Subject', `Subject: Re: ACME: ${token}`)).replace(`From: ${from}`, `From: ${address}`),
    )
    expect(read(own)).toBeUndefined()
    expect(read(replaced('Subject'))).toBeUndefined()
    expect(read(new Uint8Array())).toBeUndefined()
  })

  it.each([
    ['a short token', replaced('Subject', 'Subject: ACME: abc'), 'token'],
    ['no token', replaced('Subject', 'Subject: ACME:'), 'token'],
    ['a token with foreign characters', replaced('Subject', `Subject: ACME: ${token}!`), 'token'],
    ['another sender', replaced('From', 'From: acme-generator@example.net'), 'other-sender'],
    ['two senders', replaced('From', `From: ${from}, eve@example.net`), 'other-sender'],
    ['no sender', replaced('From'), 'other-sender'],
    ['two From fields', replaced('From', `From: ${from}`, 'From: eve@example.net'), 'repeated-from'],
    ['two subjects', replaced('Subject', `Subject: ACME: ${token}`, 'Subject: lunch'), 'repeated-subject'],
    ['another recipient', replaced('To', 'To: eve@example.com'), 'other-recipient'],
    ['another recipient beside', replaced('To', `To: ${address}, eve@example.com`), 'other-recipient'],
    ['no recipient', replaced('To'), 'other-recipient'],
    ['no Auto-Submitted', replaced('Auto-Submitted'), 'not-auto-submitted'],
    ['a person behind it', replaced('Auto-Submitted', 'Auto-Submitted: no'), 'not-auto-submitted'],
    ['another type', replaced('Auto-Submitted', 'Auto-Submitted: auto-generated; type=news'), 'not-auto-submitted'],
    ['an answer address that is none', replaced('To', `To: ${address}`, 'Reply-To: nobody'), 'reply-to'],
  ])('is refused with %s', (_, mail, reason) => {
    expect(reasonOf(mail)).toBe(reason)
  })

  it('is refused from a sender that is no address, although the CA names the very same one', () => {
    const sender = 'a\x00b@example.org'
    expect(readChallengeMail(replaced('From', `From: ${sender}`), sender, address)).toMatchObject({
      ok: false,
      error: { reason: 'other-sender' },
    })
  })

  it.each([
    ['auto-generated', true],
    ['Auto-Generated (by a machine); TYPE="Acme"', true],
    ['(c) auto-generated ; (d) type = acme (e)', true],
    ['auto-generated; owner-email="a;type=news@b"; type=acme', true],
    ['auto-generated; note="; type=acme"; type=news', false],
    ['auto-generated (; type=acme); type=news', false],
    ['auto-replied; type=acme', false],
    ['(auto-generated)', false],
    ['"auto-generated"', false],
  ])('is marked with comments and parameters as RFC 3834 §5.1 lets it: %s', (value, isMarked) => {
    expect(reasonOf(replaced('Auto-Submitted', `Auto-Submitted: ${value}`))).toBe(
      isMarked ? undefined : 'not-auto-submitted',
    )
  })

  it('never breaks the reader, whatever bytes it has', () => {
    fc.assert(
      fc.property(fc.nat(), fc.uint8Array({ maxLength: 40 }), (position, bytes) => {
        const mail = challenge()
        mail.set(bytes.subarray(0, mail.length), position % Math.max(1, mail.length - bytes.length))
        const result = read(mail)
        expect(result === undefined || result.ok || result.error.code === 'challenge-forged').toBe(true)
      }),
    )
  })
})

describe('the answer', () => {
  const input = {
    address,
    tokenPart2: 'DGyRejmCefe7v4NfDGDKfA',
    thumbprint: 'LPJNul-wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ',
    date: new Date('2020-12-05T12:01:45Z'),
    messageId: '<111-22222-3333333@example.com>',
  }

  it('is the mail of RFC 8823 §3.2', () => {
    const answer = answerChallengeMail(expectSuccess(read(challenge())!), input)
    const digest = base64urlText(digestOf('sha256', utf8Bytes(`${token}${input.tokenPart2}.${input.thumbprint}`)))
    expect(answer.from).toBe(address)
    expect(answer.to).toEqual([from])
    expect(utf8Text(answer.message).split('\r\n')).toEqual([
      `From: <${address}>`,
      `To: <${from}>`,
      `Subject: Re: ACME: ${token}`,
      'Date: Sat, 05 Dec 2020 12:01:45 +0000',
      'Message-ID: <111-22222-3333333@example.com>',
      'In-Reply-To: <A2299BB.FF7788@example.org>',
      'References: <A2299BB.FF7788@example.org>',
      'MIME-Version: 1.0',
      'Content-Type: text/plain; charset=us-ascii',
      'Content-Transfer-Encoding: 7bit',
      '',
      '-----BEGIN ACME RESPONSE-----',
      digest,
      '-----END ACME RESPONSE-----',
      '',
    ])
  })

  it('has no way to smuggle header fields in through the Message-ID', () => {
    const mail = replaced('Message-ID', 'Message-ID: <a@b>\r\n Bcc: eve@example.net')
    const message = utf8Text(answerChallengeMail(expectSuccess(read(mail)!), input).message)
    expect(message).not.toMatch(/bcc|In-Reply-To/i)
  })

  it('comes back from the mail as a CA reads it, also with line breaks inside', () => {
    const digest = keyAuthorizationDigest(token, input.tokenPart2, input.thumbprint)
    const lines = `Hello\r\n-----BEGIN ACME RESPONSE-----\r\n${digest.slice(0, 20)}\r\n${digest.slice(20)}\r\n-----END ACME RESPONSE-----\r\n--\r\nA.`
    expect(digestInAnswer(utf8Bytes(lines))).toBe(digest)
    expect(digestInAnswer(utf8Bytes(lines.replace('END', 'STOP')))).toBeUndefined()
    expect(digestInAnswer(utf8Bytes(lines.replaceAll('\r\n', '\n')))).toBeUndefined()
    expect(digestInAnswer(utf8Bytes(lines.replace(digest.slice(20), 'short')))).toBeUndefined()
  })
})
