import { beforeAll, describe, expect, it } from 'vitest'
import {
  type Conversation,
  type Script,
  type ServerCertificate,
  type ServerCertificates,
  serverCertificates,
  serverOfTest,
} from '../testServers.ts'
import { openMailbox } from './mailbox.ts'

const password = 'correct horse'
const limits = { connect: 1500, command: 1500, transfer: 1500, poll: 100 }

let certificates: ServerCertificates

beforeAll(async () => {
  certificates = await serverCertificates('imap.attacker.example')
})

async function attempt(script: Script, implicit?: ServerCertificate, use?: 'list') {
  const server = await serverOfTest(script, implicit)
  const mailbox = {
    host: 'localhost',
    port: server.port,
    security: implicit ? ('tls' as const) : ('starttls' as const),
  }
  const opened = await openMailbox({
    account: { mailbox: { ...mailbox, user: 'anna' } },
    password,
    ca: certificates.authority.ca,
    limits,
  })
  let error = opened.ok ? undefined : opened.error
  if (opened.ok) {
    if (use === 'list') {
      const listed = await opened.value.list('INBOX', { limit: 10 })
      if (!listed.ok) error = listed.error
    }
    await opened.value.close()
  }
  return { error, heard: server.heard() }
}

/** Takes every password, in plain text as well. */
const plain: Script = (line, { say }) => {
  const [tag = '', verb = ''] = line.toUpperCase().split(' ')
  if (line === '') say('* OK ready\r\n')
  else if (verb === 'CAPABILITY') say(`* CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR\r\n${tag} OK\r\n`)
  else say(`${tag} OK done\r\n`)
}

function offering(upgrade: (tag: string, conversation: Conversation) => void): Script {
  return (line, conversation) => {
    const [tag = '', verb = ''] = line.split(' ')
    if (/^CAPABILITY$/i.test(verb)) {
      conversation.say(`* CAPABILITY IMAP4rev1 STARTTLS AUTH=PLAIN SASL-IR\r\n${tag} OK\r\n`)
    } else if (/^STARTTLS$/i.test(verb)) upgrade(tag, conversation)
    else plain(line, conversation)
  }
}

function expectNothingSaid(heard: string): void {
  expect(heard).not.toMatch(/AUTHENTICATE|LOGIN/i)
  expect(heard).not.toContain(password)
  expect(heard).not.toContain(Buffer.from(`\0anna\0${password}`).toString('base64'))
}

describe('a mail server that can not be trusted with a password', () => {
  it('gets none when it offers no TLS', async () => {
    const { error, heard } = await attempt(plain)
    expect(error).toEqual({ code: 'no-starttls', host: 'localhost' })
    expectNothingSaid(heard)
  })

  it('gets none when it says that somebody is signed in already', async () => {
    const { error, heard } = await attempt((line, conversation) => {
      if (line === '') conversation.say('* PREAUTH welcome back\r\n')
      else plain(line, conversation)
    })
    expect(error).toEqual({ code: 'no-starttls', host: 'localhost' })
    expectNothingSaid(heard)
  })

  it('gets none when it refuses STARTTLS', async () => {
    const { error, heard } = await attempt(offering((tag, { say }) => say(`${tag} BAD no\r\n`)))
    expect(error).toEqual({ code: 'no-starttls', host: 'localhost' })
    expectNothingSaid(heard)
  })

  it('gets none when answers were smuggled in behind "go ahead"', async () => {
    const { error, heard } = await attempt(
      offering((tag, conversation) => {
        conversation.say(`${tag} OK go ahead\r\n* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n`)
        conversation.startTls(certificates.good)
      }),
    )
    expect(error).toEqual({ code: 'protocol-violation', host: 'localhost', reason: 'data-before-tls' })
    expectNothingSaid(heard)
  })

  it('gets none when it shows a certificate that is not its own', async () => {
    const upgraded = await attempt(
      offering((tag, conversation) => {
        conversation.say(`${tag} OK go ahead\r\n`)
        conversation.startTls(certificates.wrongName)
      }),
    )
    const expected = { code: 'certificate-mismatch', host: 'localhost', names: 'imap.attacker.example' }
    expect(upgraded.error).toEqual(expected)
    expectNothingSaid(upgraded.heard)
    const implicit = await attempt(plain, certificates.wrongName)
    expect(implicit.error).toEqual(expected)
    expectNothingSaid(implicit.heard)
  })

  it('gets none when its certificate has expired or nobody vouches for it', async () => {
    const late = await attempt(plain, certificates.expired)
    expect(late.error).toMatchObject({ code: 'certificate-expired', notAfter: expect.stringMatching(/^\d{4}-/) })
    expectNothingSaid(late.heard)
    const stranger = await attempt(plain, certificates.selfSigned)
    expect(stranger.error).toEqual({ code: 'certificate-untrusted', host: 'localhost', reason: 'self-signed' })
    expectNothingSaid(stranger.heard)
  })
})

describe('a mail server that misbehaves', () => {
  it('is left when it says nothing', async () => {
    const { error } = await attempt(() => {}, certificates.good)
    expect(error).toEqual({ code: 'timeout', host: 'localhost', seconds: 2 })
  })

  it('is left when it hangs up', async () => {
    const { error } = await attempt((line, conversation) => {
      if (line === '') conversation.say('* OK ready\r\n')
      else conversation.hangUp()
    }, certificates.good)
    expect(error).toEqual({ code: 'protocol-violation', host: 'localhost', reason: 'connection-closed' })
  })

  it('is left when a line has no end', async () => {
    const { error } = await attempt((line, { say }) => {
      if (line === '') say(`* OK ${'x'.repeat(5_000_000)}`)
    }, certificates.good)
    expect(error).toEqual({ code: 'protocol-violation', host: 'localhost', reason: 'answer-too-long' })
  })

  it('is left when it announces a mail that would fill the memory', async () => {
    const { error } = await attempt(
      (line, conversation) => {
        const [tag = '', verb = ''] = line.toUpperCase().split(' ')
        if (verb === 'EXAMINE') conversation.say(`* 1 EXISTS\r\n* OK [UIDVALIDITY 1]\r\n${tag} OK [READ-ONLY]\r\n`)
        else if (verb === 'FETCH') conversation.say('* 1 FETCH (UID 1 ENVELOPE ({999999999}\r\n')
        else plain(line, conversation)
      },
      certificates.good,
      'list',
    )
    expect(error).toEqual({ code: 'protocol-violation', host: 'localhost', reason: 'answer-too-long' })
  })

  it('is left when it answers with nonsense', async () => {
    const { error } = await attempt(
      (line, conversation) => {
        const [tag = '', verb = ''] = line.toUpperCase().split(' ')
        if (verb === 'EXAMINE') conversation.say(`* 1 EXISTS\r\n* OK [UIDVALIDITY 1]\r\n${tag} OK [READ-ONLY]\r\n`)
        else if (verb === 'FETCH') conversation.say('* 1 FETCH (((((\r\n')
        else plain(line, conversation)
      },
      certificates.good,
      'list',
    )
    expect(error).toMatchObject({ code: expect.stringMatching(/^(protocol-violation|timeout)$/) })
  })

  it('can not get the password into a failure by repeating it', async () => {
    const { error } = await attempt((line, conversation) => {
      const [tag = '', verb = ''] = line.toUpperCase().split(' ')
      if (/^(AUTHENTICATE|LOGIN)$/.test(verb)) conversation.say(`${tag} NO not with ${password}\r\n`)
      else plain(line, conversation)
    }, certificates.good)
    expect(error).toMatchObject({ code: 'authentication-refused', response: 'not with ********' })
  })
})
