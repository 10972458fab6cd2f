import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { writePem } from '../asn1/pem.ts'
import { utf8Text } from '../base/bytes.ts'
import { expectSuccess } from '../base/result.ts'
import { testAuthority } from '../certificates/testPki.ts'
import { systemRootStore, thisMachine } from './systemRootStore.ts'

const budget = { seconds: 60, bytes: 1_000 }
const script = (code: string) => ['-e', code]
const { execPath } = process

const isThere = (program: string) => spawnSync(program, ['--help']).error === undefined
const isLinux = process.platform === 'linux'

function testFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'siegel-store-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return folder
}

describe("a store's program", () => {
  it('answers with what it writes', async () => {
    const answer = await thisMachine.run(execPath, script('process.stdout.write("roots")'), budget)
    expect(utf8Text(expectSuccess(answer))).toBe('roots')
  })

  it('answers into a file of its own, which goes', async () => {
    const code = 'require("fs").writeFileSync(process.argv[1], process.argv[1])'
    const answer = await thisMachine.runIntoFile(execPath, (file) => [...script(code), file], budget)
    const file = utf8Text(expectSuccess(answer))
    expect(file).toContain('siegel-roots-')
    expect(existsSync(file)).toBe(false)
  })

  it('gets no answer when it asks something', async () => {
    const code = 'process.stdin.resume().on("end", () => process.stdout.write("nobody there"))'
    expect(utf8Text(expectSuccess(await thisMachine.run(execPath, script(code), budget)))).toBe('nobody there')
  })

  it.each([
    ['slow', 'setTimeout(() => undefined, 300_000)', { ...budget, seconds: 0.3 }],
    ['too-large', 'process.stdout.write("r".repeat(2_000))', budget],
    ['refused', 'process.exit(3)', budget],
  ])('that is %s is ended and told so', async (code, program, limits) => {
    expect(await thisMachine.run(execPath, script(program), limits)).toEqual({ ok: false, error: { code } })
  })

  it('that writes no file, or too much into it, is told apart', async () => {
    const nothing = await thisMachine.runIntoFile(execPath, () => script('0'), budget)
    expect(nothing).toEqual({ ok: false, error: { code: 'missing' } })
    const code = 'require("fs").writeFileSync(process.argv[1], "r".repeat(2_000))'
    const much = await thisMachine.runIntoFile(execPath, (file) => [...script(code), file], budget)
    expect(much).toEqual({ ok: false, error: { code: 'too-large' } })
  })

  it("that isn't there is missing, and a folder is no file", async () => {
    expect(await thisMachine.run('siegel-has-no-such-program', [], budget)).toMatchObject({
      error: { code: 'missing' },
    })
    expect(await thisMachine.readFile(join(tmpdir(), 'siegel-has-no-such-file'), 10)).toMatchObject({
      error: { code: 'missing' },
    })
    expect(await thisMachine.readFile(tmpdir(), 10)).toMatchObject({ error: { code: 'refused' } })
  })
})

describe.skipIf(!isLinux || !isThere('certutil'))("this machine's roots", () => {
  it("are read, with those of the person's own NSS database that are for mail", async () => {
    const home = testFolder()
    const database = join(home, '.pki', 'nssdb')
    mkdirSync(database, { recursive: true })
    execFileSync('certutil', ['-N', '-d', `sql:${database}`, '--empty-password'])
    const name = 'Firm root, with a very long nickname: it fills the line and goes on'
    for (const [nickname, trust] of [
      [name, ',C,'],
      ['Web only', 'C,,'],
    ] as const) {
      const { certificate } = await testAuthority(nickname)
      const file = join(home, 'root.pem')
      writeFileSync(file, writePem('CERTIFICATE', certificate.der))
      execFileSync('certutil', ['-A', '-d', `sql:${database}`, '-n', nickname, '-t', trust, '-i', file])
    }
    const store = systemRootStore('linux', { ...thisMachine, environment: { HOME: home } })
    const roots = expectSuccess(await store.read())
    const subjects = roots.map(({ subject }) => subject.text)
    expect(subjects).toContain('CN=Firm root\\, with a very long nickname: it fills the line and goes on')
    expect(subjects).not.toContain('CN=Web only')
  })

  it.skipIf(!isThere('trust'))("are p11-kit's, CAs all of them", async () => {
    const store = systemRootStore('linux', { ...thisMachine, environment: {} })
    const roots = expectSuccess(await store.read())
    const count = execFileSync('trust', ['list', '--filter=ca-anchors', '--purpose=email'], { encoding: 'utf8' })
    expect(roots.length).toBe(count.match(/^pkcs11:/gm)?.length ?? 0)
  })
})

describe('the programs of other systems', () => {
  it.skipIf(!isLinux)('are missing here', async () => {
    for (const platform of ['darwin', 'win32'] as const) {
      expect(await systemRootStore(platform).read()).toEqual({
        ok: false,
        error: { code: 'system-roots-unreadable', reason: 'missing' },
      })
    }
  })
})
