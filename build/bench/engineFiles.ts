/** What the engine's bench works on: an identity for all programs, attachments, the same mail for every peer, many small mails. */

import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { createReadStream, createWriteStream, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { writePem } from '../../electron/asn1/pem.ts'
import { type TestEntity, testAuthority, testPerson } from '../../electron/certificates/testPki.ts'
import { base64Chunks } from '../../electron/mime/base64Encoder.ts'

const mebibyte = 1_048_576

export interface EngineFolder {
  at(name: string): string
  readonly root: TestEntity
  readonly person: TestEntity
}

/** Writes `root.pem`, `certificate.pem` and `key.pem`. */
export async function makeIdentity(folder: string): Promise<EngineFolder> {
  const day = 86_400_000
  const validity = { notBefore: new Date(Date.now() - day), notAfter: new Date(Date.now() + 30 * day) }
  const root = await testAuthority('Bench root', {}, validity)
  const person = await testPerson('bench@example.org', { issuer: root, keyType: 'rsa-3072' }, validity)
  const at = (name: string) => join(folder, name)
  writeFileSync(at('root.pem'), writePem('CERTIFICATE', root.certificate.der))
  writeFileSync(at('certificate.pem'), writePem('CERTIFICATE', person.certificate.der))
  writeFileSync(at('key.pem'), writePem('PRIVATE KEY', person.pkcs8), { mode: 0o600 })
  return { at, root, person }
}

/** Random bytes: nothing on the way can make them smaller. */
export async function writeAttachment(file: string, mebibytes: number): Promise<void> {
  function* blocks() {
    for (let written = 0; written < mebibytes; written += 1) yield randomBytes(mebibyte)
  }
  await pipeline(blocks, createWriteStream(file))
}

/** The ready MIME entity that peers start from. */
export async function writeEntity(attachment: string, file: string): Promise<void> {
  async function* entity() {
    yield Buffer.from('Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\n')
    yield* base64Chunks(createReadStream(attachment))
  }
  await pipeline(entity, createWriteStream(file))
}

export function isPresent(program: string, versionFlag = '--version'): boolean {
  return spawnSync(program, [versionFlag]).status === 0
}
