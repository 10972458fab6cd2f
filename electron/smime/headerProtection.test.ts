import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hiddenHeaders } from '../../shared/contract/report.ts'
import { utf8Text } from '../base/bytes.ts'
import { entityChunks, mimeVersion, textEntity } from '../mime/build.ts'
import { protectEntity } from './headerProtection.ts'
import { textWithLegacyDisplay } from './legacyDisplay.ts'
import { crlf, encrypted, head, joined, open } from './testMail.ts'

const inside = [
  { name: 'From', value: '=?utf-8?q?J=C3=B6rg?= <j@x.example>' },
  { name: 'To', value: 'b@x.example' },
  { name: 'Subject', value: 'secret' },
  { name: 'In-Reply-To', value: '<1@x.example>' },
]
const outside = [
  { name: 'From', value: 'j@x.example' },
  { name: 'To', value: 'b@x.example' },
  { name: 'Subject', value: '[...]' },
]

describe('a protected payload', () => {
  const text = textEntity('hello')

  it('tells the fields of the outer header, one by one, and no other', () => {
    expect(protectEntity(inside, text, outside).fields).toEqual([
      mimeVersion,
      ...inside,
      { name: 'HP-Outer', value: 'From: j@x.example' },
      { name: 'HP-Outer', value: 'To: b@x.example' },
      { name: 'HP-Outer', value: 'Subject: [...]' },
      { name: 'Content-Type', value: 'text/plain; charset=us-ascii; hp="cipher"' },
      { name: 'Content-Transfer-Encoding', value: '7bit' },
    ])
  })

  it('that stays readable tells nothing', () => {
    const { fields } = protectEntity(inside, text)
    expect(fields.map(({ name }) => name)).not.toContain('HP-Outer')
    expect(fields.find(({ name }) => name === 'Content-Type')?.value).toBe('text/plain; charset=us-ascii; hp="clear"')
  })
})

describe('a legacy display element', () => {
  it('stands at the start of the text, decoded, with what is hidden of what people are shown', async () => {
    const entity = textWithLegacyDisplay('hello', inside, outside)
    expect(entity.fields[0]?.value).toBe('text/plain; charset=utf-8; hp-legacy-display="1"')
    const written = utf8Text(await joined(entityChunks(entity)))
    const body = written.slice(written.indexOf('\r\n\r\n') + 4)
    expect(body).toBe('From: J=C3=B6rg <j@x.example>\r\nSubject: secret\r\n\r\nhello\r\n')
  })

  it('is not there where nothing is hidden', () => {
    expect(textWithLegacyDisplay('hello', outside, outside).fields).toEqual(textEntity('hello').fields)
  })
})

describe('what a changed payload says of its headers', () => {
  const payload = crlf(
    ...inside.map(({ name, value }) => `${name}: ${value}`),
    ...outside.map(({ name, value }) => `HP-Outer: ${name}: ${value}`),
    'Content-Type: text/plain; hp="cipher"; hp-legacy-display="1"',
    '',
    'Subject: secret',
    '',
    'hello',
  )

  it('is read without a crash, whatever was changed', async () => {
    const change = fc.record({
      at: fc.nat(payload.length - 1),
      length: fc.nat(12),
      text: fc.constantFrom('', ':', '\r\n', ' ', 'HP-Outer: ', '<', '"', '=?utf-8?b?', '\u0000', ';', ','),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (changes) => {
        const changed = changes.reduce(
          (text, { at, length, text: put }) => text.slice(0, at) + put + text.slice(at + length),
          payload,
        )
        const body = Buffer.from(await encrypted(changed)).toString('base64')
        const mail = crlf(head, 'Content-Type: application/pkcs7-mime', 'Content-Transfer-Encoding: base64', '', body)
        const message = await open(mail)
        // An answer carries it over the contract: what didn't fit there could not be answered.
        expect(hiddenHeaders.safeParse(message.hidden).success).toBe(true)
      }),
      { numRuns: 400 },
    )
  })
})
