/** Out of the stores of a Linux computer, with the real tools of NSS and GnuPG on real stores, until a letter opens. */

import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRouterClient } from '@orpc/server'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { ToolMachine } from '../acquisition/toolMachine.ts'
import { writePem } from '../asn1/pem.ts'
import { base64Text, hexText, utf8Bytes } from '../base/bytes.ts'
import { systemRandom } from '../base/random.ts'
import { failure, success } from '../base/result.ts'
import { type TestEntity, testAuthority, testPerson } from '../certificates/testPki.ts'
import { digestOf } from '../crypto/digest.ts'
import { writePkcs12 } from '../keystore/pkcs12/write.ts'
import type { ServiceContext } from '../services/context.ts'
import { router } from '../services/router.ts'
import { failureOf, testServices } from '../services/testServices.ts'
import { toolMachine } from './toolMachine.ts'

const address = 'anna@example.org'
const validity = { notBefore: new Date(Date.now() - 86_400_000), notAfter: new Date(Date.now() + 86_400_000) }
let root: TestEntity
let anna: TestEntity
beforeAll(async () => {
  root = await testAuthority('Root', { keyType: 'rsa-2048' }, validity)
  // gpgsm 2.2 takes no key on a curve out of a file.
  anna = await testPerson(address, { issuer: root, keyType: 'rsa-2048' }, validity)
})

const has = (...tools: readonly string[]) => tools.every((tool) => spawnSync(tool, ['--version']).error === undefined)

interface TestComputer {
  readonly home: string
  readonly machine: ToolMachine
  readonly gnupg: string
  run(program: string, parameters: readonly string[], input?: string): void
}

/** A person's folder of its own. GnuPG's lies at a short path: its sockets' names have 108 bytes at most. */
function testComputer(): TestComputer {
  const home = mkdtempSync(join(tmpdir(), 'sg-'))
  const gnupg = join(home, '.gnupg')
  const environment = { ...process.env, HOME: home, GNUPGHOME: undefined }
  const run: TestComputer['run'] = (program, parameters, input = '') => {
    execFileSync(program, parameters, { cwd: home, input, stdio: ['pipe', 'ignore', 'pipe'], env: environment })
  }
  onTestFinished(() => {
    spawnSync('gpgconf', ['--homedir', gnupg, '--kill', 'all'])
    rmSync(home, { recursive: true, force: true })
  })
  const machine = { ...toolMachine(join(home, 'siegel')), platform: 'linux' as const, home, environment }
  return { home, machine, gnupg, run }
}

async function servicesWith(machine: ToolMachine) {
  const context = await testServices('real')
  const runtime = { ...context.runtime, tools: async () => machine }
  const withTools: ServiceContext = Object.create(context, { runtime: { value: runtime } })
  return createRouterClient(router, { context: withTools })
}

async function annasFile({ home }: TestComputer, password = 'geheim', friendlyName = 'Anna'): Promise<string> {
  const file = await writePkcs12({
    pkcs8: anna.pkcs8,
    certificateDer: anna.certificate.der,
    chain: [root.certificate.der],
    friendlyName,
    password,
    profile: 'compatible',
    random: systemRandom,
    iterations: 100,
  })
  writeFileSync(join(home, 'anna.p12'), file)
  return join(home, 'anna.p12')
}

async function putIntoNss(computer: TestComputer, folder: string, password = '', nickname?: string): Promise<void> {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(computer.home, 'password'), `${password}\n`)
  computer.run('certutil', ['-N', '-d', `sql:${folder}`, '-f', join(computer.home, 'password')])
  const file = await annasFile(computer, 'geheim', nickname)
  computer.run('pk12util', ['-i', file, '-d', `sql:${folder}`, '-W', 'geheim', '-K', password])
}

/** gpgsm keeps the key under the passphrase that opens the file; an empty one is none. */
async function putIntoGnupg(computer: TestComputer, passphrase: string): Promise<void> {
  mkdirSync(computer.gnupg, { mode: 0o700 })
  const file = await annasFile(computer, passphrase)
  const parameters = ['--homedir', computer.gnupg, '--batch', '--disable-dirmngr']
  const loopback = ['--pinentry-mode', 'loopback', '--passphrase-fd', '0']
  computer.run('gpgsm', [...parameters, ...loopback, '--import', file], `${passphrase}\n`)
}

