import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { utf8Bytes, utf8Text } from '../base/bytes.ts'
import { systemRandom } from '../base/random.ts'
import { expectSuccess, failure, success } from '../base/result.ts'
import { scryptKey } from '../crypto/passwordKey.ts'
import { testFolder, testProfile } from '../storage/testProfile.ts'
import { waitAfter } from './attempts.ts'
import { testCost, testPassphrase, testVault } from './testVault.ts'
import type { OsSecretStore } from './vault.ts'

/** As it is, and counted. */
vi.mock('../crypto/passwordKey.ts', { spy: true })

/** A clock that a test moves by hand. */
function handClock(start = '2026-03-01T12:00:00Z') {
  let now = Date.parse(start)
  return {
    clock: () => new Date(now),
    forward: (seconds: number) => {
      now += seconds * 1000
    },
  }
}

/** Keeps what it protects in memory, under a mask. */
function memoryStore(isAvailable = true): OsSecretStore {
  const masked = (bytes: Uint8Array) => bytes.map((byte) => byte ^ 0x5a)
  return {
    available: async () => isAvailable,
    protect: async (bytes) => success(masked(bytes)),
    reveal: async (bytes) => success(masked(bytes)),
  }
}

const secret = utf8Bytes('a private key')

describe('the vault', () => {
  it('goes from none to unlocked to locked, and opens what it sealed', async () => {
    const vault = testVault(await testProfile())
    const heard: string[] = []
    vault.onChange(() => heard.push(vault.state()))
    expect(vault.state()).toBe('none')
    expect(vault.seal('t', '1', secret)).toEqual({ ok: false, error: { code: 'no-vault' } })
    expect(await vault.create(testPassphrase)).toEqual({ ok: true, value: undefined })
    const sealed = expectSuccess(vault.seal('t', '1', secret))
    vault.lock()
    expect(vault.open('t', '1', sealed)).toEqual({ ok: false, error: { code: 'locked' } })
    expect((await vault.unlock(testPassphrase)).ok).toBe(true)
    expect(utf8Text(expectSuccess(vault.open('t', '1', sealed)))).toBe('a private key')
    expect(heard).toEqual(['unlocked', 'locked', 'unlocked'])
    expect(await vault.create('another')).toEqual({ ok: false, error: { code: 'vault-exists' } })
  })

  it('binds what it seals to table and row, however they are spelled', async () => {
    const vault = testVault(await testProfile())
    await vault.create(testPassphrase)
    const place = fc.tuple(fc.string(), fc.string())
    fc.assert(
      fc.property(place, place, fc.uint8Array({ maxLength: 50 }), ([table, row], [otherTable, otherRow], plain) => {
        const sealed = expectSuccess(vault.seal(table, row, plain))
        const isSame = table === otherTable && row === otherRow
        expect(vault.open(otherTable, otherRow, sealed).ok).toBe(isSame)
        expect(vault.open(table, row, sealed).ok).toBe(true)
      }),
    )
    expect(vault.open('ab', 'c', expectSuccess(vault.seal('a', 'bc', secret)))).toEqual(failure({ code: 'damaged' }))
  })

  it('keeps neither passphrase nor secret nor master key in the database', async () => {
    const folder = testFolder()
    const profile = await testProfile(folder)
    const keys: Uint8Array[] = []
    const vault = testVault(profile, undefined, {
      ...memoryStore(),
      protect: async (bytes) => {
        keys.push(Uint8Array.from(bytes))
        return success(Uint8Array.of(1))
      },
    })
    await vault.create(testPassphrase)
    await vault.setOsStore(true)
    profile.database.run('INSERT INTO settings VALUES (?, ?)', [
      'sealed',
      Buffer.from(expectSuccess(vault.seal('t', '1', secret))).toString('base64'),
    ])
    await profile.close()
    const [masterKey] = keys
    expect(masterKey?.length).toBe(32)
    for (const name of ['siegel.db', 'siegel.db.backup']) {
      const file = readFileSync(join(folder, name))
      expect(file.includes(testPassphrase)).toBe(false)
      expect(file.includes(Buffer.from(secret))).toBe(false)
      expect(file.includes(Buffer.from(masterKey ?? secret))).toBe(false)
    }
  })

  it('takes a new passphrase without sealing anything anew, and forgets the old one', async () => {
    const profile = await testProfile()
    const vault = testVault(profile)
    await vault.create(testPassphrase)
    const sealed = expectSuccess(vault.seal('t', '1', secret))
    expect((await vault.changePassphrase('wrong', 'next')).ok).toBe(false)
    expect(await vault.changePassphrase(testPassphrase, 'next')).toEqual({ ok: true, value: undefined })
    const again = testVault(profile)
    expect(await again.unlock(testPassphrase)).toMatchObject({ error: { code: 'wrong-passphrase' } })
    expect((await again.unlock('next')).ok).toBe(true)
    expect(utf8Text(expectSuccess(again.open('t', '1', sealed)))).toBe('a private key')
  })

  it('is one for two processes on the same profile', async () => {
    const folder = testFolder()
    const one = testVault(await testProfile(folder))
    const other = testVault(await testProfile(folder))
    const [first, second] = await Promise.all([one.create(testPassphrase), other.create(testPassphrase)])
    expect([first.ok, second.ok].sort()).toEqual([false, true])
    await one.unlock(testPassphrase)
    await other.unlock(testPassphrase)
    expect(other.open('t', '1', expectSuccess(one.seal('t', '1', secret))).ok).toBe(true)
  })

  it('refuses scrypt parameters that Siegel never writes', async () => {
    const profile = await testProfile()
    const vault = testVault(profile)
    await vault.create(testPassphrase)
    vault.lock()
    for (const [column, value] of [
      ['cost', 2 ** 30],
      ['cost', 1024],
      ['cost', 20_000],
      ['block_size', 4096],
      ['parallelism', 100],
    ] as const) {
      const before = profile.database.get<{ value: number }>(`SELECT ${column} AS value FROM vault`)?.value ?? 0
      profile.database.run(`UPDATE vault SET ${column} = ?, failed_attempts = 0`, [value])
      await expect(vault.unlock(testPassphrase)).rejects.toThrow('out of bounds')
      profile.database.run(`UPDATE vault SET ${column} = ?, failed_attempts = 0`, [before])
    }
  })
})

