import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { corpus } from '../../build/corpora.ts'
import { latin1Text, utf8Bytes } from '../base/bytes.ts'
import { systemRandom } from '../base/random.ts'
import { expectSuccess } from '../base/result.ts'
import { testNow } from '../certificates/testPki.ts'
import { parseAddressList } from '../mime/address.ts'
import type { Envelope } from '../mime/build.ts'
import { type HeaderPolicy, outsideFields } from './headerConfidentiality.ts'
import { nothingHidden } from './hiddenHeaders.ts'
import type { Letter, SealOptions } from './letter.ts'
import { sealLetter } from './seal.ts'
import { anna, crlf, encrypted, head, joined, open, shown, signerOf } from './testMail.ts'

const folder = corpus('rfc9788')

const letter: Letter = {
  from: { name: 'Anna Berger', address: 'anna@sandbox.example' },
  to: [{ name: 'Jörg', address: 'joerg@sandbox.example' }],
  cc: [{ address: 'mara@sandbox.example' }],
  subject: 'Grüße',
  date: testNow,
  messageId: '<2@sandbox.example>',
  inReplyTo: '<1@sandbox.example>',
  references: '<0@sandbox.example> <1@sandbox.example>',
  text: 'Dear Jörg,\r\n\r\nall is well.\r\n',
  attachments: [],
}

const { digest: _, ...sign } = signerOf(anna)
const encrypt: SealOptions['encrypt'] = {
  recipients: [{ certificate: anna.certificate }],
  cipher: 'aes-256-gcm',
}

async function seal(options: Partial<SealOptions> = {}, changes: Partial<Letter> = {}): Promise<string> {
  const sealed = await sealLetter({ ...letter, ...changes }, { sign, encrypt, random: systemRandom, ...options })
  return latin1Text(await joined(expectSuccess(sealed)))
}

/** The header outside, unfolded, without what says how the body is built. */
function headerOf(mail: string): string[] {
  const [header = ''] = mail.split('\r\n\r\n')
  return header
    .replace(/\r\n(?=[ \t])/g, '')
    .split('\r\n')
    .filter((line) => !/^(Content-|MIME-Version:)/.test(line))
}

/** The same only signed: what is protected stands open there, unfolded. */
async function signedOnly(options: Partial<SealOptions>, changes: Partial<Letter> = {}): Promise<string> {
  const sealed = await sealLetter({ ...letter, ...changes }, { sign, random: systemRandom, ...options })
  return latin1Text(await joined(expectSuccess(sealed))).replace(/\r\n(?=[ \t])/g, '')
}

/** Encoded words can be split in several ways. */
const withoutEncodedWords = (line: string) => line.replace(/=\?utf-8\?\w\?[^?]*\?=/gi, '*')

const outside = {
  baseline: [
    'From: Anna Berger <anna@sandbox.example>',
    'To: * <joerg@sandbox.example>',
    'Cc: mara@sandbox.example',
    'Subject: [...]',
  ],
  shy: ['From: anna@sandbox.example', 'To: joerg@sandbox.example', 'Cc: mara@sandbox.example', 'Subject: [...]'],
  none: [
    'From: Anna Berger <anna@sandbox.example>',
    'To: * <joerg@sandbox.example>',
    'Cc: mara@sandbox.example',
    'Subject: *',
  ],
} as const

