/** Keeping in the terminal: a backup, its rehearsal, the paper key, another computer; and a CA for the family. */

import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hasOpenssl } from '../../../build/openssl.ts'
import { writePem } from '../../asn1/pem.ts'
import { testAuthority, testPerson } from '../../certificates/testPki.ts'
import { type Siegel, siegelIn } from './testSiegel.ts'

const run = promisify(execFile)
const anna = { passphrase: 'correct horse battery', home: 'anna' }
const annasNext = { passphrase: 'another computer, another horse', home: 'next' }
let folder: string
let siegel: Siegel
const file = (name: string) => join(folder, name)

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'siegel-keeping-'))
  siegel = siegelIn(folder)
  await writeFile(file('backup-passphrase'), 'ein Reiher im Schilf\n')
  const root = await testAuthority('Root')
  const person = await testPerson('anna@example.org', { issuer: root })
  const pem = [writePem('PRIVATE KEY', person.pkcs8), writePem('CERTIFICATE', person.certificate.der)].join('')
  await writeFile(file('anna.pem'), pem)
  const imported = await siegel(['identity', 'import', file('anna.pem')], anna)
  expect(imported.code, imported.err).toBe(0)
  for (const where of [anna, annasNext]) {
    const notAfter = new Date('2126-01-01T00:00:00Z')
    const { certificate } = await testPerson('jonas@example.org', { issuer: root }, { notAfter })
    await writeFile(file('jonas.pem'), writePem('CERTIFICATE', certificate.der))
    const added = await siegel(['contact', 'add', file('jonas.pem')], where)
    expect(added.code, added.err).toBe(0)
  }
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const days = (count: number) => new Date(Date.now() + count * 86_400_000)
const soon = () => ({ notBefore: days(-300), notAfter: days(20) })
const secret = () => ['--backup-passphrase-file', file('backup-passphrase')]
const backup = () => file('anna.siegel-backup')

