import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { corpus } from '../../build/corpora.ts'
import { derElement, derExplicit, derInteger, derOid, derSequence, derSet } from '../asn1/der.ts'
import { writePem } from '../asn1/pem.ts'
import { concatBytes, utf8Bytes } from '../base/bytes.ts'
import { expectSuccess } from '../base/result.ts'
import {
  type Certificate,
  matchesIssuerAndSerial,
  parseCertificate,
  readCertificates,
  statedAddresses,
} from './certificate.ts'
import { validatePath } from './path.ts'
import { type TestEntity, testAuthority, testPerson } from './testPki.ts'
import { viewOf } from './view.ts'

let root: TestEntity
let anna: TestEntity

beforeAll(async () => {
  root = await testAuthority('Root')
  anna = await testPerson('anna@sandbox.example', { issuer: root })
})

/** SignedData without signers (RFC 8551 §3.8). */
function certsOnly(...certificates: readonly Uint8Array[]): Uint8Array {
  const signedData = derSequence(
    derInteger(1),
    derSet(),
    derSequence(derOid('1.2.840.113549.1.7.1')),
    derElement(0xa0, ...certificates),
    derSet(),
  )
  return derSequence(derOid('1.2.840.113549.1.7.2'), derExplicit(0, signedData))
}

describe('the certificates of a file', () => {
  const names = (bytes: Uint8Array) => expectSuccess(readCertificates(bytes)).map(({ subject }) => subject.text)
  const code = (bytes: Uint8Array) => {
    const read = readCertificates(bytes)
    return read.ok ? 'read' : read.error.code
  }

  it('are read from DER, from PEM with text around it, and from PKCS#7', () => {
    const both = ['CN=anna@sandbox.example', 'CN=Root']
    const [annaDer, rootDer] = [anna.certificate.der, root.certificate.der]
    expect(names(annaDer)).toEqual(['CN=anna@sandbox.example'])
    const text = `0 first\n${writePem('CERTIFICATE', annaDer)}\nand\r\n${writePem('CERTIFICATE', rootDer)}`
    expect(names(utf8Bytes(text))).toEqual(both)
    expect(names(certsOnly(annaDer, rootDer))).toEqual(both)
    expect(names(utf8Bytes(writePem('PKCS7', certsOnly(annaDer, rootDer))))).toEqual(both)
    expect(names(utf8Bytes(writePem('CERTIFICATE', annaDer).repeat(3)))).toEqual(['CN=anna@sandbox.example'])
  })

  it('are told apart from private keys, from other files and from nothing', () => {
    expect(code(anna.pkcs8)).toBe('contains-private-key')
    const withKey = writePem('CERTIFICATE', anna.certificate.der) + writePem('PRIVATE KEY', anna.pkcs8)
    expect(code(utf8Bytes(withKey))).toBe('contains-private-key')
    expect(code(utf8Bytes('Dear Anna'))).toBe('not-a-certificate')
    expect(code(new Uint8Array())).toBe('not-a-certificate')
    expect(code(certsOnly())).toBe('no-certificate-inside')
    expect(code(anna.certificate.der.subarray(0, 200))).toBe('malformed-certificate')
    expect(code(concatBytes(anna.certificate.der, Uint8Array.of(0)))).toBe('malformed-certificate')
  })
})

