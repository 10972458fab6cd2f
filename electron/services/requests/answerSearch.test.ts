/** An authority's answer in the mailbox, over real sockets: the sandbox's IMAP server holds the mails. */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Failure } from '../../../shared/contract/errors.ts'
import type { CertificateRequest } from '../../../shared/contract/requests.ts'
import { zipOf } from '../../acquisition/testArchive.ts'
import { answerToRequest, validNow } from '../../acquisition/testIssuing.ts'
import { writePem } from '../../asn1/pem.ts'
import { base64Text, utf8Bytes } from '../../base/bytes.ts'
import { systemClock } from '../../base/clock.ts'
import { systemRandom } from '../../base/random.ts'
import { expectSuccess, type Result } from '../../base/result.ts'
import { testAuthority, testPerson } from '../../certificates/testPki.ts'
import type { Mailbox } from '../../mail/mailbox/mailbox.ts'
import { sandboxServers } from '../../sandbox/servers.ts'
import { withMailbox } from '../mail/mailAccess.ts'
import { openSession, type Session } from '../session.ts'
import { clientOf, failureOf, testRuntime, testServices } from '../testServices.ts'

const anna = 'anna@sandbox.example'
const wish = { name: 'Anna Berger', authority: '', keyType: 'ec-p256', purpose: 'both' } as const
const root = await testAuthority('Root', {}, validNow)

let home: string
let session: Session
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'siegel-answer-search-'))
  const servers = sandboxServers({ clock: systemClock, random: systemRandom })
  session = await openSession({ home, kind: 'sandbox', runtime: testRuntime({ sandboxServers: servers }) })
  expectSuccess(await session.context.application.sandbox.start())
  expectSuccess(await session.context.application.vault.create('a passphrase for these tests'))
})
afterAll(async () => {
  await session.close()
  await rm(home, { recursive: true })
})

const client = () => clientOf(session.context)

const issued = ({ pem }: CertificateRequest, issuer = root) => answerToRequest(pem, issuer)

/** A mail as an authority sends it, with one attachment, or with the text alone. */
function mail(subject: string, text: string, attached?: { type: string; bytes: Uint8Array }): string {
  const header = `From: CA <ca@ca.example>\r\nTo: ${anna}\r\nSubject: ${subject}\r\nMIME-Version: 1.0\r\n`
  if (!attached) return `${header}Content-Type: text/plain\r\n\r\n${text}\r\n`
  const base64 = base64Text(attached.bytes)
    .match(/.{1,76}/g)
    ?.join('\r\n')
  return (
    `${header}Content-Type: multipart/mixed; boundary=edge\r\n\r\n--edge\r\nContent-Type: text/plain\r\n\r\n${text}\r\n` +
    `--edge\r\nContent-Type: ${attached.type}\r\nContent-Transfer-Encoding: base64\r\n\r\n${base64}\r\n--edge--\r\n`
  )
}

async function inMailbox<Value>(work: (mailbox: Mailbox) => Promise<Result<Value, Failure>>): Promise<Value> {
  const { accounts } = session.context.application
  return expectSuccess(await withMailbox(session.context, accounts.forAddress(anna)?.id ?? '', undefined, work))
}

async function arrive(raw: string, folder = 'INBOX'): Promise<void> {
  await inMailbox((mailbox) => mailbox.append(folder, utf8Bytes(raw)))
}

/** What a person sees of the mailbox: how many mails, and which were read. */
async function seen() {
  const { mails } = await inMailbox((mailbox) => mailbox.list('INBOX', { limit: 100 }))
  return mails.map(({ uid, seen }) => ({ uid, seen }))
}

