/**
 * ML-DSA signatures (RFC 9882) and ML-KEM recipients (RFC 9629, RFC 9936) in CMS. An OpenSSL that has both (3.6 or later) is
 * asked where there is one: `openssl` on the path, or the command in SIEGEL_OPENSSL_PQ.
 */

import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { derExplicit, derInteger, derNull, derOctetString, derOid, derSequence, derSet } from '../../asn1/der.ts'
import { DerReader, encodingOf, MalformedDer, soleElement } from '../../asn1/derReader.ts'
import { oids } from '../../asn1/oids.ts'
import { writePem } from '../../asn1/pem.ts'
import { concatBytes, hexText, latin1Bytes, latin1Text } from '../../base/bytes.ts'
import { fixedClock } from '../../base/clock.ts'
import { systemRandom } from '../../base/random.ts'
import { expectSuccess } from '../../base/result.ts'
import { signatureAlgorithmOf } from '../../certificates/algorithms.ts'
import { type Certificate, parseCertificate } from '../../certificates/certificate.ts'
import { allowsEncryption, allowsSigning } from '../../certificates/emailProfile.ts'
import type { KeyUsage } from '../../certificates/extensions.ts'
import { issueCertificate } from '../../certificates/issue.ts'
import { pathBudget, validatePath } from '../../certificates/path.ts'
import { unwrapKey } from '../../crypto/keyWrap.ts'
import { loadPostQuantum, type PostQuantum } from '../../crypto/postQuantum.ts'
import { generatePostQuantumKey } from '../../crypto/postQuantumKey.ts'
import type { MlDsaSet, MlKemSet } from '../../crypto/postQuantumSets.ts'
import { dormantKey, openPrivateKey, publicKeyInfoOf } from '../../crypto/privateKey.ts'
import { type ContentCipher, encrypt } from './encrypt.ts'
import { issuerAndSerial } from './identifierWriter.ts'
import { encapsulatedKeyOf, kemRecipientInfo, readKemRecipient } from './kemRecipient.ts'
import { type DecryptionKey, readCms } from './read.ts'
import { signOpaque } from './sign.ts'
import { signerOf, testPerson, whole } from './testPerson.ts'
import { verifySigners } from './verify.ts'

const letter = latin1Bytes('Content-Type: text/plain\r\n\r\nHello.\r\n')
const now = fixedClock('2026-03-03T10:00:00Z')

interface Person extends DecryptionKey {
  readonly pkcs8: Uint8Array
}

let postQuantum: PostQuantum
let authority: Person
const signers = new Map<MlDsaSet, Person>()
const readers = new Map<MlKemSet, Person>()

function person<Set>(people: ReadonlyMap<Set, Person>, parameterSet: Set): Person {
  const found = people.get(parameterSet)
  if (!found) throw new Error('no such person')
  return found
}

async function personWith(parameterSet: MlDsaSet | MlKemSet, issuer?: Person): Promise<Person> {
  const { pkcs8, publicKeyInfo } = generatePostQuantumKey(postQuantum, parameterSet, systemRandom)
  const key = expectSuccess(openPrivateKey(pkcs8, postQuantum))
  const name = parameterSet.toLowerCase()
  const der = await issueCertificate({
    subject: { commonName: issuer ? name : 'authority' },
    ...(issuer ? { emails: [`${name}@example.org`] } : { ca: {} }),
    publicKeyInfo,
    issuer: issuer ? { name: issuer.certificate, key: issuer.key } : { name: 'self', key },
    serial: Uint8Array.of(0x40, ...systemRandom(8)),
    notBefore: now(),
    notAfter: new Date(now().getTime() + 20 * 365 * 86_400_000),
    keyUsage: issuer ? [parameterSet.startsWith('ML-KEM') ? 'keyEncipherment' : 'digitalSignature'] : ['keyCertSign'],
  })
  return { certificate: expectSuccess(parseCertificate(der)), key, pkcs8 }
}

beforeAll(async () => {
  postQuantum = await loadPostQuantum()
  authority = await personWith('ML-DSA-65')
  for (const set of ['ML-DSA-44', 'ML-DSA-65', 'ML-DSA-87'] as const) signers.set(set, await personWith(set, authority))
  for (const set of ['ML-KEM-768', 'ML-KEM-1024'] as const) readers.set(set, await personWith(set, authority))
})

