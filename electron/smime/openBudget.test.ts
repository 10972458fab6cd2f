import { deflateSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { derExplicit, derInteger, derOctetString, derOid, derSequence } from '../asn1/der.ts'
import { oids } from '../asn1/oids.ts'
import { utf8Bytes } from '../base/bytes.ts'
import { expectSuccess } from '../base/result.ts'
import { readCms } from './cms/read.ts'
import { pieces } from './cms/testPerson.ts'
import { openMessage } from './open.ts'
import { contentBudgetOf } from './openBudget.ts'
import { cmsPart, crlf } from './testMail.ts'

function compressed(content: Uint8Array): Uint8Array {
  return compressedData(deflateSync(content))
}

function compressedData(packed: Uint8Array): Uint8Array {
  const inside = derSequence(derOid(oids.data), derExplicit(0, derOctetString(packed)))
  const data = derSequence(derInteger(0), derSequence(derOid(oids.zlibCompress)), inside)
  return derSequence(derOid(oids.compressedData), derExplicit(0, data))
}

describe('what may be unpacked', () => {
  it('grows with the mail, so that a small bomb stays small', async () => {
    // 40 MB from 40 kB.
    const bomb = compressed(Buffer.alloc(40_000_000, 'A'))
    expect(bomb.length).toBeLessThan(50_000)
    expect(await openMessage(bomb, { keys: [] })).toEqual({
      ok: false,
      error: { code: 'over-budget', limit: 'content' },
    })
    expect((await openMessage(compressed(Buffer.alloc(10_000_000, 'A')), { keys: [] })).ok).toBe(true)
  })

  it('is enough for a large text that packs well, and has an end', () => {
    expect(contentBudgetOf(6_000_000, false)).toBeGreaterThan(60_000_000)
    expect(contentBudgetOf(1_000_000_000, false)).toBe(402_653_184)
    expect(contentBudgetOf(2_000_000_000, true)).toBe(8 * 2 ** 30)
  })

  it('counts what a layer unpacked before it failed', async () => {
    const packed = deflateSync(Buffer.alloc(14_000_000, 'A'))
    packed[packed.length - 1] = (packed.at(-1) ?? 0) ^ 1
    const part = cmsPart(compressedData(packed))
    const mail = (count: number) =>
      utf8Bytes(
        crlf(
          'From: a@x.example',
          'Content-Type: multipart/mixed; boundary=b',
          '',
          ...Array.from({ length: count }, () => `--b\r\n${part}`),
          '--b--',
          '',
        ),
      )
    expect((await openMessage(mail(1), { keys: [] })).ok).toBe(true)
    expect(await openMessage(mail(5), { keys: [] })).toEqual({
      ok: false,
      error: { code: 'over-budget', limit: 'content' },
    })
  })

  it('is damaged with bytes behind the packed stream, in whatever pieces they come', async () => {
    const structure = compressedData(Buffer.concat([deflateSync(Buffer.from('A letter.')), Buffer.from('more')]))
    for (const size of [1, 7, 1_000]) {
      const read = await readCms(pieces(structure, size), { keys: [] })
      expect(read.ok).toBe(false)
    }
  })
})

describe('texts that are shown', () => {
  it('have one bound for all of a message; what is beyond is offered as files', async () => {
    const text = crlf('Content-Type: text/plain', '', 'x'.repeat(9_000_000))
    const mail = utf8Bytes(
      crlf('From: a@x.example', 'Content-Type: multipart/mixed; boundary=b', '', '--b', text, '--b', text, '--b--', ''),
    )
    const message = expectSuccess(await openMessage(mail, { keys: [] }))
    expect(message.parts.map(({ kind, size }) => [kind, size])).toEqual([
      ['text', 9_000_000],
      ['attachment', 9_000_000],
    ])
  })
})
