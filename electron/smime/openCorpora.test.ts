import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { corpus } from '../../build/corpora.ts'
import { utf8Bytes, utf8Text } from '../base/bytes.ts'
import { openMessage } from './open.ts'

import { anna, clearSigned, cmsPart, crlf, encrypted, head, opaque, open, plainPart, states } from './testMail.ts'

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

function mailsIn(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name)
    if (statSync(path).isDirectory()) return mailsIn(path)
    return /\.(eml|txt|dat)$/.test(name) ? [path] : []
  })
}

for (const name of ['james-smime', 'mimekit']) {
  const folder = corpus(name)
  describe.skipIf(!folder)(`the mails of ${name}`, () => {
    const files = folder ? mailsIn(folder).filter((path) => !/SOURCE|LICENSE/.test(path)) : []
    it.each(files.map((path) => [path.slice((folder ?? '').length + 1), path]))(
      '%s opens or is no message',
      async (_, path) => {
        const opened = await openMessage(readFileSync(path), { keys: [] })
        if (!opened.ok) expect(opened.error.code).toBe('not-a-message')
        else for (const part of opened.value.parts) expect((await part.bytes()).length).toBe(part.size)
      },
    )
  })
}

const james = corpus('james-smime')
describe.skipIf(!james)('the signed mails of James', () => {
  it.each([
    'mail_with_signature.eml',
    'mail_with_signature_and_content_type_xpkcs7mime.eml',
    'mail-with-signature-and-multi-certs.eml',
  ])('%s verifies', async (file) => {
    const message = await open(readFileSync(join(james ?? '', 'smime-test-resource-set', file)))
    expect(states(message)).toEqual(['verified'])
  })
})