async function signed(parameterSet: MlDsaSet): Promise<Uint8Array> {
  return whole(signOpaque([letter], signerOf(person(signers, parameterSet))))
}

async function outcomesOf(cms: Uint8Array, leave: { readonly postQuantum?: PostQuantum } = { postQuantum }) {
  const read = expectSuccess(await readCms([cms], { keys: [] }))
  if (read.kind !== 'signed') throw new Error(read.kind)
  return verifySigners(read.signedData, read.content ?? new Uint8Array(), leave)
}

async function sealed(people: readonly DecryptionKey[], cipher: ContentCipher): Promise<Uint8Array> {
  const recipients = people.map(({ certificate }) => ({ certificate }))
  return whole(expectSuccess(encrypt([letter], { recipients, cipher, random: systemRandom, postQuantum })))
}

/** The text that came out, or the failure. */
async function opened(cms: Uint8Array, ...keys: readonly DecryptionKey[]) {
  const read = await readCms([cms], { keys })
  return read.ok ? latin1Text((await read.value.content?.held) ?? new Uint8Array()) : read.error
}

/** The first recipient of an EnvelopedData that Siegel wrote, as DER. */
function recipientIn(cms: Uint8Array): Uint8Array {
  const at = Buffer.from(cms).indexOf(Buffer.from(derOid(oids.kemRecipientInfo)))
  const header = Buffer.from(cms).lastIndexOf(0xa4, at)
  return encodingOf(new DerReader(cms, header).any('recipient'))
}

describe('a signature', () => {
  for (const parameterSet of ['ML-DSA-44', 'ML-DSA-65', 'ML-DSA-87'] as const) {
    it(`with ${parameterSet} verifies, over SHA-512`, async () => {
      const [outcome] = await outcomesOf(await signed(parameterSet))
      expect(outcome).toMatchObject({ state: 'verified', signature: parameterSet, digest: 'SHA-512', reasons: [] })
    })
  }

  it('is of an algorithm that is named and not checked, where nobody wants experiments', async () => {
    const [outcome] = await outcomesOf(await signed('ML-DSA-65'), {})
    expect(outcome).toMatchObject({ state: 'unsupported-algorithm', signature: 'ML-DSA-65', reasons: [] })
    expect(outcome?.certificate).toEqual(person(signers, 'ML-DSA-65').certificate)
  })

  it('is broken with any byte of it or of the content changed', async () => {
    const cms = await signed('ML-DSA-44')
    const at = cms.length - 100
    for (const position of [at, Buffer.from(cms).indexOf('Hello')]) {
      const changed = Uint8Array.from(cms)
      changed[position] = (changed[position] ?? 0) ^ 1
      expect((await outcomesOf(changed))[0]?.state).toBe('broken')
    }
  })

  it('without attributes is over the content itself, and the digest beside it means nothing (RFC 9882 §3.3)', async () => {
    const { certificate, key } = person(signers, 'ML-DSA-65')
    const signature = await key.sign({ kind: 'ml-dsa', parameterSet: 'ML-DSA-65' }, letter)
    const cms = (content: Uint8Array) => {
      const digest = derSequence(derOid(oids.md5))
      const algorithm = derSequence(derOid(oids.mlDsa65))
      const signer = [derInteger(1), issuerAndSerial(certificate), digest, algorithm, derOctetString(signature)]
      const signedData = derSequence(
        derInteger(1),
        derSet(digest),
        derSequence(derOid(oids.data), derExplicit(0, derOctetString(content))),
        derExplicit(0, certificate.der),
        derSet(derSequence(...signer)),
      )
      return derSequence(derOid(oids.signedData), derExplicit(0, signedData))
    }
    const [outcome] = await outcomesOf(cms(letter))
    expect(outcome).toMatchObject({ state: 'verified', signature: 'ML-DSA-65', reasons: [] })
    expect(outcome?.digestName).toBeUndefined()
    expect((await outcomesOf(cms(latin1Bytes('Another letter'))))[0]?.state).toBe('broken')
  })

  it('is malformed with parameters beside its identifier (RFC 9882 §3.3)', () => {
    const identifier = new DerReader(derSequence(derOid(oids.mlDsa44), derNull())).sequence('signatureAlgorithm')
    expect(() => signatureAlgorithmOf(identifier)).toThrow('signatureAlgorithm')
  })
})

