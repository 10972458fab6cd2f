/** Identities from files and from Thunderbird, and to other programs, as a person does it in the terminal. */

import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { writePem } from '../../asn1/pem.ts'
import { systemRandom } from '../../base/random.ts'
import { testAuthority, testPerson } from '../../certificates/testPki.ts'
import { readPkcs12 } from '../../keystore/pkcs12/read.ts'
import { writePkcs12 } from '../../keystore/pkcs12/write.ts'
import { siegelEntry, siegelIn } from './testSiegel.ts'

const folder = mkdtempSync(join(tmpdir(), 'siegel-identity-files-'))
const siegel = siegelIn(folder)
const address = 'anna@example.org'
const anna = { passphrase: 'ein Reiher im Schilf' }
const file = (name: string) => join(folder, name)
const hasNss = ['certutil', 'pk12util'].every((tool) => spawnSync(tool, ['-H']).error === undefined)
const profileFolder = join(folder, 'person', '.thunderbird', 'p.default')
const homeBefore = process.env['HOME']

beforeAll(async () => {
  const validity = { notBefore: new Date(Date.now() - 86_400_000), notAfter: new Date(Date.now() + 86_400_000) }
  const root = await testAuthority('Root', {}, validity)
  const person = await testPerson(address, { issuer: root }, validity)
  const made = await writePkcs12({
    pkcs8: person.pkcs8,
    certificateDer: person.certificate.der,
    chain: [root.certificate.der],
    friendlyName: 'Anna',
    password: 'geheim',
    profile: 'compatible',
    random: systemRandom,
    iterations: 100,
  })
  writeFileSync(file('anna.p12'), made)
  mkdirSync(profileFolder, { recursive: true })
  writeFileSync(
    join(folder, 'person/.thunderbird/profiles.ini'),
    '[Profile0]\nName=main\nIsRelative=1\nPath=p.default\nDefault=1\n',
  )
  const prefs = { 'mail.accountmanager.accounts': 'account1', 'mail.account.account1.identities': 'id1' }
  const lines = Object.entries({ ...prefs, 'mail.identity.id1.useremail': address })
  writeFileSync(
    join(profileFolder, 'prefs.js'),
    lines.map(([name, value]) => `user_pref("${name}", "${value}");\n`).join(''),
  )
  // The program finds Thunderbird below the person's own folder.
  process.env['HOME'] = join(folder, 'person')
})
afterAll(() => {
  process.env['HOME'] = homeBefore
  rmSync(folder, { recursive: true, force: true })
})

/** Runs the command on a terminal (script(1)), and types each answer when its question appears. Gives what the screen shows. */
function atTerminal(args: readonly string[], answers: readonly (readonly [string, string])[]): Promise<string> {
  const { SIEGEL_PASSPHRASE: _, ...environment } = process.env
  const command = [process.execPath, '--no-warnings', siegelEntry, ...args].map((one) => `'${one}'`).join(' ')
  const child = spawn('script', ['-qec', command, '/dev/null'], { env: environment })
  const left = [...answers]
  let [screen, answered] = ['', 0]
  child.stdout.on('data', (bytes) => {
    screen += bytes
    const [question, answer] = left[0] ?? []
    if (question === undefined || !screen.slice(answered).includes(question)) return
    answered = screen.length
    left.shift()
    child.stdin.write(`${answer}\r`)
  })
  return new Promise((resolve) => child.on('close', () => resolve(screen)))
}

