import fc from 'fast-check'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { hexText } from '../base/bytes.ts'
import { armouredText, bareBase64, readPem, writePem } from './pem.ts'

describe('PEM', () => {
  it('comes back as it was, with text around it and any line end', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.boolean(), (bytes, crlf) => {
        const text = `subject=somebody\n${writePem('CERTIFICATE', bytes)}and more\n${writePem('X', bytes)}`
        const blocks = readPem(crlf ? text.replaceAll('\n', '\r\n') : text)
        expect(blocks.map(({ label }) => label)).toEqual(['CERTIFICATE', 'X'])
        expect(blocks.map((block) => hexText(block.bytes))).toEqual([hexText(bytes), hexText(bytes)])
      }),
    )
  })

  it('reads the headers of an encrypted traditional key', () => {
    const text =
      '-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00FF\n\nAAEC\n-----END RSA PRIVATE KEY-----\n'
    const [block] = readPem(text)
    expect(block?.headers.get('dek-info')).toBe('AES-256-CBC,00FF')
    expect(hexText(block?.bytes ?? new Uint8Array())).toBe('000102')
  })

  it('finds a block inside another that never ends, and goes through many of those once', () => {
    const text = '-----BEGIN CMS-----\n'.repeat(4_000)
    expect(readPem(`${text}-----BEGIN B-----\nAAEC\n-----END B-----\n`).map(({ label }) => label)).toEqual(['B'])
    const searches = vi.spyOn(String.prototype, 'indexOf')
    onTestFinished(() => searches.mockRestore())
    expect(readPem(`${text}${'x'.repeat(3_000_000)}`)).toEqual([])
    expect(searches.mock.calls.filter(([sought]) => sought.startsWith('-----END'))).toHaveLength(1)
  })

  it('leaves out what has no end or is no base64', () => {
    expect(readPem('-----BEGIN A-----\nAAEC\n')).toEqual([])
    expect(readPem('-----BEGIN A-----\n*&^\n-----END A-----')).toEqual([])
    fc.assert(fc.property(fc.string(), (text) => Array.isArray(readPem(`-----BEGIN A-----\n${text}-----END A-----`))))
  })
})

describe('a text file', () => {
  const pem = writePem('CERTIFICATE', Uint8Array.of(0x30, 1, 2))

  it('may begin with a mark, and be of UTF-16', () => {
    const files = [
      Buffer.from(pem),
      Buffer.concat([Buffer.of(0xef, 0xbb, 0xbf), Buffer.from(pem)]),
      Buffer.from(`\ufeff${pem}`, 'utf16le'),
      Buffer.from(`\ufeff${pem}`, 'utf16le').swap16(),
      Buffer.concat([Buffer.from(`\ufeff${pem}`, 'utf16le'), Buffer.of(0)]),
    ]
    for (const file of files) expect(readPem(armouredText(file)).map(({ bytes }) => [...bytes])).toEqual([[0x30, 1, 2]])
  })

  it('of any bytes is read without an exception', () => {
    const mark = fc.constantFrom([], [0xef, 0xbb, 0xbf], [0xff, 0xfe], [0xfe, 0xff])
    fc.assert(
      fc.property(mark, fc.uint8Array(), (first, rest) => {
        const file = Uint8Array.from([...first, ...rest])
        readPem(armouredText(file))
        expect(bareBase64(file)?.[0] ?? 0x30).toBe(0x30)
      }),
    )
  })

  it('may have its blocks as a mail, a page or a program has left them', () => {
    const bytes = Uint8Array.from({ length: 400 }, (_, index) => (index === 0 ? 0x30 : (index * 7) & 0xff))
    const encrypted =
      '-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: DES-CBC,00FF00FF00FF00FF\n\nAAECAwQFBgcICQ==\n-----END RSA PRIVATE KEY-----\n'
    const parameters = writePem('EC PARAMETERS', Uint8Array.of(6, 8, 42, 134, 72, 206, 61, 3, 1, 7))
    const whole = `${encrypted}${parameters}${writePem('CERTIFICATE', bytes)}`
    const expected = JSON.stringify(
      readPem(whole).map(({ label, headers, bytes }) => [label, [...headers], [...bytes]]),
    )
    const forms: Readonly<Record<string, string>> = {
      'as it was': whole,
      indented: whole.replace(/^/gm, '    '),
      'indented by tabs': whole.replace(/^/gm, '\t'),
      'indented by hard blanks': Buffer.from(whole.replace(/^/gm, '\u00a0')).toString('latin1'),
      quoted: whole.replace(/^/gm, '> '),
      'quoted twice': whole.replace(/^/gm, '>> > '),
      'with blanks at the ends': whole.replace(/$/gm, ' \t'),
      'on one line': whole.replace(/\n+/g, ' '),
      'with the line ends of HTML': whole.replace(/\n/g, '<br>\n'),
      'with nothing but those': whole.replace(/\n/g, '<br />'),
      'with line ends by number': whole.replace(/\n/g, '&#13;&#10;'),
      'as a string in a program': `{"both":${JSON.stringify(whole.replace(/\n/g, '\r\n'))}}`,
    }
    for (const [form, text] of Object.entries(forms)) {
      const blocks = readPem(armouredText(Buffer.from(text, 'latin1')))
      const found = blocks.map(({ label, headers, bytes }) => [label, [...headers], [...bytes]])
      expect(JSON.stringify(found), form).toBe(expected)
    }
  })

  it('may speak of blocks: what instructions say between dashes is none', () => {
    const advice =
      'Copy everything from -----BEGIN CERTIFICATE----- up to and with -----END CERTIFICATE-----, and see below.\n'
    expect(readPem(armouredText(Buffer.from(advice)))).toEqual([])
    expect(readPem(armouredText(Buffer.from(advice + pem))).map(({ bytes }) => [...bytes])).toEqual([[0x30, 1, 2]])
    expect(armouredText(Buffer.from(`${advice}${pem}`))).toBe(`${advice}${pem}`)
  })

  it('however it was changed gives no block of another label, and no exception', () => {
    const quoted = writePem('CERTIFICATE', new Uint8Array(90).fill(0x30)).replace(/^/gm, '> ')
    const pieces = ['-----BEGIN CERTIFICATE-----', '-----END CERTIFICATE-----', '<br>', '\\n', '>', '&gt;', 'DEK-Info:']
    fc.assert(
      fc.property(
        fc.nat(quoted.length),
        fc.nat(40),
        fc.array(fc.oneof(fc.constantFrom(...pieces), fc.string({ maxLength: 4 })), { maxLength: 6 }),
        (position, cut, inserted) => {
          const changed = quoted.slice(0, position) + inserted.join('') + quoted.slice(position + cut)
          const text = armouredText(Buffer.from(changed))
          for (const { label } of readPem(text)) expect(label).toBe('CERTIFICATE')
        },
      ),
      { numRuns: 500 },
    )
  })

  it('may be the base64 of a structure and nothing else, in lines or in one', () => {
    const der = Uint8Array.of(0x30, 0x82, 0, 4, 1, 2, 3, 4)
    const base64 = Buffer.from(der).toString('base64')
    for (const text of [base64, `${base64.slice(0, 4)}\r\n${base64.slice(4)}\r\n`, `\ufeff ${base64}\n`]) {
      expect(bareBase64(Buffer.from(text))).toEqual(Buffer.from(der))
    }
    const others = [`${base64}!`, pem, 'Many thanks', Buffer.from('text').toString('base64'), 'M', '']
    for (const text of others) expect(bareBase64(Buffer.from(text)), text).toBeUndefined()
  })
})
