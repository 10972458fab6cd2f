import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createLog, redacted, redactedText } from './log.ts'

function logFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'siegel-log-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return join(folder, 'logs')
}

const canary = 'kanarienvogel-4711'

describe('the log', () => {
  it('writes lines of JSON into a file for its owner only', () => {
    const folder = logFolder()
    const log = createLog({ folder, level: 'info' })
    log.info({ profile: 'real' }, 'opened')
    log.debug('not at this level')
    const lines = readFileSync(join(folder, 'siegel.log'), 'utf8').trim().split('\n')
    expect(lines).toHaveLength(1)
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ profile: 'real', msg: 'opened' })
    if (process.platform !== 'win32') {
      expect(statSync(folder).mode & 0o777).toBe(0o700)
      expect(statSync(join(folder, 'siegel.log')).mode & 0o777).toBe(0o600)
    }
  })

  it('is rotated by size and keeps three files', () => {
    const folder = logFolder()
    const log = createLog({ folder, level: 'info' })
    for (let round = 0; round < 5; round++) {
      log.info(`round ${round}`)
      writeFileSync(join(folder, 'siegel.log'), `${round}${'x'.repeat(1_100_000)}\n`)
    }
    log.info('last')
    expect(readdirSync(folder).sort()).toEqual(['siegel.log', 'siegel.log.1', 'siegel.log.2'])
    expect(readFileSync(join(folder, 'siegel.log.1'), 'latin1')[0]).toBe('4')
    expect(readFileSync(join(folder, 'siegel.log'), 'utf8')).toContain('last')
  })

  it('without a folder, or with one that cannot be written, never throws', () => {
    createLog({ level: 'info' }).info('hello')
    createLog({ folder: '/dev/null/logs', level: 'info' }).info('hello')
  })

  it('never holds a secret, in whatever field, error, list or sentence it comes', () => {
    let written = ''
    const log = createLog({ level: 'debug', write: (line) => (written += line) })
    const error = Object.assign(new Error(`password=${canary}`), {
      passphrase: canary,
      cause: new Error(`token: ${canary}`),
    })
    log.info(
      { password: canary, passphrase: canary, nested: [{ accessToken: canary, pkcs8: Buffer.from(canary) }] },
      'a',
    )
    log.warn({ bytes: Buffer.from(canary), array: new TextEncoder().encode(canary), key: canary, text: canary }, 'b')
    log.error({ err: error, error }, `login with password: ${canary}`)
    log.error(error)
    log.info(`smtps://anna:${canary}@mail.example.org and Authorization: Bearer ${canary}`)
    log.info('%s', `-----BEGIN RSA PRIVATE KEY-----\n${canary}\n-----END RSA PRIVATE KEY-----`)
    log.info('%o', { secret: canary })
    log.child({ masterKey: canary }).info('AUTH PLAIN %s', 'x')
    log.info(`AUTH PLAIN ${canary}`)
    expect(written.split('\n').length).toBeGreaterThan(8)
    expect(written).not.toContain(canary)
    expect(written).not.toContain(Buffer.from(canary).toString('base64'))
  })

  it('takes any value: deep, circular, long', () => {
    const circular: Record<string, unknown> = {}
    circular['self'] = circular
    createLog({ level: 'info' }).info(circular)
    fc.assert(
      fc.property(fc.anything(), (value) => {
        redacted(value)
      }),
    )
    expect(redactedText('x'.repeat(10_000)).length).toBeLessThan(2_010)
  })
})
