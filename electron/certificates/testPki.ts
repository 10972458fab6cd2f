/** Certificate authorities and people for tests: real keys, real certificates, as odd as a test wants them. */

import { oids } from '../asn1/oids.ts'
import { systemRandom } from '../base/random.ts'
import { expectSuccess } from '../base/result.ts'
import type { PostQuantum } from '../crypto/postQuantum.ts'
import { generateKey, openPrivateKey, type PrivateKeyHandle } from '../crypto/privateKey.ts'
import { type Certificate, parseCertificate } from './certificate.ts'
import { type CertificateRequest, issueCertificate } from './issue.ts'

export interface TestEntity {
  readonly certificate: Certificate
  readonly key: PrivateKeyHandle
  readonly pkcs8: Uint8Array
}

export type TestOverrides = Partial<Omit<CertificateRequest, 'issuer' | 'publicKeyInfo'>>

interface TestOptions {
  readonly issuer?: TestEntity
  readonly keyType?: 'rsa-3072' | 'ec-p256' | 'ec-p384' | 'rsa-2048'
  /** Takes the key of this one instead of a new one. */
  readonly keyOf?: Pick<TestEntity, 'pkcs8'>
  /** For a key of an experimental algorithm. */
  readonly postQuantum?: PostQuantum
}

export const testNotBefore = new Date('2026-01-01T00:00:00Z')
export const testNotAfter = new Date('2027-01-01T00:00:00Z')
export const testNow = new Date('2026-06-01T12:00:00Z')

async function entity(
  { issuer, keyType = 'ec-p256', keyOf, postQuantum }: TestOptions,
  request: Omit<CertificateRequest, 'issuer' | 'publicKeyInfo'>,
): Promise<TestEntity> {
  const pkcs8 = keyOf?.pkcs8 ?? (await generateKey(keyType)).pkcs8
  const key = expectSuccess(openPrivateKey(pkcs8, postQuantum))
  const der = await issueCertificate({
    ...request,
    publicKeyInfo: key.publicKeyInfo,
    issuer: issuer ? { name: issuer.certificate, key: issuer.key } : { name: 'self', key },
  })
  return { certificate: expectSuccess(parseCertificate(der)), key, pkcs8 }
}

/** A CA: a root, or an intermediate below `issuer`. */
export function testAuthority(
  name: string,
  options: TestOptions = {},
  overrides: TestOverrides = {},
): Promise<TestEntity> {
  return entity(options, {
    subject: { commonName: name },
    serial: systemRandom(12),
    notBefore: testNotBefore,
    notAfter: testNotAfter,
    ca: {},
    keyUsage: ['keyCertSign', 'cRLSign'],
    ...overrides,
  })
}

/** A person with one address below `issuer`, or one who vouches for themselves. */
export function testPerson(
  address: string,
  options: TestOptions = {},
  overrides: TestOverrides = {},
): Promise<TestEntity> {
  const rsa = options.keyType?.startsWith('rsa') ?? false
  return entity(options, {
    subject: { commonName: address },
    emails: [address],
    serial: systemRandom(12),
    notBefore: testNotBefore,
    notAfter: testNotAfter,
    keyUsage: ['digitalSignature', rsa ? 'keyEncipherment' : 'keyAgreement'],
    extendedKeyUsage: [oids.emailProtection],
    ...overrides,
  })
}
