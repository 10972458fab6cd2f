import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { expectSuccess } from '../base/result.ts'
import { openProfile, type Profile } from '../storage/profile.ts'
import { testAuthority, testPerson } from './testPki.ts'
import { createTrustStore } from './trust.ts'

let folder: string
let profile: Profile
let seconds = 0
/** Each look at the clock is a second later. */
const tick = () => new Date(Date.parse('2026-06-01T12:00:00Z') + seconds++ * 1_000)

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'siegel-trust-'))
  profile = expectSuccess(await openProfile(folder, { kind: 'real', clock: tick }))
})

afterEach(async () => {
  await profile.close()
  rmSync(folder, { recursive: true })
})

describe('trusted roots', () => {
  it('begin empty and stay as they were added', async () => {
    const trust = createTrustStore({ database: profile.database, clock: tick })
    expect(trust.anchors()).toEqual([])
    const [first, second] = [await testAuthority('First'), await testAuthority('Second')]
    expectSuccess(trust.add(first.certificate, 'compared by telephone'))
    expectSuccess(trust.add(second.certificate, ''))
    const kept = createTrustStore({ database: profile.database, clock: tick }).anchors()
    expect(kept.map(({ certificate, note }) => [certificate.sha256, note])).toEqual([
      [first.certificate.sha256, 'compared by telephone'],
      [second.certificate.sha256, ''],
    ])
  })

  it('are there once, and go when they are removed', async () => {
    const trust = createTrustStore({ database: profile.database, clock: tick })
    const { certificate } = await testAuthority('First')
    expectSuccess(trust.add(certificate, ''))
    expect(trust.add(certificate, 'again')).toEqual({ ok: false, error: { code: 'already-known', name: 'First' } })
    expect(trust.remove(certificate.sha256)).toBe(true)
    expect(trust.remove(certificate.sha256)).toBe(false)
    expect(trust.anchors()).toEqual([])
  })
})

describe('issuers seen before', () => {
  it('are kept once, CAs only, and are no anchors', async () => {
    const trust = createTrustStore({ database: profile.database, clock: tick })
    const root = await testAuthority('Root')
    const middle = await testAuthority('Middle', { issuer: root })
    const person = await testPerson('anna@sandbox.example', { issuer: middle })
    trust.rememberIssuers([middle.certificate, person.certificate])
    trust.rememberIssuers([middle.certificate])
    expect(trust.issuers().map(({ sha256 }) => sha256)).toEqual([middle.certificate.sha256])
    expect(trust.anchors()).toEqual([])
  })
})
