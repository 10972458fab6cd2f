import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hasOpenssl } from '../../build/openssl.ts'
import { writePem } from '../asn1/pem.ts'
import { expectSuccess } from '../base/result.ts'
import { parseCertificate } from './certificate.ts'
import { type KeyUsage, keyUsages } from './extensions.ts'
import { issueCertificate } from './issue.ts'
import { testAuthority, testNotAfter, testNotBefore, testNow, testPerson } from './testPki.ts'

function openssl(files: Readonly<Record<string, Uint8Array>>, ...words: readonly string[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'siegel-issue-'))
  try {
    for (const [name, der] of Object.entries(files)) writeFileSync(join(folder, name), writePem('CERTIFICATE', der))
    return execFileSync('openssl', words, { cwd: folder, encoding: 'utf8' })
  } finally {
    rmSync(folder, { recursive: true })
  }
}

describe('issuing certificates', () => {
  it('writes every part that it was asked for', async () => {
    const root = await testAuthority('Root')
    const der = await issueCertificate({
      subject: { commonName: 'Anna Berger', organization: 'Sandbox', emailAddress: 'anna@sandbox.example' },
      emails: ['anna@sandbox.example'],
      dnsNames: ['localhost'],
      ipAddresses: [Uint8Array.of(127, 0, 0, 1)],
      publicKeyInfo: root.key.publicKeyInfo,
      issuer: { name: root.certificate, key: root.key },
      serial: Uint8Array.of(0xf0, 1, 2, 3, 4, 5, 6, 7, 8),
      notBefore: testNotBefore,
      notAfter: new Date('2051-01-01T00:00:00Z'),
      keyUsage: ['digitalSignature', 'keyEncipherment'],
      extendedKeyUsage: ['1.3.6.1.5.5.7.3.4'],
      policies: ['2.23.140.1.5.1.3'],
      crlUrl: 'http://127.0.0.1/crl',
    })
    const certificate = expectSuccess(parseCertificate(der))
    expect(certificate).toMatchObject({
      version: 3,
      serialNumber: 'f00102030405060708',
      emails: ['anna@sandbox.example'],
      notBefore: testNotBefore,
      notAfter: new Date('2051-01-01T00:00:00Z'),
      oddities: [],
    })
    expect(certificate.subject.text).toBe('emailAddress=anna@sandbox.example,CN=Anna Berger,O=Sandbox')
    expect(certificate.extensions).toMatchObject({
      malformed: [],
      basicConstraints: { ca: false },
      keyUsage: ['digitalSignature', 'keyEncipherment'],
      extendedKeyUsage: ['1.3.6.1.5.5.7.3.4'],
      policies: [{ oid: '2.23.140.1.5.1.3' }],
      crlDistributionPoints: [{ names: [{ kind: 'uri', value: 'http://127.0.0.1/crl' }] }],
      authorityKeyIdentifier: { keyIdentifier: root.certificate.extensions.subjectKeyIdentifier },
    })
    expect(certificate.extensions.subjectAltName?.names.map(({ kind, value }) => [kind, value])).toEqual([
      ['rfc822Name', 'anna@sandbox.example'],
      ['dnsName', 'localhost'],
      ['ipAddress', '127.0.0.1'],
    ])
  })

  it('writes addresses as RFC 9598 wants them: A-labels, and SmtpUTF8Mailbox for local parts beyond ASCII', async () => {
    const root = await testAuthority('Root')
    const plain = await testPerson(
      'jürgen@sandbox.example',
      { issuer: root },
      { emails: ['anna@bücher.example', 'jürgen@bücher.example'] },
    )
    expect(plain.certificate.extensions.subjectAltName?.names).toEqual([
      { kind: 'rfc822Name', value: 'anna@xn--bcher-kva.example' },
      { kind: 'smtpUtf8Mailbox', value: 'jürgen@xn--bcher-kva.example' },
    ])
  })

  it('marks the alternative names critical where the subject is empty', async () => {
    const person = await testPerson('a@b.example', {}, { subject: {} })
    const names = person.certificate.extensions.all.find(({ oid }) => oid === '2.5.29.17')
    expect(names?.critical).toBe(true)
    expect(person.certificate.subject.rdns).toEqual([])
  })

  it('reads back any set of key usages', async () => {
    const ca = await testAuthority('Root')
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(fc.constantFrom<KeyUsage>(...keyUsages), { minLength: 1 }), async (keyUsage) => {
        const { certificate } = await testPerson('a@b.example', { issuer: ca, keyOf: ca }, { keyUsage })
        expect(certificate.extensions.keyUsage).toEqual(keyUsages.filter((usage) => keyUsage.includes(usage)))
        expect(certificate.extensions.malformed).toEqual([])
      }),
      { numRuns: 30 },
    )
  })

  const keyTypes = ['ec-p256', 'ec-p384', 'rsa-2048'] as const
  it.skipIf(!hasOpenssl).each(keyTypes)('is accepted by openssl with a key of %s', async (keyType) => {
    const root = await testAuthority('Root', { keyType })
    const middle = await testAuthority('Middle', { issuer: root, keyType }, { ca: { pathLength: 0 } })
    const person = await testPerson('anna@sandbox.example', { issuer: middle, keyType }, { notAfter: testNotAfter })
    const told = openssl(
      { root: root.certificate.der, middle: middle.certificate.der, person: person.certificate.der },
      'verify',
      '-x509_strict',
      '-purpose',
      'smimesign',
      '-attime',
      String(testNow.getTime() / 1000),
      '-CAfile',
      'root',
      '-untrusted',
      'middle',
      'person',
    )
    expect(told.trim()).toBe('person: OK')
    const fingerprint = openssl(
      { person: person.certificate.der },
      'x509',
      '-in',
      'person',
      '-noout',
      '-fingerprint',
      '-sha256',
    )
    expect(fingerprint.trim().split('=')[1]?.replaceAll(':', '').toLowerCase()).toBe(person.certificate.sha256)
  })
})
