/** For tests: a profile with services on it, and a sandbox of one account whose submission server keeps what it gets. */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRouterClient } from '@orpc/server'
import { onTestFinished } from 'vitest'
import { base64Text } from '../base/bytes.ts'
import { systemClock } from '../base/clock.ts'
import { createLog } from '../base/log.ts'
import { systemRandom } from '../base/random.ts'
import { expectSuccess, failure } from '../base/result.ts'
import { testAuthority, testPerson } from '../certificates/testPki.ts'
import { serverCertificate, testServerAuthority } from '../mail/testServers.ts'
import { testSubmissionServer } from '../mail/testSubmissionServer.ts'
import type { Runtime, ServiceContext } from './context.ts'
import { router } from './router.ts'
import type { SandboxServers, SandboxState } from './sandbox/sandboxLink.ts'
import { openSession } from './session.ts'

export const anna = 'anna@sandbox.example'

export const letter = {
  from: anna,
  to: [{ address: anna }],
  cc: [],
  bcc: [],
  subject: 'Plans',
  text: 'Roses, I think.',
  attachments: [],
  sign: true,
  encrypt: true,
}

/** A sandbox that another process runs, or none at all: nothing can be started. */
export function serversElsewhere(readState: () => SandboxState | undefined = () => undefined): SandboxServers {
  return { start: async () => failure({ code: 'sandbox-cannot-start', reason: 'test' }), readState }
}

/** What a host brings along, with a log that is silent and no sandbox, unless a test says otherwise. */
export function testRuntime(changes: Partial<Runtime> = {}): Runtime {
  const log = createLog({ level: 'silent' })
  const sandboxServers = serversElsewhere()
  return { host: 'cli', version: '0', clock: systemClock, random: systemRandom, log, sandboxServers, ...changes }
}

/** A new profile with an open vault; both go when the test ends. */
export async function testServices(
  kind: 'real' | 'sandbox' = 'real',
  sandboxServers: SandboxServers = serversElsewhere(),
): Promise<ServiceContext> {
  const home = await mkdtemp(join(tmpdir(), 'siegel-services-'))
  const session = await openSession({ home, kind, runtime: testRuntime({ sandboxServers }) })
  onTestFinished(async () => {
    await session.close()
    await rm(home, { recursive: true, force: true })
  })
  expectSuccess(await session.context.application.vault.create('correct horse battery staple'))
  return session.context
}

export const clientOf = (context: ServiceContext) => createRouterClient(router, { context })

export async function allOf<Event>(stream: Promise<AsyncIterable<Event>>): Promise<Event[]> {
  const events: Event[] = []
  for await (const event of await stream) events.push(event)
  return events
}

/** A promise's failure as the contract says it. */
export const failureOf = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    ({ code, data }: { code?: string; data?: unknown }) => ({ code, data }),
  )

/** Anna's account with her identity, and what was handed in for her. */
export async function testPost() {
  const received: Buffer[] = []
  const authority = await testServerAuthority()
  const smtp = await testSubmissionServer({
    certificate: await serverCertificate(authority),
    password: 'geheim',
    keep: ({ raw }) => received.push(raw),
  })
  onTestFinished(() => smtp.close())
  const validity = { notBefore: new Date(Date.now() - 86_400_000), notAfter: new Date(Date.now() + 86_400_000) }
  const root = await testAuthority('Root', {}, validity)
  const person = await testPerson(anna, { issuer: root }, validity)
  const state: SandboxState = {
    directoryUrl: 'https://localhost/',
    caPem: authority.ca,
    anchor: base64Text(root.certificate.der),
    smtp: { host: 'localhost', port: smtp.port },
    // Nobody listens there: the copy can't be filed, and that is no failure.
    imap: { host: 'localhost', port: 1 },
    people: [{ name: 'Anna', address: anna, user: 'anna', password: 'geheim', playable: true }],
    txtRecords: {},
  }
  const context = await testServices(
    'sandbox',
    serversElsewhere(() => state),
  )
  expectSuccess(
    await context.application.identities.importPair({
      pkcs8: person.pkcs8,
      certificateDer: person.certificate.der,
      addresses: [anna],
      chain: [root.certificate.der],
    }),
  )
  return { context, received }
}
