/** Wrong use of the terminal's commands: what a person and what a script are told. */

import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Siegel, siegelEntry, siegelIn } from './testSiegel.ts'

let folder: string
let siegel: Siegel
const passphrase = 'correct horse battery staple'

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'siegel-usage-'))
  siegel = siegelIn(folder)
})
afterAll(() => rm(folder, { recursive: true, force: true }))

describe('wrong use', () => {
  it.each([
    ['a command that there isn’t', ['exprt']],
    ['a group without a command', ['identity']],
    ['what is missing', ['authority', 'create']],
    ['what doesn’t go together', ['identity', 'export', 'x']],
    ['a number out of bounds', ['authority', 'create', '--name', 'Family', '--years', '0']],
    ['an option with a secret for its value', ['identity', 'import', 'x', '--pasword=geheim']],
  ])('reaches a script as one value: %s', async (_, line) => {
    const { code, out, err } = await siegel([...line, '--json'], { passphrase })
    expect(code, err).toBe(2)
    const { error } = JSON.parse(out)
    expect(error).toEqual({ code: 'usage', message: expect.stringMatching(/^[^{}]+\.$/s) })
    expect(out + err).not.toContain('geheim')
    expect(err).not.toBe('')
  })

  it('is a folder without a name for the profile', async () => {
    const { code, err } = await siegel(['contact', 'list', '--home', ''])
    // The tests' own --home comes last; commander looks at each.
    expect(code).toBe(2)
    expect(err).toContain('--home <folder>')
  })
})

describe('help that finds no place', () => {
  const shown = (rest: string) =>
    spawnSync('sh', ['-c', `"$0" --no-warnings "$1" --lang en --help ${rest}`, process.execPath, siegelEntry], {
      encoding: 'utf8',
    })

  it.skipIf(!existsSync('/dev/full'))('says that the disk is full', () => {
    const { status, stderr } = shown('> /dev/full')
    expect(status).toBe(1)
    expect(stderr).toMatch(/^The disk is full\.\n.*\n$/)
  })

  it.skipIf(process.platform === 'win32')('ends without a word where its reader has left', () => {
    expect(shown('| true').stderr).toBe('')
  })
})

describe('two requests for one file name', () => {
  const csr = ['identity', 'csr', '--address', 'anna@example.org', '--name', 'Anna', '--key', 'ec-p256']

  it('leave the file alone that has that name, and ask about those that they write', async () => {
    const out = join(folder, 'anna.csr')
    await writeFile(out, 'mine')
    const made = await siegel([...csr, '--for', 'separate', '--out', out], { passphrase })
    expect(made.code, made.err).toBe(0)
    expect((await readdir(folder)).filter((name) => name.endsWith('.csr')).sort()).toEqual([
      'anna-encrypt.csr',
      'anna-sign.csr',
      'anna.csr',
    ])
    const again = await siegel([...csr, '--for', 'separate', '--out', out], { passphrase })
    expect(again.code).toBe(2)
    expect(again.err).toContain('anna-sign.csr is there already')
    expect((await siegel([...csr, '--out', out], { passphrase })).err).toContain('anna.csr is there already')
  })
})