describe('a chain of ML-DSA certificates', () => {
  const at = new Date(now().getTime() + 86_400_000)

  it('holds where it may be computed, and says what it was where it may not', () => {
    const leaf = person(signers, 'ML-DSA-87').certificate
    const question = { leaf, intermediates: [], anchors: [authority.certificate], at, purpose: 'sign' } as const
    expect(validatePath({ ...question, postQuantum }).reasons).toEqual([])
    expect(validatePath(question)).toMatchObject({
      state: 'unknown-issuer',
      reasons: [{ code: 'unsupported-algorithm', link: 0, data: { algorithm: 'ML-DSA-65' } }],
    })
  })

  it('breaks with a changed byte in the signature', () => {
    const { der } = person(signers, 'ML-DSA-44').certificate
    const changed = Uint8Array.from(der)
    changed[der.length - 50] = (changed[der.length - 50] ?? 0) ^ 1
    const leaf = expectSuccess(parseCertificate(changed))
    const anchors = [authority.certificate]
    const path = validatePath({ leaf, intermediates: [], anchors, at, purpose: 'sign', postQuantum })
    expect(path).toMatchObject({ state: 'broken', reasons: [{ code: 'bad-signature' }] })
  })

  it('costs more of the budget for signatures than others, since each check takes milliseconds', () => {
    const leaf = person(signers, 'ML-DSA-87').certificate
    const question = { leaf, intermediates: [], anchors: [authority.certificate], at, purpose: 'sign' } as const
    const within = (signatures: number) =>
      validatePath({ ...question, postQuantum, budget: { ...pathBudget, signatures } }).state
    expect([within(4), within(3)]).toEqual(['valid', 'over-budget'])
  })

  it('encrypts with the usage keyEncipherment alone (RFC 9935 §5), and signs without it (RFC 9881 §5)', () => {
    const kem = person(readers, 'ML-KEM-768').certificate
    const dsa = person(signers, 'ML-DSA-65').certificate
    const stating = (certificate: Certificate, ...keyUsage: readonly KeyUsage[]) => ({
      ...certificate,
      extensions: { ...certificate.extensions, keyUsage },
    })
    expect([allowsEncryption(kem), allowsSigning(kem)]).toEqual([true, false])
    expect(allowsEncryption(stating(kem, 'keyEncipherment', 'digitalSignature'))).toBe(false)
    expect([allowsEncryption(dsa), allowsSigning(dsa)]).toEqual([false, true])
    expect(allowsSigning(stating(dsa, 'digitalSignature', 'keyEncipherment'))).toBe(false)
  })
})

