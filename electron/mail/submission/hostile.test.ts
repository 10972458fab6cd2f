import { beforeAll, describe, expect, it } from 'vitest'
import {
  type Conversation,
  type Script,
  type ServerCertificate,
  type ServerCertificates,
  scriptedServer,
  serverCertificates,
  serverOfTest,
} from '../testServers.ts'
import { type SubmissionLimits, usualLimits } from './session.ts'
import { submit } from './submit.ts'

const password = 'correct horse'
const message = Buffer.from('Subject: Hi\r\n\r\nsecret text\r\n')
const limits: SubmissionLimits = { connect: 1500, signIn: 1500, envelope: 1500, progress: 1500, final: 1500 }

let certificates: ServerCertificates

beforeAll(async () => {
  certificates = await serverCertificates('mail.attacker.example')
})

async function attempt(script: Script, options: { implicit?: ServerCertificate; password?: string } = {}) {
  const server = await serverOfTest(script, options.implicit)
  const result = await submit({
    account: {
      submission: {
        host: 'localhost',
        port: server.port,
        security: options.implicit ? 'tls' : 'starttls',
        user: 'anna',
      },
    },
    password: options.password ?? password,
    envelope: { from: 'anna@example.org', to: ['jonas@example.org'] },
    message: [message],
    size: message.length,
    ca: certificates.authority.ca,
    limits,
  })
  return { error: result.ok ? undefined : result.error, heard: server.heard() }
}

/** A server that would take everything in plain text, if only it were told. */
const plain: Script = (line, { say }) => {
  const [verb = ''] = line.toUpperCase().split(/[ :]/)
  if (line === '') say('220 mail.example\r\n')
  else if (verb === 'EHLO') say('250-mail.example\r\n250 AUTH PLAIN LOGIN\r\n')
  else if (verb === 'STARTTLS') say('502 5.5.1 not here\r\n')
  else if (verb === 'AUTH') say('235 welcome\r\n')
  else if (verb === 'DATA') say('354 go\r\n')
  else say('250 ok\r\n')
}

/** Offers STARTTLS and then does as `upgrade` says; without TLS it would take everything. */
function offering(upgrade: (conversation: Conversation) => void): Script {
  return (line, conversation) => {
    const verb = line.toUpperCase()
    if (verb.startsWith('EHLO')) conversation.say('250-mail.example\r\n250-STARTTLS\r\n250 AUTH PLAIN LOGIN\r\n')
    else if (verb === 'STARTTLS') upgrade(conversation)
    else plain(line, conversation)
  }
}

function withTls(certificate: ServerCertificate, then: Script = plain): Script {
  let secured = false
  const before = offering((conversation) => {
    conversation.say('220 go ahead\r\n')
    conversation.startTls(certificate)
    secured = true
  })
  return (line, conversation) => (secured ? then(line, conversation) : before(line, conversation))
}

function expectNothingSaid(heard: string): void {
  expect(heard).not.toMatch(/AUTH/i)
  expect(heard).not.toContain(password)
  expect(heard).not.toContain(Buffer.from(`\0anna\0${password}`).toString('base64'))
  expect(heard).not.toMatch(/MAIL FROM/i)
  expect(heard).not.toContain('jonas')
  expect(heard).not.toContain('secret text')
}