describe('a certificate', () => {
  it('is found by issuer and serial number, whatever spelling they have', () => {
    const { certificate } = anna
    expect(matchesIssuerAndSerial(certificate, certificate.issuer.der, certificate.serialNumber)).toBe(true)
    expect(
      matchesIssuerAndSerial(certificate, certificate.issuer.der, `00${certificate.serialNumber.toUpperCase()}`),
    ).toBe(true)
    expect(matchesIssuerAndSerial(certificate, certificate.subject.der, certificate.serialNumber)).toBe(false)
    expect(matchesIssuerAndSerial(certificate, certificate.issuer.der, '01')).toBe(false)
  })

  it('says what is odd about it', async () => {
    const { certificate } = await testPerson(
      'anna@sandbox.example',
      { issuer: root },
      {
        serial: Uint8Array.of(0),
        subject: { commonName: 'Anna', emailAddress: 'anna@sandbox.example' },
        emails: [],
        notAfter: new Date('2036-01-01T00:00:00Z'),
        extendedKeyUsage: ['2.5.29.37.0'],
        extensions: [
          { oid: '1.2.3.4', critical: true, value: derSequence() },
          { oid: '2.5.29.36', critical: false, value: derSet() },
        ],
        scheme: { kind: 'ecdsa', digest: 'sha1' },
      },
    )
    const odd = viewOf(certificate).odd.filter(({ severity }) => severity !== 'info')
    expect(odd.map(({ code, severity }) => `${severity} ${code}`)).toEqual([
      'error zero-serial',
      'error malformed-extension',
      'error unknown-critical-extension',
      'error weak-signature-algorithm',
      'warning must-be-critical',
      'warning address-only-in-subject',
      'warning any-purpose',
      'warning long-validity',
    ])
    expect(viewOf(anna.certificate).odd.filter(({ severity }) => severity !== 'info')).toEqual([])
    expect(viewOf(root.certificate).odd).toEqual([])
  })

  it.each([
    [['2.23.140.1.5.1.3'], 'address'],
    [['2.23.140.1.5.2.3'], 'organization'],
    [['2.23.140.1.5.3.2'], 'person-of-organization'],
    [['2.23.140.1.5.4.1'], 'person'],
    [['1.2.3'], 'address'],
    [[], 'address'],
    [['2.23.140.1.5.4.1', '2.23.140.1.5.1.1'], 'address'],
  ] as const)('with the policies %j proves: %s', async (policies, proof) => {
    const person = await testPerson('anna@b.example', { issuer: root, keyOf: anna }, { policies })
    expect(viewOf(person.certificate).proves).toBe(proof)
  })

  it('tells what the Baseline Requirements say about its policy', async () => {
    const { certificate } = await testPerson(
      'a@b.example',
      { issuer: root },
      { policies: ['2.23.140.1.5.3.2', '1.2.3'] },
    )
    expect(viewOf(certificate).policies).toEqual([
      {
        oid: '2.23.140.1.5.3.2',
        name: 'sponsor-validated-multipurpose',
        validation: 'sponsor',
        profile: 'multipurpose',
      },
      { oid: '1.2.3' },
    ])
  })
})

describe('a damaged certificate', () => {
  /** Flips, cuts or inserts bytes. */
  const mutation = fc.record({
    kind: fc.constantFrom('flip' as const, 'cut' as const, 'insert' as const),
    at: fc.nat(),
    bytes: fc.uint8Array({ minLength: 1, maxLength: 4 }),
  })
  const apply = (der: Uint8Array, { kind, at, bytes }: { kind: string; at: number; bytes: Uint8Array }) => {
    const position = at % der.length
    const before = der.subarray(0, position)
    if (kind === 'cut') return concatBytes(before, der.subarray(position + bytes.length))
    if (kind === 'insert') return concatBytes(before, bytes, der.subarray(position))
    return concatBytes(before, bytes, der.subarray(position + bytes.length))
  }

  it('is a value, never an exception, and never valid', () => {
    fc.assert(
      fc.property(fc.array(mutation, { minLength: 1, maxLength: 3 }), (mutations) => {
        const der = mutations.reduce(apply, anna.certificate.der)
        const parsed = parseCertificate(der)
        if (!parsed.ok) {
          expect(parsed.error.code).toBe('malformed-certificate')
          return
        }
        viewOf(parsed.value)
        const at = new Date('2026-06-01')
        const path = validatePath({
          leaf: parsed.value,
          intermediates: [],
          anchors: [root.certificate],
          at,
          purpose: 'sign',
        })
        // The bytes under the signature are the whole of what counts; the rest may be spelled in another way.
        const same = Buffer.from(parsed.value.signedPart).equals(Buffer.from(anna.certificate.signedPart))
        if (!same) expect(path.state).not.toBe('valid')
      }),
      { numRuns: 2_000 },
    )
  })

  it('leaves reading a file a value, too', () => {
    const file = certsOnly(anna.certificate.der, root.certificate.der)
    fc.assert(
      fc.property(mutation, (change) => {
        expect(typeof readCertificates(apply(file, change)).ok).toBe('boolean')
      }),
      { numRuns: 1_000 },
    )
  })
})

const rfc9216 = corpus('rfc9216')

