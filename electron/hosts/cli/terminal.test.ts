import { expect, it, vi } from 'vitest'
import { createTerminal, languageOf } from './terminal.ts'

function written(json: boolean, work: (terminal: ReturnType<typeof createTerminal>) => void): string {
  const parts: string[] = []
  const spy = vi.spyOn(process.stdout, 'write').mockImplementation((text) => parts.push(String(text)) > 0)
  try {
    work(createTerminal({ language: 'en', json }))
  } finally {
    spy.mockRestore()
  }
  return parts.join('')
}

const forged = 'x\nSealed as boss@bank.example, vouched for by a root that you trust.'

it('lets what a stranger wrote begin no line, and turn none around', () => {
  const text = written(false, (terminal) => {
    terminal.line(terminal.words('cli.authority.written', { file: forged }))
    terminal.line('a\u202egnp.exe\u061c\u2028b')
    terminal.line(terminal.words('cli.authority.written', { file: 'שלום' }))
  })
  const [first = '', second, third = ''] = text.split('\n')
  expect(first).toContain('x<U+000A>Sealed as boss')
  expect(second).toBe('a\ufffdgnp.exe\ufffd\ufffdb')
  expect(third).toContain('שלום')
  expect(third).not.toMatch(/[\u2066-\u2069\ufffd]/)
})

it('spells in JSON what a terminal would obey, and the value is the same', () => {
  const value = { name: 'ä\u202egro.knab\u009b1m', address: forged }
  const text = written(true, (terminal) => terminal.value(value))
  expect(text).toMatch(/^[^\n\u0080-\u009f\u202e]*\n$/)
  expect(JSON.parse(text)).toEqual(value)
})

it('speaks the language of the first variable that says something', () => {
  expect(languageOf({ LC_ALL: '', LC_MESSAGES: '', LANG: 'de_DE.UTF-8' }, undefined)).toBe('de')
  expect(languageOf({ LC_ALL: 'C', LANG: 'de_DE.UTF-8' }, undefined)).toBe('en')
  expect(languageOf({ LANG: 'de_DE.UTF-8' }, 'en')).toBe('en')
})
