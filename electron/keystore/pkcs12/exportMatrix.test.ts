/** What Siegel exports, read back by the programs that people have: each cell is a whole key and certificate, or known to be missing. */

import { afterAll, describe, expect, it } from 'vitest'
import { hexText } from '../../base/bytes.ts'
import { systemRandom } from '../../base/random.ts'
import { suggestedPassword } from '../suggestedPassword.ts'
import { type KeyKind, makePair, type ToolFolder, toolFolder } from './testTools.ts'
import { type Pkcs12Profile, writePkcs12 } from './write.ts'

const folder = toolFolder()
afterAll(() => {
  if (folder.has('gpgconf')) folder.run('gpgconf', '--kill', 'gpg-agent')
  folder.remove()
})

interface Reader {
  readonly tools: readonly string[]
  /** Throws where the file can't be read; answers with the certificate's or key's own text otherwise. */
  read(folder: ToolFolder, password: string, address: string): string
  /** The version that `refuses` was seen with: of another one the cells are printed, and not judged. */
  readonly judged?: string
  /** What this program doesn't read, with the reason. */
  readonly refuses: Readonly<Partial<Record<`${Pkcs12Profile} ${KeyKind}`, string>>>
}

const readers: Readonly<Record<string, Reader>> = {
  'openssl 3': {
    tools: ['openssl'],
    read: (at, password) => at.run('openssl', 'pkcs12', '-in', 'e.p12', '-noenc', '-passin', `pass:${password}`),
    refuses: {},
  },
  'openssl 3 -legacy': {
    tools: ['openssl'],
    read: (at, password) =>
      at.run('openssl', 'pkcs12', '-legacy', '-in', 'e.p12', '-noenc', '-passin', `pass:${password}`),
    refuses: {},
  },
  'NSS pk12util': {
    tools: ['pk12util', 'certutil'],
    read(at, password) {
      const database = `sql:${at.makeFolder(`nss-${Math.random()}`)}`
      at.run('certutil', '-N', '-d', database, '--empty-password')
      at.run('pk12util', '-i', 'e.p12', '-d', database, '-W', password)
      return at.run('certutil', '-K', '-d', database)
    },
    refuses: {
      'modern ed25519': 'NSS holds no Ed25519 keys of certificates',
      'compatible ed25519': 'NSS holds no Ed25519 keys of certificates',
    },
  },
  gpgsm: {
    tools: ['gpgsm'],
    read(at, password, address) {
      at.write('gpg-agent.conf', 'allow-loopback-pinentry\n')
      at.write('pass', `${password}\n`)
      const quiet = 'gpgsm --batch --pinentry-mode loopback --passphrase-fd 0'
      at.run('sh', '-c', `${quiet} --import e.p12 < pass`)
      return at.run('gpgsm', '--batch', '--list-secret-keys', address)
    },
    judged: 'gpgsm (GnuPG) 2.2.',
    refuses: {
      'modern rsa': 'PBES2 with HMAC-SHA-256 is beyond gpgsm 2.2 ("encryptedData error at pkcs5PBES2-params")',
      'modern ec': 'as with RSA',
      'modern ed25519': 'as with RSA',
      'compatible ec': 'gpgsm 2.2 ends with a segmentation fault at keys other than RSA',
      'compatible ed25519': 'as with EC',
    },
  },
  'Java keytool': {
    tools: ['keytool'],
    read: (at, password) =>
      at.run('keytool', '-list', '-v', '-storetype', 'PKCS12', '-keystore', 'e.p12', '-storepass', password),
    refuses: {},
  },
}

const password = suggestedPassword(systemRandom)

async function exportFor(kind: KeyKind, profile: Pkcs12Profile): Promise<string> {
  const name = `${kind}-${profile}`
  const issuer = makePair(folder, 'ec', `issuer-${name}`)
  const { pkcs8, certificateDer } = makePair(folder, kind, name)
  const file = await writePkcs12({
    pkcs8,
    certificateDer,
    chain: [issuer.certificateDer],
    friendlyName: 'Jürgen Groß',
    password,
    profile,
    random: systemRandom,
  })
  folder.write('e.p12', file)
  return `${name}@example.org`
}

const lines: string[] = []
afterAll(() => {
  process.stdout.write(`\nExports read back\n${lines.join('\n')}\n\n`)
})