describe('an identity', () => {
  it('comes in with its password, and each other file is refused with its own reason', async () => {
    const importing = (name: string) => ['identity', 'import', file(name), '--password-file', '-', '--json']
    const reasonOf = async (name: string, password: string) => {
      const refused = await siegel(importing(name), { ...anna, input: password })
      expect(refused.code).toBe(1)
      return JSON.parse(refused.out).error.code
    }
    writeFileSync(file('notes.txt'), 'no such thing')
    writeFileSync(file('half.p12'), readFileSync(file('anna.p12')).subarray(0, 500))
    const bytes = readFileSync(file('anna.p12'))
    writeFileSync(file('bitten.p12'), bytes.with(bytes.length - 40, (bytes.at(-40) ?? 0) ^ 1))
    expect(await reasonOf('anna.p12', 'falsch')).toBe('wrong-password')
    expect(await reasonOf('notes.txt', 'x')).toBe('not-a-key-file')
    expect(await reasonOf('half.p12', 'geheim')).toBe('damaged-file')
    expect(await reasonOf('bitten.p12', 'geheim')).toBe('damaged-file')
    const taken = await siegel(importing('anna.p12'), { ...anna, input: 'geheim\n' })
    expect(JSON.parse(taken.out).imported).toMatchObject([{ addresses: [address] }])
    const told = await siegel(importing('anna.p12').slice(0, -1), { ...anna, home: 'told', input: 'geheim\n' })
    expect(told.err).toContain("It doesn't say where its revocation would be published")
  })

  it('is shown with what is odd about it, and somebody at the terminal is asked before one that has ended is taken', async () => {
    const root = await testAuthority('Root', {})
    const validity = { notBefore: new Date('2020-01-01T00:00:00Z'), notAfter: new Date('2021-01-01T00:00:00Z') }
    const { pkcs8, certificate } = await testPerson('old@example.org', { issuer: root }, validity)
    writeFileSync(file('old.pem'), writePem('PRIVATE KEY', pkcs8) + writePem('CERTIFICATE', certificate.der))
    const looked = await siegel(['identity', 'import', file('old.pem'), '--look'], { home: 'nobody' })
    expect(looked.code, looked.err).toBe(0)
    expect(looked.out).toMatch(/^old@example\.org .*\n {2}It ended on 1 January 2021\. It still opens old letters/)
    expect(looked.err).toContain('Nothing was taken.')
    const json = await siegel(['identity', 'import', file('old.pem'), '--look', '--json'], { home: 'nobody' })
    expect(JSON.parse(json.out).identities).toMatchObject([{ known: false, odd: [{ code: 'ended' }, {}, {}] }])
    writeFileSync(file('passphrase'), anna.passphrase)
    const home = ['--home', file('asked'), '--lang', 'en', '--passphrase-file', file('passphrase')]
    const importing = ['identity', 'import', file('old.pem'), ...home]
    const refused = await atTerminal(importing, [['(y/n)', 'n']])
    expect(refused).toContain('Nothing was taken.')
    expect((await siegel(['identity', 'list'], { home: 'asked' })).err).toContain('No identity yet')
    expect(await atTerminal(importing, [['(y/n)', 'y']])).toMatch(/old@example\.org .*expired +until/)
  })

  it('goes out as the one of a pair that signs, and the other is named', async () => {
    const root = await testAuthority('Root', {})
    const validity = { notBefore: new Date(Date.now() - 86_400_000), notAfter: new Date(Date.now() + 86_400_000) }
    const person = (usage: 'digitalSignature' | 'keyAgreement') =>
      testPerson('pair@example.org', { issuer: root }, { ...validity, keyUsage: [usage] })
    const pair = await Promise.all([person('digitalSignature'), person('keyAgreement')])
    const pem = pair.map((one) => writePem('PRIVATE KEY', one.pkcs8) + writePem('CERTIFICATE', one.certificate.der))
    writeFileSync(file('pair.pem'), pem.join(''))
    const home = { ...anna, home: 'pair' }
    const { imported } = JSON.parse((await siegel(['identity', 'import', file('pair.pem'), '--json'], home)).out)
    const other = imported.find(({ canSign }: { canSign: boolean }) => !canSign)
    const out = ['--out', file('pair.p12'), '--suggest']
    const signs = await siegel(['identity', 'export', 'pair@example.org', ...out], home)
    expect(signs.err).toContain(`It signs; sealed letters are opened by another one, ${other.id}.`)
    const opens = await siegel(['identity', 'export', other.id, ...out, '--overwrite'], home)
    expect(opens.err).toContain('It opens sealed letters; another one signs')
  })

  it('goes out for a target, under a password that is made up and shown once', async () => {
    const out = file('phone.p12')
    const request = ['identity', 'export', address, '--out', out, '--for', 'android', '--suggest']
    const exported = await siegel([...request, '--json'], anna)
    const { password } = JSON.parse(exported.out) as { password: string }
    const read = await readPkcs12(readFileSync(out), password)
    expect(read.ok && [read.value.keys.length, read.value.certificates.length]).toEqual([1, 2])
    expect(statSync(out).mode & 0o077).toBe(0)
    const kept = await siegel(request, anna)
    expect([kept.code, kept.err]).toEqual([2, expect.stringContaining('phone.p12 is there already')])
    expect((await readPkcs12(readFileSync(out), password)).ok).toBe(true)
    const again = await siegel([...request, '--overwrite'], anna)
    expect(again.err).toMatch(/shown this once: [0-9a-z-]{24}/)
    const profile = file('phone.mobileconfig')
    const asProfile = ['identity', 'export', address, '--out', profile, '--for', 'apple-profile']
    const secret = ['--password-file', '-']
    const short = await siegel([...asProfile, ...secret, '--json'], { ...anna, input: 'kurz' })
    expect(short.code).toBe(0)
    expect(short.err).toContain('fewer than 15 characters')
    expect(short.out + short.err).not.toContain('kurz')
    const long = await siegel([...asProfile, ...secret, '--overwrite'], { ...anna, input: 'ein langes Passwort' })
    expect([long.code, long.err]).toEqual([0, expect.not.stringContaining('fewer')])
    expect(readFileSync(profile, 'utf8')).toContain('com.apple.security.pkcs12')
  })

  it('takes a password on the command line, and says who can read it there', async () => {
    const home = { ...anna, home: 'visible' }
    const importing = (password: string) => ['identity', 'import', file('anna.p12'), '--password', password, '--json']
    const wrong = await siegel(importing('falsch'), home)
    expect(JSON.parse(wrong.out).error.code).toBe('wrong-password')
    expect(wrong.err).toContain('--password-file')
    expect(wrong.out + wrong.err).not.toContain('falsch')
    expect(JSON.parse((await siegel(importing('geheim'), home)).out).imported).toHaveLength(1)
  })

  it('asks for none where nobody can answer, and reads standard input once', async () => {
    const unasked = await siegel(['identity', 'import', file('anna.p12')], { ...anna, home: 'unasked' })
    expect(unasked.code).toBe(1)
    expect(unasked.err).toContain('no terminal to ask on')
    const open = await siegel(['identity', 'export', address, '--out', file('open.p12')], anna)
    expect([open.code, existsSync(file('open.p12'))]).toEqual([2, false])
    expect(open.err).toContain('No password was chosen')
    const twice = ['identity', 'import', '-', '--password-file', '-']
    const once = await siegel(twice, { ...anna, input: 'geheim' })
    expect(once).toMatchObject({ code: 2, err: 'Only one thing can come from standard input.\n' })
  })

  it.skipIf(process.platform !== 'linux' || !existsSync('/usr/bin/script'))(
    'asks on a terminal, and shows nothing of what is typed',
    async () => {
      const home = file('at-the-terminal')
      const typed = await atTerminal(
        ['identity', 'import', file('anna.p12'), '--home', home, '--lang', 'en'],
        [
          ['Choose a passphrase', 'ein Reiher am Ufer'],
          ['Once more', 'ein Reiher am Ufer'],
          ['Password of the file', 'geheim'],
        ],
      )
      expect(typed).toContain(address)
      expect(typed).not.toMatch(/Reiher|geheim/)
    },
  )

  it('is asked for with one way out and one way in', async () => {
    expect((await siegel(['identity', 'export', address], anna)).code).toBe(2)
    expect((await siegel(['identity', 'export', address, '--out', 'x', '--into', 'main'], anna)).code).toBe(2)
    expect((await siegel(['identity', 'import'], anna)).err).toContain('--thunderbird')
  })
})

