/**
 * Canaries: secrets with values that occur nowhere else, and a search for them in whatever a program left behind or said.
 * Each is looked for in the forms that bytes take when they leak: as they are, as hexadecimal digits, base64 at any
 * alignment, UTF-16, a list of numbers; and in halves, because a log cuts and a page of a database ends somewhere.
 *
 * Not found is what was compressed or encrypted.
 */

import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { hexText } from '../../base/bytes.ts'
import { systemRandom } from '../../base/random.ts'

/** A name for the reports, never the value. */
export type Canaries = ReadonlyMap<string, readonly Buffer[]>

/** The secrets of a test, by names that may be reported. */
export interface Secrets {
  readonly canaries: Canaries
  /** Not secret: they must be found where they belong, or nothing was looked at. */
  readonly controls: Canaries
  /** Text of letters and digits, so that no encoding changes it and no line of a mail is too long for it. */
  canary(name: string): string
  control(name: string): string
  add(name: string, forms: readonly Buffer[]): void
}

export function createSecrets(): Secrets {
  const canaries = new Map<string, readonly Buffer[]>()
  const controls = new Map<string, readonly Buffer[]>()
  const made = (kind: Map<string, readonly Buffer[]>) => (name: string) => {
    const value = hexText(systemRandom(20))
    kind.set(name, canaryForms(value))
    return value
  }
  return {
    canaries,
    controls,
    canary: made(canaries),
    control: made(controls),
    add: (name, forms) => void canaries.set(name, forms),
  }
}

/** Shorter pieces could occur by chance. */
const pieceLength = 16

/** Secret bytes or text. `whole`: only all of it, for structures whose beginning and end everybody knows. */
export function canaryForms(secret: Uint8Array | string, options: { readonly whole?: boolean } = {}): Buffer[] {
  const bytes = typeof secret === 'string' ? Buffer.from(secret, 'utf8') : Buffer.from(secret)
  if (bytes.length < pieceLength) throw new RangeError(`a canary of ${bytes.length} bytes could be met by chance`)
  const pieces = options.whole ? [bytes] : [bytes.subarray(0, pieceLength), bytes.subarray(-pieceLength)]
  return pieces.flatMap(formsOf)
}

function formsOf(bytes: Buffer): Buffer[] {
  const forms = [
    bytes,
    Buffer.from(bytes.toString('latin1'), 'utf16le'),
    ...[
      bytes.toString('hex'),
      bytes.toString('hex').toUpperCase(),
      [...bytes].join(','),
      ...[0, 1, 2].map((before) => base64Inside(bytes, before)),
    ].map((text) => Buffer.from(text, 'latin1')),
  ]
  const urlForms = forms.map((form) =>
    Buffer.from(form.toString('latin1').replaceAll('+', '-').replaceAll('/', '_'), 'latin1'),
  )
  return [...forms, ...urlForms.slice(-3)]
}

/** The characters of base64 that these bytes decide alone when so many other bytes come before them. */
function base64Inside(bytes: Buffer, before: number): string {
  const text = Buffer.concat([Buffer.alloc(before), bytes])
    .toString('base64')
    .replace(/=+$/, '')
  const mixedAtStart = Math.ceil((before * 8) / 6)
  const decided = Math.floor(((before + bytes.length) * 8) / 6)
  return text.slice(mixedAtStart, decided)
}

/** The names of the canaries that are in there. Line breaks don't hide one: PEM and mail have them. */
export function canariesIn(haystack: Uint8Array | string, canaries: Canaries): string[] {
  const bytes = typeof haystack === 'string' ? Buffer.from(haystack, 'utf8') : asBuffer(haystack)
  const joined = Buffer.from(bytes.toString('latin1').replace(/\\[rnt]|[\s\0]/g, ''), 'latin1')
  return [...canaries]
    .filter(([, forms]) => forms.some((form) => bytes.includes(form) || joined.includes(form)))
    .map(([name]) => name)
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** Every file below a folder, by its path from there. */
export function filesBelow(folder: string): Map<string, Buffer> {
  const files = new Map<string, Buffer>()
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    const path = join(entry.parentPath, entry.name)
    const bytes = entry.isFile() ? bytesOf(path) : undefined
    if (bytes) files.set(relative(folder, path), bytes)
  }
  return files
}

/** A running program renames and deletes its files meanwhile. */
function bytesOf(path: string): Buffer | undefined {
  try {
    return readFileSync(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
