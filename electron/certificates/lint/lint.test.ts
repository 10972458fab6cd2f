import { describe, expect, it } from 'vitest'
import { allPhrases, hasPhrase, languages, phrase } from '../../../shared/words/words.ts'
import { derElement, derInteger, derNull, derOid, derSequence } from '../../asn1/der.ts'
import { oids } from '../../asn1/oids.ts'
import { latin1Bytes } from '../../base/bytes.ts'
import { extensionOids as ids } from '../extensions.ts'
import { signatureAlgorithmDer } from '../issue.ts'
import { testAuthority, testPerson } from '../testPki.ts'
import { lintCertificate, lintRules } from './lint.ts'
import {
  alternativeNames,
  authorityExtensions,
  basicConstraints,
  ecKeyInfo,
  keyInfo,
  keyUsage,
  mailName,
  policies,
  positive,
  purposes,
  revocationList,
  rsaKeyInfo,
  type TestFields,
  testCertificate,
  utf8Mailbox,
} from './testCertificate.ts'

const at = new Date('2026-06-01T00:00:00Z')
const findings = (fields: TestFields) => lintCertificate(testCertificate(fields), { at })
const codes = (fields: TestFields) => findings(fields).map(({ code }) => code)

const utcTime = (text: string) => derElement(0x17, latin1Bytes(text))
const generalizedTime = (text: string) => derElement(0x18, latin1Bytes(text))
const printableString = (text: string) => derElement(0x13, latin1Bytes(text))
const bmpString = (text: string) => derElement(0x1e, Buffer.from(text, 'utf16le').swap16())
const withMail = (...names: readonly Uint8Array[]): TestFields => ({
  extensions: { [ids.subjectAltName]: alternativeNames(...names) },
})
const withPolicy = (...dotted: readonly string[]) => ({ [ids.certificatePolicies]: policies(...dotted) })
const privateCa = { [ids.certificatePolicies]: undefined }

// 2048 bits from the digits of nothing in particular; no known weakness, which the test of a usual RSA key shows.
const modulus = (1n << 2047n) + 0x1234_5678_9abc_def1_2345_6789_abcd_ef01n * (1n << 1500n) + 987_654_321_987_654_321n
const rsa = (value: bigint, exponent?: Uint8Array): TestFields => ({
  publicKeyInfo: rsaKeyInfo(positive(value), exponent),
  extensions: { [ids.keyUsage]: keyUsage('digitalSignature', 'keyEncipherment') },
})

/** A number above `start` without any weakness that the linter looks for, by trying. */
function sound(start: bigint): bigint {
  for (let value = start | 1n; ; value += 2n) {
    if (codes(rsa(value)).length === 0) return value
  }
}