/** A letter that OpenSSL encrypts to Anna's certificate. */
function sealedLetter({ home, run }: TestComputer): string {
  writeFileSync(join(home, 'anna.pem'), writePem('CERTIFICATE', anna.certificate.der))
  writeFileSync(join(home, 'letter'), 'Content-Type: text/plain\r\n\r\nRoses, I think.\r\n')
  const headers = ['-from', 'jonas@example.org', '-to', address, '-subject', 'Plans']
  run('openssl', ['cms', '-encrypt', '-aes256', '-in', 'letter', '-out', 'sealed.eml', ...headers, 'anna.pem'])
  return base64Text(readFileSync(join(home, 'sealed.eml')))
}

async function onlyStore(client: Awaited<ReturnType<typeof servicesWith>>) {
  const [store, ...others] = await client.systemStores.stores()
  if (!store || others.length > 0) throw new Error('one store')
  return store
}

const wanted = () => [anna.certificate.sha256]

describe.skipIf(!has('certutil', 'pk12util', 'openssl'))("NSS's shared database", () => {
  it('shows what is inside before anything is taken, and gives the key with its chain, which then opens letters', async () => {
    const computer = testComputer()
    await putIntoNss(computer, join(computer.home, '.pki/nssdb'))
    const client = await servicesWith(computer.machine)
    const store = await onlyStore(client)
    expect(store).toMatchObject({ kind: 'nss', place: join(computer.home, '.pki/nssdb'), tools: true })
    const [found, ...others] = await client.systemStores.certificates({ store: store.id })
    expect(found).toMatchObject({ known: false, exportable: true, certificate: { emails: [address] } })
    expect(others).toEqual([])
    expect(await client.identities.list()).toEqual([])
    const taken = await client.systemStores.take({ store: store.id, certificates: wanted() })
    expect(taken.imported).toMatchObject([{ addresses: [address], source: 'import' }])
    const { chain } = await client.identities.get({ id: taken.imported[0]?.id ?? '' })
    expect(chain.chain).toHaveLength(2)
    const opened = await client.inspect.open({ source: { bytes: sealedLetter(computer) } })
    expect(JSON.stringify(opened)).toContain('Roses, I think.')
    expect((await client.systemStores.take({ store: store.id, certificates: wanted() })).known).toHaveLength(1)
    expect((await client.systemStores.certificates({ store: store.id }))[0]?.known).toBe(true)
  })

  it('lies in the XDG base directory as well, and is opened with its password alone', async () => {
    const computer = testComputer()
    await putIntoNss(computer, join(computer.home, '.local/share/pki/nssdb'), 'ge:heim ü')
    const client = await servicesWith(computer.machine)
    const { id: store } = await onlyStore(client)
    const request = { store, certificates: wanted() }
    expect(await failureOf(client.systemStores.take(request))).toMatchObject({ code: 'store-password-needed' })
    const wrong = { ...request, storePassword: 'geheim' }
    expect(await failureOf(client.systemStores.take(wrong))).toMatchObject({ code: 'wrong-store-password' })
    expect(await client.identities.list()).toEqual([])
    expect((await client.systemStores.take({ ...request, storePassword: 'ge:heim ü' })).imported).toHaveLength(1)
  })

  it.each([
    ['Anna\nsecond line'],
    ['Anna  '],
    [' '],
    ['A   u,u,u\nB'],
    ['pkcs11:object=Ben'],
    ['/dev/zero'],
    ['Größe % ; 🦊'],
  ])('gives a key that is called %j', async (nickname) => {
    const computer = testComputer()
    await putIntoNss(computer, join(computer.home, '.pki/nssdb'), '', nickname)
    const client = await servicesWith(computer.machine)
    const { id: store } = await onlyStore(client)
    expect(await client.systemStores.certificates({ store })).toHaveLength(1)
    expect((await client.systemStores.take({ store, certificates: wanted() })).imported).toHaveLength(1)
  })

  it('that is no database says so, and a certificate that is not inside is not found', async () => {
    const computer = testComputer()
    const folder = join(computer.home, '.pki/nssdb')
    await putIntoNss(computer, folder)
    const client = await servicesWith(computer.machine)
    const { id: store } = await onlyStore(client)
    const other = { store, certificates: ['0'.repeat(64)] }
    expect(await failureOf(client.systemStores.take(other))).toMatchObject({ code: 'not-found' })
    writeFileSync(join(folder, 'cert9.db'), 'no database')
    expect(await failureOf(client.systemStores.certificates({ store }))).toMatchObject({ code: 'store-unreadable' })
    expect(await failureOf(client.systemStores.certificates({ store: '0' }))).toMatchObject({ code: 'not-found' })
  })
})

