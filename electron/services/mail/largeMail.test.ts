/** A mail with an attachment of 60 MB, from the window's pieces to the window's pieces. */

import { describe, expect, it } from 'vitest'
import { base64Text } from '../../base/bytes.ts'
import { allOf, clientOf, failureOf, letter, testPost, testServices } from '../testServices.ts'

describe('an attachment of 60 MB', () => {
  const size = 60_000_000
  const pieceBytes = 1_000_000
  const piece = (number: number) => new Uint8Array(pieceBytes).fill(number)

  it('is sealed, sent, opened and saved again, piece by piece and byte for byte', async () => {
    const { context, received } = await testPost()
    const client = clientOf(context)
    const handed = await client.spool.begin({ name: 'film.bin', mediaType: 'application/octet-stream', size })
    for (let offset = 0; offset < size; offset += pieceBytes) {
      await client.spool.append({ spoolId: handed.spoolId, offset, bytes: base64Text(piece(offset / pieceBytes)) })
    }
    const events = await allOf(client.compose.send({ ...letter, attachments: [handed] }))
    expect(events.at(-1)).toMatchObject({ type: 'done', filedInSent: false })
    expect(events.filter(({ type }) => type === 'progress').length).toBeLessThan(100)
    expect(await client.compose.outbox()).toEqual([])
    const [raw] = received as [Buffer]
    expect(raw.length).toBeGreaterThan(100_000_000)

    const mail = await client.spool.begin({ name: 'mail.eml', mediaType: 'message/rfc822', size: raw.length })
    for (let offset = 0; offset < raw.length; offset += pieceBytes) {
      const bytes = base64Text(raw.subarray(offset, offset + pieceBytes))
      await client.spool.append({ spoolId: mail.spoolId, offset, bytes })
    }
    const opened = await client.inspect.open({ source: { spoolId: mail.spoolId } })
    expect(opened.report.verdict).toMatchObject({ signature: 'good', encryption: 'decrypted' })
    const part = opened.parts.find(({ name }) => name === 'film.bin')
    expect(part?.size).toBe(size)
    const saved = await client.inspect.part({ openedId: opened.openedId, partId: part?.id ?? '' })
    expect(saved).toMatchObject({ name: 'film.bin', size })
    for (const number of [0, 31, 59]) {
      const read = await client.spool.read({ spoolId: saved.spoolId, offset: number * pieceBytes, length: pieceBytes })
      expect(Buffer.from(read.bytes, 'base64').equals(piece(number))).toBe(true)
    }
  })

  it('of which a piece is lost or comes twice is noticed, and one beyond what was announced is refused', async () => {
    const client = clientOf(await testServices())
    const { spoolId } = await client.spool.begin({ name: 'film.bin', mediaType: 'x/y', size: 2 * pieceBytes })
    const append = (offset: number) => client.spool.append({ spoolId, offset, bytes: base64Text(piece(1)) })
    await append(0)
    expect(await failureOf(append(0))).toMatchObject({ code: 'not-found', data: { what: 'offset' } })
    expect(await failureOf(append(2 * pieceBytes))).toMatchObject({ code: 'not-found' })
    expect(await append(pieceBytes)).toEqual({ received: 2 * pieceBytes })
    expect(await failureOf(append(2 * pieceBytes))).toMatchObject({ code: 'too-large' })
  })
})
