/** Installing into a Thunderbird profile, killed at each of its steps by a real signal. */

import { spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import type { ThunderbirdMachine } from '../acquisition/thunderbird/machine.ts'
import { changeProfile } from '../acquisition/thunderbird/profileChange.ts'
import { settleCutOffChange } from '../acquisition/thunderbird/unfinishedChange.ts'
import { expectSuccess, success } from '../base/result.ts'
import { processName } from '../base/runningProcess.ts'
import { thunderbirdMachine } from './thunderbirdMachine.ts'

const before = {
  'cert9.db': 'certificates',
  'key4.db': 'keys',
  'key4.db-journal': 'half a change',
  'prefs.js': 'user_pref("a", 1);',
}

function testProfile() {
  const home = mkdtempSync(join(tmpdir(), 'siegel-cut-off-'))
  onTestFinished(() => rmSync(home, { recursive: true, force: true }))
  const profile = mkdtempSync(join(home, 'profile-'))
  for (const [name, content] of Object.entries(before)) writeFileSync(join(profile, name), content)
  return { home, profile, machine: thunderbirdMachine(home) }
}

const filesIn = (folder: string) =>
  Object.fromEntries(
    readdirSync(folder)
      .filter((name) => !name.startsWith('siegel-copy-'))
      .sort()
      .map((name) => [name, readFileSync(join(folder, name), 'utf8')]),
  )
const copiesIn = (folder: string) => readdirSync(folder).filter((name) => name.startsWith('siegel-copy-'))

/**
 * Another process changes the profile and is killed before its step with this number, or where `inside` in the middle of writing a
 * file. Whether it was.
 */
function killedAt(step: number, { home, profile }: { home: string; profile: string }, inside = false): boolean {
  const url = (path: string) => JSON.stringify(pathToFileURL(join(import.meta.dirname, path)).href)
  const code = `
    import { writeFileSync } from 'node:fs'
    import { thunderbirdMachine } from ${url('thunderbirdMachine.ts')}
    import { changeProfile } from ${url('../acquisition/thunderbird/profileChange.ts')}
    const machine = thunderbirdMachine(${JSON.stringify(home)})
    let steps = 0
    const counted = (work) => async (...given) => {
      if (++steps === ${step}) {
        if (${inside} && given.length > 1) writeFileSync(given[0] + '.siegel', 'half of a key')
        process.kill(process.pid, 'SIGKILL')
      }
      return work(...given)
    }
    const killed = { ...machine, remove: counted(machine.remove), replace: counted(machine.replace) }
    await changeProfile(killed, ${JSON.stringify(profile)}, {
      prefs: ${JSON.stringify(before['prefs.js'])},
      copyName: 'siegel-copy-now',
      work: async (folder) => {
        for (const name of ['key4.db', 'cert9.db']) writeFileSync(folder + '/' + name, 'new ' + name)
        return { ok: true, value: 'new preferences' }
      },
    })`
  const { signal, status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', code], {
    encoding: 'utf8',
  })
  if (signal === null && status !== 0) throw new Error(stderr)
  return signal === 'SIGKILL'
}

/** A change that was cut off in another container on the same home. */
function killedElsewhere() {
  const made = testProfile()
  expect(killedAt(9, made)).toBe(true)
  const mark = join(made.profile, 'siegel-copy-now', 'unfinished.json')
  const text = readFileSync(mark, 'utf8')
  const { process: name } = JSON.parse(text) as { process: string }
  // Numbers are counted anew in each: nobody has it here.
  writeFileSync(mark, text.replace(name, '999999999-1-1.container'))
  return { made, mark }
}

