/**
 * Ways in which an RSA modulus betrays its private key, each as a question about the number alone: small factors
 * (NIST SP 800-89 §5.3.3), factors close together (Fermat), and the keys of the Infineon library (CVE-2017-15361, "ROCA":
 * M. Nemec et al., The Return of Coppersmith's Attack, CCS 2017).
 *
 * Moduli of more than `rsaBitLimit` bits aren't asked: the arithmetic would be an attack on the reader.
 */

/** No key in use is longer, and OpenSSL computes with none that is. */
export const rsaBitLimit = 16_384

function primesBelow(limit: number): number[] {
  const composite = new Uint8Array(limit)
  const primes: number[] = []
  for (let number = 2; number < limit; number++) {
    if (composite[number]) continue
    primes.push(number)
    for (let multiple = number * number; multiple < limit; multiple += number) composite[multiple] = 1
  }
  return primes
}

/** S/MIME BR §6.1.6: no factors smaller than 752. */
const smallPrimes = primesBelow(752)

/** The smallest prime below 752 that divides the modulus. */
export function smallFactorOf(modulus: bigint): number | undefined {
  return smallPrimes.find((prime) => modulus % BigInt(prime) === 0n)
}

/**
 * The library takes its primes as k·M + (65537^a mod M), M being the product of the first primes: the modulus is then a power
 * of 65537 modulo each of them. Of other moduli one in 240 million passes, so the primes up to 167 (which M has for the
 * shortest keys) are enough.
 */
const rocaResidues: readonly (readonly [bigint, ReadonlySet<number>])[] = primesBelow(168).map((prime) => {
  const powers = new Set<number>()
  for (let power = 1 % prime; !powers.has(power); power = (power * 65_537) % prime) powers.add(power)
  return [BigInt(prime), powers]
})

export function hasRocaFingerprint(modulus: bigint): boolean {
  return rocaResidues.every(([prime, powers]) => powers.has(Number(modulus % prime)))
}

/** They reach primes that differ by less than 28 times the fourth root of the modulus; random ones differ in their first bits. */
const fermatRounds = 100

/** Squares leave few remainders: only one number in a hundred has to have its root taken. */
const sieveModulus = 45_045
const squareRemainders = new Set(Array.from({ length: sieveModulus }, (_, root) => (root * root) % sieveModulus))

function squareRoot(value: bigint): bigint {
  if (value < 2n) return value
  let root = 1n << BigInt(Math.ceil(value.toString(16).length / 2) * 4)
  for (;;) {
    const next = (root + value / root) >> 1n
    if (next >= root) return root
    root = next
  }
}

function isSquare(value: bigint): boolean {
  if (!squareRemainders.has(Number(value % BigInt(sieveModulus)))) return false
  const root = squareRoot(value)
  return root * root === value
}

/** Whether Fermat's method finds both factors at once: n = a² - b² with a just above the root of n. */
export function hasCloseFactors(modulus: bigint): boolean {
  if (modulus < 9n || modulus % 2n === 0n) return false
  let a = squareRoot(modulus)
  if (a * a < modulus) a += 1n
  let square = a * a - modulus
  for (let round = 0; round < fermatRounds; round++) {
    if (isSquare(square)) return true
    square += 2n * a + 1n
    a += 1n
  }
  return false
}
