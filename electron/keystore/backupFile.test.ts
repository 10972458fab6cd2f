import { beforeAll, describe, expect, it, vi } from 'vitest'
import { concatBytes, utf8Bytes, utf8Text } from '../base/bytes.ts'
import { systemRandom } from '../base/random.ts'
import { expectSuccess } from '../base/result.ts'
import { scryptKey } from '../crypto/passwordKey.ts'
import { openBackup, sealBackup } from './backupFile.ts'
import { newPaperKey, paperKeyIdOf } from './paperKey.ts'

/** As it is, and counted. */
vi.mock('../crypto/passwordKey.ts', { spy: true })

const cost = { cost: 2 ** 14, blockSize: 8, parallelism: 1 }
const passphrase = 'ein Reiher im Schilf'
const paperKey = newPaperKey(systemRandom)
const content = utf8Bytes('everything that can’t be had again')
let file: Uint8Array

beforeAll(async () => {
  file = await sealed(content)
})

async function sealed(bytes: Uint8Array): Promise<Uint8Array> {
  return expectSuccess(await sealBackup(bytes, { passphrase, paperKey, random: systemRandom, cost }))
}

function headerOf(bytes: Uint8Array): { readonly length: number; readonly text: string } {
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(9)
  return { length, text: utf8Text(bytes.subarray(13, 13 + length)) }
}

function withHeader(bytes: Uint8Array, text: string): Uint8Array {
  const json = utf8Bytes(text)
  const head = Uint8Array.from(bytes.subarray(0, 13))
  new DataView(head.buffer).setUint32(9, json.length)
  return concatBytes(head, json, bytes.subarray(13 + headerOf(bytes).length))
}

describe('the file of a backup', () => {
  it('opens with its passphrase and with the paper key', async () => {
    for (const secret of [{ passphrase }, { paperKey }]) {
      expect(utf8Text(expectSuccess(await openBackup(file, secret)))).toBe(utf8Text(content))
    }
  })

  it('holds contents of no, one and several pieces', async () => {
    for (const size of [0, 1_048_575, 1_048_576, 1_048_577, 2_097_152]) {
      const bytes = systemRandom(size)
      expect(expectSuccess(await openBackup(await sealed(bytes), { paperKey })).length).toBe(size)
    }
  })

  it('says that the passphrase is another one, and whose paper key it is', async () => {
    expect(await openBackup(file, { passphrase: 'Kranich' })).toEqual({
      ok: false,
      error: { code: 'wrong-backup-passphrase' },
    })
    const keyId = paperKeyIdOf(paperKey)
    const other = await openBackup(file, { paperKey: newPaperKey(systemRandom) })
    expect(other).toEqual({ ok: false, error: { code: 'other-paper-key', keyId } })
    const without = expectSuccess(await sealBackup(content, { passphrase, random: systemRandom, cost }))
    expect(await openBackup(without, { paperKey })).toMatchObject({ error: { code: 'no-paper-key' } })
  })

  it('tells other files and later layouts from damaged ones', async () => {
    expect(await openBackup(utf8Bytes('From: anna'), { passphrase })).toMatchObject({ error: { code: 'not-a-backup' } })
    expect(await openBackup(new Uint8Array(), { passphrase })).toMatchObject({ error: { code: 'not-a-backup' } })
    expect(await openBackup(file.with(8, 2), { passphrase })).toMatchObject({ error: { code: 'backup-newer' } })
    expect(await openBackup(file.subarray(0, 20), { passphrase })).toMatchObject({ error: { code: 'damaged-file' } })
  })

  it('passes over slots and fields of later programs, but notices that the header was changed', async () => {
    const { slots } = JSON.parse(headerOf(file).text) as { slots: unknown[] }
    const later = withHeader(file, JSON.stringify({ slots: [{ kind: 'passkey', x: 1 }, ...slots], made: 'later' }))
    expect(await openBackup(later, { paperKey })).toMatchObject({ error: { code: 'damaged-file' } })
    const onlyLater = withHeader(file, JSON.stringify({ slots: [{ kind: 'passkey', x: 1 }] }))
    expect(await openBackup(onlyLater, { paperKey })).toMatchObject({ error: { code: 'no-paper-key' } })
  })

  it('notices a piece that is missing, moved or doubled', async () => {
    const three = await sealed(systemRandom(2_500_000))
    const start = 13 + headerOf(three).length
    const length = 1_048_576 + 28
    const piece = (index: number) => three.subarray(start + index * length, start + (index + 1) * length)
    const head = three.subarray(0, start)
    const wrong = [
      concatBytes(head, piece(0), piece(1)),
      concatBytes(head, piece(1), piece(0), piece(2)),
      concatBytes(head, piece(0), piece(0), piece(1), piece(2)),
      concatBytes(head, piece(2)),
      head,
      concatBytes(three, Uint8Array.of(0)),
    ]
    for (const bytes of wrong) {
      expect(await openBackup(bytes, { paperKey })).toEqual({ ok: false, error: { code: 'damaged-file' } })
    }
  })

  it('refuses scrypt parameters that would take the machine’s memory or make guessing cheap, before it computes', async () => {
    for (const cost of [2 ** 30, 2, 16_385, -1, 2 ** 10]) {
      const hostile = withHeader(file, headerOf(file).text.replace('"cost":16384', `"cost":${cost}`))
      vi.mocked(scryptKey).mockClear()
      expect(await openBackup(hostile, { passphrase })).toEqual({ ok: false, error: { code: 'damaged-file' } })
      expect(scryptKey).not.toHaveBeenCalled()
    }
  })

  it('opens no file with any byte changed, and throws at none', async () => {
    for (let index = 0; index < file.length; index++) {
      const changed = file.with(index, (file[index] ?? 0) ^ (1 << (index % 8)))
      expect((await openBackup(changed, { paperKey })).ok, `byte ${index}`).toBe(false)
    }
    for (let length = 0; length < file.length; length++) {
      expect((await openBackup(file.subarray(0, length), { paperKey })).ok, `${length} bytes`).toBe(false)
    }
  })

  it('answers to any header with a reason', async () => {
    for (const text of [
      '',
      '[]',
      '{}',
      '{"slots":{}}',
      '{"slots":[null]}',
      `{"slots":[${'[],'.repeat(20)}[]]}`,
      '{"slots":[]',
    ]) {
      const read = await openBackup(withHeader(file, text), { passphrase })
      expect(read).toMatchObject({ ok: false, error: { code: 'damaged-file' } })
    }
  })
})