/** Each: the code, what a certificate must be for it, and (where it matters) its severity. */
const cases: readonly (readonly [string, TestFields, ('info' | 'warning' | 'error')?])[] = [
  // RFC 5280 §4.1
  ['negative-serial', { serial: Uint8Array.from([0x80, 1, 2, 3, 4, 5, 6, 7, 8]) }, 'error'],
  ['zero-serial', { serial: Uint8Array.of(0) }, 'error'],
  ['long-serial', { serial: new Uint8Array(21).fill(1) }, 'error'],
  ['short-serial', { serial: Uint8Array.of(1, 2, 3, 4) }, 'error'],
  ['short-serial', { serial: Uint8Array.of(0, 0x81, 2, 3, 4, 5, 6, 7), extensions: privateCa }, 'info'],
  [
    'old-version',
    { version: 1, extensions: Object.fromEntries(Object.values(ids).map((oid) => [oid, undefined])) },
    'warning',
  ],
  ['extensions-before-version-3', { version: 2 }, 'error'],
  ['inconsistent-algorithms', { outerAlgorithm: derSequence(derOid(oids.ecdsaWithSha384)) }, 'error'],
  ['dates-reversed', { notAfter: utcTime('250101000000Z') }, 'error'],
  ['early-generalized-time', { notAfter: generalizedTime('20270101000000Z') }, 'info'],
  ['fractional-seconds', { notAfter: generalizedTime('20270101000000.5Z') }],
  ['time-without-seconds', { notAfter: utcTime('2701010000Z') }],
  ['time-with-zone', { notAfter: utcTime('270101000000+0100') }],
  ['empty-issuer', { issuer: [] }, 'error'],
  ['empty-authority-name', { subject: [], extensions: authorityExtensions }, 'error'],
  ['unique-identifier', { uniqueIdentifier: true }, 'info'],
  ['ended', { notAfter: utcTime('260531235959Z') }, 'warning'],
  ['not-begun', { notBefore: utcTime('260601000001Z') }, 'warning'],
  ['ends-soon', { notAfter: utcTime('260630000000Z') }, 'info'],
  // RFC 5280 §4.2
  ['malformed-extension', { extensions: { [ids.keyUsage]: { oid: ids.keyUsage, value: derNull() } } }, 'error'],
  ['duplicate-extension', { moreExtensions: [keyUsage('digitalSignature')] }, 'error'],
  ['unknown-critical-extension', { moreExtensions: [{ oid: '1.2.3', critical: true, value: derNull() }] }, 'error'],
  [
    'must-be-critical',
    { extensions: { ...authorityExtensions, [ids.basicConstraints]: { ...basicConstraints(true), critical: false } } },
    'warning',
  ],
  [
    'must-be-critical',
    { moreExtensions: [{ oid: ids.inhibitAnyPolicy, value: derInteger(0) }], extensions: authorityExtensions },
  ],
  [
    'must-not-be-critical',
    { moreExtensions: [{ oid: ids.freshestCrl, critical: true, value: revocationList('http://ca.example').value }] },
  ],
  ['only-for-authorities', { moreExtensions: [{ oid: ids.inhibitAnyPolicy, critical: true, value: derInteger(0) }] }],
  ['missing-subject-key-identifier', { extensions: { [ids.subjectKeyIdentifier]: undefined } }, 'info'],
  [
    'missing-subject-key-identifier',
    { extensions: { ...authorityExtensions, [ids.subjectKeyIdentifier]: undefined } },
    'warning',
  ],
  ['missing-authority-key-identifier', { extensions: { [ids.authorityKeyIdentifier]: undefined } }],
  [
    'authority-without-signing',
    { extensions: { ...authorityExtensions, [ids.keyUsage]: keyUsage('cRLSign') } },
    'error',
  ],
  [
    'signing-without-authority',
    { extensions: { [ids.keyUsage]: keyUsage('digitalSignature', 'keyCertSign') } },
    'error',
  ],
  ['path-length-without-authority', { extensions: { [ids.basicConstraints]: basicConstraints(false, 0) } }],
  ['authority-with-address', { extensions: { [ids.basicConstraints]: basicConstraints(true) } }, 'warning'],
  ['empty-key-usage', { extensions: { [ids.keyUsage]: { ...keyUsage(), value: Uint8Array.of(3, 1, 0) } } }, 'error'],
  ['encipher-only-without-agreement', { extensions: { [ids.keyUsage]: keyUsage('digitalSignature', 'encipherOnly') } }],
  ['policy-twice', { extensions: withPolicy('2.23.140.1.5.1.3', '2.23.140.1.5.1.3') }],
  ['empty-alternative-name', withMail(), 'error'],
  ['empty-alternative-name', withMail(mailName('anna@sandbox.example'), mailName(' '))],
  ['alternative-names-not-critical', { subject: [] }, 'warning'],
  [
    'alternative-names-critical',
    {
      extensions: {
        [ids.subjectAltName]: { ...alternativeNames(mailName('anna@sandbox.example')), critical: true },
      },
    },
    'info',
  ],
  // Keys and signatures
  ['weak-key', rsa(1n << 1023n), 'error'],
  ['huge-key', rsa(1n << 16_391n), 'warning'],
  ['uneven-key-length', rsa(1n << 2050n), 'error'],
  ['negative-modulus', { publicKeyInfo: rsaKeyInfo(new Uint8Array(256).fill(0x81)) }, 'error'],
  ['exponent-without-use', rsa(modulus, Uint8Array.of(1)), 'error'],
  ['exponent-without-use', rsa(modulus, Uint8Array.of(1, 0, 0))],
  ['small-exponent', rsa(modulus, Uint8Array.of(3)), 'info'],
  ['large-exponent', rsa(modulus, new Uint8Array(40).fill(1)), 'warning'],
  ['small-factor', rsa(751n * (modulus >> 9n)), 'error'],
  ['close-factors', rsa((2n ** 1023n + 1_155n) * (2n ** 1023n + 2n ** 500n + 77n)), 'error'],
  ['malformed-point', { publicKeyInfo: ecKeyInfo(oids.p256, new Uint8Array(64).fill(4)) }, 'error'],
  ['malformed-point', { publicKeyInfo: keyInfo(oids.ed25519, new Uint8Array(31)) }],
  ['compressed-point', { publicKeyInfo: ecKeyInfo(oids.p256, new Uint8Array(33).fill(2)) }, 'info'],
  [
    'explicit-curve',
    {
      publicKeyInfo: derSequence(
        derSequence(derOid(oids.ecPublicKey), derSequence(derInteger(1))),
        derElement(0x03, new Uint8Array(66)),
      ),
    },
    'error',
  ],
  ['deprecated-curve', { publicKeyInfo: ecKeyInfo('1.3.132.0.8', new Uint8Array(41)) }, 'error'],
  ['unsupported-key', { publicKeyInfo: ecKeyInfo('1.3.132.0.10', new Uint8Array(65)) }, 'warning'],
  ['weak-signature-algorithm', { innerAlgorithm: derSequence(derOid(oids.ecdsaWithSha1)) }, 'error'],
  [
    'zero-serial',
    { serial: Uint8Array.of(0), issuer: [['CN', 'R']], subject: [['CN', 'R']], extensions: authorityExtensions },
    'info',
  ],
  ['withdrawn-signature-algorithm', { innerAlgorithm: derSequence(derOid(oids.dsaWithSha256)) }, 'error'],
  ['unsupported-signature-algorithm', { innerAlgorithm: derSequence(derOid(oids.ed448)) }, 'warning'],
  [
    'unusual-pss-parameters',
    {
      innerAlgorithm: signatureAlgorithmDer({
        kind: 'rsa-pss',
        digest: 'sha256',
        mgfDigest: 'sha512',
        saltLength: 20,
      }),
    },
    'error',
  ],
  // RFC 8550 and the certificate of a person
  ['no-mail-address', { extensions: { [ids.subjectAltName]: undefined }, subject: [['CN', 'Anna']] }, 'warning'],
  [
    'address-only-in-subject',
    { extensions: { [ids.subjectAltName]: undefined }, subject: [['emailAddress', 'anna@sandbox.example']] },
    'warning',
  ],
  ['subject-address-not-repeated', { subject: [['emailAddress', 'bert@sandbox.example']] }, 'warning'],
  ['name-is-other-address', { subject: [['CN', 'bert@sandbox.example']] }, 'warning'],
  ['not-for-email', { extensions: { [ids.extendedKeyUsage]: purposes(oids.serverAuth) } }, 'error'],
  [
    'any-purpose',
    { extensions: { ...privateCa, [ids.extendedKeyUsage]: purposes(oids.anyExtendedKeyUsage) } },
    'warning',
  ],
  ['mixed-purposes', { extensions: { [ids.extendedKeyUsage]: purposes(oids.emailProtection, oids.serverAuth) } }],
  ['missing-extended-key-usage', { extensions: { [ids.extendedKeyUsage]: undefined } }, 'error'],
  ['missing-extended-key-usage', { extensions: { ...privateCa, [ids.extendedKeyUsage]: undefined } }, 'info'],
  ['missing-key-usage', { extensions: { [ids.keyUsage]: undefined } }],
  ['key-usage-not-critical', { extensions: { [ids.keyUsage]: { ...keyUsage('digitalSignature'), critical: false } } }],
  ['unsuitable-key-usage', { extensions: { [ids.keyUsage]: keyUsage('digitalSignature', 'keyEncipherment') } }],
  ['unsuitable-key-usage', { publicKeyInfo: keyInfo(oids.ed25519, new Uint8Array(32)) }],
  ['no-mail-usage', { extensions: { [ids.keyUsage]: keyUsage('cRLSign') } }, 'warning'],
  ['long-validity', { notAfter: utcTime('280405000000Z') }, 'error'],
  ['long-validity', { notAfter: utcTime('290405000000Z'), extensions: privateCa }, 'warning'],
  ['self-signed', { issuer: [['CN', 'anna@sandbox.example']] }, 'warning'],
  ['missing-crl-distribution-points', { extensions: { [ids.crlDistributionPoints]: undefined } }, 'error'],
  ['missing-crl-distribution-points', { extensions: { ...privateCa, [ids.crlDistributionPoints]: undefined } }, 'info'],
  [
    'revocation-list-not-over-http',
    { extensions: { [ids.crlDistributionPoints]: revocationList('ldap://ca.example') } },
  ],
  ['missing-authority-information', { extensions: { [ids.authorityInfoAccess]: undefined } }],
  // Addresses
  ['malformed-address', withMail(mailName('anna at sandbox'))],
  ['mixed-scripts', withMail(mailName('anna@xn--pypal-4ve.example')), 'warning'],
  ['mixed-scripts', withMail(utf8Mailbox('аnna@sandbox.example'))],
  ['look-alike-address', withMail(mailName('anna@xn--80ak6aa92e.example')), 'warning'],
  ['internationalized-domain', withMail(mailName('anna@xn--bcher-kva.example')), 'info'],
  ['undecodable-domain', withMail(mailName('anna@xn--0.example')), 'warning'],
  ['unicode-domain', withMail(utf8Mailbox('jürgen@bücher.example'))],
  ['needless-utf8-mailbox', withMail(utf8Mailbox('anna@sandbox.example'))],
  ['many-names', withMail(...Array.from({ length: 21 }, (_, index) => mailName(`a${index}@sandbox.example`)))],
  // Text
  ['name-with-nul', { subject: [['CN', 'anna@sandbox.example\0.evil.example']] }, 'error'],
  ['name-with-nul', withMail(mailName('anna@sandbox.example\0.evil.example'))],
  ['name-with-control-characters', { subject: [['CN', 'Anna\u001b[2J']] }, 'warning'],
  ['name-with-direction-marks', { subject: [['CN', 'Anna\u202egnp']] }, 'warning'],
  ['name-with-direction-marks', { issuer: [['O', '\u2066CA']] }],
  ['name-with-invisible-characters', { subject: [['CN', 'An\u200bna']] }, 'warning'],
  ['unreadable-text', { subject: [['CN', derElement(0x0c, Uint8Array.of(0x41, 0xff))]] }],
  ['old-string-type', { subject: [['CN', bmpString('Anna')]] }, 'info'],
  ['old-string-type', { subject: [['CN', derElement(0x14, latin1Bytes('J\u00fcrgen'))]] }],
  ['forbidden-characters', { subject: [['CN', printableString('anna@sandbox.example')]] }],
  ['long-name-part', { subject: [['CN', 'a'.repeat(65)]] }],
  ['malformed-country', { subject: [['C', 'Germany']] }],
  ['empty-name-part', { subject: [['O', '-']] }],
  // The S/MIME Baseline Requirements
  ['name-beside-mailbox', { subject: [['CN', 'Anna Berger']] }, 'error'],
  ['name-beside-mailbox', { subject: [['O', 'Sandbox Ltd']] }],
  [
    'part-outside-profile',
    {
      subject: [
        ['O', 'Sandbox'],
        ['organizationIdentifier', 'NTRDE-1'],
        ['GN', 'Anna'],
      ],
      extensions: withPolicy('2.23.140.1.5.2.2'),
    },
    'error',
  ],
  [
    'part-outside-profile',
    {
      subject: [
        ['SN', 'B'],
        ['O', 'S'],
      ],
      extensions: withPolicy('2.23.140.1.5.4.1'),
    },
  ],
  [
    'part-outside-profile',
    {
      subject: [
        ['SN', 'B'],
        ['STREET', 'S'],
      ],
      extensions: withPolicy('2.23.140.1.5.4.3'),
    },
  ],
  ['missing-organization', { subject: [['O', 'Sandbox']], extensions: withPolicy('2.23.140.1.5.2.3') }, 'error'],
  ['missing-personal-name', { subject: [['CN', 'Anna']], extensions: withPolicy('2.23.140.1.5.4.3') }, 'error'],
  [
    'pseudonym-beside-name',
    {
      subject: [
        ['SN', 'B'],
        ['pseudonym', 'P'],
      ],
      extensions: withPolicy('2.23.140.1.5.4.3'),
    },
    'error',
  ],
  ['several-profiles', { extensions: withPolicy('2.23.140.1.5.1.3', '2.23.140.1.5.1.2') }, 'error'],
  ['legacy-profile-ended', { extensions: withPolicy('2.23.140.1.5.1.1') }, 'warning'],
  [
    'strict-with-other-purposes',
    { extensions: { [ids.extendedKeyUsage]: purposes(oids.emailProtection, oids.clientAuth) } },
    'error',
  ],
  [
    'alternative-name-outside-profile',
    withMail(mailName('anna@sandbox.example'), derElement(0x82, latin1Bytes('www.sandbox.example'))),
    'error',
  ],
]