describe('a header confidentiality policy', () => {
  it.each(Object.keys(outside) as HeaderPolicy[])(
    '%s tells the post what it should, and the reader everything',
    async (headerPolicy) => {
      const mail = await seal({ headerPolicy })
      expect(headerOf(mail).map(withoutEncodedWords)).toEqual(
        [
          ...outside[headerPolicy],
          `Date: ${testNow.toUTCString().replace('GMT', '+0000')}`,
          'Message-ID: <2@sandbox.example>',
          'In-Reply-To: <1@sandbox.example>',
          'References: <0@sandbox.example> <1@sandbox.example>',
        ].map(withoutEncodedWords),
      )
      const message = await open(mail)
      expect([message.from, message.to, message.subject]).toEqual([[letter.from], letter.to, 'Grüße'])
      expect(message.notes).toEqual([])
      expect(message.headers.protection).toBe('cipher')
      expect(message.headers.differences.filter(({ confidential }) => !confidential)).toEqual([])
      // Who has no name hides none.
      const hidden = { none: [], baseline: ['Subject'], shy: ['From', 'Subject', 'To'] }
      expect(message.headers.differences.map(({ name }) => name).sort()).toEqual(hidden[headerPolicy])
      expect(message.hidden).toEqual({
        ...nothingHidden,
        subject: headerPolicy !== 'none',
        names: headerPolicy === 'shy',
      })
    },
  )

  it('has no say in a message that is only signed', async () => {
    const mail = await signedOnly({
      headerPolicy: 'shy',
      legacyDisplay: true,
      answered: { ...nothingHidden, names: true },
    })
    expect(mail.match(/From: Anna Berger/g)).toHaveLength(2)
    expect(mail).toContain('hp="clear"')
    expect(mail).not.toMatch(/HP-Outer|hp-legacy-display|\[\.\.\.\]/)
  })

  it.skipIf(!folder)('makes of the fields of RFC 9788 what stands outside there', () => {
    const expectations: Record<string, { hcp?: string; outer_headers?: string[]; hp?: string }> = JSON.parse(
      readFileSync(join(folder ?? '', 'expected.json'), 'utf8'),
    )
    const policies: Record<string, HeaderPolicy> = { hcp_baseline: 'baseline', hcp_shy: 'shy' }
    let compared = 0
    for (const [file, { hcp = '', outer_headers = [], hp }] of Object.entries(expectations)) {
      const policy = policies[hcp]
      if (!policy || hp !== 'cipher') continue
      const payload = readFileSync(join(folder ?? '', 'payloads', file.replace('.eml', '.payload')), 'latin1')
      const value = (name: string) =>
        new RegExp(`^${name}:\\s*(.*)$`, 'im').exec(payload.replace(/\r?\n(?=[ \t])/g, ''))?.[1]?.trim() ?? ''
      const envelope: Envelope = {
        from: parseAddressList(value('From'))[0] ?? { address: '' },
        to: parseAddressList(value('To')),
        subject: value('Subject'),
        date: new Date(value('Date')),
        messageId: value('Message-ID'),
        inReplyTo: value('In-Reply-To'),
        references: value('References'),
      }
      const written = outsideFields(envelope, policy).map((field) => `${field.name}: ${field.value}`)
      // A policy that keeps the date keeps the zone it was written in there; ours is always UTC.
      const comparable = (line: string) =>
        line.startsWith('Date: ') ? `Date: ${new Date(line.slice(6)).toISOString()}` : line
      expect(written.map(comparable).sort()).toEqual(
        outer_headers
          .map((line) => line.replace(/\r?\n\s*/g, ' '))
          .filter((line) => !line.startsWith('User-Agent'))
          .map(comparable)
          .sort(),
      )
      compared++
    }
    expect(compared).toBeGreaterThanOrEqual(7)
  })
})

