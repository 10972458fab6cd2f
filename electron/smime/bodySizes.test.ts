import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { latin1Bytes } from '../base/bytes.ts'
import { expectSuccess } from '../base/result.ts'
import type { SeekableBytes } from '../base/seekableBytes.ts'
import { decodedBody, type Entity, parseEntity } from '../mime/entity.ts'
import { startBodySizes } from './bodySizes.ts'

const mail = latin1Bytes(
  [
    'Content-Type: multipart/mixed; boundary=b',
    '',
    '--b',
    'Content-Transfer-Encoding: base64',
    '',
    'QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo=',
    '--b',
    'Content-Transfer-Encoding: quoted-printable',
    '',
    'a=3Db=20   ',
    'soft=',
    'end',
    '--b',
    '',
    'plain',
    '--b',
    'Content-Transfer-Encoding: base64',
    '',
    '',
    '--b--',
    '',
  ].join('\r\n'),
)

/** A source whose pieces are counted, so that a second reading shows. */
function countedSource(bytes: Uint8Array, piece: number): SeekableBytes & { readonly reads: () => number } {
  let reads = 0
  return {
    size: bytes.length,
    reads: () => reads,
    async read(start, end) {
      reads += 1
      return Uint8Array.from(bytes.subarray(start, Math.min(end, start + piece)))
    },
  }
}

async function passOver(pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const seen: Uint8Array[] = []
  for await (const piece of pieces) seen.push(Uint8Array.from(piece))
  return Buffer.concat(seen)
}

describe('sizes of bodies', () => {
  it('are those of the decoded bodies, measured while the bytes go by and unchanged', async () => {
    const entity = expectSuccess(parseEntity(mail))
    const sizes = startBodySizes()
    const source = countedSource(mail, mail.length)
    expect(Buffer.from(await passOver(sizes.measured(source, 0, entity))).equals(mail)).toBe(true)
    const readsOfPass = source.reads()
    for (const leaf of entity.children) {
      expect(await sizes.of({ ...leaf })).toBe((await decodedBody(leaf)).length)
      expect(await sizes.of(leaf)).toBe((await decodedBody(leaf)).length)
    }
    expect(source.reads()).toBe(readsOfPass)
  })

  it('are right wherever the part lies in its message', async () => {
    const before = latin1Bytes('Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n')
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: fc.constantFrom('A', 'b', '=', '\r\n'), maxLength: 60 }), async (body) => {
        const inside = latin1Bytes(`Content-Transfer-Encoding: base64\r\n\r\n${body}`)
        const whole = expectSuccess(parseEntity(Buffer.concat([before, inside, latin1Bytes('\r\n--a--\r\n')])))
        const part = whole.children[0] as Entity
        const sizes = startBodySizes()
        await passOver(sizes.measured(countedSource(inside, inside.length), part.start, part))
        expect(await sizes.of(part)).toBe((await decodedBody(part)).length)
      }),
    )
  })
})
