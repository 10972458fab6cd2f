/**
 * What goes wrong outside of Siegel: no network, a CA that is away or says no, mail without a sender, servers
 * that talk too much. Each ends with a code, and nothing of what the person made is lost.
 */

import { describe, expect, it } from 'vitest'
import { base64Text, latin1Bytes } from '../base/bytes.ts'
import { systemClock } from '../base/clock.ts'
import { systemRandom } from '../base/random.ts'
import { expectSuccess } from '../base/result.ts'
import { sandboxServers } from '../sandbox/servers.ts'
import { DiskFull } from '../storage/sqliteFailure.ts'
import type { ServiceContext } from './context.ts'
import { withoutPassword } from './mail/mailAccess.ts'
import type { SandboxState } from './sandbox/sandboxLink.ts'
import { allOf, anna, clientOf, failureOf, letter, testPost, testServices } from './testServices.ts'

describe('without a network', () => {
  const server = (security: 'tls' | 'starttls') => ({ host: 'mail.invalid', port: 993, security, user: 'anna' })

  it('an account, a letter and an enrolment say so, and go on where they were', async () => {
    const context = await testServices()
    const client = clientOf(context)
    const account = await client.accounts.add({
      name: 'Anna',
      address: anna,
      password: 'geheim',
      submission: server('starttls'),
      mailbox: server('tls'),
    })
    const noNetwork = { code: 'no-network', data: { host: 'mail.invalid' } }
    expect((await client.accounts.test({ id: account.id })).lastProof).toMatchObject({
      submission: { ok: false, failure: noNetwork },
      mailbox: { ok: false, failure: noNetwork },
    })
    expect(await failureOf(client.mailbox.folders({ accountId: account.id }))).toEqual(noNetwork)

    const postcard = { ...letter, sign: false, encrypt: false }
    expect(await failureOf(allOf(client.compose.send(postcard)))).toEqual(noNetwork)
    const [held] = await client.compose.outbox()
    expect(held).toMatchObject({ subject: 'Plans', state: 'held', failure: noNetwork })
    expect(await failureOf(allOf(client.compose.retry({ id: held?.id ?? '' })))).toEqual(noNetwork)
    expect(await client.compose.outbox()).toHaveLength(1)

    const { id } = await client.enrolment.begin({
      name: 'Anna',
      address: anna,
      keyType: 'ec-p256',
      ca: { kind: 'acme', directoryUrl: 'https://ca.invalid/directory' },
    })
    const unreachable = { type: 'failed', code: 'ca-unreachable', data: { host: 'ca.invalid' } }
    expect((await allOf(client.enrolment.follow({ id }))).at(-1)).toEqual(unreachable)
    const { keyId } = context.application.enrolments.get(id) ?? {}
    expect(context.application.identities.pendingKey(keyId ?? '').ok).toBe(true)
    expect((await allOf(client.enrolment.follow({ id }))).at(-1)).toEqual(unreachable)
    expect(context.application.enrolments.get(id)).toMatchObject({ keyId, step: 'register-account', state: 'failed' })
  })
})

describe('a CA that refuses', () => {
  it('is quoted, the key is kept, and the profile has no new identity', async () => {
    const servers = sandboxServers({ clock: systemClock, random: systemRandom })
    // Mara's account is lent here, but the CA has nothing for her.
    const playable = (state: SandboxState): SandboxState => ({
      ...state,
      people: state.people.map((person) => ({ ...person, playable: true })),
    })
    const context = await testServices('sandbox', {
      async start(folder) {
        const started = await servers.start(folder)
        return started.ok ? { ok: true, value: { ...started.value, state: playable(started.value.state) } } : started
      },
      readState: (folder) => {
        const state = servers.readState(folder)
        return state && playable(state)
      },
    })
    expectSuccess(await context.application.sandbox.start())
    const client = clientOf(context)
    const { id } = await client.enrolment.begin({
      name: 'Mara',
      address: 'mara@sandbox.example',
      keyType: 'ec-p256',
      ca: { kind: 'sandbox' },
    })
    const last = (await allOf(client.enrolment.follow({ id }))).at(-1)
    expect(last).toMatchObject({
      type: 'failed',
      code: 'ca-refused',
      data: { problem: 'rejectedIdentifier', detail: expect.stringMatching(/\w{4,}/) },
    })
    const [shown] = await client.enrolment.list()
    expect(shown).toMatchObject({ state: 'failed', failure: { code: 'ca-refused' } })
    const { keyId } = context.application.enrolments.get(id) ?? {}
    expect(context.application.identities.pendingKey(keyId ?? '').ok).toBe(true)
    expect(await client.identities.list()).toEqual([])
  })
})

describe('a mail without a sender', () => {
  it.each([
    ['no From at all', []],
    ['an empty From', ['From: ']],
  ])('with %s opens, and the report says so', async (_what, from) => {
    const context = await testServices()
    const lines = [...from, 'To: anna@example.org', 'Subject: hello', 'Content-Type: text/plain', '', 'text', '']
    const source = { bytes: base64Text(latin1Bytes(lines.join('\r\n'))) }
    const opened = await clientOf(context).inspect.open({ source })
    expect(opened.subject).toBe('hello')
    expect(opened.report.verdict.signature).toBe('none')
    expect(opened.report.findings.map(({ code }) => code)).toContain('no-from')
    expect(opened.harvestable).toEqual([])
  })
})

describe('a letter that was handed in', () => {
  it('while the disk was too full to write that down is not handed in again', async () => {
    const { context, received } = await testPost()
    const { application } = context
    const noRoom = () => {
      throw new DiskFull()
    }
    const outbox = { ...application.outbox, markHandedIn: noRoom, discard: noRoom, release: noRoom }
    const full = { ...application, outbox }
    // One and the same full disk for all calls.
    const onFullDisk: ServiceContext = { ...context, application: full, trouble: undefined }
    expect((await allOf(clientOf(onFullDisk).compose.send(letter))).at(-1)).toMatchObject({ type: 'done' })
    const [held] = application.outbox.list()
    expect(held?.subject).toBe('Plans')
    application.outbox.release(held?.id ?? '')
    const events = await allOf(clientOf(onFullDisk).compose.retry({ id: held?.id ?? '' }))
    expect(events.at(-1)).toMatchObject({ type: 'done', outcomes: [] })
    expect(received).toHaveLength(1)
  })
})

describe('a server that says the password back', () => {
  const password = 'Geheim-42 ü'
  const refusal = (response: string) => withoutPassword({ code: 'authentication-refused', response }, password).response

  it('is shown without it, also in base64, and word for word otherwise', () => {
    const tokens = [`\0anna\0${password}`, `anna\0anna\0${password}`, password].map((text) =>
      Buffer.from(text).toString('base64'),
    )
    expect(refusal(`535 not with ${password}!`)).toBe('535 not with ********!')
    for (const token of tokens) expect(refusal(`not with ${token}, no`)).toBe('not with ********, no')
    const honest = '5.7.8 Error: authentication failed: UGFzc3dvcmQ6 https://help.example/a+b'
    expect(refusal(honest)).toBe(honest)
  })
})