describe('what stands inside', () => {
  it('says for each outer field what it was, and nothing of how the body is built', async () => {
    const payload = await open(await seal({ headerPolicy: 'shy' }))
    // MIME-Version and Content-* belong to each part; Bcc is never written.
    expect(payload.outerHeaders.map(({ name }) => name)).toContain('MIME-Version')
    expect(payload.headers.protected.map(({ name }) => name)).toEqual([
      'From',
      'To',
      'Cc',
      'Subject',
      'Date',
      'Message-ID',
      'In-Reply-To',
      'References',
    ])
  })

  it('carries hp on the root of the payload alone', async () => {
    const attachments = [
      {
        name: 'a.txt',
        mediaType: 'text/plain',
        size: 1,
        open: async function* () {
          yield utf8Bytes('x')
        },
      },
    ]
    const mail = await signedOnly({}, { attachments })
    expect(mail.match(/hp="/g)).toHaveLength(1)
    expect(mail).toMatch(/Content-Type: multipart\/mixed; boundary="[^"]+"; hp="clear"/)
  })
})

describe('an answer', () => {
  const answered = {
    subject: true,
    names: true,
    addresses: ['JOERG@sandbox.example'],
    messageIds: ['<1@sandbox.example>'],
  }

  it('hides what the letter that it answers had hidden, whatever the policy', async () => {
    for (const headerPolicy of ['none', 'baseline', 'shy'] as const) {
      const mail = await seal({ headerPolicy, answered })
      const header = headerOf(mail)
      expect(header).toEqual(
        expect.arrayContaining(['From: anna@sandbox.example', 'Cc: mara@sandbox.example', 'Subject: [...]']),
      )
      expect(header).toContain('References: <0@sandbox.example>')
      expect(mail).not.toMatch(/^To:|joerg@|<1@|In-Reply-To/im)
      const message = await open(mail)
      expect(message.to).toEqual(letter.to)
      expect(message.headers.differences.every(({ confidential }) => confidential)).toBe(true)
      // An answer to this answer will hide it as well.
      expect(message.hidden).toEqual({ ...answered, addresses: ['joerg@sandbox.example'] })
    }
  })

  it('to people who all are hidden says so', async () => {
    const mail = await seal({ answered }, { cc: [] })
    expect(headerOf(mail)).toContain('To: undisclosed-recipients:;')
  })

  it('learns from HP-Outer and not from what arrived what was hidden', async () => {
    const inner = crlf(
      'From: Anna <anna@sandbox.example>',
      'To: b@x.example',
      'Subject: secret',
      'HP-Outer: From: Anna <anna@sandbox.example>',
      'HP-Outer: To: b@x.example',
      'HP-Outer: Subject: [...]',
      'Content-Type: text/plain; hp="cipher"',
      '',
      'x',
    )
    const content = crlf(
      'Content-Type: application/pkcs7-mime; name=smime.p7m',
      'Content-Transfer-Encoding: base64',
      '',
    )
    const body = Buffer.from(await encrypted(inner)).toString('base64')
    const listed = await open(crlf(head.replace('outer', '[list] [...]'), content, body))
    expect(listed.headers.differences.find(({ name }) => name === 'Subject')?.confidential).toBe(false)
    expect(listed.hidden).toEqual({ ...nothingHidden, subject: true })
    // What was never hidden isn't taken for hidden because it was changed on the way.
    const told = Buffer.from(await encrypted(inner.replace('Subject: [...]', 'Subject: secret'))).toString('base64')
    expect((await open(crlf(head, content, told))).hidden).toEqual(nothingHidden)
    const openly = await open(
      crlf(head, content, Buffer.from(await encrypted(inner.replace(/hp="cipher"/, 'hp="clear"'))).toString('base64')),
    )
    expect(openly.hidden).toEqual(nothingHidden)
    const older = inner.replace(/HP-Outer: .*\r\n/g, '').replace('hp="cipher"', 'protected-headers="v1"')
    const draft = await open(crlf(head, content, Buffer.from(await encrypted(older)).toString('base64')))
    expect([draft.headers.protection, draft.hidden.subject]).toEqual(['draft', true])
  })

  it('carries no more than an answer can hold', async () => {
    const many = Array.from({ length: 3_000 }, (_, index) => `p${index}@x.example`).join(', ')
    const inner = crlf('From: anna@sandbox.example', `To: ${many}`, 'Content-Type: text/plain; hp="cipher"', '', 'x')
    const body = Buffer.from(await encrypted(inner)).toString('base64')
    const mail = crlf(head, 'Content-Type: application/pkcs7-mime', 'Content-Transfer-Encoding: base64', '', body)
    expect((await open(mail)).hidden.addresses).toHaveLength(1000)
  })
})

describe('a legacy display element', () => {
  it('shows older readers what is hidden, and the others their text', async () => {
    for (const [headerPolicy, lines] of [
      ['none', []],
      ['baseline', ['Subject: Grüße']],
      ['shy', ['From: Anna Berger <anna@sandbox.example>', 'To: Jörg <joerg@sandbox.example>', 'Subject: Grüße']],
    ] as const) {
      const mail = await seal({ headerPolicy, legacyDisplay: true })
      const message = await open(mail)
      expect(await shown(message)).toEqual([[letter.text.trim(), true]])
      const display = lines.length === 0 ? '' : `${lines.join('\r\n')}\r\n\r\n`
      const plain = await open(await seal({ headerPolicy, legacyDisplay: false }, { text: `${display}${letter.text}` }))
      // Without the mark the same lines are the writer's own text, and stay.
      expect((await shown(plain))[0]?.[0]).toBe(`${display}${letter.text}`.trim())
    }
  })

  it('goes again whatever the subject, the names and the text', async () => {
    const unit = fc.oneof(
      fc.constantFrom('\r', '\n', ':', ' ', '\u2028', '=?', '<', '>', '"', ','),
      fc.string({ unit: 'grapheme', maxLength: 1 }),
    )
    const piece = fc.string({ unit, maxLength: 40 })
    await fc.assert(
      fc.asyncProperty(piece, piece, piece, async (subject, name, text) => {
        const mail = await seal(
          { headerPolicy: 'shy', legacyDisplay: true },
          { subject, to: [{ name, address: 'b@x.example' }], text },
        )
        const bare = await seal({ headerPolicy: 'shy' }, { subject, to: [{ name, address: 'b@x.example' }], text })
        expect(await shown(await open(mail))).toEqual(await shown(await open(bare)))
      }),
      { numRuns: 150 },
    )
  })
})
