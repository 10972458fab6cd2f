import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { utf8Bytes } from '../base/bytes.ts'
import { expectSuccess } from '../base/result.ts'
import { parseEntity } from './entity.ts'
import { fileNameOf, safeFileName } from './fileName.ts'

describe('a file name', () => {
  it.each([
    ['../../etc/passwd', 'passwd'],
    ['C:\\Users\\x\\invoice.pdf', 'invoice.pdf'],
    ['invoice\u202Efdp.exe', 'invoicefdp.exe'],
    ['a\r\nb\0.txt', 'ab.txt'],
    ['con.txt', '_con.txt'],
    ['...', undefined],
    ['.bashrc', 'bashrc'],
    ['a<b>|?.txt', 'a_b___.txt'],
    ['name. ', 'name'],
  ])('%j is %j', (written, safe) => expect(safeFileName(written)).toBe(safe))

  it('is always one short segment', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (written) => {
        const name = safeFileName(written)
        if (name === undefined) return
        expect(name).not.toMatch(/[/\\\x00-\x1f]/)
        expect(Buffer.byteLength(name)).toBeLessThanOrEqual(200)
        expect(['.', '..', '']).not.toContain(name)
      }),
    )
  })

  it('takes linear time to make safe', () => {
    for (const piece of ['. ', '"', '\u202e', '/', '=?utf-8?q?']) safeFileName(`${piece.repeat(300_000)}a`)
  })

  it('is found in the disposition first, then in the type', () => {
    const nameIn = (fields: string) => fileNameOf(expectSuccess(parseEntity(utf8Bytes(`${fields}\r\n\r\n`))))
    expect(nameIn('Content-Type: a/b; name=old\r\nContent-Disposition: attachment; filename=new')).toBe('new')
    expect(nameIn('Content-Type: a/b; name="=?utf-8?q?B=C3=A4r?="')).toBe('Bär')
    expect(nameIn('Content-Type: a/b')).toBeUndefined()
  })
})
