/**
 * What somebody at the terminal is asked: yes or no, and passphrases and passwords, which come from a file, from the environment, or asked for on a terminal without showing them. What stands
 * on a command line can be read by every user of the computer, and stays in the shell's history: only the password of a key
 * file is taken from there, and that is told.
 */

import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { type PassphrasePurpose, shortestPassphrase } from '../../../shared/contract/passphrases.ts'
import { weaknessOfChosen } from '../../services/chosenPassphrase.ts'
import { readSecretFile } from './secretFile.ts'
import type { Terminal } from './terminal.ts'

export interface SecretSource {
  /** What stands on the command line. */
  readonly given?: string | undefined
  /** What a `--…-file` names; `-` is standard input. */
  readonly file?: string | undefined
  /** Name of the environment variable that is taken where no file is named. */
  readonly variable?: string
  /** What is asked where neither gives one. */
  readonly question?: string
}

/** The secret that a source gives; undefined where it gives none, or nobody is there to be asked. */
export async function secretOf(
  terminal: Terminal,
  { given, file, variable, question }: SecretSource,
): Promise<string | undefined> {
  if (given !== undefined) return given
  if (file !== undefined) return readSecretFile(terminal, file)
  // An empty variable is one that isn't set.
  const value = variable === undefined ? '' : process.env[variable]
  return value || (question === undefined ? undefined : askSecret(question))
}

/** Works with the secret of a file or with none, and asks only where that ends with the code `needed`. */
export async function withSecretIfNeeded<Value>(
  terminal: Terminal,
  { needed, question, ...source }: Pick<SecretSource, 'given' | 'file'> & { needed: string; question: string },
  work: (secret: string | undefined) => Promise<Value>,
): Promise<Value> {
  const secret = await secretOf(terminal, source)
  return work(secret).catch(async (error: unknown) => {
    if (secret !== undefined || (error as { code?: unknown }).code !== needed) throw error
    const asked = await askSecret(question)
    if (asked === undefined) throw error
    return work(asked)
  })
}

/** Asks for a new secret, twice; undefined where the two differ, which is said, or nobody is there to answer. */
export async function askNewSecret(terminal: Terminal, question: string): Promise<string | undefined> {
  const first = await askSecret(question)
  if (!first) return undefined
  const second = await askSecret(terminal.words('cli.ask.repeat'))
  if (first === second) return first
  terminal.note(terminal.words('cli.ask.not-the-same'))
  return undefined
}

/**
 * A script's secret comes from wherever its owner keeps it, under their rules: it is told to be weak, and taken. What a person
 * chooses when asked is refused by the service.
 */
export async function tellWeak(terminal: Terminal, purpose: PassphrasePurpose, secret: string): Promise<void> {
  const weakness = await weaknessOfChosen(purpose, secret)
  if (weakness) terminal.note(terminal.words(`cli.weak.${weakness}`, { minimum: shortestPassphrase[purpose] }))
}

/** Somebody sits at the terminal and can be asked. */
export function canAsk(): boolean {
  return process.stdin.isTTY === true && process.stderr.isTTY === true
}

/** A question to be answered with yes or no, for somebody who can be asked. Everything but a yes is a no. */
export async function confirmed(question: string): Promise<boolean> {
  const reader = createInterface({ input: process.stdin, output: process.stderr, terminal: true })
  try {
    const answer = await new Promise<string>((resolve) => {
      reader.question(`${question} `, resolve)
      reader.once('close', () => resolve(''))
      reader.once('SIGINT', () => resolve(''))
    })
    return /^(y|yes|j|ja)$/i.test(answer.trim())
  } finally {
    reader.close()
  }
}

/** Nothing that is typed appears. */
async function askSecret(question: string): Promise<string | undefined> {
  if (!canAsk()) return undefined
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