describe('an envelope', () => {
  for (const parameterSet of ['ML-KEM-768', 'ML-KEM-1024'] as const) {
    it(`for ${parameterSet} is opened, alone and beside others`, async () => {
      const reader = person(readers, parameterSet)
      const classic = await testPerson('classic', 'ec-p256')
      for (const cipher of ['aes-256-cbc', 'aes-256-gcm', 'aes-128-gcm'] as const) {
        const cms = await sealed([classic, reader], cipher)
        expect(await opened(cms, reader)).toBe(latin1Text(letter))
        expect(await opened(cms, classic)).toBe(latin1Text(letter))
      }
    })
  }

  it('names its reader by key identifier where that is wanted', async () => {
    const reader = person(readers, 'ML-KEM-768')
    const recipients = [{ certificate: reader.certificate, byKeyIdentifier: true }]
    const input = { recipients, cipher: 'aes-256-gcm' as const, random: systemRandom, postQuantum }
    const cms = await whole(expectSuccess(encrypt([letter], input)))
    const keyIdentifier = reader.certificate.extensions.subjectKeyIdentifier
    expect(await readCms([cms], { keys: [] })).toMatchObject({ error: { recipients: [{ keyIdentifier }] } })
    expect(await opened(cms, reader)).toBe(latin1Text(letter))
  })

  it('says how its key travels', async () => {
    const read = await readCms([await sealed([person(readers, 'ML-KEM-768')], 'aes-256-cbc')], { keys: [] })
    expect(read).toMatchObject({
      error: {
        code: 'no-key',
        recipients: [{ keyManagement: 'ML-KEM-768 (HKDF SHA-256, AES-256 key wrap)', mine: false }],
      },
    })
  })

  it('has version 3 as EnvelopedData and 0 as AuthEnvelopedData (RFC 5652 §6.1, RFC 5083 §2.1)', async () => {
    const versionOf = async (cipher: ContentCipher) => {
      const contentInfo = new DerReader(await sealed([person(readers, 'ML-KEM-768')], cipher)).sequence('contentInfo')
      contentInfo.oid('contentType')
      return DerReader.inside(contentInfo.any('content')).sequence('enveloped').integer('version')
    }
    expect([await versionOf('aes-256-cbc'), await versionOf('aes-256-gcm')]).toEqual([3, 0])
  })

  it('is not written for an experimental reader where nobody wants experiments', () => {
    const recipients = [{ certificate: person(readers, 'ML-KEM-768').certificate }]
    const result = encrypt([letter], { recipients, cipher: 'aes-256-gcm', random: systemRandom })
    expect(result).toEqual({ ok: false, error: { code: 'unsupported-algorithm', algorithm: 'ML-KEM-768' } })
  })

  it('for a dormant key is of an algorithm that is not computed, which is not the same as no key', async () => {
    const { certificate } = person(readers, 'ML-KEM-768')
    const cms = await sealed([{ certificate, key: dormantKey(certificate.publicKeyInfo) }], 'aes-256-gcm')
    expect(await opened(cms, { certificate, key: dormantKey(certificate.publicKeyInfo) })).toMatchObject({
      code: 'unsupported-algorithm',
      algorithm: 'ML-KEM-768 (HKDF SHA-256, AES-256 key wrap)',
      recipients: [{ mine: true }],
    })
  })

  it('gives the same answer for a changed ciphertext and a changed wrapped key', async () => {
    const reader = person(readers, 'ML-KEM-768')
    const cms = await sealed([reader], 'aes-256-gcm')
    const recipient = Buffer.from(cms).indexOf(Buffer.from(recipientIn(cms)))
    for (const offset of [600, recipientIn(cms).length - 5]) {
      const changed = Uint8Array.from(cms)
      changed[recipient + offset] = (changed[recipient + offset] ?? 0) ^ 1
      expect(await opened(changed, reader)).toEqual({ code: 'damaged' })
    }
  })

  it('survives any mutation without letting content out', async () => {
    const reader = person(readers, 'ML-KEM-768')
    const cms = await sealed([reader], 'aes-256-gcm')
    await fc.assert(
      fc.asyncProperty(fc.nat(cms.length - 1), fc.integer({ min: 1, max: 255 }), async (at, change) => {
        const changed = Uint8Array.from(cms)
        changed[at] = (changed[at] ?? 0) ^ change
        const outcome = await opened(changed, reader)
        if (typeof outcome === 'string') expect(outcome).toBe(latin1Text(letter))
      }),
      { numRuns: 300 },
    )
  })
})