describe('an installation into Thunderbird that is killed', () => {
  it('in the middle of a file leaves no half of it, whether everything is put back or somebody has written since', async () => {
    const cases = [
      { lacks: ['key4.db', 'key4.db-journal'], others: undefined },
      { lacks: [], others: 'user_pref("b", 2);' },
    ]
    for (const { lacks, others } of cases) {
      for (let step = 1; ; step++) {
        const made = testProfile()
        for (const name of lacks) rmSync(join(made.profile, name))
        const whole = filesIn(made.profile)
        if (!killedAt(step, made, true)) break
        if (others !== undefined) writeFileSync(join(made.profile, 'prefs.js'), others)
        const half = join(made.profile, 'siegel-copy-now', 'unfinished.json.siegel')
        const longAgo = new Date(Date.now() - 3_600_000)
        if (existsSync(half)) utimesSync(half, longAgo, longAgo)
        await settleCutOffChange(made.machine, made.profile)
        expect(Object.keys(filesIn(made.profile)).filter((name) => name.endsWith('.siegel'))).toEqual([])
        if (others === undefined) expect(filesIn(made.profile)).toEqual(whole)
        if (step === 1) expect(copiesIn(made.profile)).toEqual([])
      }
    }
  })

  it('at any step is put back, file for file, when the profile is looked at again', async () => {
    let step = 1
    let marked = 0
    for (; ; step++) {
      const made = testProfile()
      if (!killedAt(step, made)) {
        expect(filesIn(made.profile)).toEqual({
          'cert9.db': 'new cert9.db',
          'key4.db': 'new key4.db',
          'prefs.js': 'new preferences',
        })
        expect(await settleCutOffChange(made.machine, made.profile)).toBeUndefined()
        expect(copiesIn(made.profile)).toEqual(['siegel-copy-now'])
        break
      }
      const settled = await settleCutOffChange(made.machine, made.profile)
      expect(filesIn(made.profile), `step ${step}`).toEqual(before)
      if (settled) marked += 1
      // Killed before the mark, nothing was changed yet.
      if (step > 1) expect(settled, `step ${step}`).toMatchObject({ outcome: 'put-back' })
      if (settled) expect(copiesIn(made.profile)).toEqual([])
      expect(await settleCutOffChange(made.machine, made.profile)).toBeUndefined()
    }
    // The mark, six side files, three files, and the mark's end.
    expect([step, marked]).toEqual([12, 10])
  })

  it('is left alone where Thunderbird has written since, and told once with the folder of the copy', async () => {
    const made = testProfile()
    expect(killedAt(9, made)).toBe(true)
    writeFileSync(join(made.profile, 'prefs.js'), 'written by Thunderbird')
    const after = filesIn(made.profile)
    // Not while it has the profile open.
    symlinkSync(`127.0.0.1:+${process.pid}`, join(made.profile, 'lock'))
    expect(await settleCutOffChange(made.machine, made.profile)).toBeUndefined()
    rmSync(join(made.profile, 'lock'))
    const folder = join(made.profile, 'siegel-copy-now')
    expect(await settleCutOffChange(made.machine, made.profile)).toEqual({ outcome: 'kept', folder })
    expect(filesIn(made.profile)).toEqual(after)
    expect(readFileSync(join(folder, 'key4.db'), 'utf8')).toBe(before['key4.db'])
    expect(await settleCutOffChange(made.machine, made.profile)).toBeUndefined()
  })

  it('by a container that shares the home is put back only when it must be over', async () => {
    const { made, mark } = killedElsewhere()
    const after = filesIn(made.profile)
    expect(await settleCutOffChange(made.machine, made.profile)).toBeUndefined()
    expect(filesIn(made.profile)).toEqual(after)
    const longAgo = new Date(Date.now() - 3_600_000)
    utimesSync(mark, longAgo, longAgo)
    expect(await settleCutOffChange(made.machine, made.profile)).toMatchObject({ outcome: 'put-back' })
    expect(filesIn(made.profile)).toEqual(before)
  })

  it('by a container whose clock was a year ahead is put back, too', async () => {
    const { made, mark } = killedElsewhere()
    const ahead = new Date(Date.now() + 365 * 86_400_000)
    utimesSync(mark, ahead, ahead)
    expect(await settleCutOffChange(made.machine, made.profile)).toMatchObject({ outcome: 'put-back' })
    expect(filesIn(made.profile)).toEqual(before)
  })

  it('has a mark of which nothing else is believed: names outside of the profile are none', async () => {
    const made = testProfile()
    expect(killedAt(9, made)).toBe(true)
    const mark = join(made.profile, 'siegel-copy-now', 'unfinished.json')
    const good = readFileSync(mark, 'utf8')
    const after = filesIn(made.profile)
    for (const bad of ['', '{', 'null', good.replace('"key4.db"', '"../profiles.ini"')]) {
      expect(bad).not.toBe(good)
      writeFileSync(mark, bad)
      expect(await settleCutOffChange(made.machine, made.profile), bad).toBeUndefined()
      expect(filesIn(made.profile)).toEqual(after)
    }
  })
})

it('two installations in one second have a copy each', async () => {
  const { machine, profile } = testProfile()
  let prefs = before['prefs.js']
  const copies: string[] = []
  for (const text of ['first', 'second']) {
    const work = async () => success(text)
    const done = expectSuccess(await changeProfile(machine, profile, { prefs, copyName: 'siegel-copy-now', work }))
    copies.push(readFileSync(join(done.copyFolder, 'prefs.js'), 'utf8'))
    expect(existsSync(join(done.copyFolder, 'unfinished.json'))).toBe(false)
    prefs = text
  }
  expect(copies).toEqual([before['prefs.js'], 'first'])
  expect(copiesIn(profile)).toHaveLength(2)
})

/** A change of the profile: its new content is the names of its files. */
function changed(machine: ThunderbirdMachine, profile: string) {
  const work = async (folder: string) => {
    for (const name of ['key4.db', 'cert9.db']) writeFileSync(join(folder, name), `new ${name}`)
    return success('new preferences')
  }
  return changeProfile(machine, profile, { prefs: before['prefs.js'], copyName: 'siegel-copy-now', work })
}

