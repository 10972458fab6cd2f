/**
 * The log: one line of JSON per event (pino), in a file that only its owner may read and that is rotated by size.
 *
 * Nothing secret belongs into a log call. As a second line of defence everything that goes through here is redacted: by
 * the name of the field, by its kind (bytes are never written), and by the look of private keys and credentials in text.
 */

import { appendFileSync, chmodSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type Logger, pino } from 'pino'
import { makeFolder } from './makeFolder.ts'

export type Log = Logger

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent'

export interface LogOptions {
  /** Where `siegel.log` goes; without it the lines are dropped, except that `write` takes them. */
  readonly folder?: string
  readonly level: LogLevel
  /** Takes each line as well. */
  readonly write?: (line: string) => void
}

/** A day of a busy program has about 200 kB. */
const fileByteLimit = 1_048_576
/** `siegel.log`, `siegel.log.1`, `siegel.log.2`. */
const filesKept = 3
/** Nesting beyond this is no log entry any more. */
const depthLimit = 6
const entriesLimit = 100
const textLimit = 2_000

export function createLog(options: LogOptions): Log {
  const file = options.folder === undefined ? undefined : rotatedFile(options.folder)
  const log = pino(
    {
      level: options.level,
      base: { pid: process.pid },
      serializers: { err: (error: unknown) => redacted(error), error: (error: unknown) => redacted(error) },
      formatters: {
        log: (entry) => redacted(entry) as Record<string, unknown>,
      },
      hooks: {
        logMethod(args, method) {
          const spoken = (args as unknown[]).map((argument) =>
            typeof argument === 'string' ? redactedText(argument) : redacted(argument),
          )
          method.apply(this, spoken as Parameters<typeof method>)
        },
      },
    },
    {
      write(line: string) {
        file?.(line)
        options.write?.(line)
      },
    },
  )
  // pino applies its formatters to the bindings of the first logger only.
  const { child } = log
  log.child = function (this: Log, bindings, childOptions) {
    return child.call(this, redacted(bindings) as typeof bindings, childOptions)
  } as Log['child']
  return log
}

/** Appends line by line, so that two processes can share the file. A log that can't be written never stops the program. */
function rotatedFile(folder: string): (line: string) => void {
  const path = join(folder, 'siegel.log')
  return (line) => {
    try {
      const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0
      if (size === 0) makeFolder(folder, 0o700)
      if (size > fileByteLimit) rotate(path)
      appendFileSync(path, line, { mode: 0o600 })
      if (size === 0) chmodSync(path, 0o600)
    } catch {
      // The disk is full or the folder is gone: there is no place left to say so.
    }
  }
}

function rotate(path: string): void {
  rmSync(`${path}.${filesKept - 1}`, { force: true })
  for (let number = filesKept - 2; number >= 1; number--) {
    if (statSync(`${path}.${number}`, { throwIfNoEntry: false })) {
      renameSync(`${path}.${number}`, `${path}.${number + 1}`)
    }
  }
  renameSync(path, `${path}.1`)
}

const secretName =
  /pass|secret|token|credential|authorization|cookie|private|pkcs8|pkcs12|masterkey|plain|nonce|^(key|pin|auth|body|text|html|subject|content|bytes|message_?body)$/i

/** A value as it may be written. */
export function redacted(value: unknown, depth = depthLimit): unknown {
  if (typeof value === 'string') return redactedText(value)
  if (value === null || typeof value !== 'object') {
    return typeof value === 'bigint' ? value.toString() : typeof value === 'function' ? '[function]' : value
  }
  if (value instanceof Date) return value
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `[${value.byteLength} bytes]`
  if (depth === 0) return '[…]'
  if (Array.isArray(value)) return value.slice(0, entriesLimit).map((entry) => redacted(entry, depth - 1))
  const entries: [string, unknown][] = value instanceof Error ? errorEntries(value) : Object.entries(value)
  return Object.fromEntries(
    entries
      .slice(0, entriesLimit)
      .map(([name, entry]) => [name, secretName.test(name) ? '[redacted]' : redacted(entry, depth - 1)]),
  )
}

function errorEntries(error: Error): [string, unknown][] {
  return [
    ['name', error.name],
    ['message', error.message],
    ['stack', error.stack],
    ...Object.entries(error),
    ...(error.cause === undefined ? [] : ([['cause', error.cause]] as [string, unknown][])),
  ]
}

/** Text without private keys, credentials in addresses, and `password: …`. */
export function redactedText(text: string): string {
  const cut = text.length > textLimit ? `${text.slice(0, textLimit)}…` : text
  return cut
    .replace(/-----BEGIN [A-Z0-9 ]*(?:PRIVATE KEY|PKCS12)-----[\s\S]*?(?:-----END [A-Z0-9 ]*-----|$)/g, '[private key]')
    .replace(/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/@]+@/gi, '$1[redacted]@')
    .replace(/\b(pass(?:word|phrase)?|secret|token)(["']?\s*[:=]\s*)("[^"]*"|'[^']*'|\S+)/gi, '$1$2[redacted]')
    .replace(/\b(authorization|cookie)(["']?\s*[:=]\s*)[^\r\n]+/gi, '$1$2[redacted]')
    .replace(/\b(AUTH (?:PLAIN|LOGIN|XOAUTH2)|LOGIN \S+|Bearer|Basic) \S+/g, '$1 [redacted]')
}