describe('KEMRecipientInfo', () => {
  const identifier = derSequence(derSequence(), derInteger(5))
  const wrap = derSequence(derOid(oids.aes256Wrap))
  const parts = {
    version: derInteger(0),
    identifier,
    kem: derSequence(derOid(oids.mlKem768)),
    ciphertext: derOctetString(new Uint8Array(1_088)),
    kdf: derSequence(derOid(oids.hkdfSha256)),
    length: derInteger(32),
    ukm: new Uint8Array() as Uint8Array,
    wrap,
    encryptedKey: derOctetString(new Uint8Array(40)),
  }
  const written = (changes: Partial<typeof parts>) =>
    new DerReader(derSequence(...Object.values({ ...parts, ...changes })))

  it('is read as it was written', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 32, maxLength: 32 }),
        fc.constantFrom('ML-KEM-768' as const, 'ML-KEM-1024' as const),
        (contentKey, parameterSet) => {
          const ciphertext = systemRandom(parameterSet === 'ML-KEM-768' ? 1_088 : 1_568)
          const made = { ciphertext, sharedSecret: systemRandom(32) }
          const secret = Uint8Array.from(made.sharedSecret)
          const fields = DerReader.inside(
            soleElement(kemRecipientInfo(identifier, parameterSet, made, contentKey), 'recipient'),
          )
          expect(fields.oid('oriType')).toBe(oids.kemRecipientInfo)
          const { management, encryptedKey } = readKemRecipient(fields)
          if (!management) throw new Error('not computed')
          expect(management).toMatchObject({ parameterSet, digest: 'sha256', wrapKeyBytes: 32 })
          expect(Buffer.from(management.ciphertext)).toEqual(Buffer.from(ciphertext))
          const unwrapped = expectSuccess(unwrapKey(encapsulatedKeyOf(management, secret), encryptedKey))
          expect(Buffer.from(unwrapped)).toEqual(Buffer.from(contentKey))
          // Both sides wiped what they consumed.
          expect([...made.sharedSecret, ...secret].every((byte) => byte === 0)).toBe(true)
        },
      ),
      { numRuns: 20 },
    )
  })

  it('binds its length and keying material into the key (RFC 9629 §5)', () => {
    const keyOf = (changes: Partial<typeof parts>) => {
      const { management } = readKemRecipient(written(changes))
      if (!management) throw new Error('not computed')
      return hexText(encapsulatedKeyOf(management, new Uint8Array(32).fill(7)))
    }
    const material = derExplicit(0, derOctetString(Uint8Array.of(1, 2, 3)))
    const keys = [
      keyOf({}),
      keyOf({ ukm: material }),
      keyOf({ kdf: derSequence(derOid(oids.hkdfSha512)) }),
      keyOf({ wrap: derSequence(derOid(oids.aes128Wrap)), length: derInteger(16) }),
    ]
    expect(new Set(keys).size).toBe(keys.length)
  })

  it('is malformed where a field is not what RFC 9629 §3 and RFC 9936 §2 say', () => {
    const broken: readonly [string, Partial<typeof parts>][] = [
      ['version', { version: derInteger(3) }],
      ['kem', { kem: derSequence(derOid(oids.mlKem768), derInteger(1)) }],
      ['kemct', { ciphertext: derOctetString(new Uint8Array(1_087)) }],
      ['kdf', { kdf: derSequence(derOid(oids.hkdfSha256), derInteger(1)) }],
      ['kekLength', { length: derInteger(16) }],
      ['wrap', { wrap: new Uint8Array() }],
      ['encryptedKey', { encryptedKey: new Uint8Array() }],
      ['kemRecipientInfo', { encryptedKey: concatBytes(parts.encryptedKey, derNull()) }],
    ]
    for (const [field, changes] of broken) expect(() => readKemRecipient(written(changes)), field).toThrow(field)
    expect(readKemRecipient(written({})).management).toBeDefined()
  })

  it('is named and not computed with algorithms that Siegel lacks', () => {
    const other = readKemRecipient(written({ kem: derSequence(derOid(oids.mlKem512)) }))
    expect(other).toMatchObject({ management: undefined, text: 'ML-KEM-512 (HKDF SHA-256, AES-256 key wrap)' })
    const kdf = readKemRecipient(written({ kdf: derSequence(derOid('1.2.3')) }))
    expect(kdf).toMatchObject({ management: undefined, text: 'ML-KEM-768 (1.2.3, AES-256 key wrap)' })
  })

  it('no mutation of it throws anything but MalformedDer', () => {
    const bytes = derSequence(...Object.values(parts))
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(255), (at, value) => {
        const changed = Uint8Array.from(bytes)
        changed[at] = value
        try {
          readKemRecipient(new DerReader(changed))
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedDer)
        }
      }),
      { numRuns: 500 },
    )
  })
})

const peer = peerCommand()

