import { createServer } from 'node:http'
import { setImmediate } from 'node:timers/promises'
import { expect, it, onTestFinished } from 'vitest'
import { expectSuccess } from '../../base/result.ts'
import { openProfile } from '../../storage/profile.ts'
import { testClock, testFolder } from '../../storage/testProfile.ts'
import { testAuthority } from '../testPki.ts'
import { createRevocationSources } from './sourcesFetch.ts'
import { crlDer } from './testCrl.ts'

it('leaves a large list alone where the profile was closed before it was read', async () => {
  const root = await testAuthority('Root')
  const entries = Array.from({ length: 60_000 }, (_, index) => ({ of: Buffer.from(`00${index + 100_000}`) }))
  const list = await crlDer({ signer: root, entries })
  const waiting: (() => void)[] = []
  const server = createServer((_, outgoing) => outgoing.end(list, () => waiting.shift()?.()))
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve())
  })
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  const url = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}/root.crl`
  // Whichever turn the end comes in, nothing is asked of a database that is closed.
  for (const turns of [0, 1, 2, 3, 5, 8, 13]) {
    const profile = expectSuccess(await openProfile(testFolder(), { kind: 'real', clock: testClock }))
    const { fetcher } = createRevocationSources({
      database: profile.database,
      clock: testClock,
      permitsLocal: () => true,
    })
    const sent = new Promise<void>((resolve) => {
      waiting.push(resolve)
    })
    const fetching = fetcher.fetchCrl(url, root.certificate, () => 'good')
    await sent
    for (let turn = 0; turn < turns; turn++) await setImmediate()
    fetcher.close()
    await profile.close()
    const fetched = await fetching
    if (!fetched.ok) expect(fetched.error).toEqual({ code: 'cancelled' })
  }
})
