import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { corpus } from '../../build/corpora.ts'
import { latin1Text, utf8Bytes } from '../base/bytes.ts'
import { expectSuccess } from '../base/result.ts'
import { mimeBudget } from './budget.ts'
import { bodySource, decodedBody, type Entity, entitySource, parseEntity, parseSource } from './entity.ts'

function parse(text: string): Entity {
  return expectSuccess(parseEntity(utf8Bytes(text)))
}

function crlf(...lines: string[]): string {
  return lines.join('\r\n')
}

const nested = crlf(
  'From: a@x.example',
  'Content-Type: multipart/mixed; boundary=abc',
  '',
  'preamble',
  '--abc',
  'Content-Type: multipart/alternative; boundary="abcd"',
  '',
  '--abcd',
  '',
  'one',
  '--abcd  ',
  'Content-Type: text/html',
  '',
  'two',
  '',
  '--abcd--',
  '--abc',
  'Content-Type: message/rfc822',
  '',
  'Subject: inside',
  '',
  'three',
  '--abc--',
  'epilogue',
  '',
)

describe('an entity', () => {
  it('keeps the exact bytes of each part, without the line end before the boundary', () => {
    const [alternative, attached] = parse(nested).children
    const [plain, html] = alternative?.children ?? []
    expect(latin1Text(entitySource(plain!).held as Uint8Array)).toBe('\r\none')
    expect(latin1Text(bodySource(html!).held as Uint8Array)).toBe('two\r\n')
    expect(html?.contentType.type).toBe('text/html')
    expect(plain?.contentType.type).toBe('text/plain')
    expect(latin1Text(bodySource(attached!.children[0]!).held as Uint8Array)).toBe('three')
  })

  it('reads the same parts with bare line feeds', () => {
    const shape = (entity: Entity): unknown => [entity.contentType.type, entity.children.map(shape)]
    expect(shape(parse(nested.replace(/\r\n/g, '\n')))).toEqual(shape(parse(nested)))
  })

  it('unfolds fields and reads UTF-8 in them', () => {
    const entity = parse('Subject: Grüße\r\n aus  Köln\r\nX-Empty:\r\nOdd : 1\r\n\r\n')
    expect(entity.headers.map(({ name, text }) => [name, text])).toEqual([
      ['Subject', 'Grüße aus  Köln'],
      ['X-Empty', ''],
      ['Odd', '1'],
    ])
    expect(latin1Text(entity.headers[2]!.raw)).toBe('Odd : 1\r\n')
  })

  it('begins the body at a line that is no field, and says so', () => {
    const entity = parse('From: a@x.example\r\nhello world\r\n\r\nmore')
    expect(latin1Text(bodySource(entity).held as Uint8Array)).toBe('hello world\r\n\r\nmore')
    expect(entity.oddities).toContain('missing-blank-line')
  })

  it.each([
    ['two content types', 'Content-Type: text/plain\r\nContent-Type: text/html\r\n\r\n', 'duplicate-content-type'],
    ['an unreadable content type', 'Content-Type: text\r\n\r\n', 'malformed-content-type'],
    ['no boundary', 'Content-Type: multipart/mixed\r\n\r\nx', 'missing-boundary'],
    ['an unclosed multipart', 'Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nx', 'unclosed-multipart'],
    ['a multipart without parts', 'Content-Type: multipart/mixed; boundary=b\r\n\r\nx', 'empty-multipart'],
    ['an unknown encoding', 'Content-Transfer-Encoding: x-zip\r\n\r\nx', 'unknown-transfer-encoding'],
  ])('notes %s', (_, text, oddity) => {
    expect(parse(text).oddities).toContain(oddity)
  })

  it('passes over the first line of an mbox file', () => {
    expect(parse('From a@x.example Mon Jan 1\nSubject: s\n\n').headers).toHaveLength(1)
    expect(parse('\ufeffSubject: s\n\n').headers.map(({ name }) => name)).toEqual(['Subject'])
  })

  it('is not found in bytes that begin with no field', () => {
    for (const text of ['', '\r\n', 'hello', '\0\0:', ': x']) {
      expect(parseEntity(utf8Bytes(text))).toEqual({ ok: false, error: { code: 'not-a-message' } })
    }
  })

  it('decodes bodies', async () => {
    expect(latin1Text(await decodedBody(parse('Content-Transfer-Encoding: BASE64\r\n\r\naGVs\r\nbG8=')))).toBe('hello')
    expect(latin1Text(await decodedBody(parse('Content-Transfer-Encoding: quoted-printable\r\n\r\na=3Db=\r\nc')))).toBe(
      'a=bc',
    )
  })
})