/** An OpenSSL that has ML-KEM in CMS: version 3.6 or later. */
function peerCommand(): string | undefined {
  const command = process.env['SIEGEL_OPENSSL_PQ'] ?? 'openssl'
  try {
    const [, major = '0', minor = '0'] =
      /^OpenSSL (\d+)\.(\d+)/.exec(execFileSync(command, ['version']).toString()) ?? []
    return Number(major) > 3 || (Number(major) === 3 && Number(minor) >= 6) ? command : undefined
  } catch {
    return undefined
  }
}

describe.skipIf(!peer)('against OpenSSL 3.6', () => {
  let folder = ''
  const at = (name: string) => join(folder, name)
  const openssl = (...args: readonly string[]) => execFileSync(peer ?? '', args, { cwd: folder, stdio: 'pipe' })
  const keep = (name: string, { certificate, pkcs8 }: Person) => {
    writeFileSync(at(`${name}.crt`), writePem('CERTIFICATE', certificate.der))
    writeFileSync(at(`${name}.key`), writePem('PRIVATE KEY', pkcs8))
  }

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'siegel-pq-'))
    writeFileSync(at('letter'), letter)
    keep('ca', authority)
    for (const [set, one] of [...signers, ...readers]) keep(set, one)
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  for (const set of ['ML-DSA-44', 'ML-DSA-65', 'ML-DSA-87'] as const) {
    it(`${set}: each verifies the other's signature and chain`, async () => {
      writeFileSync(at('ours.der'), await signed(set))
      openssl('cms', '-verify', '-inform', 'DER', '-in', 'ours.der', '-CAfile', 'ca.crt', '-out', 'plain', '-binary')
      expect(readFileSync(at('plain'))).toEqual(Buffer.from(letter))
      const signer = ['-signer', `${set}.crt`, '-inkey', `${set}.key`]
      const common = ['-binary', '-outform', 'DER', '-out', 'theirs.der', '-nodetach', '-in', 'letter']
      for (const digest of [
        ['-md', 'sha512'],
        ['-md', 'sha256', '-keyid'],
      ]) {
        openssl('cms', '-sign', ...signer, ...common, ...digest)
        const [outcome] = await outcomesOf(readFileSync(at('theirs.der')))
        expect(outcome).toMatchObject({ state: 'verified', signature: set, reasons: [] })
      }
    })
  }

  for (const set of ['ML-KEM-768', 'ML-KEM-1024'] as const) {
    it(`${set}: each opens the other's envelope`, async () => {
      for (const cipher of ['aes-256-cbc', 'aes-256-gcm'] as const) {
        writeFileSync(at('ours.der'), await sealed([person(readers, set)], cipher))
        const key = ['-recip', `${set}.crt`, '-inkey', `${set}.key`]
        openssl('cms', '-decrypt', '-inform', 'DER', '-in', 'ours.der', ...key, '-out', 'plain', '-binary')
        expect(readFileSync(at('plain'))).toEqual(Buffer.from(letter))
        const to = ['-recip', `${set}.crt`, `-${cipher}`, '-binary', '-outform', 'DER', '-out', 'theirs.der']
        for (const named of [[], ['-keyid']]) {
          openssl('cms', '-encrypt', '-in', 'letter', ...named, ...to)
          expect(await opened(readFileSync(at('theirs.der')), person(readers, set))).toBe(latin1Text(letter))
        }
      }
    })
  }

  for (const set of ['ML-DSA-44', 'ML-DSA-87', 'ML-KEM-768', 'ML-KEM-1024'] as const) {
    it(`${set}: its keys are read in all three forms`, () => {
      openssl('genpkey', '-algorithm', set, '-out', 'made.pem')
      const publicKey = openssl('pkey', '-in', 'made.pem', '-pubout', '-outform', 'DER')
      const parameter = set.startsWith('ML-DSA') ? 'ml-dsa' : 'ml-kem'
      for (const form of ['seed-only', 'priv-only', 'seed-priv']) {
        const pkcs8 = openssl(
          'pkey',
          '-in',
          'made.pem',
          '-outform',
          'DER',
          '-provparam',
          `${parameter}.output_formats=${form}`,
        )
        expect(Buffer.from(expectSuccess(publicKeyInfoOf(pkcs8, postQuantum))), form).toEqual(publicKey)
      }
    })
  }
})
