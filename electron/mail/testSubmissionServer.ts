/** For tests: a submission server that keeps what is handed in. It knows nobody whose address begins with "refused". */

import { SMTPServer } from 'smtp-server'
import type { ServerCertificate } from './testServers.ts'

export interface HandedIn {
  readonly to: readonly string[]
  readonly raw: Buffer
}

export interface TestSubmissionServer {
  readonly port: number
  close(): Promise<void>
}

export async function testSubmissionServer(options: {
  readonly certificate: ServerCertificate
  readonly password: string
  readonly keep: (mail: HandedIn) => void
  /** Any free one unless it is given. */
  readonly port?: number
}): Promise<TestSubmissionServer> {
  const { certificate, password, keep, port = 0 } = options
  const server = new SMTPServer({
    ...certificate,
    authMethods: ['PLAIN'],
    onAuth: (auth, _session, done) =>
      auth.password === password ? done(null, { user: auth.username ?? '' }) : done(new Error('no')),
    onRcptTo: ({ address }, _session, done) =>
      address.startsWith('refused') ? done(Object.assign(new Error('unknown'), { responseCode: 550 })) : done(),
    onData(stream, { envelope }, done) {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        keep({ to: envelope.rcptTo.map(({ address }) => address), raw: Buffer.concat(chunks) })
        done(null)
      })
    },
  })
  // A client that leaves in the middle of a sentence is part of the tests.
  server.on('error', () => undefined)
  await new Promise<void>((resolve) => {
    server.listen(port, '127.0.0.1', () => resolve())
  })
  return {
    port: (server.server.address() as { port: number }).port,
    close: () => new Promise<void>((resolve) => server.close(() => resolve())),
  }
}
