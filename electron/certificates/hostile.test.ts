/** Certificates made to break their reader: damaged, endless, empty, and in circles. Each is a value. */

import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  children,
  contentOf,
  derElement,
  derElementOf,
  derImplicit,
  derInteger,
  derOid,
  derSequence,
  derSet,
  type Element,
  encodingOf,
  readElement,
} from '../asn1/der.ts'
import { oids } from '../asn1/oids.ts'
import { concatBytes, hexBytes, latin1Bytes } from '../base/bytes.ts'
import { expectSuccess } from '../base/result.ts'
import { type Certificate, parseCertificate } from './certificate.ts'
import { extensionOids } from './extensions.ts'
import { nameDer } from './issue.ts'
import { lintCertificate } from './lint/lint.ts'
import {
  alternativeNames,
  mailName,
  positive,
  rsaKeyInfo,
  type TestFields,
  testCertificateDer,
  utf8Mailbox,
} from './lint/testCertificate.ts'
import { validatePath } from './path.ts'
import { type TestEntity, testAuthority, testNow, testPerson } from './testPki.ts'
import { viewOf } from './view.ts'

/** RFC 8410 §7, with a seed of zeros. */
const ed25519 = { pkcs8: hexBytes(`302e020100300506032b657004220420${'00'.repeat(32)}`) }

let root: TestEntity
let leaf: TestEntity
const specimens: { name: string; der: Uint8Array }[] = []

/** One certificate with all that this reader decodes. */
function everyExtension() {
  const mailbox = derSequence(derElement(0x81, latin1Bytes('.example')))
  const uri = derElement(0x86, latin1Bytes('http://ca.example/list.crl'))
  const points = derSequence(
    derSequence(derElement(0xa0, derElement(0xa0, uri)), derImplicit(1, derElement(3, Uint8Array.of(1, 6)))),
  )
  const policy = (oid: string, ...more: Uint8Array[]) => derSequence(derOid(oid), ...more)
  const qualifier = derSequence(
    derSequence(derOid(oids.cpsQualifier), derElement(0x16, latin1Bytes('https://ca.example'))),
  )
  return [
    {
      oid: extensionOids.nameConstraints,
      critical: true,
      value: derSequence(
        derElement(0xa0, mailbox, derSequence(derElement(0x87, Uint8Array.of(192, 0, 2, 0, 255, 255, 255, 0)))),
        derElement(0xa1, derSequence(derElement(0xa4, nameDer({ organization: 'Other' })))),
      ),
    },
    { oid: extensionOids.crlDistributionPoints, critical: false, value: points },
    { oid: extensionOids.freshestCrl, critical: false, value: points },
    {
      oid: extensionOids.certificatePolicies,
      critical: false,
      value: derSequence(policy('2.23.140.1.5.3.2', qualifier)),
    },
    {
      oid: extensionOids.policyMappings,
      critical: true,
      value: derSequence(derSequence(derOid('1.2.3'), derOid('1.2.4'))),
    },
    { oid: extensionOids.policyConstraints, critical: true, value: derSequence(derImplicit(0, derInteger(3))) },
    { oid: extensionOids.inhibitAnyPolicy, critical: true, value: derInteger(2) },
    {
      oid: extensionOids.authorityInfoAccess,
      critical: false,
      value: derSequence(derSequence(derOid(oids.ocsp), uri), derSequence(derOid(oids.caIssuers), uri)),
    },
    {
      oid: extensionOids.issuerAltName,
      critical: false,
      value: derSequence(
        mailName('ca@ca.example'),
        utf8Mailbox('jürgen@xn--bcher-kva.example'),
        derElement(0x88, Uint8Array.of(0x2a, 3)),
      ),
    },
    { oid: '1.2.840.113549.1.9.15', critical: false, value: derSequence(derSequence(derOid(oids.aes256Cbc))) },
  ]
}

beforeAll(async () => {
  root = await testAuthority('Root')
  leaf = await testPerson('anna@sandbox.example', { issuer: root })
  const overrides = {
    subject: { commonName: 'Jürgen', organization: 'Sandbox', emailAddress: 'anna@sandbox.example' },
    emails: ['anna@sandbox.example', 'jürgen@bücher.example'],
    dnsNames: ['www.sandbox.example'],
    ipAddresses: [Uint8Array.of(192, 0, 2, 1)],
    extendedKeyUsage: [oids.emailProtection, oids.clientAuth],
    extensions: everyExtension(),
  }
  const keys = { RSA: { keyType: 'rsa-2048' }, EC: { keyType: 'ec-p256' }, Ed25519: { keyOf: ed25519 } } as const
  for (const [name, key] of Object.entries(keys)) {
    const person = await testPerson('anna@sandbox.example', { issuer: root, ...key }, overrides)
    const authority = await testAuthority('Authority', { issuer: root, ...key }, overrides)
    specimens.push({ name: `${name} of a person`, der: person.certificate.der })
    specimens.push({ name: `${name} of a CA`, der: authority.certificate.der })
  }
})