it('Thunderbird that starts at the moment of the change finds everything as it was', async () => {
  const { machine, profile } = testProfile()
  const starting: ThunderbirdMachine = {
    ...machine,
    async replace(path, content) {
      await machine.replace(path, content)
      if (path.endsWith('cert9.db')) symlinkSync(`127.0.0.1:+${process.pid}`, join(profile, 'lock'))
    },
  }
  expect(await changed(starting, profile)).toEqual({ ok: false, error: { code: 'thunderbird-running' } })
  rmSync(join(profile, 'lock'))
  expect(filesIn(profile)).toEqual(before)
  expect(copiesIn(profile)).toEqual([])
})

/** Thunderbird starts and holds `cert9.db`, as it does on Windows, when the first file is back; `letsGo`: at the next try no more. */
function holdingAtPutBack(machine: ThunderbirdMachine, profile: string, letsGo: boolean): ThunderbirdMachine {
  const place = join(profile, 'cert9.db')
  let tries = 0
  return {
    ...machine,
    async replace(path, content) {
      await machine.replace(path, content)
      if (path.endsWith('prefs.js')) symlinkSync(`127.0.0.1:+${process.pid}`, join(profile, 'lock'))
    },
    async putBack(...given) {
      tries += 1
      if (tries > 1 && letsGo) return machine.putBack(...given)
      // A folder with something in it is replaced by no file.
      renameSync(place, `${place}.held`)
      mkdirSync(join(place, 'held'), { recursive: true })
      try {
        await machine.putBack(...given)
      } finally {
        rmSync(place, { recursive: true })
        renameSync(`${place}.held`, place)
      }
    },
  }
}

it('Thunderbird that holds a file for a moment takes none away that was put back before', async () => {
  const { machine, profile } = testProfile()
  const outcome = await changed(holdingAtPutBack(machine, profile, true), profile)
  expect(outcome).toMatchObject({ error: { code: 'thunderbird-not-changed' } })
  rmSync(join(profile, 'lock'))
  expect(filesIn(profile)).toEqual(before)
  expect(copiesIn(profile)).toEqual([])
})

it('what could be put back in part only is put back whole by the next one', async () => {
  const { machine, profile } = testProfile()
  const outcome = await changed(holdingAtPutBack(machine, profile, false), profile)
  expect(outcome).toMatchObject({ error: { code: 'thunderbird-half-changed' } })
  rmSync(join(profile, 'lock'))
  const mark = join(profile, 'siegel-copy-now', 'unfinished.json')
  writeFileSync(mark, readFileSync(mark, 'utf8').replace(processName(), '999999999-1-1.container'))
  const longAgo = new Date(Date.now() - 3_600_000)
  utimesSync(mark, longAgo, longAgo)
  expect(await settleCutOffChange(machine, profile)).toMatchObject({ outcome: 'put-back' })
  expect(filesIn(profile)).toEqual(before)
})

it.runIf(process.platform === 'linux')(
  'a copy of everything is on the disk before the first file changes, and each change before the next',
  async () => {
    const { machine, profile } = testProfile()
    const own = await open(join(profile, 'prefs.js'))
    const handles: FileHandle = Object.getPrototypeOf(own)
    await own.close()
    const steps: string[] = []
    const { sync } = handles
    vi.spyOn(handles, 'sync').mockImplementation(function (this: FileHandle) {
      steps.push(`sync ${readlinkSync(`/proc/self/fd/${this.fd}`).slice(profile.length + 1)}`)
      return sync.call(this)
    })
    onTestFinished(() => void vi.restoreAllMocks())
    const told: ThunderbirdMachine = {
      ...machine,
      async replace(path, content) {
        steps.push(`replace ${path.slice(profile.length + 1)}`)
        await machine.replace(path, content)
      },
    }
    expectSuccess(await changed(told, profile))
    const copy = 'siegel-copy-now'
    const [marked, ...rest] = ['key4.db', 'cert9.db', 'prefs.js'].map((name) => steps.indexOf(`replace ${name}`))
    const earlier = steps.slice(0, steps.indexOf(`replace ${copy}/unfinished.json`))
    const files = ['key4.db', 'cert9.db', 'prefs.js', 'key4.db-journal'].map((name) => `sync ${copy}/${name}`)
    expect(earlier).toEqual(expect.arrayContaining([...files, `sync ${copy}`, 'sync ']))
    expect(steps.slice(0, marked)).toEqual(expect.arrayContaining([`sync ${copy}/unfinished.json.siegel`]))
    // The file, then its name.
    for (const at of [marked, ...rest]) {
      const name = steps[at ?? -1]?.slice('replace '.length)
      expect(steps.slice((at ?? 0) + 1, (at ?? 0) + 3)).toEqual([`sync ${name}.siegel`, 'sync '])
    }
  },
)