describe.skipIf(!hasNss)('Thunderbird', () => {
  const nss = (tool: string, ...parameters: readonly string[]) =>
    execFileSync(tool, [...parameters, '-d', `sql:${profileFolder}`], { encoding: 'utf8' })

  it('gets the identity, and gives it to another profile of Siegel', async () => {
    nss('certutil', '-N', '--empty-password')
    const before = await siegel(['identity', 'profiles', '--json'], anna)
    expect(JSON.parse(before.out)).toMatchObject({ tools: true, profiles: [{ name: 'main', certificates: [] }] })
    const installed = await siegel(['identity', 'export', address, '--into', 'default', '--encrypt', '--json'], anna)
    expect(JSON.parse(installed.out)).toMatchObject({ addresses: [address] })
    expect(nss('certutil', '-L')).toMatch(/^anna@example\.org\s+u,u,u/m)
    expect(readFileSync(join(profileFolder, 'prefs.js'), 'utf8')).toContain(
      'user_pref("mail.identity.id1.encryptionpolicy", 2);',
    )
    const listed = await siegel(['identity', 'profiles'], anna)
    expect(listed.out).toContain('main  not open')
    expect(listed.out).toContain(address)
    const other = { passphrase: 'noch ein Reiher', home: 'other' }
    const taken = await siegel(['identity', 'import', '--thunderbird', 'main', '--json'], other)
    expect(JSON.parse(taken.out).imported).toMatchObject([{ addresses: [address] }])
    const unknown = await siegel(['identity', 'import', '--thunderbird', 'nobody', '--json'], other)
    expect(JSON.parse(unknown.out).error).toEqual({ code: 'not-found', what: 'thunderbird-profile' })
  })
})
