import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { hasPhrase, languages } from '../../shared/words/words.ts'

/** The first groups of what matches in a source file, relative to this folder. */
function codesIn(file: string, pattern: RegExp): string[] {
  const text = readFileSync(new URL(file, import.meta.url), 'utf8')
  const codes = [...text.matchAll(pattern)].map(([, code = '']) => code)
  expect([file, codes.length]).not.toEqual([file, 0])
  return codes
}

const code = /\bcode: '([a-z0-9-]+)'/g

function wordless(place: string, codes: readonly string[]): string[] {
  return languages.flatMap((language) => codes.filter((one) => !hasPhrase(language, `${place}.${one}`)))
}

describe('the words of a report', () => {
  it('say every finding', () => {
    const findings = [
      ...codesIn('./findings.ts', /\b(?:info|warning)\('([a-z0-9-]+)'/g),
      ...codesIn('./revocationFindings.ts', code),
      ...codesIn('./report.ts', code),
      ...codesIn('../services/mail/reading.ts', /\bcode: '([a-z0-9-]+)', severity/g),
      ...codesIn('../certificates/clockDoubt.ts', /\bdoubt\('([a-z-]+)'/g),
      ...codesIn('../smime/notes.ts', /^ {2}'?([a-z0-9-]+)'?: '(?:info|warning|error)'/gm),
    ]
    expect(wordless('findings', findings)).toEqual([])
  })

  it('say every reason', () => {
    const reasons = [
      ...codesIn('./signerFacts.ts', code),
      ...codesIn('../smime/cms/verify.ts', code),
      ...codesIn('../certificates/pathReason.ts', /^ {2}'?([a-z-]+)'?: '[a-z-]+',$/gm),
    ]
    expect(wordless('reasons', reasons)).toEqual([])
  })
})