describe('a server that can not be trusted with a password', () => {
  it('gets none when it offers no TLS', async () => {
    const { error, heard } = await attempt(plain)
    expect(error).toEqual({ code: 'no-starttls', host: 'localhost' })
    expect(heard).toContain('EHLO')
    expectNothingSaid(heard)
  })

  it('gets none when it does not even know EHLO', async () => {
    const { error, heard } = await attempt((line, conversation) =>
      /^EHLO/i.test(line) ? conversation.say('500 what?\r\n') : plain(line, conversation),
    )
    expect(error).toEqual({ code: 'no-starttls', host: 'localhost' })
    expectNothingSaid(heard)
  })

  it('gets none when it answers STARTTLS with garbage', async () => {
    const { error, heard } = await attempt(offering(({ say }) => say('\u0000\u0001 what a day\r\n')))
    expect(error).toEqual({ code: 'no-starttls', host: 'localhost' })
    expectNothingSaid(heard)
  })

  it('gets none when it says "go ahead" and speaks plain text', async () => {
    const { error, heard } = await attempt(
      offering(({ say }) => {
        say('220 go ahead\r\n')
        setTimeout(() => say('250-mail.example\r\n250 AUTH PLAIN\r\n'), 50)
      }),
    )
    expect(error).toMatchObject({ code: 'protocol-violation' })
    expectNothingSaid(heard)
  })

  it.each([
    ['whole answers', '220 go ahead\r\n250-mail.example\r\n250 AUTH PLAIN\r\n'],
    ['half an answer', '220 go ahead\r\n250-PIPELINING'],
  ])('gets none when %s were smuggled in behind "go ahead"', async (_what, injected) => {
    const { error, heard } = await attempt(
      offering((conversation) => {
        conversation.say(injected)
        conversation.startTls(certificates.good)
      }),
    )
    expect(error).toEqual({ code: 'protocol-violation', host: 'localhost', reason: 'data-before-tls' })
    expectNothingSaid(heard)
  })

  it('gets none when its certificate is for another name, and the failure names the name', async () => {
    const expected = { code: 'certificate-mismatch', host: 'localhost', names: 'mail.attacker.example' }
    const upgraded = await attempt(withTls(certificates.wrongName))
    expect(upgraded.error).toEqual(expected)
    expectNothingSaid(upgraded.heard)
    const implicit = await attempt(plain, { implicit: certificates.wrongName })
    expect(implicit.error).toEqual(expected)
    expectNothingSaid(implicit.heard)
  })

  it('gets none when its certificate has expired, and the failure says when', async () => {
    const upgraded = await attempt(withTls(certificates.expired))
    expect(upgraded.error).toMatchObject({ code: 'certificate-expired', notAfter: expect.stringMatching(/^\d{4}-/) })
    expectNothingSaid(upgraded.heard)
    const implicit = await attempt(plain, { implicit: certificates.expired })
    expect(implicit.error).toMatchObject({ code: 'certificate-expired', notAfter: expect.stringMatching(/^\d{4}-/) })
    expectNothingSaid(implicit.heard)
  })

  it('gets none when nobody vouches for its certificate', async () => {
    const upgraded = await attempt(withTls(certificates.selfSigned))
    expect(upgraded.error).toEqual({ code: 'certificate-untrusted', host: 'localhost', reason: 'self-signed' })
    expectNothingSaid(upgraded.heard)
  })

  it('gets none when it speaks plain text where TLS should begin', async () => {
    const server = await serverOfTest(plain)
    const result = await submit({
      account: { submission: { host: 'localhost', port: server.port, security: 'tls', user: 'anna' } },
      password,
      envelope: { from: 'anna@example.org', to: ['jonas@example.org'] },
      message: [message],
      size: message.length,
      ca: certificates.authority.ca,
      limits,
    })
    expect(result).toMatchObject({ ok: false, error: { code: 'tls-failed' } })
    expectNothingSaid(server.heard())
  })
})

