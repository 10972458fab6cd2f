/** Files of every age, made by the programs that people have, and each reason why one can't be read. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hexText } from '../../base/bytes.ts'
import { systemRandom } from '../../base/random.ts'
import { expectSuccess } from '../../base/result.ts'
import { readPrivateKeyFile } from '../privateKeyFile.ts'
import { readPkcs12 } from './read.ts'
import { type MadePair, makePair, toolFolder } from './testTools.ts'
import { writePkcs12 } from './write.ts'

const folder = toolFolder()
afterAll(() => folder.remove())
const hasOpenssl = folder.has('openssl')
const hasKeytool = folder.has('keytool')
const hasNss = folder.has('pk12util') && folder.has('certutil')
const hasGpgsm = folder.has('gpgsm') && folder.has('gpgconf')
const passwords = { ascii: 'secret1', umlauts: 'pässwörd', euro: 'Schlüssel €' }

let pair: MadePair
beforeAll(() => {
  if (hasOpenssl) pair = makePair(folder, 'rsa', 'anna')
})

/** "keys/certificates", with the keys compared to the one that was put in; or the code of the failure. */
async function outcomeOf(bytes: Uint8Array, password: string | undefined): Promise<string> {
  const read = await readPkcs12(bytes, password)
  if (!read.ok) return read.error.code
  const { keys, certificates } = read.value
  for (const { pkcs8 } of keys) expect(hexText(pkcs8)).toBe(hexText(pair.pkcs8))
  return `${keys.length}/${certificates.length}`
}

function opensslExport(password: string, ...options: readonly string[]): Uint8Array {
  const files = ['-inkey', 'anna.key', '-in', 'anna.crt', '-out', 'made.p12']
  folder.run('openssl', 'pkcs12', '-export', ...files, '-name', 'Jürgen', '-passout', `pass:${password}`, ...options)
  return folder.read('made.p12')
}