/** The residues that the flawed library leaves: a power of 65537 modulo the product of the small primes. */
function rocaModulus(): bigint {
  const primes = Array.from({ length: 166 }, (_, index) => BigInt(index + 2)).filter((number) => {
    for (let divisor = 2n; divisor * divisor <= number; divisor++) if (number % divisor === 0n) return false
    return true
  })
  const product = primes.reduce((left, right) => left * right)
  let residue = 1n
  for (let power = 0; power < 12_345; power++) residue = (residue * 65_537n) % product
  const start = (1n << 2047n) / product + 1n
  return (start + (987_654_321n << 900n)) * product + residue
}

describe('a certificate with nothing unusual', () => {
  it('is one that keeps to the strict profile', () => {
    expect(findings({})).toEqual([])
  })

  it('or has an RSA key without a known weakness', () => {
    expect(codes(rsa(sound(modulus)))).toEqual([])
  })

  it('or belongs to a person of an organization by the profile of sponsors', () => {
    const subject = [
      ['C', 'DE'],
      ['O', 'Sandbox GmbH'],
      ['organizationIdentifier', 'NTRDE-HRB.12345'],
      ['GN', 'Anna'],
      ['SN', 'Berger'],
      ['CN', 'Anna Berger'],
      ['emailAddress', derElement(0x16, latin1Bytes('anna@sandbox.example'))],
    ] as const
    expect(codes({ subject, extensions: withPolicy('2.23.140.1.5.3.2') })).toEqual([])
  })

  it('or to a CA, or to a root', async () => {
    expect(codes({ subject: [['CN', 'Middle']], extensions: authorityExtensions })).toEqual([])
    expect(lintCertificate((await testAuthority('Root')).certificate)).toEqual([])
  })

  it('or lasts 825 days to the second', () => {
    expect(codes({ notBefore: utcTime('260101000000Z'), notAfter: utcTime('280404235959Z') })).toEqual([])
  })

  it('or is written in the letters of its people', () => {
    const subject = [
      ['CN', 'anna@sandbox.example'],
      ['CN', 'دنا‌انا Анна 安娜 ಅನ್ನಾ'],
    ] as const
    expect(codes({ subject, extensions: privateCa })).toEqual([])
    expect(
      codes({
        subject: [['CN', 'иван@xn--80a1acny.example']],
        extensions: { [ids.subjectAltName]: alternativeNames(utf8Mailbox('иван@xn--80a1acny.example')) },
      }),
    ).toEqual(['internationalized-domain'])
  })
})

