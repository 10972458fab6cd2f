import fc from 'fast-check'
import { expect, it } from 'vitest'
import { concatBytes } from '../base/bytes.ts'
import { createSeekableCipher } from './seekableCipher.ts'

it('gives every piece back from every place, however the file was written', () => {
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ maxLength: 70 }), { maxLength: 8 }),
      fc.nat(300),
      fc.nat(100),
      (pieces, offset, length) => {
        const cipher = createSeekableCipher()
        let written = 0
        const onDisk = concatBytes(
          ...pieces.map((piece) => {
            const hidden = cipher.apply(piece, written)
            written += piece.length
            return hidden
          }),
        )
        const plain = concatBytes(...pieces)
        expect([...cipher.apply(onDisk.subarray(offset, offset + length), offset)]).toEqual([
          ...plain.subarray(offset, offset + length),
        ])
      },
    ),
  )
})

it('hides: no block is written as it is, two equal blocks differ, and so do two files', () => {
  const [one, other] = [createSeekableCipher(), createSeekableCipher()]
  const zeros = new Uint8Array(4096)
  const blocks = Buffer.from(one.apply(zeros, 0)).toString('hex').match(/.{32}/g) ?? []
  expect(new Set(blocks).size).toBe(256)
  expect(Buffer.from(other.apply(zeros, 0)).equals(Buffer.from(one.apply(zeros, 0)))).toBe(false)
})

it('counts on beyond four gigabytes', () => {
  const cipher = createSeekableCipher()
  const far = 2 ** 36 + 5
  const plain = new Uint8Array(64).fill(7)
  expect([...cipher.apply(cipher.apply(plain, far), far)]).toEqual([...plain])
  expect(Buffer.from(cipher.apply(plain, far)).equals(Buffer.from(cipher.apply(plain, 5)))).toBe(false)
})

it('opens nothing any more once it is closed', () => {
  const cipher = createSeekableCipher()
  const plain = new Uint8Array(32).fill(9)
  const hidden = cipher.apply(plain, 0)
  cipher.close()
  expect([...cipher.apply(hidden, 0)]).not.toEqual([...plain])
})
