import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { utf8Bytes, utf8Text } from '../base/bytes.ts'
import { expectSuccess } from '../base/result.ts'
import { removeLeftBehindTools, toolEnvironment, toolMachine } from './toolMachine.ts'

const secret = 'a password of the moment'
const isLinux = process.platform === 'linux'

function testHome(): string {
  const home = mkdtempSync(join(tmpdir(), 'siegel-tools-'))
  onTestFinished(() => rmSync(home, { recursive: true, force: true }))
  return home
}

const everythingIn = (folder: string) =>
  readdirSync(folder, { recursive: true, withFileTypes: true }).map(({ name, parentPath }) => join(parentPath, name))

const filesIn = (folder: string) => everythingIn(folder).filter((path) => statSync(path).isFile())

/** A process that has handed a secret to a tool, which doesn't end. */
async function workingProcess(home: string) {
  const module = pathToFileURL(join(import.meta.dirname, 'toolMachine.ts')).href
  const tool = 'console.log(require("fs").readFileSync(process.argv[1], "utf8")); setInterval(() => undefined, 1_000)'
  const code = `
    const { toolMachine } = await import(${JSON.stringify(module)})
    const machine = toolMachine(${JSON.stringify(home)})
    await machine.inPrivateFolder(async (folder) => {
      const file = await folder.write('password', Buffer.from(${JSON.stringify(secret)}))
      const running = machine.run(process.execPath, ['-e', ${JSON.stringify(tool)}, file])
      console.log('working')
      await running
    })`
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  await once(child.stdout, 'data')
  return {
    async kill() {
      child.kill('SIGKILL')
      await once(child, 'exit')
    },
  }
}

describe('a file that is handed to a tool', () => {
  it('is opened by it as often as it likes, and what it writes there comes back', async () => {
    const machine = toolMachine(testHome())
    await machine.inPrivateFolder(async (folder) => {
      const given = await folder.write('given', utf8Bytes(secret))
      const asked = await folder.write('asked', new Uint8Array())
      const code = 'const fs = require("fs"), read = () => fs.readFileSync(process.argv[1]); read()'
      const answer = `${code}; fs.writeFileSync(process.argv[2], Buffer.concat([read(), read()]))`
      expectSuccess(await machine.run(process.execPath, ['-e', answer, given, asked]))
      expect(utf8Text((await folder.read('asked', 1_000)) ?? new Uint8Array())).toBe(secret + secret)
      expect(await folder.read('asked', 10)).toBeUndefined()
      expect(await folder.read('nothing', 10)).toBeUndefined()
    })
  })

  it.runIf(isLinux)('has no name on the disk, and a tool’s own file is readable by the person alone', async () => {
    const home = testHome()
    const machine = toolMachine(home)
    await machine.inPrivateFolder(async (folder) => {
      await folder.write('secret', utf8Bytes(secret))
      expect(filesIn(home)).toEqual([])
      expect(statSync(folder.path).mode & 0o777).toBe(0o700)
      execFileSync('touch', [join(folder.path, 'own')])
      expect(await folder.read('own', 10)).toHaveLength(0)
    })
    expect(everythingIn(join(home, 'tools'))).toEqual([])
  })

  it('goes with its folder when the work throws', async () => {
    const home = testHome()
    const work = toolMachine(home).inPrivateFolder(async (folder) => {
      await folder.write('secret', utf8Bytes(secret))
      throw new Error('of the test')
    })
    await expect(work).rejects.toThrow('of the test')
    expect(everythingIn(join(home, 'tools'))).toEqual([])
  })
})

describe('what a killed process leaves', () => {
  it('goes at the next start, but nothing goes of a process that is at work', async () => {
    const home = testHome()
    const working = await workingProcess(home)
    const folders = everythingIn(join(home, 'tools'))
    removeLeftBehindTools(home)
    expect(everythingIn(join(home, 'tools'))).toEqual(folders)
    expect(folders).not.toEqual([])
    await working.kill()
    expect(everythingIn(join(home, 'tools'))).toEqual(folders)
    const left = filesIn(home).filter((path) => readFileSync(path, 'utf8').includes(secret))
    if (isLinux) expect(left).toEqual([])
    removeLeftBehindTools(home)
    expect(readdirSync(join(home, 'tools'))).toEqual([])
  })
})

describe('a tool', () => {
  it('that is not there is missing, and what it says on its end is told', async () => {
    const machine = toolMachine(testHome())
    expect(await machine.run('no-such-program', [])).toEqual({ ok: false, error: { code: 'missing' } })
    const refused = await machine.run(process.execPath, ['-e', 'console.error("no token"); process.exit(3)'])
    expect(refused).toEqual({ ok: false, error: { code: 'refused', detail: 'no token\n' } })
  })

  it('hears nothing of the vault’s passphrase: what it starts itself may stay for days', async () => {
    vi.stubEnv('SIEGEL_PASSPHRASE', secret)
    onTestFinished(() => void vi.unstubAllEnvs())
    const machine = toolMachine(testHome())
    const tell = ['-e', 'process.stdout.write(JSON.stringify(process.env))']
    const environment = utf8Text(expectSuccess(await machine.run(process.execPath, tell)))
    expect(environment).not.toContain(secret)
    expect(JSON.parse(environment)).toMatchObject({ PATH: process.env['PATH'], LC_ALL: 'C.UTF-8' })
  })

  it('of macOS is found where Homebrew and MacPorts put it, after what the PATH names', () => {
    const finder = { PATH: '/usr/bin:/bin:/usr/sbin:/sbin' }
    expect(toolEnvironment(finder, 'darwin')['PATH']).toMatch(
      /^\/usr\/bin:.*:\/sbin:\/opt\/homebrew\/bin:\/usr\/local\/bin:/,
    )
    expect(toolEnvironment(finder, 'linux')['PATH']).toBe(finder.PATH)
  })

  it('reads what is put in, and nothing otherwise', async () => {
    const machine = toolMachine(testHome())
    const echo = ['-e', 'process.stdin.pipe(process.stdout)']
    expect(utf8Text(expectSuccess(await machine.run(process.execPath, echo, utf8Bytes(secret))))).toBe(secret)
    expect(expectSuccess(await machine.run(process.execPath, echo))).toHaveLength(0)
  })
})
