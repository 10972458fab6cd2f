import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { failureData } from '../contract/errors.ts'
import { allPhrases, bytesText, hasPhrase, languageOf, languages, phrase } from './words.ts'

const renderer = fileURLToPath(new URL('../../renderer', import.meta.url))
const electron = fileURLToPath(new URL('../../electron', import.meta.url))
const en = allPhrases('en')
const de = allPhrases('de')

describe('both languages', () => {
  it('have the same keys', () => {
    expect([...de.keys()].sort()).toEqual([...en.keys()].sort())
  })

  it('have the same placeholders in every sentence', () => {
    const differing = [...en].filter(
      ([key, text]) => placeholders(text).join() !== placeholders(de.get(key) ?? '').join(),
    )
    expect(differing).toEqual([])
  })

  it('have a sentence for every failure and a next step', () => {
    const missing = Object.keys(failureData).flatMap((code) =>
      languages.flatMap((language) =>
        ['what', 'next']
          .filter((part) => !hasPhrase(language, `errors.${code}.${part}`))
          .map((part) => `${code}.${part}`),
      ),
    )
    expect(missing).toEqual([])
  })

  it('use only data that the failure brings', () => {
    const wrong = Object.entries(failureData).flatMap(([code, schema]) => {
      const names = new Set(Object.keys(schema.shape))
      return ['what', 'next'].flatMap((part) =>
        placeholders(en.get(`errors.${code}.${part}`) ?? '')
          .map((placeholder) => placeholder.split(',')[0]?.trim() ?? '')
          .filter((name) => !names.has(name))
          .map((name) => `${code}: ${name}`),
      )
    })
    expect(wrong).toEqual([])
  })

  it('have both numbers wherever one is told apart', () => {
    const halves = [...en.keys()].filter(
      (key) =>
        (key.endsWith('_one') && !en.has(key.replace(/_one$/, '_other'))) ||
        (key.endsWith('_other') && !en.has(key.replace(/_other$/, '_one'))),
    )
    expect(halves).toEqual([])
  })
})

describe('what a CA said', () => {
  const next = (detail: string) => phrase('en', 'errors.ca-refused.next', { problem: 'malformed', detail })

  it('is quoted, and left out where it said nothing', () => {
    expect(next('no such type')).toMatch(/^In its own words: “no such type” If you can/)
    expect(next('')).toMatch(/^If you can/)
  })
})

describe('every sentence', () => {
  it('says what is, and neither blames, scares nor promises', () => {
    const forbidden =
      /\binvalid\b|\bfailed\b|\bunknown error\b|\bsecure\b|\bungültig\b|\bfehlgeschlagen\b|\bunbekannter fehler\b/i
    expect([...en, ...de].filter(([, text]) => forbidden.test(text))).toEqual([])
  })

  it('is not empty', () => {
    expect([...en, ...de].filter(([, text]) => text.trim() === '')).toEqual([])
  })
})

describe('the window', () => {
  it('says nothing that has no words', () => {
    const missing = sourcesOf(renderer).flatMap((file) =>
      [...readFileSync(file, 'utf8').matchAll(/\bsay\(\s*'([^']+)'/g)]
        .map(([, key = '']) => key)
        .filter((key) => !hasPhrase('en', key)),
    )
    expect(missing).toEqual([])
  })

  it('puts no key together whose beginning nobody wrote', () => {
    const keys = [...en.keys()]
    const missing = sourcesOf(renderer).flatMap((file) =>
      [...readFileSync(file, 'utf8').matchAll(/\bsay\(\s*`([^`$]+)\$/g)]
        .map(([, beginning = '']) => beginning)
        .filter((beginning) => !keys.some((key) => key.startsWith(beginning))),
    )
    expect(missing).toEqual([])
  })
})

describe('what is not found', () => {
  it('has a name in both languages', () => {
    const kinds = sourcesOf(electron).flatMap((file) =>
      [...readFileSync(file, 'utf8').matchAll(/'not-found'(?: as const)?, what: '([\w-]+)'/g)].map(
        ([, kind = '']) => kind,
      ),
    )
    const nameless = kinds.filter((kind) => languages.some((language) => !hasPhrase(language, `terms.${kind}`)))
    expect([kinds.length > 50, nameless]).toEqual([true, []])
  })
})

describe('a phrase', () => {
  it('fills its placeholders, each as it is written in the language', () => {
    expect(phrase('en', 'errors.message-too-large.what', { size: 60 * 1024 * 1024, limit: 25 * 1024 * 1024 })).toBe(
      'The letter has 60 MB, the server takes at most 25 MB.',
    )
    expect(
      phrase('de', 'errors.certificate-expired.what', { host: 'mail.example', notAfter: '2026-03-03T00:00:00Z' }),
    ).toMatch(/3\. März 2026/)
  })

  it('names a month', () => {
    expect(phrase('en', 'catalogue.asOf', { month: '2026-11' })).toBe('As of November 2026.')
    expect(phrase('de', 'catalogue.asOf', { month: '2026-03' })).toBe('Stand: März 2026.')
    expect(phrase('en', 'catalogue.asOf', { month: 'soon' })).toBe('As of soon.')
  })

  it('is chosen by the count', () => {
    expect(phrase('en', 'validity.left', { count: 1 })).toBe('1 day left')
    expect(phrase('en', 'validity.left', { count: 20 })).toBe('20 days left')
    expect(phrase('de', 'validity.left', { count: 1 })).toBe('noch 1 Tag')
  })

  it('that nobody wrote comes back as its key', () => {
    expect(phrase('en', 'findings.from-the-future')).toBe('findings.from-the-future')
    expect(phrase('en', 'constructor')).toBe('constructor')
  })

  it('puts data in as it is, placeholders in data included', () => {
    expect(phrase('en', 'errors.malformed-address.what', { address: '{{host}}' })).toBe(
      '{{host}} is not a mail address.',
    )
  })
})

describe('a name that is written from right to left', () => {
  it('keeps its direction to itself, and its marks turn nothing around', () => {
    const sentence = (address: string) => phrase('en', 'errors.malformed-address.what', { address })
    expect(sentence('דנה')).toBe('\u2068דנה\u2069 is not a mail address.')
    expect(sentence('eve\u202e@example.org\u2069\u202e')).toBe('\u2068eve@example.org\u2069 is not a mail address.')
    expect(sentence('müller@example.org')).toBe('müller@example.org is not a mail address.')
  })
})

describe('the rest', () => {
  it('reads sizes and languages as people write them', () => {
    expect(bytesText('de', 1_536)).toBe('1,5 KB')
    expect(bytesText('en', 12)).toBe('12 B')
    expect(languageOf('de-AT')).toBe('de')
    expect(languageOf('de_DE.UTF-8')).toBe('de')
    expect(languageOf('den')).toBe('en')
    expect(languageOf(undefined)).toBe('en')
  })
})

function placeholders(text: string): string[] {
  return [...text.matchAll(/\{\{\s*([^}]+?)\s*\}\}/g)].map(([, name = '']) => name).sort()
}

function sourcesOf(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return sourcesOf(path)
    return /\.tsx?$/.test(entry.name) && !entry.name.includes('.test.') ? [path] : []
  })
}
