import { beforeAll, describe, expect, it } from 'vitest'
import { latin1Bytes, latin1Text, utf8Bytes } from '../../base/bytes.ts'
import { expectSuccess } from '../../base/result.ts'
import { generateKey, openPrivateKey, type PrivateKeyHandle } from '../../crypto/privateKey.ts'
import { dkimRecord } from '../../sandbox/authority.ts'
import { type DkimChoices, dkimSigned } from '../../sandbox/dkim.ts'
import { readGenuineChallenge } from './challenge.ts'
import { authenticateChallenge, type TxtResolver } from './challengeMail.ts'

const from = 'acme@ca.example'
const at = new Date('2026-11-24T12:00:00Z')
const plain = utf8Bytes(
  [
    `From: <${from}>`,
    'To: <anna@sandbox.example>',
    'Subject: ACME: LgYemJLy3F1LDkiJrdIGbEzyFJyOyf6vBdyZ1TG3sME',
    'Date: Tue, 24 Nov 2026 12:00:00 +0000',
    'Message-ID: <1@ca.example>',
    'Auto-Submitted: auto-generated; type=acme',
    'Content-Type: text/plain',
    '',
    'A challenge.',
    '',
  ].join('\r\n'),
)

let key: PrivateKeyHandle
let resolveTxt: TxtResolver

beforeAll(async () => {
  key = expectSuccess(openPrivateKey((await generateKey('rsa-2048')).pkcs8))
  const stranger = expectSuccess(openPrivateKey((await generateKey('rsa-2048')).pkcs8))
  const records: Record<string, string> = {
    's1._domainkey.ca.example': dkimRecord(key),
    's1._domainkey.eve.example': dkimRecord(key),
    's1._domainkey.mail.ca.example': dkimRecord(key),
    'other._domainkey.ca.example': dkimRecord(stranger),
    'trial._domainkey.ca.example': `${dkimRecord(key)}; t=y`,
    'trials._domainkey.ca.example': `${dkimRecord(key)}; t=s:y`,
    'same._domainkey.ca.example': `${dkimRecord(key)}; t=s`,
  }
  resolveTxt = async (name) => {
    if (name.startsWith('silent.')) throw Object.assign(new Error('timeout'), { code: 'ETIMEOUT' })
    const record = records[name]
    if (record === undefined) throw Object.assign(new Error('none'), { code: 'ENOTFOUND' })
    return [[record]]
  }
})

const signed = (choices: DkimChoices = {}, domain = 'ca.example', selector = 's1') =>
  dkimSigned(plain, { domain, selector, key }, at, choices)

const judged = async (mail: Uint8Array, sender = from) => {
  const result = await authenticateChallenge(mail, sender, resolveTxt, at)
  return result.ok ? result.value : result.error.reason
}

const edited = (mail: Uint8Array, change: (text: string) => string) => latin1Bytes(change(latin1Text(mail)))

describe('a challenge mail is genuine', () => {
  it('when the domain of From signed everything that matters', async () => {
    expect(await judged(await signed())).toBe('genuine')
  })

  it('when a forwarder adds trace fields and signatures of its own', async () => {
    const mail = edited(await signed(), (text) => `Received: from a by b; Tue, 24 Nov 2026 12:00:01 +0000\r\n${text}`)
    const again = await dkimSigned(mail, { domain: 'eve.example', selector: 's1', key }, at)
    expect(await judged(again)).toBe('genuine')
  })

  it('also when absent fields are not listed, as long as they are absent', async () => {
    const fields = ['From', 'To', 'Subject', 'Date', 'Message-ID', 'Auto-Submitted', 'Content-Type']
    expect(await judged(await signed({ fields }))).toBe('genuine')
  })
})