/** Everything that happens to a certificate from a stranger; it must not throw. */
function handle(der: Uint8Array): Certificate | undefined {
  const parsed = parseCertificate(der)
  if (!parsed.ok) {
    expect(['malformed-certificate', 'too-large']).toContain(parsed.error.code)
    return undefined
  }
  const certificate = parsed.value
  viewOf(certificate)
  lintCertificate(certificate, { at: testNow })
  for (const purpose of ['sign', 'encrypt'] as const) {
    const question = { anchors: [root.certificate], at: testNow, purpose }
    const intermediates = [certificate, leaf.certificate]
    validatePath({ ...question, leaf: certificate, intermediates })
    validatePath({ ...question, leaf: leaf.certificate, intermediates: [certificate] })
    validatePath({ ...question, leaf: leaf.certificate, intermediates: [], anchors: [certificate] })
  }
  return certificate
}

const handled = (fields: TestFields) => handle(testCertificateDer(fields))

describe('a damaged certificate', () => {
  const mutation = fc.record({
    specimen: fc.nat(),
    kind: fc.constantFrom('overwrite' as const, 'cut' as const, 'insert' as const),
    at: fc.nat(),
    bytes: fc.uint8Array({ minLength: 1, maxLength: 4 }),
  })

  it('of any key, with every extension, is a value', () => {
    let read = 0
    fc.assert(
      fc.property(fc.array(mutation, { minLength: 1, maxLength: 3 }), (mutations) => {
        let der = specimens[(mutations[0]?.specimen ?? 0) % specimens.length]?.der ?? new Uint8Array()
        for (const { kind, at, bytes } of mutations) {
          const position = at % der.length
          const rest = der.subarray(kind === 'insert' ? position : position + bytes.length)
          der = concatBytes(der.subarray(0, position), ...(kind === 'cut' ? [] : [bytes]), rest)
        }
        if (handle(der)) read++
      }),
      { numRuns: 3_000 },
    )
    expect(read).toBeGreaterThan(100)
  })
})

/** The encoding with the element at `path` (child numbers from the top) replaced. */
function replaced(element: Element, path: readonly number[], replacement: (one: Element) => Uint8Array): Uint8Array {
  const [step, ...rest] = path
  if (step === undefined) return replacement(element)
  const parts = expectSuccess(children(element)).map((child, index) =>
    index === step ? replaced(child, rest, replacement) : encodingOf(child),
  )
  return derElementOf(element.tag, parts)
}

function pathsIn(element: Element, path: readonly number[] = []): (readonly number[])[] {
  if (!element.constructed) return [path]
  const below = expectSuccess(children(element)).flatMap((child, index) => pathsIn(child, [...path, index]))
  return [path, ...below]
}

describe('a certificate with one field', () => {
  it.each([
    ['of length zero', (one: Element) => derElement(one.tag)],
    ['left out', () => new Uint8Array()],
    ['there twice', (one: Element) => concatBytes(encodingOf(one), encodingOf(one))],
    ['of another type', (one: Element) => derElement(0x0c, contentOf(one))],
    [
      'deeply wrapped',
      (one: Element) => Array.from({ length: 60 }).reduce<Uint8Array>((der) => derSequence(der), encodingOf(one)),
    ],
  ])('%s is a value, whichever field it is', (_, replacement) => {
    for (const { der } of specimens.slice(0, 2)) {
      const top = expectSuccess(readElement(der))
      for (const path of pathsIn(top)) handle(replaced(top, path, replacement))
    }
  })
})

