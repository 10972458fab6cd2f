/** The sandbox from outside: what it keeps, what it refuses, and that it ends. */

import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type AccountKey, openAccountKey } from '../acquisition/acme/accountKey.ts'
import { utf8Bytes, utf8Text } from '../base/bytes.ts'
import { systemClock } from '../base/clock.ts'
import { systemRandom } from '../base/random.ts'
import { expectSuccess } from '../base/result.ts'
import { generateKey } from '../crypto/privateKey.ts'
import { openMailbox } from '../mail/mailbox/mailbox.ts'
import { submit } from '../mail/submission/submit.ts'
import { request } from '../net/https.ts'
import { type RunningSandbox, sandboxServers } from './servers.ts'

let folder: string
let sandbox: RunningSandbox
const servers = sandboxServers({ clock: systemClock, random: systemRandom })

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'siegel-sandbox-'))
  sandbox = expectSuccess(await servers.start(folder))
})

afterEach(async () => {
  await sandbox.stop()
  await rm(folder, { recursive: true, force: true })
})

function person(user: string) {
  const { state } = sandbox
  const found = state.people.find((one) => one.user === user)!
  return {
    password: found.password,
    ca: state.caPem,
    account: {
      submission: { ...state.smtp, user },
      mailbox: { ...state.imap, user },
    },
  }
}

const message = utf8Bytes('From: anna@sandbox.example\r\nTo: jonas@sandbox.example\r\nSubject: Hi\r\n\r\nHello\r\n')

const send = (from: string, to: string, user = 'anna', password = person(user).password) =>
  submit({ ...person(user), password, envelope: { from, to: [to] }, message: [message], size: message.length })

async function inbox(user: string) {
  const mailbox = expectSuccess(await openMailbox(person(user) as Parameters<typeof openMailbox>[0]))
  try {
    const mails = expectSuccess(await mailbox.newMails(0))
    const sources = []
    for (const { uid } of mails) sources.push(utf8Text(expectSuccess(await mailbox.fetch('INBOX', uid))))
    return sources
  } finally {
    await mailbox.close()
  }
}

describe('the mail servers', () => {
  it('put a signed welcome into each new mailbox, and deliver what is sent, with trace and DKIM', async () => {
    expect(await inbox('anna')).toHaveLength(1)
    expectSuccess(await send('anna@sandbox.example', 'jonas@sandbox.example'))
    const mails = await inbox('jonas')
    expect(mails).toHaveLength(2)
    expect(mails[0]).toMatch(/^Subject: Welcome[\s\S]*multipart\/signed/m)
    expect(mails[1]).toMatch(
      /^Return-Path: <anna@sandbox\.example>\r\nReceived: [\s\S]*ESMTPSA[\s\S]*^DKIM-Signature: /m,
    )
    expect(mails[1]?.endsWith(utf8Text(message))).toBe(true)
    // One person's mails are not another's.
    expect(await inbox('anna')).toHaveLength(1)
  })

  it('refuse a foreign sender, an unknown recipient and a wrong password', async () => {
    const code = async (sent: ReturnType<typeof send>) => {
      const result = await sent
      return result.ok ? 'sent' : result.error.code
    }
    expect(await code(send('jonas@sandbox.example', 'anna@sandbox.example'))).toBe('sender-refused')
    expect(await code(send('anna@sandbox.example', 'nobody@sandbox.example'))).toBe('recipients-refused')
    expect(await code(send('anna@sandbox.example', 'jonas@elsewhere.example'))).toBe('recipients-refused')
    expect(await code(send('anna@sandbox.example', 'jonas@sandbox.example', 'anna', 'testpass'))).toBe(
      'authentication-refused',
    )
    const wrong = { ...person('anna'), password: person('jonas').password }
    const opened = await openMailbox(wrong as Parameters<typeof openMailbox>[0])
    expect(opened).toMatchObject({ ok: false, error: { code: 'authentication-refused' } })
  })

  it('are not trusted with any root but their own', async () => {
    const { ca: _, ...without } = person('anna')
    const opened = await openMailbox(without as Parameters<typeof openMailbox>[0])
    expect(opened).toMatchObject({ ok: false, error: { code: 'certificate-untrusted' } })
  })

  it('keep mails, ports and the CA over a restart, but not the passwords', async () => {
    expectSuccess(await send('anna@sandbox.example', 'jonas@sandbox.example'))
    const { state } = sandbox
    const before = await inbox('jonas')
    await sandbox.stop()
    sandbox = expectSuccess(await servers.start(folder))
    expect(await inbox('jonas')).toEqual(before)
    expect(sandbox.state.smtp).toEqual(state.smtp)
    expect(sandbox.state.directoryUrl).toBe(state.directoryUrl)
    expect(sandbox.state.anchor).toBe(state.anchor)
    expect(sandbox.state.people[0]?.password).not.toBe(state.people[0]?.password)
  })
})

