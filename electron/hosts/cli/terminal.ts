/**
 * What a command may do to the outside: write lines, tell progress and end with an exit code. Results go to standard
 * output, everything else to standard error, so that a pipe gets results only.
 *
 * Exit codes: 0 done, 1 failed, 2 usage, 3 a --require condition not met, 4 the person's turn: done so far, and it goes on when
 * they have done what it says.
 */

import type { FailureCode } from '../../../shared/contract/errors.ts'
import { type Language, languageOf as languageOfTag, phrase } from '../../../shared/words/words.ts'

export const exitCode = { done: 0, failed: 1, usage: 2, requirement: 3, yourTurn: 4 } as const

export interface Terminal {
  readonly language: Language
  readonly json: boolean
  /** A line of the result. */
  line(text: string): void
  /** A value as one line of JSON. */
  value(value: unknown): void
  /** Progress and remarks. */
  note(text: string): void
  words(key: string, data?: Readonly<Record<string, unknown>>): string
}

/** An expected failure on its way to the terminal: the code and the data of the contract. */
export class CommandFailure extends Error {
  readonly code: FailureCode
  readonly data: Readonly<Record<string, unknown>>

  constructor(code: FailureCode, data: Readonly<Record<string, unknown>> = {}) {
    super(code)
    this.code = code
    this.data = data
  }
}

/** A result that found no place. A script sees the code for files; a person is told that it was about writing. */
export class OutputRefused extends CommandFailure {
  constructor(name: string) {
    super('file-unreadable', { name })
  }
}

/** Wrong use of the command line: exit code 2. */
export class UsageError extends Error {}

/** What a script reads of wrong use: there is nothing to tell it apart by, so that it is the sentence. */
export function wrongUseValue(message: string): {
  readonly error: { readonly code: 'usage'; readonly message: string }
} {
  return { error: { code: 'usage', message } }
}

export function createTerminal(options: { language: Language; json: boolean }): Terminal {
  return {
    ...options,
    line: (text) => void process.stdout.write(`${printable(text)}\n`),
    value: (value) => void process.stdout.write(`${jsonText(value)}\n`),
    note: (text) => void process.stderr.write(`${printable(text)}\n`),
    words: (key, data) => phrase(options.language, key, data ?? {}),
  }
}

/**
 * Text from mails and certificates reaches the terminal: control characters could move the cursor over a verdict, and
 * direction overrides could turn an address round. Line breaks and tabs stay; a mail's line break (CR LF) is one.
 */
export function printable(text: string): string {
  return (
    text
      .replaceAll('\r\n', '\n')
      // Sentences keep a name's direction to itself; in a terminal these two mean nothing.
      .replace(/[\u2068\u2069]/g, '')
      .replace(hidden, '\ufffd')
  )
}

/** Nothing that a terminal would obey, and the same value (RFC 8259 §7). */
function jsonText(value: unknown): string {
  const spelled = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  return JSON.stringify(value ?? null).replace(hidden, spelled)
}

const hidden = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g

/** German where the environment asks for it, else English. An empty variable counts as none (POSIX, Base Definitions §8.2). */
export function languageOf(
  environment: Readonly<Record<string, string | undefined>>,
  asked: string | undefined,
): Language {
  const wish = asked ?? (environment['LC_ALL'] || environment['LC_MESSAGES'] || environment['LANG'])
  return languageOfTag(wish)
}
