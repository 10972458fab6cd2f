import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { failureData } from '../../shared/contract/errors.ts'
import { openMailbox } from './mailbox/mailbox.ts'
import { submit } from './submission/submit.ts'
import {
  type Conversation,
  type ServerCertificate,
  scriptedServer,
  serverCertificate,
  type TestAuthority,
  testServerAuthority,
} from './testServers.ts'

let authority: TestAuthority
let good: ServerCertificate

beforeAll(async () => {
  authority = await testServerAuthority()
  good = await serverCertificate(authority)
})

/** A server that answers rightly until its `turn`-th answer, which is damaged; then it hangs up. */
function damaging(
  answers: (line: string) => string,
  turn: number,
  damage: (answer: Buffer) => Buffer,
): (line: string, conversation: Conversation) => void {
  let turns = 0
  return (line, conversation) => {
    const answer = answers(line)
    if (turns === turn) {
      conversation.say(damage(Buffer.from(answer)).toString('latin1'))
      setTimeout(() => conversation.hangUp(), 5)
    } else conversation.say(answer)
    turns += 1
  }
}

/** Flips, cuts or inserts bytes. */
const damage = fc.oneof(
  fc
    .record({ at: fc.double({ min: 0, max: 0.999, noNaN: true }), byte: fc.nat(255) })
    .map(({ at, byte }) => (answer: Buffer) => {
      const copy = Buffer.from(answer)
      copy[Math.floor(at * copy.length)] = byte
      return copy
    }),
  fc.double({ min: 0, max: 1, noNaN: true }).map((end) => (answer: Buffer) => answer.subarray(0, end * answer.length)),
  fc
    .record({ at: fc.double({ min: 0, max: 1, noNaN: true }), bytes: fc.uint8Array({ maxLength: 60 }) })
    .map(({ at, bytes }) => (answer: Buffer) => {
      const place = Math.floor(at * answer.length)
      return Buffer.concat([answer.subarray(0, place), bytes, answer.subarray(place)])
    }),
)

const smtp = (line: string): string => {
  const verb = line.slice(0, 4).toUpperCase()
  if (line === '') return '220 mail.example ESMTP\r\n'
  if (verb === 'EHLO') return '250-mail.example\r\n250-SIZE 1000000\r\n250-8BITMIME\r\n250 AUTH PLAIN LOGIN\r\n'
  if (verb === 'AUTH') return '235 2.7.0 welcome\r\n'
  if (verb === 'DATA') return '354 go ahead\r\n'
  return line === '.' || /^(MAIL|RCPT|QUIT)/.test(verb) ? '250 2.0.0 ok\r\n' : ''
}

const imap = (line: string): string => {
  const [tag = '', verb = '', sub = ''] = line.toUpperCase().split(' ')
  if (line === '') return '* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR] ready\r\n'
  if (verb === 'CAPABILITY') return `* CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR\r\n${tag} OK\r\n`
  if (verb === 'EXAMINE') {
    return `* FLAGS (\\Seen)\r\n* 1 EXISTS\r\n* OK [UIDVALIDITY 1]\r\n* OK [UIDNEXT 2]\r\n${tag} OK [READ-ONLY] done\r\n`
  }
  if (verb === 'LIST') return `* LIST (\\HasNoChildren) "/" "INBOX"\r\n${tag} OK\r\n`
  if (verb === 'FETCH' || sub === 'FETCH') {
    const address = '(("Jonas" NIL "jonas" "example.org"))'
    const envelope = `("Mon, 23 Nov 2026 10:00:00 +0000" "Hi" ${address} NIL NIL ${address} NIL NIL NIL "<1@example.org>")`
    const structure = '("TEXT" "PLAIN" ("CHARSET" "utf-8") NIL NIL "7BIT" 5 1)'
    return `* 1 FETCH (UID 1 FLAGS () RFC822.SIZE 5 ENVELOPE ${envelope} BODYSTRUCTURE ${structure})\r\n${tag} OK\r\n`
  }
  return `${tag} OK done\r\n`
}

function expectTyped(result: { ok: true } | { ok: false; error: { code: string } }): void {
  if (!result.ok) expect(Object.keys(failureData)).toContain(result.error.code)
}

describe('a damaged answer', () => {
  it('of a submission server ends in an outcome or a failure with a known code', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(6), damage, async (turn, change) => {
        const server = await scriptedServer(damaging(smtp, turn, change), good)
        const limits = { connect: 1000, signIn: 1000, envelope: 1000, progress: 1000, final: 1000 }
        const account = { host: 'localhost', port: server.port, security: 'tls' as const, user: 'anna' }
        expectTyped(
          await submit({
            account: { submission: account },
            password: 'correct horse',
            envelope: { from: 'anna@example.org', to: ['jonas@example.org'] },
            message: [Buffer.from('Subject: Hi\r\n\r\nHello\r\n')],
            size: 24,
            ca: authority.ca,
            limits,
          }),
        )
        await server.close()
      }),
      { numRuns: 80 },
    )
  })

  it('of a mail server ends in a list or a failure with a known code', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(6), damage, async (turn, change) => {
        const server = await scriptedServer(damaging(imap, turn, change), good)
        const account = { host: 'localhost', port: server.port, security: 'tls' as const, user: 'anna' }
        const opened = await openMailbox({
          account: { mailbox: account },
          password: 'correct horse',
          ca: authority.ca,
          limits: { connect: 1000, command: 1000, transfer: 1000, poll: 100 },
        })
        expectTyped(opened)
        if (opened.ok) {
          expectTyped(await opened.value.list('INBOX', { limit: 10 }))
          await opened.value.close()
        }
        await server.close()
      }),
      { numRuns: 80 },
    )
  })

  it('is what makes the difference: undamaged, both servers are taken for good', async () => {
    const outgoing = await scriptedServer((line, { say }) => say(smtp(line)), good)
    const account = { host: 'localhost', port: outgoing.port, security: 'tls' as const, user: 'anna' }
    const sent = await submit({
      account: { submission: account },
      password: 'correct horse',
      envelope: { from: 'anna@example.org', to: ['jonas@example.org'] },
      message: [Buffer.from('Subject: Hi\r\n\r\nHello\r\n')],
      size: 24,
      ca: authority.ca,
    })
    expect(sent.ok).toBe(true)
    await outgoing.close()

    const incoming = await scriptedServer((line, { say }) => say(imap(line)), good)
    const opened = await openMailbox({
      account: { mailbox: { ...account, port: incoming.port } },
      password: 'correct horse',
      ca: authority.ca,
    })
    expect(opened.ok && (await opened.value.list('INBOX', { limit: 10 }))).toMatchObject({
      ok: true,
      value: { total: 1, mails: [{ uid: 1, subject: 'Hi', from: { name: 'Jonas', address: 'jonas@example.org' } }] },
    })
    if (opened.ok) await opened.value.close()
    await incoming.close()
  })
})