describe('an endless certificate', () => {
  it('with 10,000 names is read, shown and judged', () => {
    const names = Array.from({ length: 10_000 }, (_, index) => mailName(`a${index}@xn--bcher-kva.example`))
    const certificate = handled({ extensions: { [extensionOids.subjectAltName]: alternativeNames(derConcat(names)) } })
    expect(certificate?.emails.length).toBe(10_000)
  })

  it('with 10,000 addresses and 200 names that might be one of them, too', () => {
    const names = Array.from({ length: 10_000 }, (_, index) => mailName(`a${index}@sandbox.example`))
    const subject = Array.from(
      { length: 200 },
      (_, index) => [index % 2 ? 'CN' : 'emailAddress', `b${index}@c.example`] as const,
    )
    const certificate = handled({
      subject,
      extensions: { [extensionOids.subjectAltName]: alternativeNames(derConcat(names)) },
    })
    expect(certificate?.emails.length).toBe(10_100)
  })

  it('with 10,000 names in look-alike letters, too', () => {
    const names = Array.from({ length: 10_000 }, (_, index) => utf8Mailbox(`аnna${index}@рау.example`))
    const certificate = handled({ extensions: { [extensionOids.subjectAltName]: alternativeNames(derConcat(names)) } })
    expect(certificate?.emails.length).toBe(10_000)
  })

  it.each([
    ['ASCII', 'a'.repeat(900_000)],
    ['a long domain', `a@${'xn--a.'.repeat(150_000)}example`],
    ['many at signs', '@'.repeat(900_000)],
    ['dots', `a${'.'.repeat(900_000)}@b.example`],
    ['quotes', `"${'\\"'.repeat(450_000)}@b.example`],
    ['blanks', `a${' '.repeat(900_000)}@b.example`],
  ])('with one address of 900,000 characters (%s) is read, shown and judged', (_, address) => {
    expect(
      handled({ extensions: { [extensionOids.subjectAltName]: alternativeNames(mailName(address)) } }),
    ).toBeDefined()
  })

  it.each([
    ['ligatures', 'ﷺ'.repeat(150_000)],
    ['combining marks', 'a\u0301\u0327'.repeat(90_000)],
    ['blanks and marks', ' \u0301'.repeat(150_000)],
    ['invisible letters', '\u200b'.repeat(150_000)],
    ['sharp s', 'ß'.repeat(220_000)],
  ])('with a name of %s is compared, too', (_, name) => {
    const parts = [['CN', name]] as const
    expect(handled({ subject: parts, issuer: [['CN', `${name}a`]] })).toBeDefined()
  })

  it('with a serial number of 900,000 bytes is read, and named as odd', () => {
    const certificate = handled({ serial: new Uint8Array(900_000).fill(0x7f) })
    expect(certificate && lintCertificate(certificate).map(({ code }) => code)).toContain('long-serial')
  })

  it('with an RSA key of seven million bits is read, and nobody computes with it', () => {
    const certificate = handled({ publicKeyInfo: rsaKeyInfo(new Uint8Array(900_000).fill(0x55)) })
    expect(certificate && lintCertificate(certificate).map(({ code }) => code)).toContain('huge-key')
  })

  it('with the longest RSA key that is examined takes its time within the limit', () => {
    const modulus = (1n << 16_383n) + (1n << 9_000n) + 1n
    expect(handled({ publicKeyInfo: rsaKeyInfo(positive(modulus), new Uint8Array(100_000).fill(0x55)) })).toBeDefined()
  })

  it('with more names, parts or extensions than anybody needs is refused or marked', () => {
    const names = Array.from({ length: 20_001 }, () => mailName('a@b.example'))
    const many = handled({ extensions: { [extensionOids.subjectAltName]: alternativeNames(derConcat(names)) } })
    expect(many?.extensions.malformed).toEqual([extensionOids.subjectAltName])
    expect(handled({ subject: Array.from({ length: 201 }, () => ['CN', 'a'] as const) })).toBeUndefined()
    const extensions = Array.from({ length: 101 }, (_, index) => ({ oid: `1.2.3.${index}`, value: derSet() }))
    expect(handled({ moreExtensions: extensions })).toBeUndefined()
    expect(handle(derElement(0x30, new Uint8Array(1_100_000)))).toBeUndefined()
  })
})

describe('certificates in circles', () => {
  const judge = (person: TestEntity, intermediates: readonly TestEntity[]) =>
    validatePath({
      leaf: person.certificate,
      intermediates: intermediates.map(({ certificate }) => certificate),
      anchors: [root.certificate],
      at: testNow,
      purpose: 'sign',
    }).state

  it('lead to no anchor when an intermediate signed itself', async () => {
    const self = await testAuthority('Middle')
    const person = await testPerson('anna@sandbox.example', { issuer: self })
    expect(judge(person, [self])).toBe('unknown-issuer')
    const named = await testAuthority('Root')
    expect(judge(await testPerson('anna@sandbox.example', { issuer: named }), [named])).not.toBe('valid')
  })

  it('end, however long they are, and the way out of them is found', async () => {
    const ring: TestEntity[] = [await testAuthority('CA 0')]
    for (let index = 1; index < 6; index++) {
      ring.push(await testAuthority(`CA ${index}`, { issuer: ring[index - 1] ?? root }))
    }
    const [first, last] = [ring[0] ?? root, ring[5] ?? root]
    const closing = await testAuthority('CA 0', { issuer: last, keyOf: first })
    const person = await testPerson('anna@sandbox.example', { issuer: last })
    expect(judge(person, [...ring.slice(1), closing])).toBe('unknown-issuer')
    const exit = await testAuthority('CA 0', { issuer: root, keyOf: first })
    expect(judge(person, [...ring.slice(1), closing, exit])).toBe('valid')
  })
})

/** One buffer: thousands of arguments to a call take stack. */
function derConcat(parts: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(parts)
}
