import { checkPrimeSync, createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto'
import { expect, it } from 'vitest'
import { certificateRequest } from '../../acquisition/csr.ts'
import { expectSuccess } from '../../base/result.ts'
import { testAuthority } from '../../certificates/testPki.ts'
import { openPrivateKey } from '../../crypto/privateKey.ts'
import { acceptableRequest } from './authorityCertificates.ts'
import { isGuessableRsa } from './guessableKey.ts'

const numberOf = (bytes: Uint8Array) => BigInt(`0x${Buffer.from(bytes).toString('hex')}`)
const isPrime = (value: bigint) => checkPrimeSync(value)

function powerOf(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n
  for (let rest = exponent, square = base % modulus; rest > 0n; rest >>= 1n, square = (square * square) % modulus) {
    if (rest & 1n) result = (result * square) % modulus
  }
  return result
}

/** Product of the first 71 primes: what Infineon's library took for 2048 bits. */
function primorial(): bigint {
  let product = 1n
  for (let candidate = 2n, found = 0; found < 71; candidate++) {
    if (!isPrime(candidate)) continue
    product *= candidate
    found++
  }
  return product
}

function infineonPrime(): bigint {
  const product = primorial()
  for (;;) {
    const k = numberOf(randomBytes(69)) | (1n << 551n)
    const prime = k * product + powerOf(65537n, numberOf(randomBytes(32)), product)
    if (isPrime(prime)) return prime
  }
}

function base64UrlOf(value: bigint): string {
  const hex = value.toString(16)
  return Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex').toString('base64url')
}

function inverseOf(value: bigint, modulus: bigint): bigint {
  let [rest, next, factor, nextFactor] = [modulus, value % modulus, 0n, 1n]
  while (next !== 0n) {
    const times = rest / next
    ;[rest, next, factor, nextFactor] = [next, rest - times * next, nextFactor, factor - times * nextFactor]
  }
  return ((factor % modulus) + modulus) % modulus
}

function publicKeyInfoOf(modulus: bigint): Uint8Array {
  return createPublicKey({ key: { kty: 'RSA', n: base64UrlOf(modulus), e: 'AQAB' }, format: 'jwk' }).export({
    format: 'der',
    type: 'spki',
  })
}

function primeAfter(start: bigint): bigint {
  let prime = start | 1n
  while (!isPrime(prime)) prime += 2n
  return prime
}

it('knows a key as a card with Infineon’s library made it', () => {
  expect(isGuessableRsa(publicKeyInfoOf(infineonPrime() * infineonPrime()))).toBe(true)
})

it('knows a key whose primes lie beside each other, and one with a small factor', () => {
  const prime = primeAfter(numberOf(randomBytes(128)) | (3n << 1022n))
  expect(isGuessableRsa(publicKeyInfoOf(prime * primeAfter(prime + (1n << 400n))))).toBe(true)
  expect(isGuessableRsa(publicKeyInfoOf(prime * prime))).toBe(true)
  expect(isGuessableRsa(publicKeyInfoOf(prime * 7n))).toBe(true)
  expect(isGuessableRsa(publicKeyInfoOf(prime * 751n))).toBe(true)
})

it('keeps a CA from certifying such a key, though its owner has signed the request with it', async () => {
  const [p, authority] = [primeAfter(numberOf(randomBytes(128)) | (3n << 1022n)), await testAuthority('Family')]
  const q = primeAfter(p + (1n << 400n))
  const d = inverseOf(65537n, (p - 1n) * (q - 1n))
  const parts = { n: p * q, d, p, q, dp: d % (p - 1n), dq: d % (q - 1n), qi: inverseOf(q, p) }
  const texts = Object.entries(parts).map(([name, value]) => [name, base64UrlOf(value)])
  const key = createPrivateKey({ key: { kty: 'RSA', e: 'AQAB', ...Object.fromEntries(texts) }, format: 'jwk' })
  const opened = expectSuccess(openPrivateKey(key.export({ format: 'der', type: 'pkcs8' })))
  const request = await certificateRequest('Jonas', 'jonas@example.org', opened)
  expect(acceptableRequest(request, authority.certificate)).toEqual({ ok: false, error: { code: 'guessable-key' } })
})

it('leaves keys as they should be in peace', () => {
  for (const modulusLength of [2048, 2049, 3072, 4096]) {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength })
    const info = createPublicKey(createPrivateKey(privateKey.export({ format: 'pem', type: 'pkcs8' })))
    expect(isGuessableRsa(info.export({ format: 'der', type: 'spki' })), String(modulusLength)).toBe(false)
  }
})
