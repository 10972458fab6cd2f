import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { writePem } from '../asn1/pem.ts'
import { expectSuccess } from '../base/result.ts'
import { attributeValue } from '../certificates/name.ts'
import { generateKey, openPrivateKey, type PrivateKeyHandle } from '../crypto/privateKey.ts'
import { certificateAddress } from './address.ts'
import { certificateRequest, readCertificateRequest } from './csr.ts'

const keys: Record<string, PrivateKeyHandle> = {}

beforeAll(async () => {
  for (const type of ['rsa-3072', 'rsa-4096', 'ec-p256', 'ec-p384', 'ed25519'] as const) {
    keys[type] = expectSuccess(openPrivateKey((await generateKey(type)).pkcs8))
  }
})

/** What openssl says of a request, or undefined where it isn't installed. */
function openssl(request: Uint8Array): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'siegel-csr-'))
  try {
    const file = join(folder, 'request.pem')
    writeFileSync(file, writePem('CERTIFICATE REQUEST', request))
    return execFileSync('openssl', ['req', '-in', file, '-noout', '-text', '-verify'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

describe('a certificate request', () => {
  it.each(['rsa-3072', 'ec-p256', 'ec-p384'])('is what openssl verifies (%s)', async (type) => {
    const text = openssl(await certificateRequest('Anna Berger', 'anna@sandbox.example', keys[type]!))
    if (text === undefined) return
    expect(text).toMatch(/email:anna@sandbox\.example/)
    expect(text).toMatch(/CN ?= ?Anna Berger/)
    expect(text).toMatch(/E-mail Protection/)
    expect(text).toMatch(
      type === 'rsa-3072' ? /Digital Signature, Key Encipherment/ : /Digital Signature, Key Agreement/,
    )
  })

  it.each([
    ['rsa-4096', 'both', 'Digital Signature, Key Encipherment'],
    ['rsa-4096', 'sign', 'Digital Signature'],
    ['rsa-4096', 'encrypt', 'Key Encipherment'],
    ['ec-p384', 'encrypt', 'Key Agreement'],
    // RFC 8410 §5: it signs and does nothing else.
    ['ed25519', 'both', 'Digital Signature'],
  ] as const)('of %s for %s asks for %s and nothing more', async (type, use, usages) => {
    const text = openssl(await certificateRequest('Anna', 'anna@sandbox.example', keys[type]!, use))
    if (text === undefined) return
    expect(/Key Usage: critical\s+([^\n]+)/.exec(text)?.[1]).toBe(usages)
    expect(text).not.toMatch(/DNS:/)
  })

  it('has an international address as SmtpUTF8Mailbox, which openssl knows', async () => {
    const text = openssl(await certificateRequest('', certificateAddress('grüße@bücher.example')!, keys['ec-p256']!))
    if (text === undefined) return
    expect(text).toMatch(/othername:\s*SmtpUTF8Mailbox:.*xn--bcher-kva\.example/)
    expect(text).not.toMatch(/email:|DNS:/)
  })

  it('is never made for what its key can not do', async () => {
    await expect(certificateRequest('Anna', 'anna@sandbox.example', keys['ed25519']!, 'encrypt')).rejects.toThrow(
      RangeError,
    )
  })

  it('comes back as it was written, whatever the name and the address', async () => {
    const local = fc.stringMatching(/^[a-z0-9äöüß猫!#$%&'+/=?^_`{|}~-]{1,20}$/)
    await fc.assert(
      fc.asyncProperty(
        fc.string({ maxLength: 60 }),
        local,
        fc.constantFrom('bücher.example', 'a.example'),
        async (name, localPart, domain) => {
          const address = certificateAddress(`${localPart}@${domain}`)
          fc.pre(address !== undefined)
          const request = await certificateRequest(name, address!, keys['ec-p256']!)
          const read = expectSuccess(readCertificateRequest(request))
          expect(read.emails).toEqual([address])
          expect(read.otherNames).toBe(0)
          expect(read.keyAlgorithm).toEqual({ kind: 'ec', curve: 'P-256' })
          expect(Buffer.from(read.publicKeyInfo)).toEqual(Buffer.from(keys['ec-p256']!.publicKeyInfo))
          if (name !== '') expect(attributeValue(read.subject, 'CN')).toBe(name)
        },
      ),
      { numRuns: 40 },
    )
  })

  it('is refused when another key signed it', async () => {
    const own = keys['ec-p256']!
    const stranger = { ...own, sign: keys['ec-p384']!.sign, publicKeyInfo: own.publicKeyInfo }
    const request = await certificateRequest('Eve', 'eve@sandbox.example', stranger)
    expect(readCertificateRequest(request)).toEqual({ ok: false, error: { code: 'bad-signature' } })
  })

  it('never breaks the reader, whatever happens to its bytes', async () => {
    const request = await certificateRequest('Anna', 'anna@sandbox.example', keys['ec-p256']!)
    fc.assert(
      fc.property(fc.nat(request.length - 1), fc.integer({ min: 1, max: 255 }), fc.nat(3), (position, byte, kind) => {
        const flipped = Uint8Array.from(request)
        flipped[position] = (flipped[position] ?? 0) ^ byte
        const cut = request.subarray(0, position)
        const longer = Buffer.concat([request.subarray(0, position), Uint8Array.of(byte), request.subarray(position)])
        const read = readCertificateRequest([flipped, cut, longer, Buffer.concat([request, request])][kind]!)
        expect(read.ok).toBe(false)
      }),
    )
  })
})

describe('an address in a request', () => {
  it.each([
    [' Anna@SANDBOX.example ', 'Anna@sandbox.example'],
    ['grüße@bücher.example', 'grüße@xn--bcher-kva.example'],
    ['anna', undefined],
    ['"anna berger"@sandbox.example', undefined],
    ['anna@sandbox.example, eve@x.example', undefined],
    ['an\u202ena@sandbox.example', undefined],
    ['an\u200bna@sandbox.example', undefined],
    // Nothing in front of the at sign is normalized (RFC 9598 §5).
    ['ju\u0308rgen@sandbox.example', 'ju\u0308rgen@sandbox.example'],
    // It would pass for a pattern (RFC 8823 §3).
    ['*@sandbox.example', undefined],
    ['an*a@sandbox.example', undefined],
  ])('%j is %j', (text, expected) => {
    expect(certificateAddress(text)).toBe(expected)
  })
})