describe('a challenge mail is refused', () => {
  it('without a signature', async () => {
    expect(await judged(plain)).toBe('not-signed')
  })

  it('with a signature of another domain, be it a parent or a child', async () => {
    expect(await judged(await signed({}, 'eve.example'))).toBe('other-domain')
    expect(await judged(await signed({}, 'mail.ca.example'))).toBe('other-domain')
  })

  it('with a signature by another key than the one in DNS, or by none that is there', async () => {
    expect(await judged(await signed({}, 'ca.example', 'other'))).toBe('signature-failed')
    expect(await judged(await signed({}, 'ca.example', 'nowhere'))).toBe('signature-failed')
  })

  it('with a key that its domain only tries out: such a mail counts as unsigned (RFC 6376 §3.6.1)', async () => {
    expect(await judged(await signed({}, 'ca.example', 'same'))).toBe('genuine')
    expect(await judged(await signed({}, 'ca.example', 'trial'))).toBe('trial-key')
    expect(await judged(await signed({}, 'ca.example', 'trials'))).toBe('trial-key')
    const both = await dkimSigned(
      await signed({}, 'ca.example', 'trial'),
      { domain: 'ca.example', selector: 's1', key },
      at,
    )
    expect(await judged(both)).toBe('genuine')
  })

  it('with a signature over a part of the body only, even when nothing was added', async () => {
    expect(await judged(await signed({ bodyLength: 5 }))).toBe('partial-body')
    expect(await judged(await signed({ bodyLength: 0 }))).toBe('partial-body')
    expect(await judged(edited(await signed({ bodyLength: 14 }), (text) => `${text}more\r\n`))).toBe('partial-body')
  })

  it.each(['From', 'To', 'Subject', 'Auto-Submitted', 'Message-ID', 'Date', 'Content-Type'])(
    'with an unsigned %s',
    async (name) => {
      const all = ['From', 'To', 'Subject', 'Date', 'Message-ID', 'Auto-Submitted', 'Content-Type']
      const reason = await judged(await signed({ fields: all.filter((field) => field !== name) }))
      // Without From mailauth itself calls the signature invalid (RFC 6376 §5.4).
      expect(reason).toBe(name === 'From' ? 'signature-failed' : `unsigned-${name.toLowerCase()}`)
    },
  )

  it('with a token that was replaced after signing', async () => {
    expect(await judged(edited(await signed(), (text) => text.replace('ACME: Lg', 'ACME: Xg')))).toBe(
      'signature-failed',
    )
  })

  it('with a second subject put on top of the signed one', async () => {
    const fields = ['From', 'To', 'Subject', 'Date', 'Message-ID', 'Auto-Submitted', 'Content-Type']
    const mail = edited(await signed({ fields }), (text) => `Subject: ACME: AAAAAAAAAAAAAAAAAAAAAAAA\r\n${text}`)
    expect(await judged(mail)).toBe('missing-subject')
  })

  it('with a Reply-To that somebody added on the way', async () => {
    const fields = ['From', 'To', 'Subject', 'Date', 'Message-ID', 'Auto-Submitted', 'Content-Type']
    const open = edited(await signed({ fields }), (text) => `Reply-To: eve@eve.example\r\n${text}`)
    expect(await judged(open)).toBe('unsigned-reply-to')
    // Listed though absent, it can't be added at all.
    expect(await judged(edited(await signed(), (text) => `Reply-To: eve@eve.example\r\n${text}`))).toBe(
      'signature-failed',
    )
  })

  it('when a From that is not the signer is claimed', async () => {
    expect(await judged(await signed(), 'acme@elsewhere.example')).toBe('other-domain')
  })

  it('with more signatures than anyone needs', async () => {
    let mail = plain
    for (let count = 0; count < 11; count++) {
      mail = await dkimSigned(mail, { domain: 'eve.example', selector: 's1', key }, at)
    }
    expect(await judged(mail)).toBe('too-many-signatures')
  })

  it('where two readers would see different fields', async () => {
    const mail = edited(await signed(), (text) => text.replace('\r\nTo:', '\r\n\r\nTo:'))
    expect(await judged(mail)).toBe('missing-to')
  })
})

describe('when DNS does not answer', () => {
  it('the mail is neither genuine nor forged', async () => {
    expect(await judged(await signed({}, 'ca.example', 'silent'))).toBe('unanswered')
  })
})

describe('a field that somebody adds to a genuine challenge', () => {
  const added = [
    ['Subject', 'ACME: AAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'],
    ['From', '<eve@eve.example>'],
    ['To', '<eve@eve.example>'],
    ['Reply-To', '<eve@eve.example>'],
    ['Sender', '<eve@eve.example>'],
    ['Cc', '<eve@eve.example>'],
    ['Auto-Submitted', 'no'],
    ['Message-ID', '<2@eve.example>'],
    ['Date', 'Tue, 24 Nov 2026 13:00:00 +0000'],
    ['In-Reply-To', '<2@eve.example>'],
    ['References', '<2@eve.example>'],
    ['Content-Type', 'text/html'],
    ['Content-Transfer-Encoding', 'base64'],
  ] as const
  /** Ways in which two readers may see different fields. */
  const spellings: readonly ((name: string, value: string) => string)[] = [
    (name, value) => `${name}: ${value}`,
    (name, value) => `${name.toUpperCase()}:${value}`,
    (name, value) => `${name} : ${value}`,
    (name, value) => `${name}\r\n : ${value}`,
    (name, value) => `X: y\n${name}: ${value}`,
    (name, value) => `X: y\r${name}: ${value}`,
    (name, value) => `X: y\r\n\0${name}: ${value}`,
    (name, value) => `${name}\xa0: ${value}`,
    (name, value) => `${name}:\r\n ${value}`,
  ]

  it.each(added)('%s, on top, below or spelled oddly, changes nothing or has it refused', async (name, value) => {
    // Absent fields are not listed, so that only their count tells them (RFC 6376 §5.4.2: from the bottom).
    const fields = ['From', 'To', 'Subject', 'Date', 'Message-ID', 'Auto-Submitted', 'Content-Type']
    const genuine = await signed({ fields })
    const question = {
      challengeFrom: from,
      address: 'anna@sandbox.example',
      at,
      resolveTxt,
      readSigned: async () => undefined,
    }
    const original = await readGenuineChallenge(genuine, question)
    expect(original).toMatchObject({ ok: true, value: { answerTo: [from] } })
    let refused = 0
    for (const spelling of spellings) {
      const line = spelling(name, value)
      const above = edited(genuine, (text) => `${line}\r\n${text}`)
      const below = edited(genuine, (text) => text.replace('\r\n\r\n', () => `\r\n${line}\r\n\r\n`))
      for (const mail of [above, below]) {
        const read = await readGenuineChallenge(mail, question)
        if (read !== undefined && read !== 'unanswered' && read.ok) expect(read).toEqual(original)
        else refused += 1
      }
    }
    // All but those where it stands inside of another field's value.
    expect(refused).toBeGreaterThan(spellings.length)
  })
})