describe.skipIf(!has('gpgsm', 'gpgconf', 'openssl'))("GnuPG's keyring", () => {
  it('gives a key for its passphrase alone, with the chain from the keyring, and the key opens letters', async () => {
    const computer = testComputer()
    await putIntoGnupg(computer, 'ge:heim ü')
    const client = await servicesWith(computer.machine)
    const store = await onlyStore(client)
    expect(store).toMatchObject({ kind: 'gpgsm', place: computer.gnupg, tools: true })
    expect(await client.systemStores.certificates({ store: store.id })).toMatchObject([
      { known: false, exportable: true, canSign: true, certificate: { sha256: anna.certificate.sha256 } },
    ])
    const request = { store: store.id, certificates: wanted() }
    expect(await failureOf(client.systemStores.take(request))).toMatchObject({ code: 'store-password-needed' })
    const wrong = { ...request, storePassword: 'falsch' }
    expect(await failureOf(client.systemStores.take(wrong))).toMatchObject({ code: 'wrong-store-password' })
    expect(await client.identities.list()).toEqual([])
    const taken = await client.systemStores.take({ ...request, storePassword: 'ge:heim ü' })
    expect(taken.imported).toMatchObject([{ addresses: [address] }])
    const { chain } = await client.identities.get({ id: taken.imported[0]?.id ?? '' })
    expect(chain.chain).toHaveLength(2)
    const opened = await client.inspect.open({ source: { bytes: sealedLetter(computer) } })
    expect(JSON.stringify(opened)).toContain('Roses, I think.')
  })

  it('gives a key that has no passphrase without asking for one', async () => {
    const computer = testComputer()
    await putIntoGnupg(computer, '')
    const client = await servicesWith(computer.machine)
    const { id: store } = await onlyStore(client)
    expect((await client.systemStores.take({ store, certificates: wanted() })).imported).toHaveLength(1)
  })

  it('whose agent takes no passphrase from others hands out nothing, and says so', async () => {
    const computer = testComputer()
    await putIntoGnupg(computer, 'geheim')
    writeFileSync(join(computer.gnupg, 'gpg-agent.conf'), 'no-allow-loopback-pinentry\n')
    computer.run('gpgconf', ['--homedir', computer.gnupg, '--kill', 'gpg-agent'])
    const client = await servicesWith(computer.machine)
    const { id: store } = await onlyStore(client)
    const request = { store, certificates: wanted(), storePassword: 'geheim' }
    expect(await failureOf(client.systemStores.take(request))).toMatchObject({ code: 'store-refused' })
  })
})

describe('a computer', () => {
  it('without any store has none, and is not given one', async () => {
    const { machine, gnupg, home } = testComputer()
    const client = await servicesWith(machine)
    expect(await client.systemStores.stores()).toEqual([])
    expect(await machine.isFile(join(gnupg, 'pubring.kbx'))).toBe(false)
    expect(await machine.isFile(join(home, '.pki/nssdb/cert9.db'))).toBe(false)
  })

  it('that keeps a key where it is names the certificate, and nothing is taken', async () => {
    const { machine } = testComputer()
    const der = base64Text(anna.certificate.der)
    const sha1 = hexText(digestOf('sha1', anna.certificate.der)).toUpperCase()
    const refusalFor = async (leaves: string) => {
      // A Windows that lists Anna's certificate, and refuses its key with NTE_BAD_KEY_STATE.
      const run: ToolMachine['run'] = async (_program, _parameters, input) =>
        success(utf8Bytes(input ? `refused ${sha1} 8009000b\r\n` : `certificate ${leaves} ${der}\r\n`))
      const client = await servicesWith({ ...machine, platform: 'win32', isFile: async () => false, run })
      const { id: store } = await onlyStore(client)
      const [found] = await client.systemStores.certificates({ store })
      const refusal = await failureOf(client.systemStores.take({ store, certificates: wanted() }))
      expect(await client.identities.list()).toEqual([])
      return { exportable: found?.exportable, refusal }
    }
    const refusal = { code: 'key-not-exportable', data: { name: address } }
    expect(await refusalFor('no')).toEqual({ exportable: false, refusal })
    expect(await refusalFor('unknown')).toEqual({ exportable: true, refusal })
  })

  it('without the tools shows the store all the same, and says which program is missing', async () => {
    const { machine, gnupg } = testComputer()
    mkdirSync(gnupg)
    writeFileSync(join(gnupg, 'pubring.kbx'), '')
    const client = await servicesWith({ ...machine, run: async () => failure({ code: 'missing' }) })
    const store = await onlyStore(client)
    expect(store).toMatchObject({ kind: 'gpgsm', tools: false })
    expect(await failureOf(client.systemStores.certificates({ store: store.id }))).toEqual({
      code: 'store-tools-missing',
      data: { program: 'gpgsm' },
    })
  })
})