describe('the linter', () => {
  it.each(cases.map(([code, fields, severity]) => ({ code, fields, severity })))(
    'says $code',
    ({ code, fields, severity }) => {
      const finding = findings(fields).find((one) => one.code === code)
      expect(finding?.section).toBe(lintRules.find((rule) => rule.code === code)?.section)
      expect(finding).toBeDefined()
      if (severity) expect(finding?.severity).toBe(severity)
    },
  )

  it('knows the keys of the flawed library by their residues (CVE-2017-15361)', () => {
    const flawed = rocaModulus()
    expect(codes(rsa(flawed))).toContain('roca-key')
    for (let offset = 2n; offset < 20n; offset += 2n) expect(codes(rsa(flawed + offset))).not.toContain('roca-key')
  })

  it('takes a large exponent for large, and not for even', () => {
    const large = codes(rsa(modulus, new Uint8Array(40).fill(1)))
    expect(large).toContain('large-exponent')
    expect(large).not.toContain('exponent-without-use')
  })

  it('has a case here for every rule', () => {
    const tried = new Set([...cases.map(([code]) => code), 'roca-key'])
    expect(lintRules.map(({ code }) => code).filter((code) => !tried.has(code))).toEqual([])
  })

  it('has each code once, and words for it with nothing missing from the data', () => {
    const all = lintRules.map(({ code }) => code)
    expect(new Set(all).size).toBe(all.length)
    for (const language of languages) {
      expect(all.filter((code) => !hasPhrase(language, `odd.${code}`))).toEqual([])
      const written = [...allPhrases(language).keys()].filter((key) => key.startsWith('odd.'))
      expect(written.filter((key) => !all.includes(key.slice(4)))).toEqual([])
    }
    for (const [code, fields] of cases) {
      const data = findings(fields).find((one) => one.code === code)?.data ?? {}
      const template = allPhrases('en').get(`odd.${code}`) ?? ''
      const names = [...template.matchAll(/\{\{\s*(\w+)/g)].map(([, name = '']) => name)
      expect([code, names.filter((name) => data[name] === undefined)]).toEqual([code, []])
      expect(phrase('en', `odd.${code}`, data)).not.toMatch(/\{\{|undefined|\[object/)
    }
  })

  it('tells the gravest first', () => {
    const order = ['error', 'warning', 'info']
    const odd = findings({ serial: Uint8Array.of(0), subject: [['CN', bmpString('Anna\u200b')]] })
    const ranks = odd.map(({ severity }) => order.indexOf(severity))
    expect(new Set(ranks)).toEqual(new Set([0, 1, 2]))
    expect(ranks).toEqual([...ranks].sort())
  })

  it('spells hidden characters in what it shows, and keeps it short', () => {
    const shown = findings({ subject: [['CN', `\u202e${'a\0'.repeat(1_000)}`]] }).find(
      ({ code }) => code === 'name-with-nul',
    )
    const [value] = (shown?.data['values'] ?? []) as string[]
    expect(value).toMatch(/^<U\+202E>a<U\+0000>a<U\+0000>/)
    expect(value?.length).toBeLessThan(1_500)
    const many = findings(withMail(...Array.from({ length: 100 }, (_, index) => mailName(`no ${index}`))))
    expect(many.find(({ code }) => code === 'malformed-address')?.data['emails']).toEqual([
      ...['no 0', 'no 1', 'no 2', 'no 3', 'no 4'],
      '…',
    ])
  })

  it('says nothing of time when it isn’t asked about a moment', () => {
    const ended = testCertificate({ notAfter: utcTime('260531235959Z') })
    expect(lintCertificate(ended)).toEqual([])
  })

  it('binds by the Baseline Requirements only who claims them', async () => {
    const { certificate } = await testPerson(
      'anna@sandbox.example',
      { issuer: await testAuthority('Own') },
      { subject: { commonName: 'Anna Berger' } },
    )
    const found = lintCertificate(certificate)
    expect(found.map(({ code }) => code)).toEqual(['missing-crl-distribution-points', 'missing-authority-information'])
    expect(found.every(({ severity }) => severity === 'info')).toBe(true)
  })
})
