import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { extensionsOf } from './extensions.ts'
import { createTranscript } from './transcript.ts'

const credentials = { user: 'anna', password: 'correct horse' }
const base64 = (text: string) => Buffer.from(text).toString('base64')

describe('a transcript', () => {
  it('keeps nothing of signing in, whatever the mechanism', () => {
    const transcript = createTranscript(credentials)
    transcript.client('AUTH LOGIN')
    transcript.server('334 VXNlcm5hbWU6')
    transcript.client(base64('anna'))
    transcript.server(`334 ${base64('what only we know')}`)
    transcript.client(base64('correct horse'))
    transcript.server('235 welcome')
    transcript.client('MAIL FROM:<anna@example.org>')
    expect(transcript.lines()).toEqual([
      { direction: 'client', text: 'AUTH LOGIN ********' },
      { direction: 'server', text: '334' },
      { direction: 'client', text: '********' },
      { direction: 'server', text: '334' },
      { direction: 'client', text: '********' },
      { direction: 'server', text: '235 welcome' },
      { direction: 'client', text: 'MAIL FROM:<anna@example.org>' },
    ])
  })

  it('masks the password in all its spellings wherever a server repeats it', () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 8, maxLength: 40 }),
        fc.stringMatching(/^[ -~]{8,40}$/),
        fc.constantFrom<'plain' | 'base64' | 'sasl'>('plain', 'base64', 'sasl'),
        (before, password, spelling) => {
          const secrets = { plain: password, base64: base64(password), sasl: base64(`\0anna\0${password}`) }
          const transcript = createTranscript({ user: 'anna', password })
          transcript.server(`535 ${before} ${secrets[spelling]} .`)
          const text = transcript
            .lines()
            .map((line) => line.text)
            .join('')
          expect(text).not.toContain(secrets[spelling])
        },
      ),
    )
  })

  it('keeps the beginning and the end of a long conversation', () => {
    const transcript = createTranscript(credentials)
    for (let count = 0; count < 1000; count += 1) transcript.client(`RCPT TO:<${count}@example.org>`)
    const lines = transcript.lines()
    expect(lines).toHaveLength(301)
    expect(lines[0]?.text).toContain('<0@')
    expect(lines[150]).toEqual({ direction: 'note', text: '… 700 …' })
    expect(lines.at(-1)?.text).toContain('<999@')
  })

  it('can not be made to move a terminal cursor or to break its lines', () => {
    const transcript = createTranscript(credentials)
    transcript.server('250 \u001b[2Jhello\u202eolleh\r\n250 more')
    expect(transcript.lines().map(({ text }) => text)).toEqual(['250  [2Jhello olleh', '250 more'])
  })
})

describe('what a server says it can', () => {
  it('is read from its reply to EHLO', () => {
    const extensions = extensionsOf('250-mail.example\n250-SIZE 1000\n250-8BITMIME\n250-SMTPUTF8\n250 AUTH PLAIN login')
    expect(extensions).toEqual({
      mechanisms: new Set(['PLAIN', 'LOGIN']),
      largest: 1000,
      smtpUtf8: true,
      eightBitMime: true,
    })
  })

  it.each([
    ['no size', '250-mail.example\n250 AUTH PLAIN'],
    ['size zero, which means any', '250-mail.example\n250 SIZE 0'],
    ['a size that is no number', '250-mail.example\n250 SIZE lots'],
    ['a size beyond all numbers', `250-mail.example\n250 SIZE ${'9'.repeat(40)}`],
  ])('names no limit with %s', (_what, reply) => {
    expect(extensionsOf(reply).largest).toBeUndefined()
  })

  it('joins what old servers say twice', () => {
    const { mechanisms } = extensionsOf('250-mail.example\n250-AUTH=LOGIN\n250 AUTH PLAIN XOAUTH2')
    expect([...mechanisms].sort()).toEqual(['LOGIN', 'PLAIN', 'XOAUTH2'])
  })

  it('does not take the greeting for an extension', () => {
    expect(extensionsOf('250-SIZE 5 AUTH PLAIN\n250 HELP').largest).toBeUndefined()
  })

  it('survives anything', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const { largest, mechanisms } = extensionsOf(text)
        expect(largest === undefined || largest > 0).toBe(true)
        expect(mechanisms).toBeInstanceOf(Set)
      }),
    )
  })
})
