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