describe('wrong passphrases', () => {
  it('cost waiting that doubles, up to a quarter of an hour', () => {
    expect([1, 2, 3, 4, 5, 6, 50].map(waitAfter)).toEqual([0, 0, 0, 2, 4, 8, 900])
  })

  it('are counted across restarts, refused while waiting, and forgotten after the right one', async () => {
    const folder = testFolder()
    const { clock, forward } = handClock()
    const profile = await testProfile(folder)
    const vault = testVault(profile, clock)
    await vault.create(testPassphrase)
    vault.lock()
    for (const retryAfterSeconds of [0, 0, 0, 2]) {
      expect(await vault.unlock('wrong')).toEqual(failure({ code: 'wrong-passphrase', retryAfterSeconds }))
    }
    expect(vault.retryAt()).toEqual(new Date(clock().getTime() + 2000))
    await profile.close()

    const restarted = testVault(await testProfile(folder), clock)
    // Not even the right one is looked at while the time runs.
    expect(await restarted.unlock(testPassphrase)).toEqual(failure({ code: 'too-many-attempts', retryAfterSeconds: 2 }))
    expect(await restarted.check(testPassphrase)).toEqual(failure({ code: 'too-many-attempts', retryAfterSeconds: 2 }))
    forward(1)
    expect(await restarted.unlock(testPassphrase)).toEqual(failure({ code: 'too-many-attempts', retryAfterSeconds: 1 }))
    forward(1)
    expect((await restarted.unlock(testPassphrase)).ok).toBe(true)
    expect(restarted.retryAt()).toBeUndefined()
    expect(await restarted.check('wrong')).toEqual(failure({ code: 'wrong-passphrase', retryAfterSeconds: 0 }))
    expect(restarted.state()).toBe('unlocked')
  })

  it('are not what several runs at once with the right one are told of: each waits for its turn', async () => {
    const folder = testFolder()
    const profile = await testProfile(folder)
    const { clock, forward } = handClock()
    expectSuccess(await testVault(profile, clock).create(testPassphrase))
    const waited: number[] = []
    let opens = (): void => undefined
    const firstOpened = new Promise<void>((resolve) => {
      opens = resolve
    })
    const waitForTurn = async (seconds: number) => {
      waited.push(seconds)
      await firstOpened
      forward(seconds)
    }
    const runs = Array.from({ length: 7 }, () => testVault(profile, clock, undefined, waitForTurn))
    const opened = await Promise.all(
      runs.map(async (vault) => {
        const outcome = await vault.unlock(testPassphrase)
        opens()
        return outcome.ok
      }),
    )
    expect(opened).toEqual(new Array(7).fill(true))
    expect(waited).toEqual([2, 2, 2])
  })

  it('end the waiting for a turn where they are many', async () => {
    const { clock, forward } = handClock()
    const profile = await testProfile()
    const vault = testVault(profile, clock, undefined, async (seconds) => forward(seconds))
    expectSuccess(await vault.create(testPassphrase))
    const outcomes: string[] = []
    for (let attempt = 0; attempt < 9; attempt++) {
      const outcome = await vault.unlock('wrong')
      outcomes.push(outcome.ok ? 'opened' : `${outcome.error.code}`)
    }
    expect(outcomes.slice(0, 7)).toEqual(new Array(7).fill('wrong-passphrase'))
    expect(outcomes.slice(7)).toEqual(['too-many-attempts', 'too-many-attempts'])
  })

  it('never lock the owner out for longer than the wait, also when the clock was set back', async () => {
    const { clock, forward } = handClock()
    const vault = testVault(await testProfile(), clock)
    await vault.create(testPassphrase)
    for (let attempt = 0; attempt < 4; attempt++) await vault.unlock('wrong')
    forward(-86_400)
    expect(await vault.unlock(testPassphrase)).toEqual(failure({ code: 'too-many-attempts', retryAfterSeconds: 2 }))
    forward(2)
    expect((await vault.unlock(testPassphrase)).ok).toBe(true)
  })

  it('cost as much work as the right one', async () => {
    const vault = testVault(await testProfile())
    await vault.create(testPassphrase)
    // The work is scrypt's; without it an attempt would take well under a millisecond.
    const workOf = async (passphrase: string) => {
      vi.mocked(scryptKey).mockClear()
      await vault.check(passphrase)
      return vi.mocked(scryptKey).mock.calls.map(([, { salt: _, ...parameters }]) => parameters)
    }
    const right = await workOf(testPassphrase)
    expect(right).toEqual([{ ...testCost, length: 32 }])
    for (const wrong of ['wrong', '']) expect(await workOf(wrong)).toEqual(right)
  })
})

