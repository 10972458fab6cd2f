/** Certificates by request file in the terminal: made, handed in, and joined with what comes back. */

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { zipOf } from '../../acquisition/testArchive.ts'
import { answerToRequest, validNow } from '../../acquisition/testIssuing.ts'
import { writePem } from '../../asn1/pem.ts'
import { latin1Text } from '../../base/bytes.ts'
import { systemClock } from '../../base/clock.ts'
import { expectSuccess } from '../../base/result.ts'
import { testAuthority } from '../../certificates/testPki.ts'
import { openProfile } from '../../storage/profile.ts'
import { type Siegel, siegelIn } from './testSiegel.ts'

const passphrase = 'correct horse battery'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'siegel-cli-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const siegel: Siegel = (args, options) => siegelIn(folder)(args, { passphrase, ...options })
const path = (name: string) => join(folder, name)

/** What a CA mails back: a letter with the certificate in its text. */
async function answer(requestFile: string, name: string): Promise<string> {
  const root = await testAuthority('Company CA', {}, validNow)
  const der = await answerToRequest(latin1Text(await readFile(requestFile)), root)
  const mail = `From: ca@ca.example\nSubject: Your certificate\n\nDear Anna,\n\n${writePem('CERTIFICATE', der)}\nYours, the CA\n`
  await writeFile(path(name), mail)
  return path(name)
}

const csr = ['identity', 'csr', '--address', 'anna@sandbox.example', '--name', 'Anna Berger', '--key', 'rsa-2048']

describe('a request by file', () => {
  it('goes out, waits, and is answered by a mail without a passphrase', async () => {
    const made = await siegel([...csr, '--out', path('anna.csr')])
    expect(made).toMatchObject({ code: 0, out: '' })
    expect(made.err).toContain('siegel identity answer')
    const pending = await siegel(['identity', 'pending', 'list', '--json'])
    expect(JSON.parse(pending.out)).toMatchObject([{ address: 'anna@sandbox.example', state: 'waiting' }])
    const shown = await siegel(['identity', 'pending', 'show', 'anna@sandbox.example'])
    expect(shown.out).toBe(latin1Text(await readFile(path('anna.csr'))))

    const mail = await answer(path('anna.csr'), 'answer.eml')
    const joined = await siegelIn(folder)(['identity', 'answer', mail, '--json'])
    expect(joined.code).toBe(0)
    expect(JSON.parse(joined.out)).toMatchObject({
      identities: [{ addresses: ['anna@sandbox.example'], canSign: true, canEncrypt: true }],
      taken: [{ concerns: [{ code: 'chain-unknown' }] }],
      left: [],
    })
    const again = await siegel(['identity', 'answer', mail])
    expect(again).toMatchObject({ code: 1, out: '' })
    expect(again.err).toContain('You have it already: Anna Berger.')
  })

  it('comes as two files for two keys, and both can be given up', async () => {
    const made = await siegel([...csr, '--for', 'separate', '--out', path('two.csr'), '--json'], { home: 'two' })
    expect(JSON.parse(made.out).files).toEqual([path('two-sign.csr'), path('two-encrypt.csr')])
    const unclear = await siegel(['identity', 'pending', 'cancel', 'anna@sandbox.example'], { home: 'two' })
    expect(unclear.code).toBe(2)
    for (const { id } of JSON.parse(made.out).requests) {
      const given = await siegel(['identity', 'pending', 'cancel', id, '--discard-key'], { home: 'two' })
      expect(given).toMatchObject({ code: 0, err: 'Given up; its key is gone\n' })
    }
    const late = await answer(path('two-sign.csr'), 'late.eml')
    const refused = await siegel(['identity', 'answer', late], { home: 'two' })
    expect(refused).toMatchObject({ code: 1, out: '' })
    expect(refused.err).toContain('its key was discarded')
  })

  it('isn’t made where it can’t be written, and an answer that can’t be read says why', async () => {
    const nowhere = await siegel([...csr, '--out', path('no/such/folder.csr')], { home: 'nowhere' })
    expect(nowhere).toMatchObject({ code: 1, out: '' })
    const pending = await siegel(['identity', 'pending', 'list', '--json'], { home: 'nowhere' })
    expect(JSON.parse(pending.out)).toEqual([])
    const certificate = { name: 'anna.crt', content: new Uint8Array(99), flags: 1 }
    await writeFile(path('locked.zip'), zipOf([certificate]))
    const locked = await siegel(['identity', 'answer', path('locked.zip')], { home: 'nowhere' })
    expect(locked.code).toBe(1)
    expect(locked.err).toContain('locked.zip: The ZIP archive is protected by a password.\nOpen it with the password')
    expect(locked.err).not.toContain('no certificate of yours')
  })

  it('is refused where the key can’t do what is asked, and where the answer is none', async () => {
    const ed25519 = await siegel([...csr.slice(0, -1), 'ed25519', '--out', '-'])
    expect(ed25519).toMatchObject({ code: 2, out: '' })
    await writeFile(path('letter.eml'), 'From: ca@ca.example\nSubject: Soon\n\nWe are still checking.\n')
    const nothing = await siegel(['identity', 'answer', path('letter.eml'), '--json'])
    expect(nothing.code).toBe(1)
    expect(JSON.parse(nothing.out)).toMatchObject({ identities: [], unreadable: [{ code: 'no-certificate-inside' }] })
  })
})

