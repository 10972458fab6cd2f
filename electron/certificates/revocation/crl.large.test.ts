import { setImmediate } from 'node:timers/promises'
import { beforeAll, describe, expect, it } from 'vitest'
import { writePem } from '../../asn1/pem.ts'
import { concatBytes, latin1Bytes } from '../../base/bytes.ts'
import { expectSuccess } from '../../base/result.ts'
import { type TestEntity, testAuthority, testPerson } from '../testPki.ts'
import { type Crl, parseCrl, readCrls, readCrlsInTurns } from './crl.ts'
import { crlDer } from './testCrl.ts'

const count = 100_000
const begin = Date.parse('2026-01-01T00:00:00Z')

/** Numbers that look random and are all different; every second one has its first bit set. */
function serialOf(index: number): Uint8Array {
  const serial = Buffer.alloc(12)
  serial.writeUInt32BE(Math.imul(index + 1, 0x9e3779b1) >>> 0, 0)
  serial.writeUInt32BE(index, 8)
  return serial
}

/** Content octets of the INTEGER. */
function contentOf(serial: Uint8Array): Uint8Array {
  return (serial[0] ?? 0) >= 0x80 ? concatBytes(Uint8Array.of(0), serial) : serial
}

describe('a list of 100,000 entries', () => {
  let authority: TestEntity
  let list: Crl
  let der: Uint8Array

  beforeAll(async () => {
    authority = await testAuthority('Busy')
    const entries = Array.from({ length: count }, (_, index) => ({
      of: contentOf(serialOf(index)),
      revokedAt: new Date(begin + index * 1_000),
      ...(index % 3 === 0 ? { reason: 'keyCompromise' as const } : {}),
    }))
    der = await crlDer({ signer: authority, entries })
    list = expectSuccess(parseCrl(der))
  })

  /** A certificate of that number, below that issuer. */
  async function withNumbers() {
    const { certificate } = await testPerson('anna@sandbox.example', { issuer: authority })
    return (index: number, issuer = certificate.issuer) => ({
      ...certificate,
      issuer,
      written: { ...certificate.written, serialNumber: contentOf(serialOf(index)) },
    })
  }

  it('knows each of them by its number, with its date and its reason', async () => {
    expect(list.entries.count).toBe(count)
    const numbered = await withNumbers()
    let wrong = 0
    for (let index = 0; index < count; index++) {
      const entry = list.entries.find(numbered(index))
      const expected = index % 3 === 0 ? 'keyCompromise' : 'unspecified'
      if (entry?.revokedAt.getTime() !== begin + index * 1_000 || entry.reason !== expected) wrong++
    }
    expect(wrong).toBe(0)
  })

  it('is read to the same end with turns for others, as DER and as PEM', async () => {
    const numbered = await withNumbers()
    for (const file of [der, latin1Bytes(writePem('X509 CRL', der))]) {
      let turns = 0
      let isDone = false
      const reading = readCrlsInTurns(file).finally(() => {
        isDone = true
      })
      for (; !isDone; turns++) await setImmediate()
      const [same] = expectSuccess(await reading)
      // Some thousands of entries in a row, and no more.
      expect(turns).toBeGreaterThan(count / 10_000)
      expect(same?.sha256).toBe(list.sha256)
      expect(same?.entries.count).toBe(count)
      for (const index of [0, 1, count / 2, count - 1, count]) {
        expect(same?.entries.find(numbered(index))).toEqual(list.entries.find(numbered(index)))
      }
    }
  })

  it('is refused with turns for others as it is without', async () => {
    for (const end of [der.length - 1, der.length / 2, 40]) {
      const cut = der.subarray(0, end)
      expect(await readCrlsInTurns(cut)).toEqual(readCrls(cut))
    }
    // One of the last entries has no number: what stands before it has been read by then.
    const lastPositive = Array.from({ length: count }, (_, index) => index).findLast(
      (index) => (serialOf(index)[0] ?? 0) < 0x80,
    )
    if (lastPositive === undefined) throw new Error('no number')
    const spoilt = Uint8Array.from(der)
    spoilt[Buffer.from(der).lastIndexOf(serialOf(lastPositive)) - 2] = 0x04
    expect(await readCrlsInTurns(spoilt)).toEqual({
      ok: false,
      error: { code: 'malformed-crl', reason: 'revokedCertificates' },
    })
  })

  it('knows no other', async () => {
    const numbered = await withNumbers()
    let found = 0
    for (let index = count; index < 2 * count; index++) if (list.entries.find(numbered(index))) found++
    expect(found).toBe(0)
    const stranger = await testAuthority('Stranger')
    expect(list.entries.find(numbered(1, stranger.certificate.subject))).toBeUndefined()
  })
})
