import { lstat, mkdtemp, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { utf8Bytes } from '../../base/bytes.ts'
import { readInput, safeFileName, writeBeside, writeOutput } from './files.ts'
import { OutputRefused } from './terminal.ts'

describe('file names that a mail suggests', () => {
  it.each([
    ['../../etc/passwd', '_.._etc_passwd'],
    ['C:\\autoexec.bat', 'C__autoexec.bat'],
    ['.bashrc', 'bashrc'],
    ['photo\u202egpj.exe', 'photogpj.exe'],
    ['con.txt', '_con.txt'],
    ['a\r\nb', 'ab'],
    ['...', 'attachment'],
    ['', 'attachment'],
    ['Angebot März.pdf', 'Angebot März.pdf'],
  ])('turns %j into %j', (suggested, name) => {
    expect(safeFileName(suggested)).toBe(name)
  })

  it('never overwrite what is there, not through a symbolic link either', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'siegel-files-'))
    const victim = join(folder, 'victim')
    await writeFile(victim, 'old')
    await symlink(victim, join(folder, 'letter.txt'))
    const written = await writeBeside(folder, 'letter.txt', utf8Bytes('new'))
    expect(written).toBe(join(folder, 'letter-2.txt'))
    expect(await readFile(victim, 'utf8')).toBe('old')
    expect(await readdir(folder)).toContain('letter-2.txt')
  })
})

describe('reading what the command line names', () => {
  it('answers a missing file and a folder with a code instead of an exception of the system', async () => {
    await expect(readInput('/nonexistent')).rejects.toMatchObject({ code: 'file-unreadable' })
    await expect(readInput(tmpdir())).rejects.toMatchObject({ code: 'file-unreadable' })
  })

  it('refuses more than the bound', async () => {
    const file = join(await mkdtemp(join(tmpdir(), 'siegel-files-')), 'large')
    await writeFile(file, new Uint8Array(100))
    await expect(readInput(file, 99)).rejects.toMatchObject({ code: 'too-large', data: { limit: 99, size: 100 } })
  })
})

describe('writing what the command line names', () => {
  it('writes into a device instead of taking its place', async () => {
    await writeOutput('/dev/null', utf8Bytes('letter'))
    expect((await stat('/dev/null')).isCharacterDevice()).toBe(true)
  })

  it('replaces what a link leads to, as a whole, and leaves the link', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'siegel-files-'))
    await writeFile(join(folder, 'letter.eml'), 'an older and longer letter')
    await symlink('letter.eml', join(folder, 'link.eml'))
    await writeOutput(join(folder, 'link.eml'), utf8Bytes('new'), { secret: true })
    expect((await lstat(join(folder, 'link.eml'))).isSymbolicLink()).toBe(true)
    expect(await readFile(join(folder, 'letter.eml'), 'utf8')).toBe('new')
    expect((await stat(join(folder, 'letter.eml'))).mode & 0o077).toBe(0)
  })

  it('leaves what was there when it is stopped halfway, and nothing of its own', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'siegel-files-'))
    await writeFile(join(folder, 'letter.eml'), 'old')
    const stop = new AbortController()
    async function* endless() {
      for (let piece = 0; ; piece++) {
        if (piece === 3) stop.abort()
        yield utf8Bytes('piece')
        await new Promise((resolve) => setImmediate(resolve))
      }
    }
    const writing = writeOutput(join(folder, 'letter.eml'), endless(), { signal: stop.signal })
    await expect(writing).rejects.toMatchObject({ code: 'cancelled' })
    expect(await readFile(join(folder, 'letter.eml'), 'utf8')).toBe('old')
    expect(await readdir(folder)).toEqual(['letter.eml'])
  })

  it('says that writing was refused', async () => {
    const nowhere = writeOutput('/nonexistent/letter.eml', utf8Bytes('letter'))
    await expect(nowhere).rejects.toBeInstanceOf(OutputRefused)
  })
})
