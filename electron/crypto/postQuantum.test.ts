import * as nodeCrypto from 'node:crypto'
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { derBitString, derElement, derInteger, derNull, derOctetString, derOid, derSequence } from '../asn1/der.ts'
import { systemRandom } from '../base/random.ts'
import { expectSuccess } from '../base/result.ts'
import { loadPostQuantum, type PostQuantum } from './postQuantum.ts'
import { generatePostQuantumKey } from './postQuantumKey.ts'
import {
  isPostQuantumName,
  type MlDsaSet,
  type MlKemSet,
  postQuantumLengths,
  postQuantumOid,
} from './postQuantumSets.ts'
import { dormantKey, openPrivateKey, publicKeyInfoOf } from './privateKey.ts'
import { encapsulateFor, verifySignature } from './publicKey.ts'

const signing: readonly MlDsaSet[] = ['ML-DSA-44', 'ML-DSA-65', 'ML-DSA-87']
const encapsulating: readonly MlKemSet[] = ['ML-KEM-768', 'ML-KEM-1024']
const all = [...signing, ...encapsulating]
const letter = Buffer.from('Content-Type: text/plain\r\n\r\nHello.\r\n')

let postQuantum: PostQuantum
beforeAll(async () => {
  postQuantum = await loadPostQuantum()
})

/** What Node's own OpenSSL computes; Node 20 and Electron have none of it. */
const encapsulation = nodeCrypto as unknown as {
  encapsulate?: (key: KeyObject) => { ciphertext: Uint8Array; sharedKey: Uint8Array }
  decapsulate?: (key: KeyObject, ciphertext: Uint8Array) => Uint8Array
}
const nodeHasThem = typeof encapsulation.encapsulate === 'function'

function nodePair(parameterSet: MlDsaSet | MlKemSet): { privateKey: KeyObject; publicKey: KeyObject } {
  return generateKeyPairSync(parameterSet.toLowerCase() as never) as never
}

function nodePublic(publicKeyInfo: Uint8Array): KeyObject {
  return createPublicKey({ key: Buffer.from(publicKeyInfo), format: 'der', type: 'spki' })
}

function nodePrivate(pkcs8: Uint8Array): KeyObject {
  return createPrivateKey({ key: Buffer.from(pkcs8), format: 'der', type: 'pkcs8' })
}

/** The PKCS#8 of a choice: the DER of seed, expanded key or both. */
function pkcs8Of(parameterSet: MlDsaSet | MlKemSet, choice: Uint8Array, ...after: readonly Uint8Array[]): Uint8Array {
  const algorithm = derSequence(derOid(postQuantumOid(parameterSet)))
  return derSequence(derInteger(after.length > 0 ? 1 : 0), algorithm, derOctetString(choice), ...after)
}

function forms(parameterSet: MlDsaSet | MlKemSet) {
  const seed = systemRandom(postQuantumLengths[parameterSet].seed)
  const pair = postQuantum.expand(parameterSet, seed)
  const expanded = derOctetString(pair.expandedKey)
  return {
    ...pair,
    seed: pkcs8Of(parameterSet, derElement(0x80, seed)),
    expanded: pkcs8Of(parameterSet, expanded),
    both: pkcs8Of(parameterSet, derSequence(derOctetString(seed), expanded)),
    seedBytes: seed,
  }
}

describe.skipIf(!nodeHasThem)("against Node's own OpenSSL", () => {
  for (const parameterSet of signing) {
    it(`${parameterSet}: each verifies what the other signed`, async () => {
      const node = nodePair(parameterSet)
      const publicKeyInfo = node.publicKey.export({ format: 'der', type: 'spki' })
      const scheme = { kind: 'ml-dsa', parameterSet } as const
      const signature = sign(null, letter, node.privateKey)
      expect(verifySignature(publicKeyInfo, scheme, letter, signature, postQuantum)).toBe(true)

      const own = generatePostQuantumKey(postQuantum, parameterSet, systemRandom)
      const key = expectSuccess(openPrivateKey(own.pkcs8, postQuantum))
      const ours = await key.sign(scheme, letter)
      expect(verify(null, letter, nodePublic(own.publicKeyInfo), ours)).toBe(true)
      expect(verify(null, Buffer.concat([letter, letter]), nodePublic(own.publicKeyInfo), ours)).toBe(false)
    })
  }

  for (const parameterSet of encapsulating) {
    it(`${parameterSet}: each opens what the other encapsulated`, async () => {
      const node = nodePair(parameterSet)
      const publicKeyInfo = node.publicKey.export({ format: 'der', type: 'spki' })
      const made = expectSuccess(encapsulateFor(postQuantum, parameterSet, publicKeyInfo))
      expect(encapsulation.decapsulate?.(node.privateKey, made.ciphertext)).toEqual(Buffer.from(made.sharedSecret))

      const own = generatePostQuantumKey(postQuantum, parameterSet, systemRandom)
      const key = expectSuccess(openPrivateKey(own.pkcs8, postQuantum))
      const theirs = encapsulation.encapsulate?.(nodePublic(own.publicKeyInfo))
      const secret = expectSuccess(await key.decapsulate(theirs?.ciphertext ?? new Uint8Array()))
      expect(Buffer.from(secret)).toEqual(Buffer.from(theirs?.sharedKey ?? new Uint8Array()))
    })
  }

  for (const parameterSet of all) {
    it(`${parameterSet}: a seed means the same key, in all three forms`, () => {
      const key = forms(parameterSet)
      for (const pkcs8 of [key.seed, key.expanded, key.both]) {
        const info = nodePrivate(pkcs8)
        const expected = createPublicKey(info as never).export({ format: 'der', type: 'spki' })
        expect(Buffer.from(expectSuccess(publicKeyInfoOf(pkcs8, postQuantum)))).toEqual(expected)
      }
    })

    it(`${parameterSet}: what Node exports is read`, () => {
      const node = nodePair(parameterSet)
      const pkcs8 = node.privateKey.export({ format: 'der', type: 'pkcs8' })
      const publicKeyInfo = node.publicKey.export({ format: 'der', type: 'spki' })
      expect(Buffer.from(expectSuccess(publicKeyInfoOf(pkcs8, postQuantum)))).toEqual(publicKeyInfo)
    })
  }
})