describe('what is due', () => {
  it('is told beside the list of identities, and not to a script', async () => {
    const { certificate, pkcs8 } = await testPerson('eva@example.org', {}, soon())
    const pem = [writePem('PRIVATE KEY', pkcs8), writePem('CERTIFICATE', certificate.der)].join('')
    await writeFile(file('eva.pem'), pem)
    const eva = { passphrase: 'correct horse battery', home: 'eva' }
    expect((await siegel(['identity', 'import', file('eva.pem')], eva)).code).toBe(0)
    const due = ['identity', 'list']
    const first = await siegel(due, { home: 'eva' })
    expect(first.err).toMatch(/^The certificate of eva@example\.org ends soon\. "siegel identity renewals"/m)
    expect(first.err).toMatch(/^No backup yet\. "siegel identity backup/m)
    expect((await siegel(['identity', 'renewals'], { home: 'eva' })).err).toBe(first.err)
    expect((await siegel([...due, '--json'], { home: 'eva' })).err).toBe('')
    // What found no room was never made.
    const full = await siegel(['identity', 'backup', '--out', '/dev/full', ...secret()], eva)
    expect(full.code).toBe(1)
    expect((await siegel(due, { home: 'eva' })).err).toContain('No backup yet')
    const made = await siegel(['identity', 'backup', '--out', file('eva.siegel-backup'), ...secret()], eva)
    expect(made.code, made.err).toBe(0)
    expect((await siegel(due, { home: 'eva' })).err).toContain('Your backup was never tried. "siegel identity rehearse')
    await siegel(['identity', 'rehearse', file('eva.siegel-backup'), ...secret()], { home: 'eva' })
    expect((await siegel(due, { home: 'eva' })).err).not.toContain('backup')
  })
})

describe('a backup', () => {
  it('is written for its owner alone, rehearsed, and restored on another computer after a look', async () => {
    const paper = await siegel(['identity', 'paper-key', '--out', file('paper.txt')], anna)
    expect(paper.code, paper.err).toBe(0)
    const made = await siegel(['identity', 'backup', '--out', backup(), ...secret(), '--json'], anna)
    expect(made.code, made.err).toBe(0)
    expect(JSON.parse(made.out)).toMatchObject({ identities: 1, samePassphrase: false, paperKey: true })
    expect((await stat(backup())).mode & 0o777).toBe(0o600)

    const rehearsed = await siegel(['identity', 'rehearse', backup(), ...secret()], { home: 'anna' })
    expect(rehearsed.code, rehearsed.err).toBe(0)
    expect(rehearsed.out).toContain('anna@example.org')
    expect(rehearsed.out).toContain('opened its test letter')

    const looked = await siegel(
      ['identity', 'restore', backup(), '--paper-key-file', file('paper.txt'), '--json'],
      annasNext,
    )
    expect(JSON.parse(looked.out)).toMatchObject({
      restored: false,
      parts: [
        { kind: 'identities', added: 1, known: 0 },
        { kind: 'contacts', added: 1, known: 0 },
        { kind: 'paperKey', added: 1, known: 0 },
      ],
      people: [{ address: 'jonas@example.org', change: 'another', sealing: true }],
    })
    const read = await siegel(['identity', 'restore', backup(), '--paper-key-file', file('paper.txt')], annasNext)
    expect(read.err).toContain('One address that you know would get another certificate')
    expect(read.err).toContain('  jonas@example.org · for sealed letters')
    expect(read.err).toContain('The paper key in it would open your backups from then on')
    const before = await siegel(['identity', 'list', '--json'], annasNext)
    expect(JSON.parse(before.out)).toEqual([])
    const restored = await siegel(['identity', 'restore', backup(), ...secret(), '--yes'], annasNext)
    expect(restored.code, restored.err).toBe(0)
    expect(restored.err).toMatch(/ {2}jonas@example\.org · for sealed letters[\s\S]*The paper key in it[\s\S]*Restored/)
    const after = await siegel(['identity', 'list', '--json'], annasNext)
    expect(JSON.parse(after.out)).toMatchObject([{ addresses: ['anna@example.org'], retired: false }])
  })

  it('says which group of the paper key is mistyped, and that a passphrase is another one', async () => {
    const text = await readFile(file('paper.txt'), 'utf8')
    const key = /(?:[0-9A-Z]{5}\s+){7}[0-9A-Z]{5}/.exec(text)?.[0].split(/\s+/) ?? []
    expect(key).toHaveLength(8)
    const wrong = key.with(4, `${key[4]?.[0] === '7' ? '8' : '7'}${key[4]?.slice(1)}`)
    await writeFile(file('typed'), wrong.join(' '))
    const typo = await siegel(['identity', 'rehearse', backup(), '--paper-key-file', file('typed')], { home: 'anna' })
    expect(typo.code).toBe(1)
    expect(typo.err).toContain('group 5')
    await writeFile(file('short'), text.replace(key[4] ?? '', key[4]?.slice(1) ?? ''))
    const short = await siegel(['identity', 'rehearse', backup(), '--paper-key-file', file('short')], { home: 'anna' })
    expect(short.err).toContain('group 5')
    await writeFile(file('fewer'), text.replace(key[4] ?? '', ''))
    const fewer = await siegel(['identity', 'rehearse', backup(), '--paper-key-file', file('fewer')], { home: 'anna' })
    expect(fewer.err).toContain('8 groups; here are 7')
    const none = await siegel(['identity', 'rehearse', backup()], { home: 'anna', input: '' })
    expect([none.code, none.err]).toEqual([2, expect.stringContaining('its passphrase or its paper key')])
    await writeFile(file('wrong'), 'Kranich\n')
    const other = await siegel(
      ['identity', 'rehearse', backup(), '--backup-passphrase-file', file('wrong'), '--json'],
      { home: 'anna' },
    )
    expect(other.code).toBe(1)
    expect(JSON.parse(other.out)).toMatchObject({ error: { code: 'wrong-backup-passphrase' } })
    const damaged = await readFile(backup())
    damaged[damaged.length - 5] = (damaged[damaged.length - 5] ?? 0) ^ 1
    await writeFile(file('damaged'), damaged)
    const broken = await siegel(['identity', 'restore', file('damaged'), ...secret(), '--yes', '--json'], annasNext)
    expect(JSON.parse(broken.out)).toMatchObject({ error: { code: 'damaged-file' } })
  })
})

describe.skipIf(!hasOpenssl)('a CA for the family', () => {
  it('is made, hands its fingerprint over, and issues what its request asks for once the address is confirmed', async () => {
    const made = await siegel(['authority', 'create', '--name', 'Berger CA', '--permit', 'example.org', '--json'], anna)
    expect(made.code, made.err).toBe(0)
    const { certificate } = JSON.parse(made.out)
    await siegel(['authority', 'page', 'Berger CA', '--out', file('page.html')], anna)
    const page = await readFile(file('page.html'), 'utf8')
    expect(page.replace(/<[^>]+>|\s/g, '')).toContain(certificate.sha256.toUpperCase())
    await siegel(['authority', 'root', 'Berger CA', '--out', file('root.pem')], anna)
    await run('openssl', [
      ...['req', '-new', '-nodes', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-subj', '/CN=Oma'],
      ...['-keyout', file('oma.key'), '-out', file('oma.csr'), '-addext', 'subjectAltName=email:oma@example.org'],
    ])
    const looked = await siegel(['authority', 'issue', 'Berger CA', file('oma.csr')], anna)
    expect(looked.code).toBe(1)
    expect(looked.err).toContain('oma@example.org')
    const issue = ['authority', 'issue', 'Berger CA', file('oma.csr'), '--address', 'oma@example.org']
    const issued = await siegel([...issue, '--out', file('oma.p7b'), '--json'], anna)
    expect(issued.code, issued.err).toBe(0)
    const { stdout } = await run('openssl', ['pkcs7', '-inform', 'DER', '-in', file('oma.p7b'), '-print_certs'])
    expect(stdout).toMatch(/CN\s*=\s*Oma/)
    expect(stdout).toMatch(/CN\s*=\s*Berger CA/)
    const { sha256 } = JSON.parse(issued.out).certificate
    const revoked = await siegel(
      ['authority', 'revoke', 'Berger CA', sha256.slice(0, 16), '--reason', 'superseded'],
      anna,
    )
    expect(revoked.code, revoked.err).toBe(0)
    const list = await siegel(['authority', 'crl', 'Berger CA', '--out', file('berger.crl'), '--json'], anna)
    expect(JSON.parse(list.out)).toMatchObject({ revoked: 1 })
    const crl = await run('openssl', ['crl', '-inform', 'DER', '-in', file('berger.crl'), '-noout', '-text'])
    expect(crl.stdout).toContain('Superseded')
    const listed = await siegel(['authority', 'list'], { home: 'anna' })
    expect(listed.out).toContain('another certificate took its place')
  })

  it('refuses an address outside of its limits, and a number that is none', async () => {
    const outside = await siegel(['authority', 'issue', 'Berger CA', '--own', 'anna@example.net', '--json'], anna)
    expect(JSON.parse(outside.out)).toMatchObject({ error: { code: 'address-outside-authority' } })
    expect((await siegel(['authority', 'crl', 'Berger CA', '--out', file('x'), '--days', 'ten'], anna)).code).toBe(2)
    expect((await siegel(['authority', 'issue', 'Berger CA'], anna)).code).toBe(2)
    const forAnna = ['--own', 'anna@example.org', '--name', 'Anna', '--out', file('anna.p7b')]
    const own = await siegel(['authority', 'issue', 'Berger CA', ...forAnna], anna)
    expect(own.code, own.err).toBe(0)
    const { stdout } = await run('openssl', ['pkcs7', '-inform', 'DER', '-in', file('anna.p7b'), '-print_certs'])
    expect(stdout).toMatch(/CN\s*=\s*Anna/)
  })
})
