/** For tests: another program that reads and writes CMS, behind one small interface. Structures are DER or BER, contents are bytes. */

import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { EncryptionRow, SignatureRow } from './testCells.ts'

/** What a peer says when it can't or won't. */
export class PeerRefusal extends Error {}

/** SignedData without its content, as in multipart/signed, or with it inside. */
export type Form = 'detached' | 'opaque'

/** A peer writes its usual structure where it has no option for what the row asks; what it wrote then tells. */
export interface Peer {
  /** As it stands in the table. */
  readonly name: string
  sign(row: SignatureRow, content: Uint8Array, form: Form): Uint8Array | Promise<Uint8Array>
  /** Throws PeerRefusal unless the signature is right. An opaque one is judged over the content that it holds. */
  verify(row: SignatureRow, signed: Uint8Array, content: Uint8Array, form: Form): void | Promise<void>
  encrypt(row: EncryptionRow, content: Uint8Array): Uint8Array | Promise<Uint8Array>
  decrypt(row: EncryptionRow, encrypted: Uint8Array): Uint8Array | Promise<Uint8Array>
  close(): void
}

export interface WorkFolder {
  path(name: string): string
  /** Writes a file and gives its path. */
  file(name: string, bytes: Uint8Array | string): string
  read(name: string): Uint8Array
  remove(): void
}

export function workFolder(): WorkFolder {
  const folder = mkdtempSync(join(tmpdir(), 'siegel-peer-'))
  const path = (name: string) => join(folder, name)
  return {
    path,
    file(name, bytes) {
      writeFileSync(path(name), bytes)
      return path(name)
    },
    read: (name) => readFileSync(path(name)),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** Runs a program; its messages are the refusal when it ends with anything but 0. */
export function runPeer(program: string, options: readonly string[]): Uint8Array {
  const done = spawnSync(program, options, {
    maxBuffer: 16 * 1_048_576,
    timeout: 120_000,
    env: { ...process.env, LC_ALL: 'C' },
  })
  if (done.status !== 0) throw new PeerRefusal(`${done.stderr}`.trim() || `${program} ended with ${done.status}`)
  return done.stdout
}

/** The first line of a program's answer, or undefined where it isn't installed. */
export function versionOf(program: string, ...options: string[]): string | undefined {
  const done = spawnSync(program, options)
  return done.error ? undefined : `${done.stdout}${done.stderr}`.split('\n', 1)[0]
}
