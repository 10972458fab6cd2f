/**
 * SMTP submission for the sandbox (RFC 6409): STARTTLS before AUTH, only one's own address as the sender, recipients of the
 * sandbox only. What is taken is signed with DKIM, as a provider does, and lies in the mailbox before the client hears so.
 */

import type { AddressInfo } from 'node:net'
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server'
import { mailDate } from '../acquisition/acme/emailReply.ts'
import { concatBytes, latin1Text, utf8Bytes } from '../base/bytes.ts'
import type { Clock } from '../base/clock.ts'
import type { Random } from '../base/random.ts'
import { randomId } from '../crypto/identifier.ts'
import { sameAddress } from '../mime/address.ts'
import { type DkimSigner, dkimSigned } from './dkim.ts'
import { listenOn } from './listen.ts'

/** What a free mail provider takes; mails are held in memory here. */
const messageByteLimit = 36_700_160

export interface SmtpPerson {
  readonly address: string
  readonly user: string
  readonly password: string
}

export interface SmtpServer {
  readonly port: number
  close(): Promise<void>
}

class Refusal extends Error {
  readonly responseCode: number

  constructor(responseCode: number, text: string) {
    super(text)
    this.responseCode = responseCode
  }
}

export async function startSmtp(options: {
  readonly people: readonly SmtpPerson[]
  readonly knows: (address: string) => boolean
  /** False when there is no room. */
  readonly deliver: (address: string, mail: Uint8Array) => Promise<boolean>
  readonly dkim: DkimSigner
  readonly tls: { readonly key: string; readonly cert: string }
  readonly preferredPort: number | undefined
  readonly clock: Clock
  readonly random: Random
}): Promise<SmtpServer> {
  const { people, knows, deliver, clock } = options

  async function take(stream: SMTPServerDataStream, session: SMTPServerSession): Promise<void> {
    const chunks: Uint8Array[] = []
    let size = 0
    for await (const chunk of stream as AsyncIterable<Uint8Array>) {
      size += chunk.length
      // The rest is read and dropped, because the client is told at the end.
      if (size <= messageByteLimit) chunks.push(chunk)
    }
    if (size > messageByteLimit) throw new Refusal(552, 'Message exceeds the size limit')
    const message = concatBytes(...chunks)
    if (!/^from:/im.test(latin1Text(message.subarray(0, 65_536)))) throw new Refusal(554, 'Message without From')
    const at = clock()
    const signed = await dkimSigned(message, options.dkim, at)
    const { mailFrom, rcptTo } = session.envelope
    const from = mailFrom ? mailFrom.address : ''
    for (const { address } of rcptTo) {
      const delivered = await deliver(address, concatBytes(utf8Bytes(traceOf(session, from, address, at)), signed))
      if (!delivered) throw new Refusal(452, 'Mailbox is full')
    }
  }

  /** RFC 5321 §4.4. */
  function traceOf(session: SMTPServerSession, from: string, to: string, at: Date): string {
    const protocol = session.secure ? 'ESMTPSA' : 'ESMTP'
    return [
      `Return-Path: <${from}>`,
      `Received: from ${session.hostNameAppearsAs || 'localhost'} ([${session.remoteAddress}])`,
      `\tby localhost with ${protocol} id ${randomId(options.random)}`,
      `\tfor <${to}>; ${mailDate(at)}`,
      '',
    ].join('\r\n')
  }

  const server = new SMTPServer({
    ...options.tls,
    minVersion: 'TLSv1.2',
    name: 'localhost',
    banner: 'Siegel Sandbox',
    size: messageByteLimit,
    authMethods: ['PLAIN', 'LOGIN'],
    disableReverseLookup: true,
    maxClients: 50,
    closeTimeout: 200,
    onAuth({ username, password }, _session, callback) {
      const person = people.find(({ user }) => user === username)
      if (person && person.password === password) callback(null, { user: person.address })
      else callback(new Refusal(535, 'Authentication credentials invalid'))
    },
    onMailFrom({ address }, session, callback) {
      const own = typeof session.user === 'string' && sameAddress(address, session.user)
      callback(own ? null : new Refusal(553, 'Sender address is not yours'))
    },
    onRcptTo({ address }, _session, callback) {
      callback(knows(address) ? null : new Refusal(550, 'No such mailbox'))
    },
    onData(stream, session, callback) {
      take(stream, session).then(
        () => callback(null, 'Message taken'),
        (error: unknown) => callback(error instanceof Refusal ? error : new Refusal(451, 'The sandbox made a mistake')),
      )
    },
  })
  // Clients that break off are nothing to report.
  server.on('error', () => {})
  await listenOn(server.server, options.preferredPort)
  return {
    port: (server.server.address() as AddressInfo).port,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}
