import { execFileSync } from 'node:child_process'
import { createECDH, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { corpus } from '../../build/corpora.ts'
import { hasOpenssl } from '../../build/openssl.ts'
import { hexText } from '../base/bytes.ts'
import { expectSuccess } from '../base/result.ts'
import { openPrivateKey, publicKeyInfoOf } from '../crypto/privateKey.ts'
import { passwordBudget } from './passwordBudget.ts'
import { readPrivateKeyFile } from './privateKeyFile.ts'

const rfc9216 = corpus('rfc9216')
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
const ec = generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey
const ed25519 = generateKeyPairSync('ed25519').privateKey

const publicInfo = (pkcs8: Uint8Array): string => hexText(expectSuccess(publicKeyInfoOf(pkcs8)))
const expected = (key: KeyObject): string => publicInfo(key.export({ format: 'der', type: 'pkcs8' }))

async function soleKey(file: string | Uint8Array, password?: string): Promise<Uint8Array> {
  const keys = expectSuccess(await readPrivateKeyFile(typeof file === 'string' ? Buffer.from(file) : file, password))
  expect(keys).toHaveLength(1)
  return keys[0] ?? new Uint8Array()
}

describe('private key files', () => {
  for (const [name, key] of Object.entries({ rsa, ec, ed25519 })) {
    it(`are read as PKCS#8, plain and encrypted, DER and PEM: ${name}`, async () => {
      const encrypted = { cipher: 'aes-256-cbc', passphrase: 'pässwörd' }
      for (const file of [
        key.export({ format: 'der', type: 'pkcs8' }),
        key.export({ format: 'pem', type: 'pkcs8' }),
        key.export({ format: 'der', type: 'pkcs8', ...encrypted }),
        key.export({ format: 'pem', type: 'pkcs8', ...encrypted }),
      ]) {
        expect(publicInfo(await soleKey(file, 'pässwörd'))).toBe(expected(key))
      }
    })
  }

  it('are read as PKCS#1 and SEC 1, also encrypted in the old way of OpenSSL', async () => {
    for (const [key, type] of [
      [rsa, 'pkcs1'],
      [ec, 'sec1'],
    ] as const) {
      for (const cipher of ['aes-128-cbc', 'aes-256-cbc', 'des-ede3-cbc']) {
        const file = key.export({ format: 'pem', type, cipher, passphrase: 'geheim' } as never) as unknown as string
        expect(publicInfo(await soleKey(file, 'geheim'))).toBe(expected(key))
        expect(await readPrivateKeyFile(Buffer.from(file))).toMatchObject({ error: { code: 'password-needed' } })
        expect(await readPrivateKeyFile(Buffer.from(file), 'falsch')).toMatchObject({
          error: { code: 'wrong-password' },
        })
      }
      for (const format of ['der', 'pem'] as const) {
        const file = key.export({ format, type } as never) as unknown as string | Buffer
        expect(publicInfo(await soleKey(file))).toBe(expected(key))
      }
    }
  })

  it('take the curve from the block before the key when the key leaves it out', async () => {
    const ecdh = createECDH('prime256v1')
    ecdh.generateKeys()
    const scalar = Buffer.concat([Buffer.alloc(32), ecdh.getPrivateKey()]).subarray(-32)
    const sec1 = Buffer.concat([Buffer.from('30250201010420', 'hex'), scalar])
    const parameters = Buffer.from('06082a8648ce3d030107', 'hex')
    const pem = (label: string, der: Buffer) =>
      `-----BEGIN ${label}-----\n${der.toString('base64')}\n-----END ${label}-----\n`
    const key = await soleKey(pem('EC PARAMETERS', parameters) + pem('EC PRIVATE KEY', sec1))
    expect(publicInfo(key).endsWith(ecdh.getPublicKey('hex'))).toBe(true)
    expect(await readPrivateKeyFile(Buffer.from(pem('EC PRIVATE KEY', sec1)))).toMatchObject({
      error: { code: 'damaged-file' },
    })
  })

  it.skipIf(!rfc9216)('of RFC 9216 open, with their OneAsymmetricKey attributes', async () => {
    for (const name of ['alice.sign', 'alice.encrypt', 'carlos.sign', 'carlos.encrypt', 'ca.25519']) {
      const key = await soleKey(readFileSync(join(rfc9216 ?? '', `${name}.key`)))
      expect(openPrivateKey(key).ok, name).toBe(true)
    }
  })

  it('encrypted with scrypt are read, unless they ask for more memory than the budget', async ({ skip }) => {
    skip(!hasOpenssl)
    const pem = rsa.export({ format: 'pem', type: 'pkcs8' }) as string
    let file: Buffer
    try {
      file = execFileSync('openssl', ['pkcs8', '-topk8', '-scrypt', '-passout', 'pass:x'], {
        input: pem,
        stdio: 'pipe',
      })
    } catch {
      return expect(process.platform).not.toBe('linux')
    }
    expect(publicInfo(await soleKey(file, 'x'))).toBe(expected(rsa))
    const small = { ...passwordBudget, scryptMemory: 2 ** 20 }
    expect(await readPrivateKeyFile(file, 'x', small)).toEqual({
      ok: false,
      error: { code: 'over-budget', limit: 'scrypt' },
    })
  })

  it('without a key say so', async () => {
    for (const file of ['', 'hello', '-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n']) {
      expect(await readPrivateKeyFile(Buffer.from(file))).toEqual({ ok: false, error: { code: 'no-key' } })
    }
  })

  it('damaged anywhere are a typed failure or a key, never an exception', async () => {
    const encrypted = { cipher: 'aes-256-cbc', passphrase: 'x' }
    const files = [
      Buffer.from(ec.export({ format: 'pem', type: 'sec1' })),
      ec.export({ format: 'der', type: 'sec1' }),
      ed25519.export({ format: 'der', type: 'pkcs8' }),
      ed25519.export({ format: 'der', type: 'pkcs8', ...encrypted }),
      Buffer.from(ec.export({ format: 'pem', type: 'pkcs8', ...encrypted }) as string),
    ]
    const small = { ...passwordBudget, totalIterations: 20_000, scryptMemory: 2 ** 22 }
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...files),
        fc.nat(),
        fc.nat(20),
        fc.uint8Array({ maxLength: 6 }),
        async (bytes, position, cut, inserted) => {
          const start = position % bytes.length
          const changed = Buffer.concat([bytes.subarray(0, start), inserted, bytes.subarray(start + cut)])
          const read = await readPrivateKeyFile(changed, 'x', small)
          // A key that came out is opened as well: that must not throw either.
          if (read.ok) for (const key of read.value) openPrivateKey(key)
          else expect(read.error.code).toMatch(/^[a-z-]+$/)
        },
      ),
      { numRuns: 500 },
    )
  })
})