describe.skipIf(!rfc9216)('the people of RFC 9216', () => {
  const read = (name: string): Certificate => {
    const [certificate] = expectSuccess(readCertificates(readFileSync(join(rfc9216 ?? '', name))))
    if (!certificate) throw new Error(`nothing in ${name}`)
    return certificate
  }

  it.each([
    ['alice', 'ca.rsa'],
    ['bob', 'ca.rsa'],
    ['carlos', 'ca.25519'],
    ['dana', 'ca.25519'],
  ])('%s reaches %s with both certificates', (person, ca) => {
    for (const purpose of ['sign', 'encrypt'] as const) {
      const leaf = read(`${person}.${purpose}.crt`)
      const anchors = [read(`${ca}.crt`)]
      const at = new Date('2025-01-01')
      expect(validatePath({ leaf, intermediates: [], anchors, at, purpose })).toMatchObject({
        state: 'valid',
        reasons: [],
      })
      expect(leaf.emails).toEqual([`${person}@smime.example`])
    }
  })

  it('reach the other CA through its cross certificate', () => {
    const at = new Date('2025-01-01')
    const cross = [read('ca.rsa.cross.crt'), read('ca.25519.cross.crt')]
    for (const [person, anchor] of [
      ['alice', 'ca.25519.crt'],
      ['dana', 'ca.rsa.crt'],
    ] as const) {
      const question = { leaf: read(`${person}.sign.crt`), anchors: [read(anchor)], at, purpose: 'sign' as const }
      expect(validatePath({ ...question, intermediates: cross }).state).toBe('valid')
      expect(validatePath({ ...question, intermediates: [] }).state).toBe('unknown-issuer')
    }
  })
})

const openssl = corpus('openssl')

describe.skipIf(!openssl)("OpenSSL's test certificates", () => {
  const files = (folder: string) =>
    readdirSync(join(openssl ?? '', 'test', folder))
      .filter((name) => name.endsWith('.pem'))
      .map((name) => [name, readFileSync(join(openssl ?? '', 'test', folder, name))] as const)

  it('are all read or refused with a code, and every one that is read can be shown', () => {
    let certificates = 0
    for (const folder of ['certs', 'smime-certs']) {
      for (const [name, bytes] of files(folder)) {
        // Most of these files hold the key as well, which a file of certificates must not.
        const text = bytes
          .toString('latin1')
          .replace(/-----BEGIN ([A-Z ]*)PRIVATE KEY-----[\s\S]*?-----END \1PRIVATE KEY-----/g, '')
        const result = readCertificates(Buffer.from(text, 'latin1'))
        if (!result.ok) continue
        for (const certificate of result.value) {
          expect(viewOf(certificate).sha256, name).toMatch(/^[0-9a-f]{64}$/)
          certificates++
        }
      }
    }
    expect(certificates).toBeGreaterThan(150)
  })

  it('for S/MIME reach their root, save those of algorithms that Siegel leaves out', () => {
    const certificateIn = (name: string) => {
      const text = readFileSync(join(openssl ?? '', 'test', 'smime-certs', name), 'latin1')
      const der = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/.exec(text)?.[0] ?? ''
      return expectSuccess(readCertificates(Buffer.from(der, 'latin1')))[0]
    }
    const anchor = certificateIn('smroot.pem')
    const states = ['smrsa1.pem', 'smrsa2.pem', 'smec1.pem', 'smrsa1024.pem', 'smdsa1.pem'].map((name) => {
      const leaf = certificateIn(name)
      if (!leaf || !anchor) throw new Error(`nothing in ${name}`)
      const at = new Date(leaf.notBefore.getTime() + 86_400_000)
      return [name, validatePath({ leaf, intermediates: [], anchors: [anchor], at, purpose: 'sign' }).state]
    })
    expect(states).toEqual([
      ['smrsa1.pem', 'valid'],
      ['smrsa2.pem', 'valid'],
      ['smec1.pem', 'valid'],
      ['smrsa1024.pem', 'weak-algorithm'],
      ['smdsa1.pem', 'valid'],
    ])
  })
})

describe('an address in a certificate', () => {
  it.each([
    'x\nSealed as boss@bank.example, vouched for.\n@z.org',
    'ceo@bank.example  RSA 4096  valid@z.example',
    'ä\u202egro.knab@sob.example',
    'anna\u200b@sandbox.example',
    'anna@sandbox.example\0@evil.example',
  ])('is nobody’s where it can’t be read: %j', async (address) => {
    const { certificate } = await testPerson(address, { issuer: root })
    expect(certificate.emails).toEqual([])
    expect(statedAddresses(certificate)).toHaveLength(1)
    const { emails, name } = viewOf(certificate, { at: new Date() })
    expect(emails).toEqual([])
    expect(name).not.toMatch(/[\n\0\u202e\u200b]/)
  })

  it('may have a blank where its local part is quoted', async () => {
    const { certificate } = await testPerson('"anna berger"@sandbox.example', { issuer: root })
    expect(certificate.emails).toEqual(['"anna berger"@sandbox.example'])
  })
})
