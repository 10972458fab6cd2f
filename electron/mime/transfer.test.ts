import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { asBuffer, base64Text, latin1Bytes, latin1Text, utf8Bytes } from '../base/bytes.ts'
import { base64Chunks } from './base64Encoder.ts'
import { quotedPrintableText } from './canonical.ts'
import { decodeBase64, decodedLength, decodedPieces, decodeTransfer, transferEncodingOf } from './transfer.ts'

describe('transfer encodings', () => {
  it('of base64 come back from the stream, whatever its pieces', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 5 }), async (pieces) => {
        const encoded: Uint8Array[] = []
        for await (const chunk of base64Chunks(pieces)) encoded.push(chunk)
        const text = Buffer.concat(encoded)
        expect(asBuffer(decodeBase64(text)).equals(Buffer.concat(pieces))).toBe(true)
        expect(await decodedLength([text], 'base64')).toBe(Buffer.concat(pieces).length)
        for (const line of text.toString('latin1').split('\r\n')) expect(line.length).toBeLessThanOrEqual(76)
      }),
    )
  })

  it('of quoted-printable come back, in lines of at most 76 safe characters', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', ' ', '\t', '=', '.', 'From ', '\r\n', 'ü', '\0'), maxLength: 300 }),
        (text) => {
          const bytes = utf8Bytes(text)
          const encoded = quotedPrintableText(bytes)
          expect(asBuffer(decodeTransfer(latin1Bytes(encoded), 'quoted-printable')).equals(bytes)).toBe(true)
          for (const line of encoded.split('\r\n')) {
            expect(line).toMatch(/^[\t\x20-\x7e]{0,76}$/)
            expect(line).not.toMatch(/^From |[ \t]$|^\.$/)
          }
        },
      ),
      { numRuns: 1_000 },
    )
  })

  it.each(['=41', ' =41', 'a \t', ' ==', '= ', '==', '\r', ' \r\n', '=\r\n'])(
    'of quoted-printable don’t depend on where a line of megabytes is cut (%j)',
    async (end) => {
      // Pieces of every length around the one at which the line is no longer held back.
      const line = 'a'.repeat(1_048_576)
      const text = latin1Bytes(`${line}${end}z`)
      const whole = asBuffer(decodeTransfer(text, 'quoted-printable'))
      for (let cut = line.length + 1; cut < text.length; cut++) {
        const pieces: Uint8Array[] = []
        for await (const piece of decodedPieces(inTwo(text, cut), 'quoted-printable')) pieces.push(piece)
        expect(whole.equals(Buffer.concat(pieces)), `cut ${cut}`).toBe(true)
      }
    },
  )

  it('of base64 come from lines of any length, mixed', () => {
    const encoded = base64Text(Uint8Array.from({ length: 90_000 }, (_, index) => index * 7))
    for (const width of [1, 7, 8, 9, 76]) {
      const lines = encoded.slice(0, 60_000).replace(new RegExp(`.{${width}}`, 'g'), '$&\r\n')
      const decoded = decodeBase64(latin1Bytes(lines + encoded.slice(60_000)))
      expect(base64Text(decoded)).toBe(encoded)
    }
  })

  it('have names that take linear time to read', () => {
    expect(transferEncodingOf(' Base64 (really)')).toBe('base64')
    expect(transferEncodingOf('('.repeat(500_000))).toBe('unknown')
  })

  it('are read leniently', () => {
    const decoded = (text: string, encoding: 'base64' | 'quoted-printable') =>
      latin1Text(decodeTransfer(latin1Bytes(text), encoding))
    expect(decoded('aGVs*bG8', 'base64')).toBe('hello')
    expect(decoded('aGVsbG8=\r\n-- \r\nfooter', 'base64')).toBe('hello')
    expect(decoded('', 'base64')).toBe('')
    expect(decoded('a=3db=zz=', 'quoted-printable')).toBe('a=b=zz')
    expect(decoded('a  \r\nb=  \r\nc', 'quoted-printable')).toBe('a\r\nbc')
  })

  it('tell a length that is true for any bytes', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: fc.constantFrom('A', 'b', '=', '\r\n', '*'), maxLength: 40 }),
        async (text) => {
          const bytes = latin1Bytes(text)
          expect(await decodedLength([bytes], 'base64')).toBe(decodeBase64(bytes).length)
        },
      ),
      { numRuns: 1_000 },
    )
  })

  it('decode the same whatever pieces the bytes come in', async () => {
    const unit = fc.constantFrom('QUJD', 'A', '=', '-', '_', '*', '\r\n', '\n', ' ', '\t', '=3D', '=\r\n', '= \n', 'ü')
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ unit, maxLength: 60 }), { maxLength: 6 }),
        fc.constantFrom('base64' as const, 'quoted-printable' as const),
        async (texts, encoding) => {
          async function* pieces() {
            for (const text of texts) yield utf8Bytes(text)
          }
          const decoded: Uint8Array[] = []
          for await (const piece of decodedPieces(pieces(), encoding)) decoded.push(piece)
          expect(latin1Text(Buffer.concat(decoded))).toBe(
            latin1Text(decodeTransfer(utf8Bytes(texts.join('')), encoding)),
          )
        },
      ),
      { numRuns: 2_000 },
    )
  })

  it('of base64 in regular lines with a fault anywhere come out as they do byte by byte', async () => {
    const fault = fc.record({
      at: fc.nat({ max: 700 }),
      remove: fc.nat({ max: 2 }),
      insert: fc.constantFrom('', 'A', '*', ' ', '=', '-', '\r', '\n', '\r\n', 'AAAA'),
    })
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(8, 12, 64, 76),
        fc.constantFrom('\n', '\r\n'),
        fc.array(fault, { maxLength: 2 }),
        fc.nat({ max: 700 }),
        async (width, lineEnd, faults, cut) => {
          let text = base64Text(Uint8Array.from({ length: 450 }, (_, index) => (index * 89) % 256))
          text = text.replace(new RegExp(`.{${width}}`, 'g'), `$&${lineEnd}`)
          for (const { at, remove, insert } of faults) text = text.slice(0, at) + insert + text.slice(at + remove)
          const bytes = latin1Bytes(text)
          const bytewise: Uint8Array[] = []
          for await (const piece of decodedPieces(oneByOne(bytes), 'base64')) bytewise.push(piece)
          const expected = base64Text(Buffer.concat(bytewise))
          expect(base64Text(decodeBase64(bytes))).toBe(expected)
          const cutInTwo: Uint8Array[] = []
          for await (const piece of decodedPieces(inTwo(bytes, cut), 'base64')) cutInTwo.push(piece)
          expect(base64Text(Buffer.concat(cutInTwo))).toBe(expected)
          expect(await decodedLength(inTwo(bytes, cut), 'base64')).toBe(Buffer.concat(bytewise).length)
        },
      ),
      { numRuns: 3_000 },
    )
  })

  it('take regular base64 quickly and irregular base64 the same way', () => {
    const bytes = Uint8Array.from({ length: 200_000 }, (_, index) => (index * 7) % 251)
    const lines = Buffer.from(bytes).toString('base64').replace(/.{76}/g, '$&\r\n')
    for (const text of [
      lines,
      lines.replace('\r\n', '\r\n*-_'),
      lines.replaceAll('\r\n', ' '),
      lines.replaceAll('\r', ''),
    ]) {
      expect(asBuffer(decodeBase64(latin1Bytes(text))).equals(bytes)).toBe(true)
    }
  })
})

async function* oneByOne(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at++) yield bytes.subarray(at, at + 1)
}

async function* inTwo(bytes: Uint8Array, at: number): AsyncGenerator<Uint8Array> {
  yield bytes.subarray(0, at)
  yield bytes.subarray(at)
}
