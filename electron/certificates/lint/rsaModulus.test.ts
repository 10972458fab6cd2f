import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { expectSuccess } from '../../base/result.ts'
import { generateKey, openPrivateKey } from '../../crypto/privateKey.ts'
import { parseCertificate } from '../certificate.ts'
import { lintCertificate } from './lint.ts'
import { hasCloseFactors, hasRocaFingerprint, smallFactorOf } from './rsaModulus.ts'
import { keyUsage, testCertificateDer } from './testCertificate.ts'

describe('an RSA modulus', () => {
  it('is betrayed by its smallest factor below 752', () => {
    expect(smallFactorOf(751n * 1_000_003n)).toBe(751)
    expect(smallFactorOf(2n * 751n)).toBe(2)
    expect(smallFactorOf(757n * 1_000_003n)).toBeUndefined()
  })

  it('is betrayed by factors that lie close together, also by one factor twice', () => {
    const prime = 2n ** 521n - 1n
    expect(hasCloseFactors(prime * prime)).toBe(true)
    expect(hasCloseFactors(prime * (prime + 2n ** 200n))).toBe(true)
    expect(hasCloseFactors(prime * (2n ** 607n - 1n))).toBe(false)
    expect(hasCloseFactors(prime * (prime * 2n + 1n))).toBe(false)
    for (const tiny of [0n, 1n, 2n, 3n, 7n]) expect(hasCloseFactors(tiny)).toBe(false)
  })

  it('is found to have close factors wherever Fermat’s method comes to them within a hundred steps', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 3n, max: 2n ** 80n }), fc.bigInt({ min: 0n, max: 1_000n }), (start, distance) => {
        const left = start | 1n
        const right = left + 2n * distance
        // a - √n is at most (right - left)² / (8 √n).
        if (distance * distance < 100n * left) expect(hasCloseFactors(left * right)).toBe(true)
      }),
    )
  })

  it('of a new key has none of the marks', async () => {
    for (let count = 0; count < 3; count++) {
      const { pkcs8 } = await generateKey('rsa-2048')
      const { publicKeyInfo } = expectSuccess(openPrivateKey(pkcs8))
      const extensions = { '2.5.29.15': keyUsage('digitalSignature', 'keyEncipherment') }
      const certificate = expectSuccess(parseCertificate(testCertificateDer({ publicKeyInfo, extensions })))
      expect(lintCertificate(certificate)).toEqual([])
    }
  })

  it('has the mark of the flawed library only as a power of 65537 modulo every small prime', () => {
    expect(hasRocaFingerprint(1n)).toBe(true)
    expect(hasRocaFingerprint(65_537n ** 7n)).toBe(true)
    expect(hasRocaFingerprint(65_537n ** 7n + 2n)).toBe(false)
    expect(hasRocaFingerprint(0n)).toBe(false)
  })
})
