/**
 * Every sentence a person reads, for the window and the terminal alike: looks a key up in a language and fills its
 * placeholders. `{{name}}` is the value as it is; `{{name, bytes}}`, `{{name, date}}`, `{{name, moment}}` and
 * `{{name, number}}` say how it is written, `{{name, month}}` a month given as `2026-11`; `{{name, term}}` is a code, or several, with words of their own under `terms`;
 * `{{name, revocationReason}}`, `{{name, revocationGap}}`, `{{name, acmeProblem}}`
 * and `{{name, caAnswer}}` are codes with words in their group; `{{name, caWords}}` quotes what a CA said, if it said something.
 * A key with `_one` and `_other` is chosen by `count`.
 *
 * Pure: no lookup of the reader's language, no state. What can't be said in words isn't decided here.
 */

import { shownText } from '../shownText.ts'
import cliDe from './cli.de.json' with { type: 'json' }
import cliEn from './cli.en.json' with { type: 'json' }
import de from './de.json' with { type: 'json' }
import en from './en.json' with { type: 'json' }

export type Language = 'en' | 'de'
export const languages: readonly Language[] = ['en', 'de']

/** What fills the placeholders. */
export type PhraseData = Readonly<Record<string, unknown>>

const trees: Readonly<Record<Language, unknown>> = { en: { ...en, cli: cliEn }, de: { ...de, cli: cliDe } }

/** Dates are written with the month's name, so that nobody takes the day for the month. */
const locales: Readonly<Record<Language, string>> = { en: 'en-GB', de: 'de-DE' }

/** The sentence of a key; a key without words comes back as it is, so that a new code still says something. */
export function phrase(language: Language, key: string, data: PhraseData = {}): string {
  const template = templateOf(language, key, data['count'])
  return template === undefined ? key : filled(template, language, data)
}

/** Whether a key has words: for codes that newer parts may bring along. */
export function hasPhrase(language: Language, key: string): boolean {
  return lookUp(language, key) !== undefined || lookUp(language, `${key}_other`) !== undefined
}

/** All keys of a language with their templates, dotted: what the tests compare. */
export function allPhrases(language: Language): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  const visit = (node: unknown, path: string): void => {
    if (typeof node === 'string') found.set(path, node)
    else if (isTree(node)) {
      for (const [key, value] of Object.entries(node)) visit(value, path === '' ? key : `${path}.${key}`)
    }
  }
  visit(trees[language], '')
  return found
}

/** The language of a browser's or an environment's tag (`de-AT`, `de_DE.UTF-8`): German where it says so, else English. */
export function languageOf(tag: string | undefined): Language {
  return tag !== undefined && /^de\b|^de_/i.test(tag) ? 'de' : 'en'
}

/** Bytes as a person reads them: binary thousands, one decimal below ten. */
export function bytesText(language: Language, bytes: number): string {
  const units = ['B', 'KB', 'MB', 'GB']
  let value = bytes
  let unit = 0
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024
    unit += 1
  }
  const digits = unit > 0 && value < 10 ? 1 : 0
  return `${new Intl.NumberFormat(locales[language], { maximumFractionDigits: digits }).format(value)} ${units[unit]}`
}

/** A day, or a moment of it, with the month by its name; `short` for narrow columns. */
export function dateText(language: Language, date: Date, kind: 'date' | 'moment' | 'short'): string {
  if (Number.isNaN(date.getTime())) return ''
  return new Intl.DateTimeFormat(locales[language], {
    dateStyle: kind === 'short' ? 'medium' : 'long',
    ...(kind === 'moment' ? { timeStyle: 'short' as const } : {}),
  }).format(date)
}

/** A month given as `2026-11`, by its name. */
function monthText(language: Language, month: string): string {
  const first = new Date(`${month}-01T00:00:00Z`)
  if (Number.isNaN(first.getTime())) return month
  return new Intl.DateTimeFormat(locales[language], { month: 'long', year: 'numeric', timeZone: 'UTC' }).format(first)
}

function templateOf(language: Language, key: string, count: unknown): string | undefined {
  if (typeof count === 'number') {
    const plural = lookUp(language, `${key}_${count === 1 ? 'one' : 'other'}`)
    if (plural !== undefined) return plural
  }
  return lookUp(language, key)
}

function lookUp(language: Language, key: string): string | undefined {
  let node: unknown = trees[language]
  for (const step of key.split('.')) {
    if (!isTree(node) || !Object.hasOwn(node, step)) return undefined
    node = node[step]
  }
  return typeof node === 'string' ? node : undefined
}

function isTree(node: unknown): node is Record<string, unknown> {
  return typeof node === 'object' && node !== null
}

function filled(template: string, language: Language, data: PhraseData): string {
  return template.replace(/\{\{\s*(\w+)\s*(?:,\s*(\w+)\s*)?\}\}/g, (_, name: string, format?: string) =>
    written(data[name], format, language),
  )
}

/** Groups of words for codes inside a sentence, by the format that names them. */
const groups: Readonly<Record<string, string>> = {
  term: 'terms',
  revocationReason: 'revocationReasons',
  revocationGap: 'revocationGaps',
  acmeProblem: 'acmeProblems',
  caAnswer: 'caAnswers',
}

function written(value: unknown, format: string | undefined, language: Language): string {
  if (value === undefined || value === null) return ''
  if (format === 'bytes' && typeof value === 'number') return bytesText(language, value)
  if (format === 'number' && typeof value === 'number') return new Intl.NumberFormat(locales[language]).format(value)
  if ((format === 'date' || format === 'moment') && (typeof value === 'string' || value instanceof Date)) {
    return dateText(language, new Date(value), format) || String(value)
  }
  if (format === 'month' && typeof value === 'string') return monthText(language, value)
  const group = format === undefined ? undefined : groups[format]
  if (group && Array.isArray(value)) return value.map((code) => written(code, format, language)).join(', ')
  // A code without words is better than a gap in the sentence: somebody can look it up.
  if (group && typeof value === 'string' && value.includes(', ')) return written(value.split(', '), format, language)
  if (group && typeof value === 'string') return lookUp(language, `${group}.${value}`) ?? value
  if (format === 'caWords') {
    return value === '' ? '' : filled(lookUp(language, 'caWords') ?? '', language, { words: value })
  }
  return isolated(oneLine(Array.isArray(value) ? value.join(', ') : String(value)))
}

/** What a stranger wrote begins no line of its own: there it would read as one of ours. */
function oneLine(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, (breaks) => shownText(breaks))
}

const directed = /[\u0590-\u08ff\u200e\u200f\u202a-\u202e\u2066-\u2069\ufb1d-\ufdff\ufe70-\ufefc]/

/**
 * A name that is written from right to left, or that brings marks for it, keeps its direction to itself: no sender can turn
 * the words around it (UAX #9, first strong isolate).
 */
function isolated(text: string): string {
  if (!directed.test(text)) return text
  return `\u2068${withoutDirectionMarks(text)}\u2069`
}

/** A stranger's text without the marks that turn the direction of writing: with them "gnp.exe" is shown as "exe.png". */
export function withoutDirectionMarks(text: string): string {
  return text.replace(/[\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '')
}