describe.skipIf(!folder.has('openssl'))('an export is read back', () => {
  for (const profile of ['modern', 'compatible'] as const) {
    for (const kind of ['rsa', 'ec', 'ed25519'] as const) {
      it(`${profile}, ${kind}: by every program here but for those that are known not to`, async () => {
        const address = await exportFor(kind, profile)
        const cells: string[] = []
        for (const [name, { tools, read, refuses, judged }] of Object.entries(readers)) {
          if (!tools.every((tool) => folder.has(tool))) {
            cells.push(`${name}: not here`)
            continue
          }
          let told: string | undefined
          try {
            told = read(folder, password, address)
          } catch {
            told = undefined
          }
          const reason = refuses[`${profile} ${kind}`]
          cells.push(`${name}: ${told === undefined ? 'no' : 'yes'}`)
          if (judged !== undefined && !folder.run(tools[0] ?? '', '--version').startsWith(judged)) continue
          if (reason === undefined) expect(told, `${name} reads ${profile} ${kind}`).toMatch(/\S/)
          else expect(told, `${name} now reads ${profile} ${kind}; it was left out because: ${reason}`).toBeUndefined()
        }
        lines.push(`  ${profile.padEnd(10)} ${kind.padEnd(7)} ${cells.join('   ')}`)
      })
    }
  }

  it('with the chain, the name and the very key', async () => {
    for (const profile of ['modern', 'compatible'] as const) {
      await exportFor('rsa', profile)
      const legacy = profile === 'compatible' ? ['-legacy'] : []
      const pem = folder.run('openssl', 'pkcs12', '-in', 'e.p12', '-noenc', '-passin', `pass:${password}`, ...legacy)
      expect(pem.match(/BEGIN CERTIFICATE/g)).toHaveLength(2)
      expect(pem).toContain('friendlyName')
      folder.write('back.pem', pem)
      folder.run('openssl', 'pkcs8', '-topk8', '-nocrypt', '-in', 'back.pem', '-outform', 'DER', '-out', 'back.p8')
      expect(hexText(folder.read('back.p8'))).toBe(hexText(folder.read(`rsa-${profile}.p8`)))
    }
  })
})

const sizes: Readonly<Record<string, readonly string[]>> = {
  'RSA 3072': ['rsa:3072'],
  'RSA 4096': ['rsa:4096'],
  'P-384': ['ec', '-pkeyopt', 'ec_paramgen_curve:P-384'],
}
const passwords = ['secret1', 'ä', 'Schlüssel €', 'geheim 😀', 'u\u0308ber', ' a b ', 'x'.repeat(64)]

/** keytool isn't among them: it takes ASCII only, also for what openssl wrote. */
describe.skipIf(!folder.has('openssl'))('openssl and NSS read an export', { timeout: 120_000 }, () => {
  for (const [size, algorithm] of Object.entries(sizes)) {
    const tried = size === 'P-384' ? passwords : passwords.slice(-1)
    it(`of ${size} under ${tried.length === 1 ? 'a long password' : 'passwords of every script'}`, async () => {
      const files = ['-noenc', '-keyout', 's.key', '-out', 's.crt', '-subj', '/CN=Anna', '-days', '3650']
      folder.run('openssl', 'req', '-x509', '-newkey', ...algorithm, ...files)
      folder.run('openssl', 'pkcs8', '-topk8', '-nocrypt', '-in', 's.key', '-outform', 'DER', '-out', 's.p8')
      folder.run('openssl', 'x509', '-in', 's.crt', '-outform', 'DER', '-out', 's.der')
      const made = { pkcs8: folder.read('s.p8'), certificateDer: folder.read('s.der'), chain: [], friendlyName: 'Anna' }
      for (const profile of ['modern', 'compatible'] as const) {
        for (const [index, chosen] of tried.entries()) {
          const form = { password: chosen, profile, random: systemRandom, iterations: 2_000 }
          folder.write('s.p12', await writePkcs12({ ...made, ...form }))
          // Whoever types it composes its letters.
          const typed = chosen.normalize('NFC')
          for (const legacy of [[], ['-legacy']]) {
            const pem = folder.run('openssl', 'pkcs12', '-in', 's.p12', '-noenc', '-passin', `pass:${typed}`, ...legacy)
            expect(pem, `${profile} ${chosen}`).toContain('BEGIN PRIVATE KEY')
          }
          if (!folder.has('pk12util') || !folder.has('certutil')) continue
          const database = `sql:${folder.makeFolder(`sizes-${size}-${profile}-${index}`)}`
          folder.run('certutil', '-N', '-d', database, '--empty-password')
          folder.run('pk12util', '-i', 's.p12', '-d', database, '-W', typed)
          expect(folder.run('certutil', '-K', '-d', database), `${profile} ${chosen}`).toContain('Anna')
        }
      }
    })
  }
})
