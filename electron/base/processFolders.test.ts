import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { makeProcessFolder, removeLeftBehind } from './processFolders.ts'
import { processName } from './runningProcess.ts'

const [, , countedBy = ''] = processName().split('-')

function testParent(names: readonly string[] = []): string {
  const parent = mkdtempSync(join(tmpdir(), 'siegel-folders-'))
  onTestFinished(() => rmSync(parent, { recursive: true, force: true }))
  for (const name of names) {
    mkdirSync(join(parent, name))
    writeFileSync(join(parent, name, 'file'), 'x')
  }
  return parent
}

function touch(path: string, minutesAgo: number): void {
  const at = new Date(Date.now() - minutesAgo * 60_000)
  utimesSync(path, at, at)
}

describe('a folder of a process', () => {
  it('that has ended goes, also where a container shares the home, and stays while the process lives', async () => {
    const ended = `999999999-1-${countedBy}-abc`
    const parent = testParent([ended, 'stray'])
    const own = await makeProcessFolder(parent)
    touch(own.path, 10_000)
    removeLeftBehind(parent, 10)
    expect(readdirSync(parent).map((name) => join(parent, name))).toEqual([own.path])
    await own.remove()
    expect(readdirSync(parent)).toEqual([])
  })

  it('of another computer or container stays as long as it is touched', () => {
    // Number 1 in its container; here it is another process.
    const other = '1-1-1.container-abc'
    const parent = testParent([other])
    touch(join(parent, other), 9)
    removeLeftBehind(parent, 10)
    expect(readdirSync(parent)).toEqual([other])
    touch(join(parent, other), 11)
    removeLeftBehind(parent, 10)
    expect(readdirSync(parent)).toEqual([])
  })

  it('of another computer or container that was touched in the future goes: its clock was wrong, and it may hold a key', () => {
    const other = '1-1-1.container-abc'
    const parent = testParent([other])
    touch(join(parent, other), -9)
    removeLeftBehind(parent, 10)
    expect(readdirSync(parent)).toEqual([other])
    touch(join(parent, other), -500_000)
    removeLeftBehind(parent, 10)
    expect(readdirSync(parent)).toEqual([])
  })

  it('is touched each minute, until it goes', async () => {
    vi.useFakeTimers({ now: Date.now(), toFake: ['setInterval', 'clearInterval', 'Date'] })
    onTestFinished(() => void vi.useRealTimers())
    const { path, remove } = await makeProcessFolder(testParent())
    touch(path, 60)
    vi.advanceTimersByTime(60_000)
    await vi.waitFor(() => expect(statSync(path).mtimeMs).toBeGreaterThan(Date.now() - 60_000), { timeout: 60_000 })
    await remove()
    expect(vi.getTimerCount()).toBe(0)
  })

  it('goes though others have gone while it is looked at, and where none was made nothing happens', () => {
    const parent = testParent([`999999998-1-${countedBy}-b`, `999999999-1-${countedBy}-d`])
    // Listed, and not there: a link to nothing is the same to whoever asks for its age.
    for (const name of ['1-1-1.x-a', '1-1-1.x-c']) symlinkSync(join(parent, 'gone'), join(parent, name))
    removeLeftBehind(parent, 10)
    expect(readdirSync(parent)).toEqual(['1-1-1.x-a', '1-1-1.x-c'])
    expect(() => removeLeftBehind(join(parent, 'missing'), 10)).not.toThrow()
  })
})
