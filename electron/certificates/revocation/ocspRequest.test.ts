import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { hasOpenssl } from '../../../build/openssl.ts'
import { derElement, derIa5String, derImplicit, derInteger, derOid, derSequence } from '../../asn1/der.ts'
import { DerReader, soleElement } from '../../asn1/derReader.ts'
import { oids } from '../../asn1/oids.ts'
import { hexText } from '../../base/bytes.ts'
import { systemRandom } from '../../base/random.ts'
import { digestOf } from '../../crypto/digest.ts'
import { publicKeyBitsOf } from '../algorithms.ts'
import { type TestEntity, testAuthority, testPerson } from '../testPki.ts'
import { certIdDer, certIdOf, matchesCertId } from './ocspCertId.ts'
import { ocspGetUrl, ocspNonceBytes, ocspRequestDer, ocspRespondersOf } from './ocspRequest.ts'

let ca: TestEntity
let anna: TestEntity

beforeAll(async () => {
  ca = await testAuthority('CA')
  anna = await testPerson('anna@sandbox.example', { issuer: ca })
})

const query = () => ({ certificate: anna.certificate, issuer: ca.certificate })

/** What openssl reads in a request. */
function readByOpenssl(request: Uint8Array): string {
  const folder = mkdtempSync(join(tmpdir(), 'siegel-ocsp-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'request.der')
  writeFileSync(file, request)
  return execFileSync('openssl', ['ocsp', '-reqin', file, '-req_text', '-noverify'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  })
}

describe('a request', () => {
  const readByPeer = hasOpenssl
    ? 'is read by openssl as it was meant (RFC 6960 §4.1.1)'
    : 'skipped: there is no openssl command'
  it.skipIf(!hasOpenssl)(readByPeer, () => {
    const nonce = systemRandom(ocspNonceBytes)
    for (const digest of ['sha1', 'sha256'] as const) {
      const text = readByOpenssl(ocspRequestDer({ ...query(), digest, nonce }))
      const hex = (bytes: Uint8Array) => hexText(bytes).toUpperCase()
      expect(text).toContain(`Hash Algorithm: ${digest}`)
      expect(text).toContain(`Issuer Name Hash: ${hex(digestOf(digest, ca.certificate.subject.der))}`)
      expect(text).toContain(`Issuer Key Hash: ${hex(digestOf(digest, publicKeyBitsOf(ca.certificate.publicKeyInfo)))}`)
      expect(text).toContain(`Serial Number: ${anna.certificate.serialNumber.toUpperCase()}`)
      // The OCTET STRING inside the extension's OCTET STRING (RFC 9654 §2.1), 32 bytes long.
      expect(text.replaceAll(/\s/g, '')).toContain(`OCSPNonce:0420${hex(nonce)}`)
    }
    expect(readByOpenssl(ocspRequestDer(query()))).not.toContain('Nonce')
  })

  it('goes into the address while that has at most 255 characters (RFC 5019 §5)', () => {
    const request = ocspRequestDer(query())
    const url = ocspGetUrl('http://ocsp.example/', request) ?? ''
    expect(url.startsWith('http://ocsp.example/')).toBe(true)
    expect(url.slice('http://ocsp.example/'.length)).toMatch(/^[A-Za-z0-9%]+$/)
    expect(Buffer.from(decodeURIComponent(url.slice('http://ocsp.example/'.length)), 'base64')).toEqual(
      Buffer.from(request),
    )
    const responder = (length: number) => `http://ocsp.example/${'x'.repeat(length)}`
    const room = 255 - url.length - 1
    expect(ocspGetUrl(responder(room), request)).toHaveLength(255)
    expect(ocspGetUrl(responder(room + 1), request)).toBeUndefined()
    expect(ocspGetUrl('http://ocsp.example/?ca=1', request)).toBeUndefined()
  })
})

describe('a CertID', () => {
  const read = (der: Uint8Array) => certIdOf(DerReader.inside(soleElement(der, 'certID')))

  it('with SHA-1, SHA-256 or SHA-512 is recognized, with MD5 or an unknown digest it is not', () => {
    const withDigest = (oid: string, digest: Parameters<typeof digestOf>[0]) =>
      read(
        derSequence(
          derSequence(derOid(oid)),
          derElement(0x04, digestOf(digest, anna.certificate.issuer.der)),
          derElement(0x04, digestOf(digest, publicKeyBitsOf(ca.certificate.publicKeyInfo))),
          derInteger(Buffer.from(anna.certificate.serialNumber, 'hex')),
        ),
      )
    const recognized = (oid: string, digest: Parameters<typeof digestOf>[0]) =>
      matchesCertId(withDigest(oid, digest), anna.certificate, ca.certificate)
    expect(recognized(oids.sha1, 'sha1')).toBe(true)
    expect(recognized(oids.sha256, 'sha256')).toBe(true)
    expect(recognized(oids.sha512, 'sha512')).toBe(true)
    expect(recognized(oids.md5, 'md5')).toBe(false)
    expect(recognized('1.2.3', 'sha1')).toBe(false)
    expect(recognized(oids.sha256, 'sha1')).toBe(false)
  })

  it('keeps a serial number as it is: with its high bit set, zero or negative', async () => {
    for (const serial of [Uint8Array.of(0xff, 1, 2), Uint8Array.of(0)]) {
      const { certificate } = await testPerson('a@b.example', { issuer: ca, keyOf: anna }, { serial })
      const id = read(certIdDer(certificate, ca.certificate, 'sha1'))
      expect(id.serialNumber).toBe(certificate.serialNumber)
      expect(matchesCertId(id, certificate, ca.certificate)).toBe(true)
    }
    const negative = { ...anna.certificate, serialNumber: 'ff01', oddities: [{ code: 'negative-serial' as const }] }
    const der = certIdDer(negative, ca.certificate, 'sha1')
    expect(hexText(der.subarray(-4))).toBe('0202ff01')
  })
})

describe('the responders of a certificate', () => {
  const access = (method: string, uri: string) => derSequence(derOid(method), derImplicit(6, derIa5String(uri)))
  const naming = async (...descriptions: readonly Uint8Array[]) => {
    const value = derSequence(...descriptions)
    const extensions = [{ oid: oids.authorityInfoAccess, critical: false, value }]
    return ocspRespondersOf((await testPerson('a@b.example', { issuer: ca, keyOf: anna }, { extensions })).certificate)
  }

  it('are those for OCSP that HTTP reaches, each once and three at most (RFC 5280 §4.2.2.1)', async () => {
    expect(ocspRespondersOf(anna.certificate)).toEqual([])
    expect(
      await naming(
        access(oids.caIssuers, 'http://ca.example/ca.cer'),
        access(oids.ocsp, 'ldap://ocsp.example/'),
        access(oids.ocsp, 'HTTP://one.example/'),
        access(oids.ocsp, 'HTTP://one.example/'),
        access(oids.ocsp, 'https://two.example/'),
      ),
    ).toEqual(['HTTP://one.example/', 'https://two.example/'])
    const many = Array.from({ length: 50 }, (_, at) => access(oids.ocsp, `http://${at}.example/`))
    expect(await naming(...many)).toHaveLength(3)
  })
})