describe('the catalogue', () => {
  it('lists what is known, takes own entries and lets them go', async () => {
    const listed = await siegel(['ca', 'list', '--json'])
    expect(JSON.parse(listed.out)).toEqual(
      expect.arrayContaining([expect.objectContaining({ id: 'castle', issues: 'acme', cost: 'free' })]),
    )
    await writeFile(path('hmac'), 'c2VjcmV0IG9mIHRoZSBDQSBmb3IgdGhpcyBjdXN0b21lcg\n')
    const binding = ['--eab-key-id', 'customer-7', '--eab-key-file', path('hmac')]
    const directory = ['--acme', 'https://ca.example.org/acme/directory']
    const added = await siegel(['ca', 'add', 'Company', ...directory, ...binding, '--json'])
    expect(JSON.parse(added.out)).toMatchObject({ name: 'Company', own: true, bindingKeyId: 'customer-7' })
    expect((await siegel(['ca', 'add', 'Company', '--csr', 'https://other.example/'])).code).toBe(1)
    expect((await siegel(['ca', 'add', 'Nowhere'])).code).toBe(2)
    expect((await siegel(['ca', 'add', 'Plain', '--csr', 'http://ca.example.org/'])).code).not.toBe(0)
    expect(await siegel(['ca', 'remove', 'company'])).toMatchObject({ code: 0 })
    expect((await siegel(['ca', 'remove', 'castle'])).code).toBe(1)
  })

  it('shows where an entry from a backup leads, and asks before a request for it', async () => {
    const home = 'restored'
    const added = await siegel(['ca', 'add', 'Firm', '--csr', 'https://ca.firm.example:8443/'], { home })
    expect(added.out).toContain('Firm (ca.firm.example:8443)')
    const profile = expectSuccess(await openProfile(join(folder, home), { kind: 'real', clock: systemClock }))
    profile.database.run('UPDATE own_authorities SET from_backup = 1')
    await profile.close()
    expect((await siegel(['ca', 'list'], { home })).out).toContain('from a backup')

    const request = [...csr, '--ca', 'firm', '--anyway', '--out', path('firm.csr')]
    const refused = await siegel(request, { home })
    expect(refused).toMatchObject({ code: 1, out: '' })
    expect(refused.err).toContain('The entry Firm came from a backup')
    expect(refused.err).toContain('it leads to ca.firm.example:8443')
    expect(refused.err).toContain('the same command with --trust-server')
    expect(await siegel([...request, '--trust-server'], { home })).toMatchObject({ code: 0 })
    expect((await siegel(['ca', 'list'], { home })).out).not.toContain('from a backup')
  })
})