describe('a server that misbehaves', () => {
  it('is left when it says nothing', async () => {
    const { error, heard } = await attempt(() => {})
    expect(error).toEqual({ code: 'timeout', host: 'localhost', seconds: 2 })
    expect(heard).toBe('')
  })

  it('is left when it trickles without ever finishing', async () => {
    const timers: NodeJS.Timeout[] = []
    const { error } = await attempt((line, { say }) => {
      if (line === '') timers.push(setInterval(() => say('2'), 100))
    })
    for (const timer of timers) clearInterval(timer)
    expect(error).toMatchObject({ code: 'timeout' })
  })

  it('is left when its greeting has no end', async () => {
    const { error } = await attempt((line, { say }) => {
      if (line === '') say(`220-${'x'.repeat(1000)}\r\n`.repeat(200))
    })
    expect(error).toEqual({ code: 'protocol-violation', host: 'localhost', reason: 'answer-too-long' })
  })

  it('is left when a line has no end', async () => {
    const { error } = await attempt((line, { say }) => {
      if (line === '') say(`220 ${'x'.repeat(200_000)}`)
    })
    expect(error).toEqual({ code: 'protocol-violation', host: 'localhost', reason: 'answer-too-long' })
  })

  it('is left when it greets with a refusal', async () => {
    const { error } = await attempt((line, { say }) => {
      if (line === '') say('554 go away\r\n')
    })
    expect(error).toMatchObject({ code: 'protocol-violation' })
  })

  it('is left when it hangs up in the middle of signing in', async () => {
    const { error } = await attempt(
      withTls(certificates.good, (line, conversation) =>
        /^AUTH/.test(line) ? conversation.hangUp() : plain(line, conversation),
      ),
    )
    expect(error).toEqual({ code: 'protocol-violation', host: 'localhost', reason: 'connection-closed' })
  })

  it('is left when it hangs up in the middle of the message', async () => {
    let inData = false
    const { error } = await attempt(
      withTls(certificates.good, (line, conversation) => {
        if (inData) conversation.hangUp()
        else plain(line, conversation)
        if (/^DATA/i.test(line)) inData = true
      }),
    )
    expect(error).toEqual({ code: 'protocol-violation', host: 'localhost', reason: 'connection-closed' })
  })

  it('is left when it never says what became of the message', async () => {
    let inData = false
    const { error, heard } = await attempt(
      withTls(certificates.good, (line, conversation) => {
        if (!inData) plain(line, conversation)
        if (/^DATA/i.test(line)) inData = true
      }),
    )
    expect(error).toMatchObject({ code: 'timeout' })
    expect(heard).toContain('secret text')
  })

  it('gets no message when its answers run ahead of the questions', async () => {
    const { error, heard } = await attempt(
      withTls(certificates.good, (line, conversation) => {
        if (/^EHLO/i.test(line))
          conversation.say('250-mail.example\r\n250 AUTH PLAIN\r\n250 AUTH LOGIN\r\n999 hello\r\n')
        else if (!/^AUTH/.test(line)) plain(line, conversation)
      }),
    )
    expect(error?.code).toMatch(/^(protocol-violation|sender-refused)$/)
    expect(heard).not.toContain('secret text')
  })

  it('says that the server refuses to sign anybody in', async () => {
    const { error } = await attempt(
      withTls(certificates.good, (line, conversation) =>
        /^AUTH/.test(line) ? conversation.say('535 5.7.8 no\r\n') : plain(line, conversation),
      ),
    )
    expect(error).toMatchObject({ code: 'authentication-refused', user: 'anna', response: '535 5.7.8 no' })
  })

  it('can not get the password into a failure by repeating it', async () => {
    const { error } = await attempt(
      withTls(certificates.good, (line, conversation) =>
        /^AUTH/.test(line) ? conversation.say(`535 ${line} means ${password}\r\n`) : plain(line, conversation),
      ),
    )
    const text = JSON.stringify(error)
    expect(text).toContain('means ********')
    expect(text).not.toContain(password)
    expect(text).not.toContain(Buffer.from(`\0anna\0${password}`).toString('base64'))
  })

  it('gives a name to every end without a server', async () => {
    const server = await scriptedServer(plain)
    await server.close()
    const account = {
      submission: { host: 'localhost', port: server.port, security: 'starttls' as const, user: 'anna' },
    }
    const common = { password, envelope: { from: 'a@example.org', to: [] }, message: [message], size: 1 }
    expect(await submit({ account, ...common })).toEqual({
      ok: false,
      error: { code: 'connect-refused', host: 'localhost', port: server.port },
    })
    const nowhere = { submission: { ...account.submission, host: 'mail.invalid' } }
    expect(await submit({ account: nowhere, ...common, limits: usualLimits })).toMatchObject({
      ok: false,
      error: { code: expect.stringMatching(/^(no-network|timeout)$/) },
    })
  })
})
