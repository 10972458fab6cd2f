import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Worker } from 'node:worker_threads'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { systemRandom } from '../../base/random.ts'
import { type CipherName, cipherShapes } from '../../crypto/contentCipher.ts'
import { writeEncrypted } from './encryptedContent.ts'
import { type EncryptionPlan, startEncryptedWriter } from './encryptedWriter.ts'
import { openEncryptionThread } from './encryptionThread.ts'

/** More than what is worth a thread, and no round number of blocks. */
const large = systemRandom(9_000_001)
const small = large.subarray(0, 1_000_003)

/** Threads that were started, and those of them that run. */
let started = 0
const running = new Set<Worker>()
function notice(worker: Worker): void {
  started++
  running.add(worker)
  worker.once('exit', () => running.delete(worker))
}

beforeEach(() => {
  started = 0
  process.on('worker', notice)
})

afterEach(() => {
  process.off('worker', notice)
  expect(running.size).toBe(0)
})

function newPlan(cipher: CipherName = 'aes-256-cbc', base64 = true): EncryptionPlan {
  const { keyBytes, ivBytes } = cipherShapes[cipher]
  return { start: systemRandom(300), cipher, contentKey: systemRandom(keyBytes), iv: systemRandom(ivBytes), base64 }
}

function copyOf(plan: EncryptionPlan): EncryptionPlan {
  return { ...plan, contentKey: Uint8Array.from(plan.contentKey) }
}

function* pieces(bytes: Uint8Array, size: number): Generator<Uint8Array> {
  for (let offset = 0; offset < bytes.length; offset += size) yield bytes.subarray(offset, offset + size)
}

async function whole(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = []
  for await (const chunk of chunks) all.push(chunk)
  return Buffer.concat(all)
}

function writtenHere(bytes: Uint8Array, plan: EncryptionPlan): Buffer {
  const writer = startEncryptedWriter(copyOf(plan))
  return Buffer.concat([writer.update([bytes]), writer.end()])
}

describe('encrypted content', () => {
  it.each([
    ['aes-256-cbc', true],
    ['aes-128-cbc', false],
    ['aes-256-gcm', true],
    ['aes-128-gcm', false],
  ] as const)('is the same from a thread and without one: %s, base64 %s', async (cipher, base64) => {
    const plan = newPlan(cipher, base64)
    for (const size of [100_003, large.length]) {
      const written = await whole(writeEncrypted(pieces(large, size), copyOf(plan)))
      expect(written.equals(writtenHere(large, plan))).toBe(true)
    }
    expect(started).toBe(2)
  })

  it('is the same where more or less was expected', async () => {
    for (const [bytes, expected, threads] of [
      [small, large.length, 1],
      [large, small.length, 2],
      [new Uint8Array(), large.length, 3],
    ] as const) {
      const plan = newPlan()
      const written = await whole(writeEncrypted(pieces(bytes, 65_536), copyOf(plan), expected))
      expect(written.equals(writtenHere(bytes, plan))).toBe(true)
      expect(started).toBe(threads)
    }
  })

  it('needs no thread when it is small', async () => {
    for (const bytes of [small, new Uint8Array()]) {
      const plan = newPlan()
      expect((await whole(writeEncrypted([bytes], copyOf(plan)))).equals(writtenHere(bytes, plan))).toBe(true)
    }
    expect(started).toBe(0)
  })

  it('is written here where a thread can not start', async () => {
    const plan = newPlan()
    const missing = new URL('./thereIsNoSuchFile.ts', import.meta.url)
    const notAFile = new URL('https://example.org/encryption.js')
    for (const file of [missing, notAFile]) {
      const stream = writeEncrypted(pieces(large, 65_536), copyOf(plan), 0, (its) => openEncryptionThread(its, file))
      expect((await whole(stream)).equals(writtenHere(large, plan))).toBe(true)
    }
  })

  it('fails when its thread dies, instead of ending early', async () => {
    const dying = `import { parentPort } from 'node:worker_threads'
      parentPort.postMessage(undefined)
      parentPort.on('message', () => process.exit(1))`
    const file = new URL(`data:text/javascript,${encodeURIComponent(dying)}`)
    const stream = writeEncrypted(pieces(large, 65_536), newPlan(), 0, (plan) => openEncryptionThread(plan, file))
    await expect(whole(stream)).rejects.toThrow('thread ended')
  })

  it('fails with its source, and ends the thread', async () => {
    async function* broken() {
      yield* pieces(large, 65_536)
      throw new Error('the file went away')
    }
    await expect(whole(writeEncrypted(broken(), newPlan()))).rejects.toThrow('went away')
    expect(started).toBe(1)
  })

  it('ends thread and source when its reader stops early', async () => {
    let closed = false
    async function* source() {
      try {
        for (;;) yield large.subarray(0, 65_536)
      } finally {
        closed = true
      }
    }
    for await (const chunk of writeEncrypted(source(), newPlan())) {
      expect(chunk.length).toBeGreaterThan(0)
      break
    }
    expect({ started, closed }).toEqual({ started: 1, closed: true })
  })

  it('reads no further ahead than its queue', async () => {
    let read = 0
    let written = 0
    async function* source() {
      for (; read < 40_000_000; read += 65_536) yield large.subarray(0, 65_536)
    }
    for await (const chunk of writeEncrypted(source(), newPlan('aes-256-cbc', false))) {
      written += chunk.length
      expect(read - written).toBeLessThan(3_000_000)
    }
    expect(written).toBeGreaterThan(read)
  })

  it('does not keep the program from ending when it is left half read', async () => {
    const url = (file: string) => JSON.stringify(new URL(file, import.meta.url).href)
    const program = `
      const { writeEncrypted } = await import(${url('./encryptedContent.ts')})
      const plan = { start: new Uint8Array(9), cipher: 'aes-256-cbc', contentKey: new Uint8Array(32), iv: new Uint8Array(16), base64: true }
      await writeEncrypted([new Uint8Array(9_000_000)], plan).next()
      console.log('left')`
    const ended = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], {
      timeout: 120_000,
    })
    expect(ended.stdout).toBe('left\n')
  })

  it('wipes its key, on each way', async () => {
    const keys: Uint8Array[] = []
    const planned = () => {
      const plan = newPlan()
      keys.push(plan.contentKey)
      return plan
    }
    await whole(writeEncrypted([small], planned()))
    await whole(writeEncrypted([large], planned()))
    for await (const _ of writeEncrypted([large], planned())) break
    for (const key of keys) expect(Math.max(...key)).toBe(0)
  })
})
