/**
 * Seals and opens one message of more than 2 GiB: `node build/large/run.ts FOLDER [BYTES]`. Offsets beyond 2^31 and 2^32,
 * lengths that no buffer holds, and memory that must not grow with the message. FOLDER needs room for three times the message.
 */

import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { systemRandom } from '../../electron/base/random.ts'
import { expectSuccess } from '../../electron/base/result.ts'
import { testNow, testPerson } from '../../electron/certificates/testPki.ts'
import { openInput } from '../../electron/hosts/cli/files.ts'
import type { SealOptions } from '../../electron/smime/letter.ts'
import { openMessage } from '../../electron/smime/open.ts'
import { sealLetter } from '../../electron/smime/seal.ts'
import { openSpool } from '../../electron/storage/spool.ts'

const [folder, size = String(2 ** 31 + 12_345)] = process.argv.slice(2)
if (folder === undefined) throw new Error('which folder may be written to?')
const attachmentBytes = Number(size)
const blockBytes = 1_048_576
/** A message that is held anywhere as a whole, or in large part, is beyond it. */
const mostMemoryMiB = 400

const anna = await testPerson('anna@sandbox.example')
const jonas = await testPerson('jonas@sandbox.example', { keyType: 'rsa-2048' })
const letter = {
  from: { name: 'Anna', address: 'anna@sandbox.example' },
  to: [{ name: 'Jonas', address: 'jonas@sandbox.example' }],
  cc: [],
  subject: 'The whole archive',
  date: testNow,
  messageId: '<archive@sandbox.example>',
  text: 'Here it is.\n',
  attachments: [
    { name: 'archive.bin', mediaType: 'application/octet-stream', size: attachmentBytes, open: attachment },
  ],
}
const sign = { certificate: anna.certificate, chain: [], key: anna.key, signingTime: testNow }
const encrypt = (cipher: 'aes-256-cbc' | 'aes-256-gcm') => ({
  recipients: [{ certificate: jonas.certificate }],
  cipher,
})
const ways: Readonly<Record<string, Omit<SealOptions, 'random'>>> = {
  'clear-signed': { sign },
  'signed, CBC': { sign, encrypt: encrypt('aes-256-cbc') },
  'opaque, GCM': { sign: { ...sign, opaque: true }, encrypt: encrypt('aes-256-gcm') },
}

await mkdir(folder, { recursive: true })
const wanted = await digestOf(attachment())
for (const [name, options] of Object.entries(ways)) await there(name, options, join(folder, 'large.eml'))

/** Blocks that differ in their numbers, so that none can be lost, doubled or swapped. */
async function* attachment(): AsyncGenerator<Uint8Array> {
  const random = Buffer.from(Array.from({ length: blockBytes }, (_, index) => (index * 2_654_435_761) >>> 24))
  for (let start = 0; start < attachmentBytes; start += blockBytes) {
    const block = Buffer.from(random)
    block.writeUIntBE(start, 0, 6)
    yield block.subarray(0, Math.min(blockBytes, attachmentBytes - start))
  }
}

async function digestOf(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const digest = createHash('sha256')
  for await (const chunk of chunks) digest.update(chunk)
  return digest.digest('hex')
}

async function there(name: string, options: Omit<SealOptions, 'random'>, file: string): Promise<void> {
  const spool = await openSpool(join(folder ?? '', 'profile'))
  try {
    const started = performance.now()
    const sealed = expectSuccess(await sealLetter(letter, { ...options, random: systemRandom }))
    await pipeline(sealed, createWriteStream(file))
    const between = performance.now()
    await back(name, file, options, spool)
    const seconds = [between - started, performance.now() - between].map((time) => (time / 1_000).toFixed(1))
    const memory = Math.round(process.resourceUsage().maxRSS / 1_024)
    console.log(`${name}: sealed in ${seconds[0]} s, opened in ${seconds[1]} s, memory at most ${memory} MiB`)
    if (memory > mostMemoryMiB) throw new Error(`${name}: ${memory} MiB of memory`)
  } finally {
    await spool.close()
    await rm(file, { force: true })
  }
}

async function back(
  name: string,
  file: string,
  options: Omit<SealOptions, 'random'>,
  spool: Awaited<ReturnType<typeof openSpool>>,
): Promise<void> {
  const { source, close } = await openInput(file)
  try {
    const message = expectSuccess(await openMessage(source, { keys: [jonas], spool }))
    const [text, attached] = message.parts
    const facts = {
      signers: message.signers.map(({ outcome, coversMessage }) => `${outcome.state} ${coversMessage}`).join(),
      encryption: message.encryption,
      parts: message.parts.length,
      size: attached?.size,
      covered: message.parts.every(({ covered }) => covered),
      text: text && Buffer.from(await text.bytes()).toString(),
      same: attached !== undefined && (await digestOf(attached.open())) === wanted,
    }
    await message.discard()
    const expected = {
      signers: 'verified true',
      encryption: options.encrypt ? 'decrypted' : 'none',
      parts: 2,
      size: attachmentBytes,
      covered: true,
      text: 'Here it is.\r\n',
      same: true,
    }
    if (JSON.stringify(facts) !== JSON.stringify(expected)) throw new Error(`${name}: ${JSON.stringify(facts)}`)
  } finally {
    await close()
  }
}
