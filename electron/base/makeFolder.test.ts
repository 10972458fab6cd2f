import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { makeFolder } from './makeFolder.ts'

const folder = mkdtempSync(join(tmpdir(), 'siegel-folder-'))
afterEach(() => rmSync(folder, { recursive: true, force: true }))

describe('a folder and those above it', () => {
  it('are made, for their owner alone where that is wanted', () => {
    makeFolder(join(folder, 'a', 'b', 'c'), 0o700)
    makeFolder(join(folder, 'a', 'b', 'c'), 0o700)
    expect(existsSync(join(folder, 'a', 'b', 'c'))).toBe(true)
    if (process.platform !== 'win32') expect(statSync(join(folder, 'a', 'b')).mode & 0o777).toBe(0o700)
  })

  it('are not made over a file, below a file, or where a link leads nowhere', () => {
    makeFolder(folder)
    writeFileSync(join(folder, 'file'), '')
    symlinkSync(join(folder, 'nowhere', 'deep'), join(folder, 'link'))
    expect(() => makeFolder(join(folder, 'file'))).toThrow('EEXIST')
    expect(() => makeFolder(join(folder, 'file', 'below'))).toThrow('ENOTDIR')
    expect(() => makeFolder(join(folder, 'link'))).toThrow('EEXIST')
  })

  // In a process of its own: what never comes back can't be stopped in this one.
  it.skipIf(process.platform !== 'linux')('end with the refusal below /proc, which takes none', () => {
    const module = JSON.stringify(new URL('./makeFolder.ts', import.meta.url).href)
    const script = `const { makeFolder } = await import(${module}); makeFolder('/proc/siegel/home')`
    const options = ['--no-warnings', '--experimental-strip-types', '--input-type=module', '-e', script]
    const run = spawnSync(process.execPath, options, { encoding: 'utf8', timeout: 120_000 })
    expect(run.status).toBe(1)
    expect(run.stderr).toContain('ENOENT')
  })
})
