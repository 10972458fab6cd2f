/**
 * The work that engine.ts measures, each as a process of its own: `TASK FOLDER …`, where FOLDER holds the identity.
 * Tasks that measure themselves, to leave out the program's start, print JSON. As in the terminal, a task loads what it uses.
 */

import { createReadStream, createWriteStream, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { readPem } from '../../electron/asn1/pem.ts'
import { systemRandom } from '../../electron/base/random.ts'
import { expectSuccess } from '../../electron/base/result.ts'
import { pieceBytes } from '../../electron/base/seekableBytes.ts'
import { readCertificates } from '../../electron/certificates/certificate.ts'
import { openPrivateKey } from '../../electron/crypto/privateKey.ts'
import type { Letter, SealOptions } from '../../electron/smime/letter.ts'
import { openingLimit, sealingLimit } from './limits.ts'

const [task = '', folder = '.', first = '', second = ''] = process.argv.slice(2)
const at = (name: string) => join(folder, name)

const [certificate] = expectSuccess(readCertificates(readFileSync(at('certificate.pem'))))
const [keyBlock] = readPem(readFileSync(at('key.pem'), 'utf8'))
if (!certificate || !keyBlock) throw new Error('no identity to work with')
const key = expectSuccess(openPrivateKey(keyBlock.bytes))
const keys = [{ certificate, key }]
const sign: SealOptions['sign'] = { certificate, chain: [], key, signingTime: new Date() }
const bench = { name: 'Bench', address: 'bench@example.org' }
const letter: Omit<Letter, 'text' | 'attachments'> = {
  from: bench,
  to: [bench],
  cc: [],
  subject: 'Bench',
  date: new Date(),
  messageId: '<bench@example.org>',
}

const tasks: Readonly<Record<string, () => Promise<void>>> = {
  seal: () => seal(first, second),
  open: () => open(first, 'verified'),
  decrypt: () => open(first, undefined),
  'sign-many': () => signMany(Number(first)),
  'verify-many': () => verifyMany(Number(first)),
  'sealing-limit': async () => print(sealingLimit(first, second)),
  'opening-limit': async () => print(openingLimit(first, second)),
}
await tasks[task]?.()

async function seal(attachment: string, out: string): Promise<void> {
  const open = () => createReadStream(attachment, { highWaterMark: pieceBytes })
  const { size } = statSync(attachment)
  const attachments = [{ name: 'attachment.bin', mediaType: 'application/octet-stream', size, open }]
  const encrypt: SealOptions['encrypt'] = { recipients: keys, cipher: 'aes-256-cbc' }
  const text = 'See the attachment.'
  const { sealLetter } = await import('../../electron/smime/seal.ts')
  const sealed = await sealLetter({ ...letter, text, attachments }, { sign, encrypt, random: systemRandom })
  await pipeline(expectSuccess(sealed), createWriteStream(out, { highWaterMark: 1_048_576 }))
}

async function open(file: string, wanted: string | undefined): Promise<void> {
  const { openInput } = await import('../../electron/hosts/cli/files.ts')
  const { openMessage } = await import('../../electron/smime/open.ts')
  const { openSpool } = await import('../../electron/storage/spool.ts')
  const input = await openInput(file)
  const spool = await openSpool(at('profile'))
  const opened = expectSuccess(await openMessage(input.source, { keys, spool }))
  const state = opened.signers[0]?.outcome.state
  if (opened.encryption !== 'decrypted' || state !== wanted) throw new Error(`${opened.encryption}, ${state}`)
  await opened.discard()
  await spool.close()
  await input.close()
}

/** Mails of 20 KB, clear-signed, each with a text of its own. */
async function signMany(count: number): Promise<void> {
  const { sealLetter } = await import('../../electron/smime/seal.ts')
  for (let number = 0; number < count; number += 1) {
    const line = `${number}: a line of a letter as people write it, neither long nor short.\n`
    const text = line.repeat(Math.floor(17_000 / line.length))
    const sealed = expectSuccess(await sealLetter({ ...letter, text, attachments: [] }, { sign, random: systemRandom }))
    const chunks: Uint8Array[] = []
    for await (const chunk of sealed) chunks.push(chunk)
    writeFileSync(at(`mail-${number}.eml`), Buffer.concat(chunks))
  }
}

async function verifyMany(count: number): Promise<void> {
  const { openMessage } = await import('../../electron/smime/open.ts')
  const started = performance.now()
  for (let number = 0; number < count; number += 1) {
    const opened = expectSuccess(await openMessage(readFileSync(at(`mail-${number}.eml`)), { keys: [] }))
    if (opened.signers[0]?.outcome.state !== 'verified') throw new Error(`mail ${number} is not verified`)
  }
  print({ seconds: (performance.now() - started) / 1000 })
}

function print(result: unknown): void {
  process.stdout.write(`${JSON.stringify(result)}\n`)
}
