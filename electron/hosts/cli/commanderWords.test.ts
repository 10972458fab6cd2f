import { Command, Option } from 'commander'
import { describe, expect, it } from 'vitest'
import { languages, phrase } from '../../../shared/words/words.ts'
import { speak } from './commanderWords.ts'

/** What a program says to an argument line, with real commander in between. */
function saidTo(language: (typeof languages)[number], line: readonly string[]): string {
  const said: string[] = []
  const write = (text: string) => {
    said.push(text)
  }
  const program = new Command('siegel').exitOverride().configureOutput({ writeErr: write, writeOut: write })
  speak(program, (key, data) => phrase(language, `cli.${key}`, data ?? {}))
  program
    .command('export')
    .argument('<identity>')
    .requiredOption('--out <file>')
    .addOption(new Option('--for <target>').choices(['apple', 'android']).default('apple'))
    .action(() => undefined)
  expect(() => program.parse(line, { from: 'user' })).toThrow()
  return said.join('')
}

describe('what commander refuses', () => {
  const lines = [
    ['nothing'],
    ['exprt'],
    ['export'],
    ['export', 'anna'],
    ['export', 'anna', '--out'],
    ['export', 'anna', '--outt', 'x'],
    ['export', 'anna', '--out', 'x', '--for', 'me'],
    ['export', 'anna', 'berta', '--out', 'x'],
  ]

  it.each(languages)('is said in the language of the terminal: %s', (language) => {
    for (const line of lines)
      expect(saidTo(language, line)).not.toMatch(/\b(error|invalid|specified|argument|Expected)\b/)
  })

  it('names what it is about', () => {
    expect(saidTo('de', ['export', 'anna'])).toBe('--out <file> fehlt.\n')
    expect(saidTo('de', ['exprt'])).toContain('Meinten Sie export?')
    expect(saidTo('de', ['export', 'anna', '--out', 'x', '--for', 'me'])).toMatch(/„me“.*apple, android/s)
  })

  it('has its headings in that language, for every command', () => {
    const help = saidTo('de', ['export', '--help'])
    expect(help).toContain('Aufruf: siegel export')
    expect(help).toContain('Optionen:')
    expect(help).toContain('export [Optionen] <identity>')
    expect(help).toContain('(eines von: apple, android; sonst: apple)')
    expect(help).not.toMatch(/Usage|[Oo]ptions|display|choices|default/)
    expect(saidTo('de', ['--help'])).toMatch(/siegel \[Optionen\] \[Befehl\][\s\S]*export \[Optionen\] <identity>/)
  })

  it('names an option that there isn’t without the value that was typed for it', () => {
    for (const typed of ['--pasword=geheim', '-pgeheim']) {
      const said = saidTo('en', ['export', 'anna', '--out', 'x', typed])
      expect(said).toContain(`There is no ${typed.startsWith('--') ? '--pasword' : '-p'}.`)
      expect(said).not.toContain('geheim')
    }
  })
})
