/**
 * A process that is killed while it makes requests or joins an answer: at each statement that it gives the database, one run
 * ends there with SIGKILL. What is left is all of it or nothing.
 */

import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import { readCertificateRequest } from '../../acquisition/csr.ts'
import type { StoredRequest } from '../../acquisition/requests.ts'
import { answerToRequest, validNow } from '../../acquisition/testIssuing.ts'
import { writePem } from '../../asn1/pem.ts'
import { hexText } from '../../base/bytes.ts'
import { expectSuccess } from '../../base/result.ts'
import { parseCertificate } from '../../certificates/certificate.ts'
import { testAuthority } from '../../certificates/testPki.ts'
import { openSession } from '../session.ts'
import { clientOf, testRuntime } from '../testServices.ts'

const passphrase = 'correct horse battery staple'
const wish = {
  name: 'Anna Berger',
  address: 'anna@sandbox.example',
  authority: '',
  keyType: 'ec-p256',
  purpose: 'separate',
} as const

const here = new URL('.', import.meta.url)
const from = (file: string) => JSON.stringify(new URL(file, here).href)
/** Opens the profile, counts the statements from then on, and kills itself before the one that it was told. */
const program = `
  import { readFileSync } from 'node:fs'
  import { DatabaseSync, StatementSync } from 'node:sqlite'
  import { createRouterClient } from '@orpc/server'
  import { createLog } from ${from('../../base/log.ts')}
  import { systemClock as clock } from ${from('../../base/clock.ts')}
  import { systemRandom as random } from ${from('../../base/random.ts')}
  import { expectSuccess, failure } from ${from('../../base/result.ts')}
  import { requestsProcedures } from ${from('./certificateRequests.ts')}
  import { openSession } from ${from('../session.ts')}
  const [home, passphrase, killAt, what] = process.argv.slice(1)
  const log = createLog({ level: 'silent' })
  const sandboxServers = { start: async () => failure({ code: 'sandbox-cannot-start', reason: 'test' }), readState: () => undefined }
  const session = await openSession({ home, runtime: { host: 'cli', version: '0', clock, random, log, sandboxServers } })
  const { context } = session
  const input = JSON.parse(readFileSync(what, 'utf8'))
  // Joining needs no passphrase, and each unlocking takes its time.
  if (!('sources' in input)) expectSuccess(await context.application.vault.unlock(passphrase))
  let left = Number(killAt)
  for (const [type, method] of [[DatabaseSync, 'exec'], [StatementSync, 'run']]) {
    const original = type.prototype[method]
    type.prototype[method] = function (...given) {
      if (--left === 0) process.kill(process.pid, 'SIGKILL')
      return original.apply(this, given)
    }
  }
  const requests = createRouterClient(requestsProcedures, { context })
  await ('sources' in input ? requests.takeAnswer(input) : requests.begin(input))
  await session.close()
`

function run(home: string, killAt: number, input: string): Promise<{ signal: NodeJS.Signals | null; said: string }> {
  const args = ['--no-warnings', '--input-type=module', '-e', program, '--', home, passphrase, String(killAt), input]
  const child = spawn(process.execPath, args, { cwd: fileURLToPath(here), stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.on('data', (chunk) => {
    said += chunk
  })
  return new Promise((resolve) => {
    child.on('close', (_, signal) => resolve({ signal, said }))
  })
}

interface Left {
  readonly keys: number
  readonly requests: readonly StoredRequest[]
  readonly identities: readonly string[]
}

/** What the profile holds, as the next start finds it. */
async function leftIn(home: string): Promise<Left> {
  const { context, close } = await openSession({ home, runtime: testRuntime() })
  const { identities, profile, requests } = context.application
  expect(profile.database.get('PRAGMA integrity_check')).toEqual({ integrity_check: 'ok' })
  const left = {
    keys: profile.database.all('SELECT id FROM private_keys').length,
    requests: requests.list(),
    identities: identities.list().map(({ id }) => id),
  }
  await close()
  return left
}

/** Kills one run before its first statement, the next before its second, until one has done its work. */
async function killedAtEachStatement(home: string, input: unknown, isDone: (left: Left) => boolean): Promise<number> {
  const file = join(home, 'input.json')
  await writeFile(file, JSON.stringify(input))
  for (let killAt = 1; ; killAt++) {
    const { signal, said } = await run(home, killAt, file)
    if (isDone(await leftIn(home))) return killAt - 1
    expect([signal, said]).toEqual(['SIGKILL', ''])
  }
}

async function profileFolder(): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), 'siegel-request-crash-'))
  onTestFinished(() => rm(home, { recursive: true, force: true }))
  const { context, close } = await openSession({ home, runtime: testRuntime() })
  expectSuccess(await context.application.vault.create(passphrase))
  await close()
  return home
}

const readRequest = ({ request }: StoredRequest) => expectSuccess(readCertificateRequest(request))

const canRunTypeScript = Number(process.versions.node.split('.')[0]) >= 24
const unkillable = !canRunTypeScript || process.platform === 'win32'

describe.skipIf(unkillable)('a process that is killed at each of its statements', () => {
  it('while it makes two requests leaves both with their keys, or nothing', async () => {
    const home = await profileFolder()
    const kills = await killedAtEachStatement(home, wish, ({ keys, requests }) => {
      expect([0, 2]).toContain(requests.length)
      expect(keys).toBe(requests.length)
      return keys > 0
    })
    // BEGIN, two keys, two requests, and COMMIT at least.
    expect(kills).toBeGreaterThanOrEqual(6)
    const { context, close } = await openSession({ home, runtime: testRuntime() })
    onTestFinished(close)
    expectSuccess(await context.application.vault.unlock(passphrase))
    for (const request of context.application.requests.list()) {
      const key = expectSuccess(context.application.identities.pendingKey(request.keyId))
      expect(hexText(key.publicKeyInfo)).toBe(hexText(readRequest(request).publicKeyInfo))
      key.close()
    }
  })

  it('while it joins an answer leaves both joined, or both waiting', async () => {
    const home = await profileFolder()
    const { context, close } = await openSession({ home, runtime: testRuntime() })
    expectSuccess(await context.application.vault.unlock(passphrase))
    await clientOf(context).requests.begin(wish)
    const root = await testAuthority('Root', {}, validNow)
    const answers = await Promise.all(
      context.application.requests.list().map(({ request, use }) =>
        answerToRequest(writePem('CERTIFICATE REQUEST', request), root, {
          keyUsage: [use === 'sign' ? 'digitalSignature' : 'keyAgreement'],
        }),
      ),
    )
    await close()
    const input = {
      sources: answers.map((der) => ({ bytes: Buffer.from(writePem('CERTIFICATE', der)).toString('base64') })),
      certificates: answers.map((der) => expectSuccess(parseCertificate(der)).sha256),
    }
    const kills = await killedAtEachStatement(home, input, ({ keys, requests, identities }) => {
      const isJoined = identities.length > 0
      expect(keys).toBe(2)
      expect(requests.map(({ state }) => state)).toEqual(isJoined ? ['done', 'done'] : ['waiting', 'waiting'])
      expect(requests.flatMap(({ identityId }) => identityId ?? []).sort()).toEqual([...identities].sort())
      return isJoined
    })
    // BEGIN, two certificates with their addresses, two requests, and COMMIT at least.
    expect(kills).toBeGreaterThanOrEqual(6)
  })
})