describe.skipIf(!hasOpenssl)('a PKCS#12 file by openssl', () => {
  const streamSchemes = ['PBE-SHA1-RC4-40', 'PBE-SHA1-RC4-128']
  const pkcs12Schemes = ['PBE-SHA1-RC2-40', 'PBE-SHA1-RC2-128', 'PBE-SHA1-2DES', 'PBE-SHA1-3DES', ...streamSchemes]
  const pbes2Schemes = ['AES-128-CBC', 'AES-192-CBC', 'AES-256-CBC', 'DES-EDE3-CBC', 'RC2-CBC', 'DES-CBC']
  const pbes1Schemes = ['PBE-MD5-DES', 'PBE-SHA1-DES', 'PBE-MD5-RC2-64', 'PBE-SHA1-RC2-64']
  for (const scheme of [...pkcs12Schemes, ...pbes2Schemes, ...pbes1Schemes]) {
    it(`under ${scheme} opens with its password, and says of another that it is wrong`, async () => {
      for (const password of Object.values(passwords)) {
        for (const mac of [[], ['-nomac']]) {
          const bytes = opensslExport(password, '-legacy', '-keypbe', scheme, '-certpbe', scheme, ...mac)
          expect(await outcomeOf(bytes, password)).toBe('1/1')
          expect(await outcomeOf(bytes, 'Schlussel')).toBe('wrong-password')
          expect(await outcomeOf(bytes, undefined)).toBe('password-needed')
        }
      }
    })
  }

  it('under a cipher that is not read here says its name', async () => {
    const names = {
      'CAMELLIA-256-CBC': 'Camellia-256',
      'ARIA-256-CBC': 'ARIA-256',
      'SEED-CBC': 'SEED',
      'BF-CBC': 'Blowfish',
    }
    for (const [cipher, algorithm] of Object.entries(names)) {
      const bytes = opensslExport('x', '-legacy', '-keypbe', cipher, '-certpbe', cipher)
      expect(await readPkcs12(bytes, 'x')).toEqual({ ok: false, error: { code: 'unsupported-algorithm', algorithm } })
    }
  })

  it('whose MAC uses any digest opens', async () => {
    for (const digest of ['md5', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512']) {
      expect(await outcomeOf(opensslExport('x', '-macalg', digest), 'x'), digest).toBe('1/1')
    }
  })

  it('with an empty password opens with none, in both encodings of nothing', async () => {
    for (const options of [[], ['-legacy'], ['-nomac'], ['-legacy', '-nomac']]) {
      const bytes = opensslExport('', ...options)
      expect(await outcomeOf(bytes, undefined)).toBe('1/1')
      expect(await outcomeOf(bytes, '')).toBe('1/1')
    }
  })

  it('without a key holds certificates, and with several it holds them all', async () => {
    folder.run('openssl', 'pkcs12', '-export', '-nokeys', '-in', 'anna.crt', '-out', 'c.p12', '-passout', 'pass:x')
    expect(await outcomeOf(folder.read('c.p12'), 'x')).toBe('0/1')
    makePair(folder, 'ec', 'issuer')
    expect(await outcomeOf(opensslExport('x', '-certfile', 'issuer.crt'), 'x')).toBe('1/2')
  })
})

describe.skipIf(!hasOpenssl)('a private key by openssl', () => {
  async function keyOf(name: string, password?: string): Promise<string> {
    const read = await readPrivateKeyFile(folder.read(name), password)
    return read.ok ? read.value.map((pkcs8) => hexText(pkcs8)).join() : read.error.code
  }
  const legacy = ['-provider', 'legacy', '-provider', 'default']
  const encrypted = ['-in', 'anna.key', '-out', 'k.key', '-passout', `pass:${passwords.umlauts}`]
  const check = async () => {
    expect(await keyOf('k.key', passwords.umlauts)).toBe(hexText(pair.pkcs8))
    expect(await keyOf('k.key', 'password')).toBe('wrong-password')
    expect(await keyOf('k.key')).toBe('password-needed')
  }

  it('as PKCS#8 is read under the schemes of PBES1 and PKCS#12', async () => {
    for (const scheme of [
      'PBE-MD5-DES',
      'PBE-SHA1-DES',
      'PBE-MD5-RC2-64',
      'PBE-SHA1-RC2-64',
      'PBE-SHA1-3DES',
      'PBE-SHA1-2DES',
      'PBE-SHA1-RC2-40',
      'PBE-SHA1-RC2-128',
      'PBE-SHA1-RC4-40',
      'PBE-SHA1-RC4-128',
    ]) {
      folder.run('openssl', 'pkcs8', '-topk8', ...legacy, '-v1', scheme, ...encrypted)
      await check()
    }
  })

  it('as PKCS#8 is read under every cipher and every PRF of PBES2', async () => {
    const ciphers = ['aes-128-cbc', 'aes-192-cbc', 'aes-256-cbc', 'des-ede3-cbc', 'des-cbc', 'rc2-cbc']
    for (const cipher of [...ciphers, 'rc2-64-cbc', 'rc2-40-cbc']) {
      folder.run('openssl', 'pkcs8', '-topk8', ...legacy, '-v2', cipher, ...encrypted)
      await check()
    }
    for (const prf of ['MD5', 'SHA1', 'SHA224', 'SHA256', 'SHA384', 'SHA512', 'SHA512-224', 'SHA512-256']) {
      folder.run('openssl', 'pkcs8', '-topk8', '-v2', 'aes-256-cbc', '-v2prf', `hmacWith${prf}`, ...encrypted)
      await check()
    }
  })

  it('as PKCS#1 is read under every cipher that a DEK-Info names, but for one', async () => {
    const ciphers = ['aes-128-cbc', 'aes-192-cbc', 'aes-256-cbc', 'des-ede3-cbc', 'des-cbc', 'rc2-cbc']
    for (const cipher of [...ciphers, 'rc2-64-cbc', 'rc2-40-cbc']) {
      folder.run('openssl', 'rsa', '-traditional', ...legacy, `-${cipher}`, ...encrypted)
      await check()
    }
    folder.run('openssl', 'rsa', '-traditional', '-camellia-256-cbc', ...encrypted)
    expect(await keyOf('k.key', passwords.umlauts)).toBe('unsupported-algorithm')
  })
})

describe.skipIf(!hasOpenssl || !hasKeytool)('a keystore by keytool', () => {
  it('opens with its key and its certificates; a secret key among them is passed over', async () => {
    folder.write('a.p12', opensslExport('secret1'))
    const store = ['-keystore', 'k.p12', '-storepass', 'secret1', '-noprompt']
    const from = ['-srckeystore', 'a.p12', '-srcstoretype', 'PKCS12', '-srcstorepass', 'secret1']
    const to = ['-destkeystore', 'k.p12', '-deststoretype', 'PKCS12', '-deststorepass', 'secret1', '-noprompt']
    folder.run('keytool', '-importkeystore', ...from, ...to)
    expect(await outcomeOf(folder.read('k.p12'), 'secret1')).toBe('1/1')
    folder.run('keytool', '-genseckey', '-keyalg', 'AES', '-keysize', '128', '-alias', 's', ...store)
    folder.run('keytool', '-importcert', '-alias', 'trusted', '-file', 'anna.crt', ...store)
    expect(await outcomeOf(folder.read('k.p12'), 'secret1')).toBe('1/2')
    expect(await outcomeOf(folder.read('k.p12'), 'secret2')).toBe('wrong-password')
  })
})

describe.skipIf(!hasOpenssl || !hasNss)('an export by NSS', () => {
  it('opens under its default and under its old ciphers', async () => {
    folder.makeFolder('nss')
    folder.write('a.p12', opensslExport('secret1'))
    folder.run('certutil', '-N', '-d', 'sql:nss', '--empty-password')
    folder.run('pk12util', '-i', 'a.p12', '-d', 'sql:nss', '-W', 'secret1')
    const tripleDes = ['-c', 'PKCS #12 V2 PBE With SHA-1 And 3KEY Triple DES-CBC']
    for (const [password, ...cipher] of [[passwords.umlauts], [passwords.euro], [passwords.umlauts, ...tripleDes]]) {
      folder.run('pk12util', '-o', 'n.p12', '-d', 'sql:nss', '-n', 'Jürgen', '-W', password ?? '', ...cipher)
      expect(await outcomeOf(folder.read('n.p12'), password), cipher[1]).toBe('1/1')
      expect(await outcomeOf(folder.read('n.p12'), 'x'), cipher[1]).toBe('wrong-password')
    }
  })

  it('opens under the ciphers that it alone writes in its way, but for two', { timeout: 600_000 }, async () => {
    const exported = (cipher: string, ...sides: readonly string[]) => {
      const ciphers = sides.flatMap((side) => [side, cipher])
      folder.run('pk12util', '-o', 'n.p12', '-d', 'sql:nss', '-n', 'Jürgen', '-W', passwords.umlauts, ...ciphers)
      return outcomeOf(folder.read('n.p12'), passwords.umlauts)
    }
    const pkcs12 = (name: string) => `PKCS #12 V2 PBE With SHA-1 And ${name}`
    const pkcs5 = (digest: string) => `PKCS #5 Password Based Encryption with ${digest} and DES-CBC`
    for (const cipher of [pkcs12('128 Bit RC4'), pkcs12('40 Bit RC4'), pkcs5('MD5'), pkcs5('SHA-1'), 'DES-CBC']) {
      expect(await exported(cipher, '-c', '-C'), cipher).toBe('1/1')
      // The other of the two under what NSS takes by itself.
      if (cipher === pkcs5('SHA-1')) expect(await exported(cipher, '-C'), cipher).toBe('1/1')
    }
    expect(await exported(pkcs5('MD2'), '-c')).toBe('1/1')
    for (const cipher of ['CAMELLIA-256-CBC', 'SEED-CBC']) {
      expect(await exported(cipher, '-c'), cipher).toBe('unsupported-algorithm')
    }
  })
})

describe.skipIf(!hasOpenssl || !hasGpgsm)('an export by gpgsm', () => {
  afterAll(() => {
    folder.run('gpgconf', '--kill', 'gpg-agent')
  })
  it('opens as it is and in its armour', async () => {
    folder.write('gpg-agent.conf', 'allow-loopback-pinentry\n')
    const { pkcs8, certificateDer } = pair
    const input = { pkcs8, certificateDer, chain: [], friendlyName: 'Anna', random: systemRandom, iterations: 10 }
    folder.write('a.p12', await writePkcs12({ ...input, password: 'secret1', profile: 'compatible' }))
    folder.write('pass', 'secret1\n')
    const quiet = ['--batch', '--pinentry-mode', 'loopback', '--passphrase-fd', '0']
    const gpgsm = (...args: readonly string[]) =>
      folder.run('sh', '-c', `gpgsm ${[...quiet, ...args].join(' ')} < pass`)
    gpgsm('--import', 'a.p12')
    for (const [name, ...armour] of [['g.p12'], ['g.pem', '--armor']] as const) {
      gpgsm(...armour, '--output', name, '--export-secret-key-p12', 'anna@example.org')
      expect(await outcomeOf(folder.read(name), 'secret1'), name).toBe('1/1')
      expect(await outcomeOf(folder.read(name), 'secret2'), name).toBe('wrong-password')
    }
  })
})

describe.skipIf(!hasOpenssl)('a damaged file', () => {
  it('is told from a wrong password wherever something still opens with the password', async () => {
    const { pkcs8, certificateDer } = pair
    for (const profile of ['modern', 'compatible'] as const) {
      const input = { pkcs8, certificateDer, chain: [], friendlyName: 'Anna', random: systemRandom, iterations: 10 }
      const file = await writePkcs12({ ...input, password: 'geheim', profile })
      const outcomes = new Map<string, number>()
      for (let position = 0; position < file.length; position += 7) {
        const changed = file.with(position, (file[position] ?? 0) ^ 0x04)
        const read = await readPkcs12(changed, 'geheim')
        const code = read.ok ? 'ok' : read.error.code
        outcomes.set(code, (outcomes.get(code) ?? 0) + 1)
        if (read.ok) expect(hexText(expectSuccess(read).keys[0]?.pkcs8 ?? new Uint8Array())).toBe(hexText(pkcs8))
      }
      const all = [...outcomes.values()].reduce((sum, count) => sum + count, 0)
      expect((outcomes.get('damaged-file') ?? 0) / all, profile).toBeGreaterThan(0.95)
      expect(await outcomeOf(file, 'geheimer')).toBe('wrong-password')
    }
  })
})