describe('a private key whose parts disagree', () => {
  for (const parameterSet of all) {
    it(`${parameterSet}: is refused, whatever form it has`, () => {
      const one = forms(parameterSet)
      const other = forms(parameterSet)
      const otherKey = derOctetString(other.expandedKey)
      const mixed = pkcs8Of(parameterSet, derSequence(derOctetString(one.seedBytes), otherKey))
      const stated = derElement(0x81, Uint8Array.of(0), other.publicKey)
      const otherStated = pkcs8Of(parameterSet, derElement(0x80, one.seedBytes), stated)
      // The hash of the public key: tr in ML-DSA (FIPS 204 §5.1), H(ek) in ML-KEM (FIPS 203 §7.1).
      const hashAt = parameterSet.startsWith('ML-DSA') ? 64 : one.expandedKey.length - 64
      const changed = Uint8Array.from(one.expandedKey)
      changed[hashAt] = (changed[hashAt] ?? 0) ^ 1
      const broken = [mixed, otherStated, pkcs8Of(parameterSet, derOctetString(changed))]
      for (const pkcs8 of broken) {
        expect(publicKeyInfoOf(pkcs8, postQuantum)).toEqual({ ok: false, error: { code: 'malformed-key' } })
      }
      const agreeing = pkcs8Of(
        parameterSet,
        derElement(0x80, one.seedBytes),
        derElement(0x81, Uint8Array.of(0), one.publicKey),
      )
      expect(publicKeyInfoOf(agreeing, postQuantum).ok).toBe(true)
    })
  }

  it('is refused with a form of another length or tag, or with parameters', () => {
    const { seedBytes, expandedKey } = forms('ML-KEM-768')
    const parameters = derSequence(derOid(postQuantumOid('ML-KEM-768')), derNull())
    const broken = [
      pkcs8Of('ML-KEM-768', derElement(0x80, seedBytes.subarray(1))),
      pkcs8Of('ML-KEM-768', derOctetString(seedBytes)),
      pkcs8Of('ML-KEM-768', derElement(0x81, seedBytes)),
      pkcs8Of('ML-KEM-1024', derOctetString(expandedKey)),
      pkcs8Of('ML-KEM-768', derSequence(derOctetString(seedBytes))),
      derSequence(derInteger(0), parameters, derOctetString(derElement(0x80, seedBytes))),
    ]
    for (const pkcs8 of broken) {
      expect(publicKeyInfoOf(pkcs8, postQuantum)).toEqual({ ok: false, error: { code: 'malformed-key' } })
    }
  })
})

describe('without leave for experimental algorithms', () => {
  it('keys are named and not opened', () => {
    const { pkcs8, publicKeyInfo } = generatePostQuantumKey(postQuantum, 'ML-DSA-65', systemRandom)
    const error = { code: 'experimental-algorithm', algorithm: 'ML-DSA-65' }
    expect(openPrivateKey(pkcs8)).toEqual({ ok: false, error })
    expect(publicKeyInfoOf(pkcs8)).toEqual({ ok: false, error })
    expect(dormantKey(publicKeyInfo).algorithm).toEqual({ kind: 'ml-dsa', parameterSet: 'ML-DSA-65' })
    expect(isPostQuantumName('ML-DSA-65')).toBe(true)
    expect(isPostQuantumName('toString')).toBe(false)
  })

  it('a good signature is no proof', async () => {
    const { pkcs8, publicKeyInfo } = generatePostQuantumKey(postQuantum, 'ML-DSA-44', systemRandom)
    const scheme = { kind: 'ml-dsa', parameterSet: 'ML-DSA-44' } as const
    const signature = await expectSuccess(openPrivateKey(pkcs8, postQuantum)).sign(scheme, letter)
    expect(verifySignature(publicKeyInfo, scheme, letter, signature, postQuantum)).toBe(true)
    expect(verifySignature(publicKeyInfo, scheme, letter, signature)).toBe(false)
  })

  it('a dormant key says that it may not, and not that it is the wrong one', async () => {
    const { publicKeyInfo } = generatePostQuantumKey(postQuantum, 'ML-KEM-768', systemRandom)
    const refused = await dormantKey(publicKeyInfo).decapsulate(new Uint8Array(1_088))
    expect(refused).toEqual({ ok: false, error: { code: 'experimental-algorithm' } })
  })
})

