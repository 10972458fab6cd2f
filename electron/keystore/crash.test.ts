import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { hexText } from '../base/bytes.ts'
import { expectSuccess } from '../base/result.ts'
import { openProfile } from '../storage/profile.ts'
import { testClock, testFolder, testProfile } from '../storage/testProfile.ts'
import { testIdentities, testPassphrase } from './testVault.ts'

const child = fileURLToPath(new URL('./testCrashChild.ts', import.meta.url))
const kills = 50

interface Report {
  readonly kind: string
  readonly id: string
  readonly publicKeyInfo: string
}

/** Runs the child until it has reported `lines`, kills it `delay` milliseconds later, and answers with what it had reported. */
function killedAfter(folder: string, lines: number, delay: number): Promise<Report[]> {
  return new Promise((resolve, reject) => {
    const running = spawn(process.execPath, ['--no-warnings', child, folder, testPassphrase], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    let errors = ''
    let isKilled = false
    running.stderr.on('data', (bytes) => {
      errors += bytes
    })
    running.stdout.on('data', (bytes) => {
      output += bytes
      // The first line says only that it is ready.
      if (isKilled || output.split('\n').length - 2 < lines) return
      isKilled = true
      setTimeout(() => running.kill('SIGKILL'), delay)
    })
    running.on('error', reject)
    running.on('close', (code, signal) => {
      if (signal !== 'SIGKILL') return reject(new Error(`the child ended by itself (${code}): ${errors}`))
      // The last line may have been cut off.
      const lines = output.split('\n').slice(1, -1)
      resolve(
        lines
          .map((line) => line.split(' '))
          .map(([kind = '', id = '', publicKeyInfo = '']) => ({ kind, id, publicKeyInfo })),
      )
    })
  })
}

const canRunTypeScript = Number(process.versions.node.split('.')[0]) >= 24

it.skipIf(!canRunTypeScript || process.platform === 'win32')(
  `a process killed ${kills} times at any moment loses no key that was said to be durable, and the profile always opens`,
  async () => {
    const folder = testFolder()
    const first = expectSuccess(await openProfile(folder, { kind: 'real', clock: testClock }))
    await testIdentities(first)
    await first.close()
    const reported: Report[] = []
    for (let round = 0; round < kills; round++) {
      // From the first transaction on to some dozen of them; where in the one that follows is chance.
      reported.push(...(await killedAfter(folder, round % 12, Math.random() * 12)))
      // Every fifth time the profile is looked through; the child itself opens it each time.
      if (round % 5 !== 4) continue
      const profile = await testProfile(folder)
      const { identities } = await testIdentities(profile)
      for (const { kind, id, publicKeyInfo } of reported.slice(-200)) {
        const key = kind === 'key' ? identities.pendingKey(id) : identities.key(id)
        expect(hexText(expectSuccess(key).publicKeyInfo)).toBe(publicKeyInfo)
      }
      await profile.close()
    }
    expect(reported.length).toBeGreaterThan(kills)
    const profile = await testProfile(folder)
    const { identities } = await testIdentities(profile)
    const known = new Set(reported.map(({ id }) => id))
    expect(identities.list().length).toBeGreaterThanOrEqual(reported.filter(({ kind }) => kind === 'identity').length)
    for (const { kind, id, publicKeyInfo } of reported) {
      const key = expectSuccess(kind === 'key' ? identities.pendingKey(id) : identities.key(id))
      expect(hexText(key.publicKeyInfo)).toBe(publicKeyInfo)
    }
    expect(known.size).toBe(reported.length)
    expect(profile.database.get('PRAGMA integrity_check')).toEqual({ integrity_check: 'ok' })
  },
)