describe('the idle lock', () => {
  it('locks after the idle time, which use prolongs', async () => {
    vi.useFakeTimers()
    try {
      const vault = testVault(await testProfile(), () => new Date())
      vi.useRealTimers()
      await vault.create(testPassphrase)
      vi.useFakeTimers()
      vault.setAutoLock(10)
      vi.advanceTimersByTime(9 * 60_000)
      vault.touch()
      vi.advanceTimersByTime(9 * 60_000)
      expect(vault.state()).toBe('unlocked')
      const heard = vi.fn()
      vault.onChange(heard)
      vi.advanceTimersByTime(61_000)
      // The timer locked it: nobody had to ask.
      expect(heard).toHaveBeenCalledTimes(1)
      expect(vault.state()).toBe('locked')
    } finally {
      vi.useRealTimers()
    }
  })

  it('finds the vault locked after a sleep in which no timer fired', async () => {
    const { clock, forward } = handClock()
    const vault = testVault(await testProfile(), clock)
    await vault.create(testPassphrase)
    vault.setAutoLock(10)
    const sealed = expectSuccess(vault.seal('t', '1', secret))
    forward(11 * 60)
    expect(vault.open('t', '1', sealed)).toEqual(failure({ code: 'locked' }))
    expect(vault.state()).toBe('locked')
  })

  it('begins the idle time anew when the clock was set back, instead of waiting for the old time', async () => {
    const { clock, forward } = handClock()
    const vault = testVault(await testProfile(), clock)
    await vault.create(testPassphrase)
    vault.setAutoLock(10)
    forward(-86_400)
    expect(vault.state()).toBe('unlocked')
    forward(11 * 60)
    expect(vault.state()).toBe('locked')
  })

  it('never locks when set to never, and remembers its setting', async () => {
    const folder = testFolder()
    const { clock, forward } = handClock()
    const vault = testVault(await testProfile(folder), clock)
    expect(vault.setAutoLock(0)).toEqual(failure({ code: 'no-vault' }))
    await vault.create(testPassphrase)
    vault.setAutoLock(0)
    forward(1e7)
    expect(vault.state()).toBe('unlocked')
    expect(testVault(await testProfile(folder), clock).autoLockMinutes()).toBe(0)
  })
})

describe("the operating system's store", () => {
  it('opens the vault without a passphrase, until it is switched off', async () => {
    const profile = await testProfile()
    const vault = testVault(profile, undefined, memoryStore())
    expect(await vault.unlockFromOsStore()).toEqual(failure({ code: 'no-vault' }))
    await vault.create(testPassphrase)
    const sealed = expectSuccess(vault.seal('t', '1', secret))
    expect(await vault.setOsStore(true)).toEqual({ ok: true, value: undefined })
    expect(await vault.osStore()).toEqual({ available: true, enabled: true })
    vault.lock()
    expect((await vault.unlockFromOsStore()).ok).toBe(true)
    expect(vault.open('t', '1', sealed).ok).toBe(true)
    await vault.setOsStore(false)
    vault.lock()
    expect(await vault.unlockFromOsStore()).toEqual(failure({ code: 'os-store-unavailable' }))
    expect(await vault.setOsStore(true)).toEqual(failure({ code: 'locked' }))
  })

  it('that is missing or answers with another key opens nothing', async () => {
    const profile = await testProfile()
    const vault = testVault(profile, undefined, memoryStore())
    await vault.create(testPassphrase)
    await vault.setOsStore(true)
    for (const reveal of [systemRandom(32), systemRandom(5)]) {
      const foreign = testVault(profile, undefined, { ...memoryStore(), reveal: async () => success(reveal) })
      expect(await foreign.unlockFromOsStore()).toEqual(failure({ code: 'os-store-refused' }))
      expect(foreign.state()).toBe('locked')
    }
    for (const store of [undefined, memoryStore(false)]) {
      const without = testVault(profile, undefined, store)
      expect(await without.unlockFromOsStore()).toEqual(failure({ code: 'os-store-unavailable' }))
    }
  })
})
