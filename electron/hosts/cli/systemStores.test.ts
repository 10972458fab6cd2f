/** Certificates out of the computer's own stores, as a person does it in the terminal, with NSS's real tools. */

import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemRandom } from '../../base/random.ts'
import { type TestEntity, testAuthority, testPerson } from '../../certificates/testPki.ts'
import { writePkcs12 } from '../../keystore/pkcs12/write.ts'
import { siegelIn } from './testSiegel.ts'

const folder = mkdtempSync(join(tmpdir(), 'siegel-stores-'))
const siegel = siegelIn(folder)
const me = { passphrase: 'ein Reiher im Schilf' }
const person = join(folder, 'person')
const store = join(person, '.pki/nssdb')
const password = join(folder, 'password')
const before = { home: process.env['HOME'], data: process.env['XDG_DATA_HOME'], gnupg: process.env['GNUPGHOME'] }
const hasNss = ['certutil', 'pk12util'].every((tool) => spawnSync(tool, ['-H']).error === undefined)
const nss = (tool: string, ...parameters: readonly string[]) =>
  execFileSync(tool, [...parameters, '-d', `sql:${store}`], { encoding: 'utf8' })

beforeAll(() => {
  // The program finds the stores below the person's own folder.
  process.env['HOME'] = person
  delete process.env['XDG_DATA_HOME']
  delete process.env['GNUPGHOME']
  mkdirSync(store, { recursive: true })
  writeFileSync(password, 'haupt\n')
})
afterAll(() => {
  const { home, data, gnupg } = before
  for (const [name, value] of Object.entries({ HOME: home, XDG_DATA_HOME: data, GNUPGHOME: gnupg })) {
    if (value !== undefined) process.env[name] = value
  }
  rmSync(folder, { recursive: true, force: true })
})

async function putIn(issuer: TestEntity, address: string): Promise<void> {
  const validity = { notBefore: new Date(Date.now() - 86_400_000), notAfter: new Date(Date.now() + 86_400_000) }
  const { pkcs8, certificate } = await testPerson(address, { issuer }, validity)
  const file = await writePkcs12({
    ...{ pkcs8, certificateDer: certificate.der, chain: [issuer.certificate.der], friendlyName: address },
    ...{ password: 'geheim', profile: 'compatible', random: systemRandom, iterations: 100 },
  })
  writeFileSync(join(folder, 'one.p12'), file)
  nss('pk12util', '-i', join(folder, 'one.p12'), '-W', 'geheim', '-k', password)
}

describe.skipIf(!hasNss)("the computer's own stores", () => {
  it('are none at first, and name what is inside once there is one', async () => {
    expect((await siegel(['identity', 'stores'], me)).err).toContain('no store of certificates')
    nss('certutil', '-N', '-f', password)
    const root = await testAuthority('Root', {})
    await putIn(root, 'anna@example.org')
    await putIn(root, 'work@example.org')
    const listed = await siegel(['identity', 'stores'], me)
    expect(listed.out).toContain(`nss  Chromium, Evolution and other programs (NSS)  ${store}`)
    expect(listed.out).toMatch(/anna@example\.org\s+EC P-256/)
    const json = JSON.parse((await siegel(['identity', 'stores', '--json'], me)).out)
    expect(json).toMatchObject([
      {
        kind: 'nss',
        place: store,
        tools: true,
        certificates: [{ known: false, odd: [{ code: 'ends-soon' }, {}, {}] }, {}],
      },
    ])
    const looked = await siegel(['identity', 'import', '--from-system', 'nss', '--look'], { home: 'nobody' })
    expect(looked.code, looked.err).toBe(0)
    expect(looked.out).toMatch(/anna@example\.org .*\n {2}It ends on .*\. Renew it before then\./)
    expect(looked.err).toContain('Nothing was taken.')
  })

  it('give the certificate that is named, then the rest, for the password of the store', async () => {
    const request = ['identity', 'import', '--from-system', 'nss', '--json']
    const one = [...request, '--certificate', 'anna@example.org', '--store-password-file']
    writeFileSync(join(folder, 'wrong'), 'falsch\n')
    expect(JSON.parse((await siegel([...one, join(folder, 'wrong')], me)).out).error).toMatchObject({
      code: 'wrong-store-password',
    })
    const taken = JSON.parse((await siegel([...one, password], me)).out)
    expect(taken).toMatchObject({ imported: [{ addresses: ['anna@example.org'] }], known: [] })
    const rest = JSON.parse((await siegel([...request, '--store-password-file', password], me)).out)
    expect(rest).toMatchObject({ imported: [{ addresses: ['work@example.org'] }], known: [{}] })
  })

  it('are named by what there is: another store or certificate is not found, and two sources at once are none', async () => {
    const reasonOf = async (...parameters: readonly string[]) => {
      const { out } = await siegel(['identity', 'import', '--json', '--from-system', ...parameters], me)
      return JSON.parse(out).error
    }
    expect(await reasonOf('keychain')).toEqual({ code: 'not-found', what: 'system-store' })
    expect(await reasonOf('nss', '--certificate', 'nobody@example.org')).toMatchObject({ code: 'not-found' })
    expect((await siegel(['identity', 'import', 'a.p12', '--from-system', 'nss'], me)).code).toBe(2)
  })
})