describe('a signature', () => {
  it('is another one each time, and each verifies', async () => {
    const { pkcs8, publicKeyInfo } = generatePostQuantumKey(postQuantum, 'ML-DSA-65', systemRandom)
    const key = expectSuccess(openPrivateKey(pkcs8, postQuantum))
    const scheme = { kind: 'ml-dsa', parameterSet: 'ML-DSA-65' } as const
    const [one, other] = [await key.sign(scheme, letter), await key.sign(scheme, letter)]
    expect(Buffer.compare(one, other)).not.toBe(0)
    for (const signature of [one, other]) {
      expect(verifySignature(publicKeyInfo, scheme, letter, signature, postQuantum)).toBe(true)
    }
    key.close()
    await expect(key.sign(scheme, letter)).rejects.toThrow('closed')
  })

  it('verifies for no other content, no other key and with no changed byte', async () => {
    const own = generatePostQuantumKey(postQuantum, 'ML-DSA-44', systemRandom)
    const stranger = generatePostQuantumKey(postQuantum, 'ML-DSA-44', systemRandom)
    const scheme = { kind: 'ml-dsa', parameterSet: 'ML-DSA-44' } as const
    const signature = await expectSuccess(openPrivateKey(own.pkcs8, postQuantum)).sign(scheme, letter)
    const holds = (info: Uint8Array, bytes: Uint8Array, value: Uint8Array) =>
      verifySignature(info, scheme, bytes, value, postQuantum)
    expect(holds(own.publicKeyInfo, letter, signature)).toBe(true)
    expect(holds(stranger.publicKeyInfo, letter, signature)).toBe(false)
    expect(holds(own.publicKeyInfo, letter.subarray(1), signature)).toBe(false)
    fc.assert(
      fc.property(fc.nat(signature.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const changed = Uint8Array.from(signature)
        changed[at] = (changed[at] ?? 0) ^ change
        expect(holds(own.publicKeyInfo, letter, changed)).toBe(false)
      }),
      { numRuns: 60 },
    )
    for (const length of [0, 1, signature.length - 1]) {
      expect(holds(own.publicKeyInfo, letter, signature.subarray(0, length))).toBe(false)
    }
    expect(holds(own.publicKeyInfo, letter, Buffer.concat([signature, Uint8Array.of(0)]))).toBe(false)
    const other = { kind: 'ml-dsa', parameterSet: 'ML-DSA-65' } as const
    expect(verifySignature(own.publicKeyInfo, other, letter, signature, postQuantum)).toBe(false)
  })
})

describe('a ciphertext', () => {
  it('that was changed carries another secret and no error; one of another length is no ciphertext', async () => {
    const { pkcs8, publicKeyInfo } = generatePostQuantumKey(postQuantum, 'ML-KEM-768', systemRandom)
    const key = expectSuccess(openPrivateKey(pkcs8, postQuantum))
    const { ciphertext, sharedSecret } = expectSuccess(encapsulateFor(postQuantum, 'ML-KEM-768', publicKeyInfo))
    expect(Buffer.from(expectSuccess(await key.decapsulate(ciphertext)))).toEqual(Buffer.from(sharedSecret))
    await fc.assert(
      fc.asyncProperty(fc.nat(ciphertext.length - 1), fc.integer({ min: 1, max: 255 }), async (at, change) => {
        const changed = Uint8Array.from(ciphertext)
        changed[at] = (changed[at] ?? 0) ^ change
        const secret = expectSuccess(await key.decapsulate(changed))
        expect(secret.length).toBe(32)
        expect(Buffer.compare(secret, sharedSecret)).not.toBe(0)
      }),
      { numRuns: 60 },
    )
    for (const other of [ciphertext.subarray(1), new Uint8Array(0), new Uint8Array(1_568)]) {
      expect(await key.decapsulate(other)).toEqual({ ok: false, error: { code: 'wrong-key' } })
    }
  })

  it('is not made for a public key out of range (FIPS 203 §7.2)', () => {
    const broken = new Uint8Array(1_184).fill(0xff)
    const info = derSequence(derSequence(derOid(postQuantumOid('ML-KEM-768'))), derBitString(broken))
    expect(encapsulateFor(postQuantum, 'ML-KEM-768', info)).toEqual({ ok: false, error: { code: 'malformed-key' } })
  })
})

it('no mutation of a private key throws', () => {
  const { both } = forms('ML-KEM-768')
  fc.assert(
    fc.property(fc.nat(both.length - 1), fc.nat(255), fc.nat(both.length), (at, value, length) => {
      const changed = Uint8Array.from(both)
      changed[at] = value
      publicKeyInfoOf(changed, postQuantum)
      publicKeyInfoOf(changed.subarray(0, length), postQuantum)
    }),
    { numRuns: 200 },
  )
})
