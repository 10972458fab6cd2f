/** A quick look at what build/mutations does at length. */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { utf8Bytes, utf8Text } from '../base/bytes.ts'
import { openMessage } from './open.ts'
import { anna, clearSigned, cmsPart, crlf, encrypted, head, opaque, plainPart } from './testMail.ts'

describe('a mutated message', () => {
  it('always opens to a value, and a changed text is never called verified', async () => {
    const inner = await clearSigned(plainPart)
    const originals = [
      crlf(head, inner),
      crlf(head, cmsPart(await encrypted(inner))),
      crlf(head, cmsPart(await opaque(plainPart))),
    ].map(utf8Bytes)
    const keys = [{ certificate: anna.certificate, key: anna.key }]
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...originals),
        fc.array(fc.tuple(fc.nat(20_000), fc.constantFrom('flip', 'cut', 'insert'), fc.nat(255)), {
          minLength: 1,
          maxLength: 4,
        }),
        async (original, changes) => {
          let bytes = [...original]
          for (const [offset, change, byte] of changes) {
            const at = offset % bytes.length
            if (change === 'flip') bytes[at] = byte
            else if (change === 'insert') bytes.splice(at, 0, byte)
            else bytes = [...bytes.slice(0, at), ...bytes.slice(at + 1 + byte)]
            if (bytes.length === 0) bytes = [65]
          }
          const opened = await openMessage(Uint8Array.from(bytes), { keys })
          if (!opened.ok) return
          for (const part of opened.value.parts) {
            if (part.covered) expect(utf8Text(await part.bytes())).toBe('the signed text')
          }
        },
      ),
      { numRuns: 500 },
    )
  })
})
