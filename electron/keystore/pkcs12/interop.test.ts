import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { hexText } from '../../base/bytes.ts'
import { systemRandom } from '../../base/random.ts'
import { expectSuccess } from '../../base/result.ts'
import { passwordBudget } from '../passwordBudget.ts'
import { looksLikePkcs12 } from './pfx.ts'
import { readPkcs12 } from './read.ts'
import { writePkcs12 } from './write.ts'

const folder = mkdtempSync(join(tmpdir(), 'siegel-pkcs12-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function run(command: string, ...args: readonly string[]): string {
  return execFileSync(command, args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
}
function isPresent(command: string, ...args: readonly string[]): boolean {
  try {
    run(command, ...args)
    return true
  } catch {
    return false
  }
}
const hasOpenssl = isPresent('openssl', 'version')
const hasNss = isPresent('sh', '-c', 'command -v pk12util && command -v certutil')
const at = (name: string): Buffer => readFileSync(join(folder, name))

interface Made {
  readonly name: string
  readonly pkcs8: Uint8Array
  readonly certificateDer: Uint8Array
}
const made = new Map<string, Made>()

/** A key of each kind with a self-signed certificate, made by openssl. */
function pair(kind: 'rsa' | 'ec' | 'ed25519'): Made {
  const known = made.get(kind)
  if (known) return known
  const algorithm = { rsa: 'rsa:2048', ec: 'ec', ed25519: 'ed25519' }[kind]
  const curve = kind === 'ec' ? ['-pkeyopt', 'ec_paramgen_curve:P-256'] : []
  const subject = '/CN=Jürgen Groß/emailAddress=juergen@example.org'
  run(
    'openssl',
    'req',
    '-x509',
    '-utf8',
    '-newkey',
    algorithm,
    ...curve,
    '-noenc',
    '-keyout',
    `${kind}.key`,
    '-out',
    `${kind}.crt`,
    '-subj',
    subject,
    '-days',
    '3650',
  )
  run('openssl', 'pkcs8', '-topk8', '-nocrypt', '-in', `${kind}.key`, '-outform', 'DER', '-out', `${kind}.p8`)
  run('openssl', 'x509', '-in', `${kind}.crt`, '-outform', 'DER', '-out', `${kind}.der`)
  const result = { name: kind, pkcs8: at(`${kind}.p8`), certificateDer: at(`${kind}.der`) }
  made.set(kind, result)
  return result
}

function exported(kind: 'rsa' | 'ec' | 'ed25519', password: string, ...options: readonly string[]): Buffer {
  pair(kind)
  run(
    'openssl',
    'pkcs12',
    '-export',
    '-inkey',
    `${kind}.key`,
    '-in',
    `${kind}.crt`,
    '-name',
    'Jürgen',
    '-passout',
    `pass:${password}`,
    '-out',
    'made.p12',
    ...options,
  )
  return at('made.p12')
}

describe.skipIf(!hasOpenssl)('what openssl exports', () => {
  const forms: Record<string, readonly string[]> = {
    'by default (PBES2, HMAC-SHA-256)': [],
    'with -legacy (RC2-40, triple DES)': ['-legacy'],
    'without a MAC': ['-nomac'],
    'with AES-128 and SHA-512': ['-keypbe', 'AES-128-CBC', '-certpbe', 'AES-192-CBC', '-macalg', 'sha512'],
    'with plain certificates': ['-certpbe', 'NONE'],
    'with a plain key': ['-keypbe', 'NONE', '-certpbe', 'NONE', '-nomac'],
    'with RC2-128 and two-key triple DES': ['-legacy', '-certpbe', 'PBE-SHA1-RC2-128', '-keypbe', 'PBE-SHA1-2DES'],
    'with one iteration': ['-iter', '1', '-macalg', 'sha1'],
  }
  for (const [form, options] of Object.entries(forms)) {
    for (const kind of ['rsa', 'ec', 'ed25519'] as const) {
      it(`${form} comes in whole: ${kind}`, async () => {
        const bytes = exported(kind, 'pässwörd', ...options)
        const { keys, certificates } = expectSuccess(await readPkcs12(bytes, 'pässwörd'))
        expect(keys.map(({ pkcs8 }) => hexText(pkcs8))).toEqual([hexText(pair(kind).pkcs8)])
        expect(certificates.map(({ der }) => hexText(der))).toEqual([hexText(pair(kind).certificateDer)])
        expect(certificates[0]?.localKeyId).toBe(keys[0]?.localKeyId)
        const isOpen = form === 'with a plain key'
        const wrong = await readPkcs12(bytes, 'password')
        expect(wrong.ok ? 'ok' : wrong.error.code).toBe(isOpen ? 'ok' : 'wrong-password')
        const none = await readPkcs12(bytes, undefined)
        expect(none.ok ? 'ok' : none.error.code).toBe(isOpen ? 'ok' : 'password-needed')
      })
    }
  }

  it('with an empty password opens with the empty one and with none', async () => {
    for (const options of [[], ['-legacy'], ['-nomac']]) {
      const bytes = exported('rsa', '', ...options)
      expect((await readPkcs12(bytes, '')).ok).toBe(true)
      expect((await readPkcs12(bytes, undefined)).ok).toBe(true)
    }
  })

  it('comes in as PEM, too', async () => {
    const bytes = exported('ec', 'x')
    const armoured = `-----BEGIN PKCS12-----\n${bytes.toString('base64')}\n-----END PKCS12-----\n`
    expect((await readPkcs12(Buffer.from(armoured), 'x')).ok).toBe(true)
  })

  it('with more iterations than the budget is over it, not slow', async () => {
    const bytes = exported('rsa', 'x', '-iter', '3000')
    const small = { ...passwordBudget, pbkdf2Iterations: 2_000, pkcs12Iterations: 2_000 }
    expect(await readPkcs12(bytes, 'x', small)).toEqual({
      ok: false,
      error: { code: 'over-budget', limit: 'iterations' },
    })
    const sum = { ...passwordBudget, totalIterations: 5_000 }
    expect(await readPkcs12(bytes, 'x', sum)).toEqual({
      ok: false,
      error: { code: 'over-budget', limit: 'iterations' },
    })
  })
})

describe('what Siegel writes', () => {
  for (const profile of ['modern', 'compatible'] as const) {
    for (const kind of ['rsa', 'ec', 'ed25519'] as const) {
      it.skipIf(!hasOpenssl)(`${profile}, openssl reads: ${kind}`, async () => {
        const { pkcs8, certificateDer } = pair(kind)
        const input = { pkcs8, certificateDer, chain: [], friendlyName: 'Jürgen Groß', random: systemRandom }
        const file = await writePkcs12({ ...input, password: 'pässwörd €', profile })
        expect(looksLikePkcs12(file)).toBe(true)
        writeFileSync(join(folder, 'ours.p12'), file)
        const legacy = profile === 'compatible' ? ['-legacy'] : []
        const pem = run('openssl', 'pkcs12', '-in', 'ours.p12', '-passin', 'pass:pässwörd €', '-noenc', ...legacy)
        // openssl prints names in Latin-1, which is no UTF-8 here.
        expect(pem).toMatch(/friendlyName: J.rgen Gro./)
        writeFileSync(join(folder, 'theirs.pem'), pem)
        run('openssl', 'pkcs8', '-topk8', '-nocrypt', '-in', 'theirs.pem', '-outform', 'DER', '-out', 'theirs.p8')
        expect(hexText(at('theirs.p8'))).toBe(hexText(pkcs8))
        const { keys, certificates } = expectSuccess(await readPkcs12(file, 'pässwörd €'))
        expect([hexText(keys[0]?.pkcs8 ?? Buffer.of()), keys[0]?.friendlyName]).toEqual([hexText(pkcs8), 'Jürgen Groß'])
        expect(certificates[0]?.localKeyId).toBe(keys[0]?.localKeyId)
      })
    }

    it.skipIf(!hasOpenssl || !hasNss)(`${profile}, NSS imports`, async () => {
      const { pkcs8, certificateDer } = pair('rsa')
      const input = { pkcs8, certificateDer, chain: [], friendlyName: 'imported', random: systemRandom }
      writeFileSync(join(folder, 'nss.p12'), await writePkcs12({ ...input, password: 'geheim', profile }))
      run('mkdir', '-p', profile)
      run('certutil', '-N', '-d', `sql:${profile}`, '--empty-password')
      run('pk12util', '-i', 'nss.p12', '-d', `sql:${profile}`, '-W', 'geheim', '-K', '')
      expect(run('certutil', '-L', '-d', `sql:${profile}`)).toContain('imported')
      expect(run('certutil', '-K', '-d', `sql:${profile}`)).toContain('imported')
    })
  }
})

describe('damaged PKCS#12', () => {
  it.skipIf(!hasOpenssl)('is a typed failure whatever was changed, and never gives another key', async () => {
    const forms = [
      exported('ec', 'x', '-iter', '2'),
      exported('ec', 'x', '-legacy', '-iter', '2'),
      exported('ec', 'x', '-nomac', '-iter', '2'),
      exported('ec', 'x', '-legacy', '-keypbe', 'PBE-MD5-DES', '-certpbe', 'RC2-CBC', '-iter', '2'),
      exported('ec', 'x', '-legacy', '-keypbe', 'PBE-SHA1-2DES', '-certpbe', 'NONE', '-iter', '2'),
      exported('ec', 'x', '-legacy', '-keypbe', 'PBE-SHA1-RC4-40', '-certpbe', 'PBE-SHA1-RC4-128', '-iter', '2'),
    ]
    const small = { ...passwordBudget, totalIterations: 20_000, scryptMemory: 2 ** 22 }
    const codes = new Set(['wrong-password', 'damaged-file', 'unsupported-algorithm', 'over-budget'])
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...forms),
        fc.nat(),
        fc.nat(40),
        fc.uint8Array({ maxLength: 12 }),
        async (bytes, position, cut, inserted) => {
          const start = position % bytes.length
          const changed = Buffer.concat([bytes.subarray(0, start), inserted, bytes.subarray(start + cut)])
          const read = await readPkcs12(changed, 'x', small)
          if (!read.ok) expect(codes).toContain(read.error.code)
          const isUnchanged = changed.equals(bytes)
          // With a MAC nothing changed inside may come through.
          if (read.ok && !isUnchanged && bytes !== forms[2]) {
            for (const { pkcs8 } of read.value.keys) expect(hexText(pkcs8)).toBe(hexText(pair('ec').pkcs8))
          }
        },
      ),
      { numRuns: 400 },
    )
  })

  it('of random bytes is a typed failure', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
        const read = await readPkcs12(bytes, 'x')
        expect(read.ok).toBe(false)
        expect(looksLikePkcs12(bytes)).toBe(false)
      }),
    )
  })

  it('that is too large is refused unread', async () => {
    const read = await readPkcs12(new Uint8Array(9_000_000), 'x')
    expect(read).toMatchObject({ ok: false, error: { code: 'too-large', size: 9_000_000 } })
  })
})
