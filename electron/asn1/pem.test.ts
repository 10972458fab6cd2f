import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hexText } from '../base/bytes.ts'
import { readPem, writePem } from './pem.ts'

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
    const started = performance.now()
    const text = '-----BEGIN CMS-----\n'.repeat(4_000)
    expect(readPem(`${text}-----BEGIN B-----\nAAEC\n-----END B-----\n`).map(({ label }) => label)).toEqual(['B'])
    expect(readPem(`${text}${'x'.repeat(3_000_000)}`)).toEqual([])
    expect(performance.now() - started).toBeLessThan(1_000)
  })

  it('leaves out what has no end or is no base64', () => {
    expect(readPem('-----BEGIN A-----\nAAEC\n')).toEqual([])
    expect(readPem('-----BEGIN A-----\n*&^\n-----END A-----')).toEqual([])
    fc.assert(fc.property(fc.string(), (text) => Array.isArray(readPem(`-----BEGIN A-----\n${text}-----END A-----`))))
  })
})
