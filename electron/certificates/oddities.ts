/**
 * What a person should hear about a certificate, although it could be read: facts from reading it, and where it departs
 * from RFC 5280, RFC 8550 and the S/MIME Baseline Requirements. None of it makes a certificate invalid; path.ts does that.
 */

import type { CertificateView } from '../../shared/contract/certificates.ts'
import { oids } from '../asn1/oids.ts'
import type { Certificate } from './certificate.ts'
import { allowsEmail } from './emailProfile.ts'
import { isKnownExtension } from './extensions.ts'
import { extensionName, purposeName } from './names.ts'
import { isWeakKey, isWeakScheme, leastRsaBits } from './strength.ts'

type Oddity = CertificateView['odd'][number]

/** S/MIME Baseline Requirements §6.3.2: 1185 days for the legacy profile, the longest of the three. */
const longestValidityDays = 1_185
const dayMs = 86_400_000

function ofReading({ oddities }: Certificate): Oddity[] {
  return oddities.map(({ code, ...data }) => ({
    code,
    data: 'oid' in data ? { oid: data.oid, name: extensionName(data.oid) } : {},
  }))
}

function ofAlgorithms(certificate: Certificate): Oddity[] {
  const { keyAlgorithm, signatureAlgorithm, selfIssued, extensions } = certificate
  const odd: Oddity[] = []
  if (isWeakKey(keyAlgorithm) && keyAlgorithm.kind === 'rsa') {
    odd.push({ code: 'weak-key', data: { bits: keyAlgorithm.bits, least: leastRsaBits } })
  }
  if (keyAlgorithm.kind === 'unsupported') odd.push({ code: 'unsupported-key', data: { algorithm: keyAlgorithm.oid } })
  // A root's signature over itself proves nothing, so its digest says nothing either.
  const root = selfIssued && extensions.basicConstraints?.ca === true
  if (!root && signatureAlgorithm.scheme && isWeakScheme(signatureAlgorithm.scheme)) {
    odd.push({ code: 'weak-signature-algorithm', data: { algorithm: signatureAlgorithm.name } })
  }
  return odd
}

function ofPurpose(certificate: Certificate): Oddity[] {
  const { extensions } = certificate
  const odd: Oddity[] = []
  for (const { oid, critical } of extensions.all) {
    if (critical && !isKnownExtension(oid)) odd.push({ code: 'unknown-critical-extension', data: { oid } })
  }
  const purposes = extensions.extendedKeyUsage ?? []
  if (purposes.includes(oids.anyExtendedKeyUsage)) odd.push({ code: 'any-purpose', data: {} })
  if (!allowsEmail(certificate)) odd.push({ code: 'not-for-email', data: { purposes: purposes.map(purposeName) } })
  return odd
}

/** What only concerns the certificate of a person: CAs live long and have no address. */
function ofPerson(certificate: Certificate): Oddity[] {
  const { extensions, emails, notBefore, notAfter } = certificate
  if (extensions.basicConstraints?.ca || extensions.keyUsage?.includes('keyCertSign')) return []
  const odd: Oddity[] = []
  if (emails.length === 0) odd.push({ code: 'no-mail-address', data: {} })
  else if (!extensions.subjectAltName?.emails.length) {
    odd.push({ code: 'address-only-in-subject', data: { emails: [...emails] } })
  }
  const days = Math.round((notAfter.getTime() - notBefore.getTime()) / dayMs)
  if (days > longestValidityDays) odd.push({ code: 'long-validity', data: { days, most: longestValidityDays } })
  if (certificate.selfIssued) odd.push({ code: 'self-signed', data: {} })
  return odd
}

export function odditiesOf(certificate: Certificate): Oddity[] {
  return [ofReading, ofAlgorithms, ofPurpose, ofPerson].flatMap((look) => look(certificate))
}
