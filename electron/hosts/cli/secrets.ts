/** Passphrases and passwords: from the environment, from a file, or asked for on a terminal without showing them. */

import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { readSecretFile } from './files.ts'

export interface SecretSource {
  readonly value?: string | undefined
  readonly file?: string | undefined
}

/** The secret that a source gives, or undefined when it gives none. The value wins over the file. */
export async function secretOf(source: SecretSource): Promise<string | undefined> {
  if (source.value !== undefined) return source.value
  return source.file === undefined ? undefined : readSecretFile(source.file)
}

/** Asks on the terminal; undefined where nobody is there to answer. Nothing that is typed appears. */
export async function askSecret(question: string): Promise<string | undefined> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return undefined
  // readline echoes through its output, and a stream that drops everything echoes nothing.
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
  const reader = createInterface({ input: process.stdin, output: silent, terminal: true })
  process.stderr.write(`${question} `)
  try {
    return await new Promise<string | undefined>((resolve) => {
      reader.once('line', resolve)
      reader.once('close', () => resolve(undefined))
      reader.once('SIGINT', () => resolve(undefined))
    })
  } finally {
    reader.close()
    process.stderr.write('\n')
  }
}
