/** Profiles for tests, in a folder of their own that goes when the test ends. */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { fixedClock } from '../base/clock.ts'
import { expectSuccess } from '../base/result.ts'
import { openProfile, type Profile, type ProfileOptions } from './profile.ts'

export const testClock = fixedClock('2026-03-01T12:00:00Z')

export function testFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'siegel-test-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

export async function testProfile(folder = testFolder(), options: Partial<ProfileOptions> = {}): Promise<Profile> {
  const profile = expectSuccess(await openProfile(folder, { kind: 'real', clock: testClock, ...options }))
  onTestFinished(() => profile.close())
  return profile
}
