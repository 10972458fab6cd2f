import { setImmediate } from 'node:timers/promises'
import { beforeEach, describe, expect, it } from 'vitest'
import { expectSuccess } from '../../base/result.ts'
import type { Profile } from '../../storage/profile.ts'
import { testFolder, testProfile } from '../../storage/testProfile.ts'
import { type TestEntity, testAuthority, testNow } from '../testPki.ts'
import { createRevocationCache, type RevocationCache } from './cache.ts'
import { parseCrl } from './crl.ts'
import { crlDer, type TestList } from './testCrl.ts'

const day = 86_400_000
const daysFromNow = (days: number) => new Date(testNow.getTime() + days * day)
const url = 'http://crl.example/ca.crl'
const owner = 'a'.repeat(64)

let now: Date
let folder: string
let profile: Profile
let cache: RevocationCache
let root: TestEntity

beforeEach(async () => {
  now = testNow
  folder = testFolder()
  profile = await testProfile(folder)
  cache = createRevocationCache({ database: profile.database, clock: () => now })
  root = await testAuthority('Root')
})

async function keep(changes: Partial<TestList> = {}, at = url) {
  const thisUpdate = changes.thisUpdate ?? daysFromNow(-1)
  return cache.keep({ kind: 'crl', url: at, owner }, await crlDer({ signer: root, ...changes, thisUpdate }), {
    thisUpdate,
  })
}

/** Entries of that many numbers. */
function serials(count: number) {
  return Array.from({ length: count }, (_, index) => ({ of: Buffer.from(`00${index + 100_000}`) }))
}

/** How often others had their turn until it was done. */
async function turnsUntil(done: Promise<unknown>): Promise<number> {
  let turns = 0
  let isDone = false
  done.then(() => {
    isDone = true
  })
  while (!isDone) {
    await setImmediate()
    turns++
  }
  return turns
}