describe('the budget', () => {
  const over = (text: string) => parseEntity(utf8Bytes(text))

  it('ends deep nesting', () => {
    let text = ''
    for (let level = 0; level <= mimeBudget.depth + 1; level++)
      text += `Content-Type: multipart/mixed; boundary=b${level}\r\n\r\n--b${level}\r\n`
    expect(over(text)).toEqual({ ok: false, error: { code: 'over-budget', limit: 'depth' } })
    const messages = 'Content-Type: message/rfc822\r\n\r\n'.repeat(mimeBudget.depth + 2)
    expect(over(`${messages}a: b\r\n`)).toEqual({ ok: false, error: { code: 'over-budget', limit: 'depth' } })
  })

  it('ends many parts, many fields and long headers', () => {
    const parts = `Content-Type: multipart/mixed; boundary=b\r\n\r\n${'--b\r\n'.repeat(3_000)}`
    expect(over(parts)).toEqual({ ok: false, error: { code: 'over-budget', limit: 'parts' } })
    expect(over('A: b\r\n'.repeat(3_000))).toEqual({
      ok: false,
      error: { code: 'over-budget', limit: 'header-fields' },
    })
    expect(over(`A: ${'b\r\n '.repeat(300_000)}`)).toEqual({
      ok: false,
      error: { code: 'over-budget', limit: 'header-bytes' },
    })
  })
})

describe('mutated messages', () => {
  it('always parse to a value, with every range inside the bytes', () => {
    const original = utf8Bytes(nested)
    const check = (entity: Entity) => {
      expect(entity.start <= entity.bodyStart && entity.bodyStart <= entity.end).toBe(true)
      for (const child of entity.children) {
        expect(child.start >= entity.bodyStart && child.end <= entity.end).toBe(true)
        check(child)
      }
    }
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(original.length - 1), fc.constantFrom('flip', 'cut', 'insert'), fc.nat(255)), {
          maxLength: 8,
        }),
        (changes) => {
          let bytes = [...original]
          for (const [at, change, byte] of changes) {
            if (change === 'flip') bytes[at % bytes.length] = byte
            else if (change === 'insert') bytes.splice(at % bytes.length, 0, byte)
            else bytes = bytes.slice(0, Math.max(1, at))
          }
          const parsed = parseEntity(Uint8Array.from(bytes))
          if (parsed.ok) check(parsed.value)
        },
      ),
      { numRuns: 2_000 },
    )
  })
})

describe('a hostile message', () => {
  const head = 'Content-Type: multipart/mixed; boundary=b\r\n\r\n'

  it('in a file leaves its headers in memory and no windows', async () => {
    const part = `--b\r\nSubject: x\r\n\r\n${'z'.repeat(300_000)}\r\n`
    const bytes = utf8Bytes(`${head}${part.repeat(8)}--b--\r\n`)
    const read = async (start: number, end: number) => Uint8Array.from(bytes.subarray(start, end))
    const { children } = expectSuccess(await parseSource({ size: bytes.length, read }))
    expect(children).toHaveLength(8)
    for (const { headers } of children) expect(headers[0]?.raw.buffer.byteLength).toBeLessThan(20_000)
  })

  it('may fill the line of a boundary with white space', () => {
    const filled = utf8Bytes(
      `${head}--b${' \t\r'.repeat(100_000)}x\r\n--b${' '.repeat(200_000)}\r\n\r\ntext\r\n--b--\r\n`,
    )
    const { children } = expectSuccess(parseEntity(filled))
    expect(children.map(({ start: begin, end }) => latin1Text(filled.subarray(begin, end)))).toEqual(['\r\ntext'])
  })
})

const messages = corpus('mimekit')
describe.skipIf(!messages)('the messages of mimekit', () => {
  const folder = join(messages ?? '', 'messages')
  it('all parse', () => {
    const files = messages ? readdirSync(folder) : []
    expect(files.length).toBeGreaterThan(20)
    for (const file of files) {
      const parsed = parseEntity(readFileSync(join(folder, file)))
      if (!parsed.ok) expect(['not-a-message', 'over-budget']).toContain(parsed.error.code)
    }
  })
})
