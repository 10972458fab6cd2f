/**
 * RSA keys that are long enough and can be computed from their public half all the same, because of how they were made. Whoever
 * certifies keys of others looks for them (S/MIME Baseline Requirements §6.1.1.3).
 */

import { universal } from '../../asn1/der.ts'
import { contentOf, DerReader, soleElement } from '../../asn1/derReader.ts'
import { hexText } from '../../base/bytes.ts'
import { publicKeyBitsOf } from '../../certificates/algorithms.ts'

/** `publicKeyInfo` is of an RSA key that was read before. */
export function isGuessableRsa(publicKeyInfo: Uint8Array): boolean {
  const reader = DerReader.inside(soleElement(publicKeyBitsOf(publicKeyInfo), 'publicKey'))
  const modulus = BigInt(`0x${hexText(contentOf(reader.expect(universal.integer, 'publicKey')))}`)
  return hasSmallFactor(modulus) || isFromInfineon(modulus) || hasCloseFactors(modulus)
}

/** The odd ones up to 167: CVE-2017-15361 shows in the remainders of these, whatever the key's length. */
const smallPrimes = [
  3n,
  5n,
  7n,
  11n,
  13n,
  17n,
  19n,
  23n,
  29n,
  31n,
  37n,
  41n,
  43n,
  47n,
  53n,
  59n,
  61n,
  67n,
  71n,
  73n,
  79n,
  83n,
  89n,
  97n,
  101n,
  103n,
  107n,
  109n,
  113n,
  127n,
  131n,
  137n,
  139n,
  149n,
  151n,
  157n,
  163n,
  167n,
]

function hasSmallFactor(modulus: bigint): boolean {
  return modulus % 2n === 0n || smallPrimes.some((prime) => modulus % prime === 0n)
}

/**
 * ROCA (Nemec et al., "The Return of Coppersmith's Attack", 2017, §2.2): cards with Infineon's library made both primes as
 * k·M + 65537^a mod M, so that the modulus, too, is a power of 65537 modulo every small prime. Of other keys one in 2^27 is.
 */
function isFromInfineon(modulus: bigint): boolean {
  return smallPrimes.every((prime) => {
    for (let power = 1n, step = 0n; step < prime; step++, power = (power * 65537n) % prime) {
      if (power === modulus % prime) return true
    }
    return false
  })
}

/** CVE-2022-26320: the requirements ask for these rounds of Fermat's method. */
const fermatRounds = 100

function hasCloseFactors(modulus: bigint): boolean {
  let middle = squareRoot(modulus)
  if (middle * middle < modulus) middle++
  for (let round = 0; round < fermatRounds; round++, middle++) {
    const rest = middle * middle - modulus
    const root = squareRoot(rest)
    if (root * root === rest) return true
  }
  return false
}

/** The whole part, by Newton's method from above. */
function squareRoot(value: bigint): bigint {
  if (value < 2n) return value
  let root = 1n << BigInt(value.toString(16).length * 2 + 1)
  for (;;) {
    const next = (root + value / root) >> 1n
    if (next >= root) return root
    root = next
  }
}