describe('the cache of revocation lists', () => {
  it('gives back what it was given, to another process, too', async () => {
    expect(cache.crl(url, owner)).toBeUndefined()
    await keep({ entries: [{ of: root.certificate }] })
    const other = createRevocationCache({ database: (await testProfile(folder)).database, clock: () => now })
    for (const kept of [cache.crl(url, owner), other.crl(url, owner)]) {
      expect(kept).toMatchObject({ thisUpdate: daysFromNow(-1), fetchedAt: testNow })
      expect(kept?.value.entries.find(root.certificate)).toBeDefined()
    }
  })

  it('reads a list once, and anew when another process has fetched a newer one', async () => {
    await keep()
    const first = cache.crl(url, owner)?.value
    expect(cache.crl(url, owner)?.value).toBe(first)
    now = daysFromNow(1)
    const other = createRevocationCache({ database: profile.database, clock: () => now })
    other.keep({ kind: 'crl', url, owner }, await crlDer({ signer: root, thisUpdate: now }), { thisUpdate: now })
    expect(cache.crl(url, owner)?.thisUpdate).toEqual(now)
    expect(cache.crl(url, owner)?.value).not.toBe(first)
  })

  it('reads no list anew that whoever fetched it has read, and has the newer of two that came in one moment', async () => {
    const source = { kind: 'crl', url, owner } as const
    const [older, newer] = await Promise.all(
      [-2, -1].map(async (days) => {
        const der = await crlDer({ signer: root, thisUpdate: daysFromNow(days) })
        return expectSuccess(parseCrl(der))
      }),
    )
    if (!older || !newer) throw new Error('two lists')
    cache.keep(source, older.der, older, older)
    expect(cache.crl(url, owner)?.value).toBe(older)
    cache.keep(source, newer.der, newer)
    expect(cache.crl(url, owner)?.value.thisUpdate).toEqual(newer.thisUpdate)
    // An older one isn't taken, read or not.
    cache.keep(source, older.der, older, older)
    expect(cache.crl(url, owner)?.value.thisUpdate).toEqual(newer.thisUpdate)
  })

  it('reads a list that is kept with turns for others, once, and has it then', async () => {
    await keep({ entries: serials(20_000) })
    const other = createRevocationCache({ database: profile.database, clock: () => now })
    const first = other.bringToHand(url, owner)
    expect(other.bringToHand(url, owner)).toBe(first)
    expect(await turnsUntil(first)).toBeGreaterThan(1)
    const brought = other.crl(url, owner)?.value
    expect(brought?.entries.count).toBe(20_000)
    await other.bringToHand(url, owner)
    expect(other.crl(url, owner)?.value).toBe(brought)
  })

  it('has the newer list where one came while the older was read', async () => {
    await keep({ entries: serials(20_000) })
    const other = createRevocationCache({ database: profile.database, clock: () => now })
    const reading = other.bringToHand(url, owner)
    now = daysFromNow(1)
    const newer = expectSuccess(parseCrl(await crlDer({ signer: root, thisUpdate: now })))
    other.keep({ kind: 'crl', url, owner }, newer.der, newer, newer)
    await reading
    expect(other.crl(url, owner)?.value).toBe(newer)
  })

  it('brings nothing to hand where nothing is, or nothing that can be read', async () => {
    await cache.bringToHand(url, owner)
    expect(cache.crl(url, owner)).toBeUndefined()
    cache.keep({ kind: 'crl', url, owner }, Uint8Array.of(1, 2, 3), { thisUpdate: testNow })
    await cache.bringToHand(url, owner)
    expect(cache.crl(url, owner)).toBeUndefined()
  })

  it('takes no list that is older than the one it has', async () => {
    expect(await keep({ thisUpdate: daysFromNow(-1) })).toBe(true)
    expect(await keep({ thisUpdate: daysFromNow(-2) })).toBe(false)
    expect(cache.crl(url, owner)?.thisUpdate).toEqual(daysFromNow(-1))
  })

  it('has no value for what another version of the program wrote', async () => {
    cache.keep({ kind: 'crl', url, owner }, Uint8Array.of(1, 2, 3), { thisUpdate: testNow })
    expect(cache.crl(url, owner)).toBeUndefined()
  })

  it('lets the oldest go when there is too much', () => {
    const content = new Uint8Array(12_000_000)
    for (const index of [1, 2, 3]) {
      now = new Date(testNow.getTime() + index)
      cache.keep({ kind: 'crl', url: `${url}${index}`, owner }, content, { thisUpdate: testNow })
    }
    const kept = profile.database.all<{ url: string }>('SELECT url FROM revocation_answers ORDER BY url')
    expect(kept.map((row) => row.url)).toEqual([`${url}2`, `${url}3`])
  })

  it('keeps a list in memory where the disk is full', async () => {
    const pages = profile.database.get<{ page_count: number }>('PRAGMA page_count')?.page_count ?? 0
    profile.database.exec(`PRAGMA max_page_count = ${pages}`)
    const thisUpdate = daysFromNow(-1)
    const filler = Array.from({ length: 3_000 }, (_, index) => ({ of: Buffer.from(`00${index + 10_000}`) }))
    const large = await crlDer({ signer: root, thisUpdate, entries: filler })
    expect(cache.keep({ kind: 'crl', url, owner }, large, { thisUpdate })).toBe(true)
    expect(cache.crl(url, owner)?.thisUpdate).toEqual(thisUpdate)
    expect(profile.database.all('SELECT url FROM revocation_answers')).toEqual([])
  })
})

describe('the addresses that did not answer', () => {
  const source = { kind: 'ocsp', url: 'http://ocsp.example/', certificate: '00' } as const

  it('are remembered with the first and the last time, until they answer', () => {
    cache.keepFailure(source, 'unreachable')
    now = daysFromNow(1)
    cache.keepFailure(source, 'too-slow')
    expect(cache.failure(source)).toEqual({ code: 'too-slow', since: testNow, lastAt: now })
    expect(cache.failure({ ...source, certificate: '01' })).toBeUndefined()
    cache.forgetFailure(source)
    expect(cache.failure(source)).toBeUndefined()
  })

  it('are not remembered without end', () => {
    profile.database.transaction(() => {
      for (let index = 0; index < 1_005; index++) {
        now = new Date(testNow.getTime() + index)
        cache.keepFailure({ kind: 'issuer', url: `http://${index}.example/` }, 'unreachable')
      }
    })
    expect(cache.failure({ kind: 'issuer', url: 'http://4.example/' })).toBeUndefined()
    expect(cache.failure({ kind: 'issuer', url: 'http://5.example/' })).toBeDefined()
  })
})
