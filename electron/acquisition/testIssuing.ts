/** For tests: an authority that answers certificate requests. */

import { oids } from '../asn1/oids.ts'
import { readPem } from '../asn1/pem.ts'
import { systemRandom } from '../base/random.ts'
import { expectSuccess } from '../base/result.ts'
import { issueCertificate } from '../certificates/issue.ts'
import type { TestEntity, TestOverrides } from '../certificates/testPki.ts'
import { readCertificateRequest } from './csr.ts'

const day = 86_400_000

/** Since yesterday, for most of a year: valid by the machine's own clock. */
export const validNow = { notBefore: new Date(Date.now() - day), notAfter: new Date(Date.now() + 300 * day) }

/** The DER certificate that a CA makes of a PEM request: it takes key, name and addresses, and decides on the rest. */
export function answerToRequest(pem: string, issuer: TestEntity, changes: TestOverrides = {}): Promise<Uint8Array> {
  const request = expectSuccess(readCertificateRequest(readPem(pem)[0]?.bytes ?? new Uint8Array()))
  return issueCertificate({
    subject: request.subject.der,
    emails: request.emails,
    publicKeyInfo: request.publicKeyInfo,
    issuer: { name: issuer.certificate, key: issuer.key },
    serial: systemRandom(12),
    ...validNow,
    keyUsage: ['digitalSignature', request.keyAlgorithm.kind === 'rsa' ? 'keyEncipherment' : 'keyAgreement'],
    extendedKeyUsage: [oids.emailProtection],
    ...changes,
  })
}