describe('the state', () => {
  it('is readable by the owner only, and gone when the sandbox is', async () => {
    expect((await stat(join(folder, 'sandbox.json'))).mode & 0o777).toBe(0o600)
    expect((await stat(join(folder, 'authority', 'root-key.pem'))).mode & 0o777).toBe(0o600)
    expect(servers.readState(folder)).toEqual(sandbox.state)
    expect(await servers.start(folder)).toMatchObject({ ok: false, error: { reason: 'already-running' } })
    await sandbox.stop()
    expect(servers.readState(folder)).toBeUndefined()
  })

  it('of a process that was killed is recognised, also when its id is used again', async () => {
    const file = join(folder, 'sandbox.json')
    const state = JSON.parse(await readFile(file, 'utf8'))
    await sandbox.stop()
    for (const change of [{ pid: 2_147_483_646 }, { pid: process.pid }, { pid: process.ppid, processStart: '1' }]) {
      await writeFile(file, JSON.stringify({ ...state, ...change }))
      expect(servers.readState(folder)).toBeUndefined()
    }
    await writeFile(file, '{"version":')
    expect(servers.readState(folder)).toBeUndefined()
    sandbox = expectSuccess(await servers.start(folder))
  })

  it('gives way to another program that took a port meanwhile', async () => {
    const { port } = sandbox.state.smtp
    await sandbox.stop()
    const squatter = createServer()
    await new Promise<void>((resolve) => squatter.listen(port, '127.0.0.1', resolve))
    try {
      sandbox = expectSuccess(await servers.start(folder))
      expect(sandbox.state.smtp.port).not.toBe(port)
    } finally {
      await new Promise((resolve) => squatter.close(resolve))
    }
  })
})

describe('the CA', () => {
  let key: AccountKey

  const ask = async (url: string, body?: Uint8Array, type = 'application/jose+json') =>
    expectSuccess(
      await request({
        url,
        ca: sandbox.state.caPem,
        ...(body ? { body, headers: { 'content-type': type } } : {}),
      }),
    )
  const directory = async () => JSON.parse(utf8Text((await ask(sandbox.state.directoryUrl)).body))
  const nonce = async () => (await ask((await directory()).newNonce)).headers['replay-nonce']!
  const problemOf = (answer: { body: Uint8Array }) => JSON.parse(utf8Text(answer.body)).type?.split(':').at(-1)
  const payload = utf8Bytes('{"termsOfServiceAgreed":true}')

  beforeEach(async () => {
    key = await openAccountKey((await generateKey('ec-p256')).pkcs8)
  })

  it('takes a nonce once', async () => {
    const { newAccount } = await directory()
    const body = await key.sign(payload, { url: newAccount, nonce: await nonce() })
    expect((await ask(newAccount, body)).status).toBe(201)
    const again = await ask(newAccount, body)
    expect([again.status, problemOf(again)]).toEqual([400, 'badNonce'])
    expect(again.headers['replay-nonce']).toBeDefined()
  })

  it('refuses a request for another URL, of another type, unsigned, changed, too large, or without an account', async () => {
    const { newAccount, newOrder } = await directory()
    const signed = async (url: string) => key.sign(payload, { url, nonce: await nonce() })
    expect(problemOf(await ask(newAccount, await signed(newOrder)))).toBe('unauthorized')
    expect((await ask(newAccount, await signed(newAccount), 'application/json')).status).toBe(415)
    expect(problemOf(await ask(newAccount, payload))).toBe('malformed')
    const jws = JSON.parse(utf8Text(await signed(newAccount)))
    const changed = utf8Bytes(JSON.stringify({ ...jws, payload: 'e30' }))
    expect(problemOf(await ask(newAccount, changed))).toBe('malformed')
    expect((await ask(newAccount, new Uint8Array(70_000))).status).toBe(413)
    expect(problemOf(await ask(newOrder, await signed(newOrder)))).toBe('malformed')
    const stranger = await key.sign(payload, { url: newOrder, nonce: await nonce(), accountUrl: `${newAccount}/9` })
    expect(problemOf(await ask(newOrder, stranger))).toBe('accountDoesNotExist')
    expect((await ask(newOrder)).status).toBe(405)
  })

  it('takes orders for its own mailboxes only, and shows an order to its owner only', async () => {
    const { newAccount, newOrder } = await directory()
    const open = async (who: AccountKey) =>
      (await ask(newAccount, await who.sign(payload, { url: newAccount, nonce: await nonce() }))).headers['location']!
    const accountUrl = await open(key)
    const order = async (identifiers: object[]) => {
      const wish = utf8Bytes(JSON.stringify({ identifiers }))
      return ask(newOrder, await key.sign(wish, { url: newOrder, nonce: await nonce(), accountUrl }))
    }
    const anna = { type: 'email', value: 'anna@sandbox.example' }
    expect(problemOf(await order([{ type: 'dns', value: 'sandbox.example' }]))).toBe('unsupportedIdentifier')
    expect(problemOf(await order([{ type: 'email', value: 'eve@elsewhere.example' }]))).toBe('rejectedIdentifier')
    expect(problemOf(await order([anna, anna]))).toBe('malformed')
    const placed = await order([anna])
    expect(placed.status).toBe(201)
    const url = placed.headers['location']!
    const stranger = await openAccountKey((await generateKey('ec-p256')).pkcs8)
    const header = { url, nonce: await nonce(), accountUrl: await open(stranger) }
    const seen = await ask(url, await stranger.sign(new Uint8Array(), header))
    expect([seen.status, problemOf(seen)]).toEqual([403, 'unauthorized'])
    const { finalize } = JSON.parse(utf8Text(placed.body))
    const early = await key.sign(utf8Bytes('{"csr":"AAAA"}'), { url: finalize, nonce: await nonce(), accountUrl })
    expect(problemOf(await ask(finalize, early))).toBe('orderNotReady')
  })
})
