/**
 * What a restore asks about certificates, kept from the one time that each of them was read: a backup holds a hundred
 * thousand of them, and to read one costs more than everything else that is done with it.
 */

import type { Certificate } from '../../certificates/certificate.ts'
import { normalizedAddress } from '../../mime/address.ts'
import { canEncrypt, storedCertificate } from '../judge.ts'

export interface CertificateFacts {
  /** Normalized addresses that it states. */
  readonly addresses: readonly string[]
  readonly notAfter: Date
  readonly sealing: boolean
}

export interface KnownFacts {
  remember(certificate: Certificate): void
  /** `der` is read where this certificate wasn't yet. */
  of(sha256: string, der: () => Uint8Array): CertificateFacts
}

export function createKnownFacts(): KnownFacts {
  const known = new Map<string, CertificateFacts>()
  const remember = (certificate: Certificate): CertificateFacts => {
    const facts = {
      addresses: certificate.emails.map(normalizedAddress),
      notAfter: certificate.notAfter,
      sealing: canEncrypt(certificate),
    }
    known.set(certificate.sha256, facts)
    return facts
  }
  return {
    remember,
    of: (sha256, der) => known.get(sha256) ?? remember(storedCertificate(der())),
  }
}