describe('an answer in the mailbox', () => {
  it('is found by its key alone, in every form and folder, and nothing there changes', async () => {
    const { requests } = await client().requests.begin({ ...wish, address: anna })
    const request = requests[0]!
    const stranger = await testPerson(anna, { issuer: root }, validNow)
    await arrive(mail('Your order', 'We are still checking.'))
    await arrive(mail('Your certificate', writePem('CERTIFICATE', stranger.certificate.der)))
    const before = await seen()
    const none = await client().requests.searchMailbox({ address: anna })
    expect(none).toMatchObject({ mails: [], passedOver: 0, since: request.createdAt })
    expect(none.looked).toBeGreaterThanOrEqual(before.length)

    const der = await issued(request)
    const files = [
      { name: 'anna.crt', content: utf8Bytes(writePem('CERTIFICATE', der)) },
      { name: 'root.crt', content: root.certificate.der },
    ]
    await arrive(mail('Anything', 'Enjoy!', { type: 'application/zip', bytes: zipOf(files) }), 'Sent')
    expect((await client().requests.searchMailbox({ address: anna })).mails).toEqual([])
    await arrive(mail('Anything', 'Enjoy!', { type: 'application/zip', bytes: zipOf(files) }), 'Junk')
    const { mails } = await client().requests.searchMailbox({ address: 'Anna@Sandbox.example' })
    expect(mails).toMatchObject([{ subject: 'Anything', from: 'ca@ca.example' }])
    expect(await seen()).toEqual(before)
    expect(before.some((one) => !one.seen)).toBe(true)

    const sources = mails.map(({ spoolId }) => ({ spoolId }))
    const { certificates, issuers } = await client().requests.readAnswer({ sources })
    // Nobody vouches for it, and anybody may have sent it.
    const concerns = [{ code: 'chain-unknown-by-mail', weight: 'ask' }]
    expect(certificates).toMatchObject([{ requestId: request.id, concerns }])
    expect(issuers).toBe(1)
    // A file that the person chose is only told about.
    const chosen = await client().requests.readAnswer({ sources: [{ bytes: base64Text(der) }] })
    expect(chosen.certificates).toMatchObject([{ concerns: [{ code: 'chain-unknown', weight: 'tell' }] }])
    const sha256s = certificates.map(({ certificate }) => certificate.sha256)
    const { identities } = await client().requests.takeAnswer({ sources, certificates: sha256s })
    expect(identities).toMatchObject([{ addresses: [anna], source: 'enrolment' }])
    expect(await failureOf(client().requests.searchMailbox({ address: anna }))).toEqual({
      code: 'not-found',
      data: { what: 'request' },
    })
  })

  it('of one that was given up with its key kept is found, too, and what was taken before isn’t again', async () => {
    const { requests } = await client().requests.begin({ ...wish, address: anna })
    const request = requests[0]!
    await client().requests.cancel({ id: request.id, key: 'keep' })
    expect((await client().requests.searchMailbox({ address: anna })).mails).toEqual([])
    await arrive(mail('Late', writePem('CERTIFICATE', await issued(request))))
    const found = await client().requests.searchMailbox({ address: anna })
    expect(found.mails.map(({ subject }) => subject)).toEqual(['Late'])
    // The newest mail, and no need to look at the older ones.
    expect(found.looked).toBe(1)
    await client().requests.cancel({ id: request.id, key: 'discard' })
  })

  it('is found behind those that somebody else made for the same key, and no more come than can be looked at', async () => {
    const { requests } = await client().requests.begin({ ...wish, address: anna })
    const request = requests[0]!
    expectSuccess(session.context.application.trust.add(root.certificate, ''))
    const stranger = await testAuthority('Root', {}, validNow)
    await arrive(mail('Older', writePem('CERTIFICATE', await issued(request))))
    await arrive(mail('Genuine', writePem('CERTIFICATE', await issued(request))))
    await arrive(mail('Forged', writePem('CERTIFICATE', await issued(request, stranger))))
    const search = () => client().requests.searchMailbox({ address: anna })
    expect((await search()).mails.map(({ subject }) => subject)).toEqual(['Forged', 'Genuine'])
    for (let count = 0; count < 20; count++) {
      await arrive(mail('Flood', writePem('CERTIFICATE', await issued(request, stranger))))
    }
    const { mails, passedOver } = await search()
    expect(mails.map(({ subject }) => subject)).toEqual([...Array<string>(19).fill('Flood'), 'Genuine'])
    expect(passedOver).toBe(2)
    const sources = mails.map(({ spoolId }) => ({ spoolId }))
    const { certificates } = await client().requests.readAnswer({ sources })
    // Nothing but what a trusted root vouches for is taken unasked.
    expect(certificates.filter(({ concerns }) => concerns[0]?.weight !== 'ask')).toHaveLength(1)
    expect(certificates).toHaveLength(20)
    await client().requests.cancel({ id: request.id, key: 'discard' })
  })

  it('is passed over where the mail is larger than any answer', async () => {
    const { requests } = await client().requests.begin({ ...wish, address: anna })
    const bytes = await issued(requests[0]!)
    await arrive(mail('Large', 'x\r\n'.repeat(800_000), { type: 'application/pkix-cert', bytes }))
    expect(await client().requests.searchMailbox({ address: anna })).toMatchObject({ mails: [], passedOver: 1 })
  })

  it('is not looked for without a request, an account, or an open vault', async () => {
    const context = await testServices()
    const own = clientOf(context)
    const failed = () => failureOf(own.requests.searchMailbox({ address: anna }))
    expect(await failed()).toEqual({ code: 'not-found', data: { what: 'request' } })
    await own.requests.begin({ ...wish, address: anna })
    expect(await failed()).toEqual({ code: 'no-account', data: { address: anna } })
    const server = { host: 'mail.invalid', port: 993, security: 'tls' as const, user: 'anna' }
    await own.accounts.add({ name: 'Anna', address: anna, password: 'geheim', submission: server, mailbox: server })
    expect(await failed()).toEqual({ code: 'no-network', data: { host: 'mail.invalid' } })
    await own.vault.lock()
    expect(await failed()).toMatchObject({ code: 'locked' })
  })
})
