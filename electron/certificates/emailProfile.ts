/**
 * What a certificate must allow to be used for mail: RFC 8550 §4.4.2 (key usage) and §4.4.4 (extended key usage); for the
 * keys of RFC 9881 and RFC 9935 their own rules.
 */

import type { CertificateView } from '../../shared/contract/certificates.ts'
import { oids } from '../asn1/oids.ts'
import { readPublicKeyInfo } from '../crypto/keyInfo.ts'
import type { Certificate } from './certificate.ts'
import type { KeyUsage } from './extensions.ts'
import { policyOf } from './names.ts'
import { type PathReason, reason } from './pathReason.ts'

/** `any` asks for no purpose at all: only that the chain holds. */
export type Purpose = 'sign' | 'encrypt' | 'any'

/**
 * RFC 8550 §4.4.4: without the extension a certificate serves any purpose; with it, emailProtection or
 * anyExtendedKeyUsage must be in it. The Baseline Requirements forbid the second in new certificates, which the view
 * tells; it doesn't make an old one invalid.
 */
export function allowsEmail(certificate: Certificate): boolean {
  const purposes = certificate.extensions.extendedKeyUsage
  return (
    purposes === undefined || purposes.includes(oids.emailProtection) || purposes.includes(oids.anyExtendedKeyUsage)
  )
}

function allows(certificate: Certificate, ...usages: readonly KeyUsage[]): boolean {
  const stated = certificate.extensions.keyUsage
  return stated === undefined || usages.some((usage) => stated.includes(usage))
}

/** Usages that make or move keys: RFC 9881 §5 forbids each of them to an ML-DSA key. */
const keyEstablishment: readonly KeyUsage[] = [
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'encipherOnly',
  'decipherOnly',
]

/** RFC 8550 §4.4.2: a signer's certificate that states key usage has digitalSignature or nonRepudiation. */
export function allowsSigning(certificate: Certificate): boolean {
  const { kind } = certificate.keyAlgorithm
  if (kind === 'x25519' || kind === 'ml-kem') return false
  if (kind === 'ml-dsa' && certificate.extensions.keyUsage?.some((usage) => keyEstablishment.includes(usage))) {
    return false
  }
  return allows(certificate, 'digitalSignature', 'nonRepudiation')
}

/**
 * RSA keys encrypt with keyEncipherment; elliptic curves agree on a key with keyAgreement; for ML-KEM keyEncipherment must
 * be the only usage (RFC 9935 §5).
 */
export function allowsEncryption(certificate: Certificate): boolean {
  switch (certificate.keyAlgorithm.kind) {
    case 'rsa':
      return !isPssKey(certificate) && allows(certificate, 'keyEncipherment')
    case 'ml-kem':
      return (certificate.extensions.keyUsage ?? ['keyEncipherment']).every((usage) => usage === 'keyEncipherment')
    case 'ec':
    case 'x25519':
      return allows(certificate, 'keyAgreement')
    default:
      return false
  }
}

/** RFC 4055 §1.2: a key that calls itself id-RSASSA-PSS makes signatures of that kind and does nothing else. */
function isPssKey({ publicKeyInfo }: Certificate): boolean {
  const info = readPublicKeyInfo(publicKeyInfo)
  return info.ok && info.value.kind.kind === 'rsa' && info.value.kind.pssOnly === true
}

/** The rules for the certificate at the end of the path. */
export function checkEndPurpose(certificate: Certificate, purpose: Purpose): PathReason[] {
  if (purpose === 'any') return []
  const reasons: PathReason[] = []
  const purposes = certificate.extensions.extendedKeyUsage
  if (!allowsEmail(certificate)) reasons.push(reason('purpose-not-email', 0, { purposes }))
  const usages = certificate.extensions.keyUsage
  if (purpose === 'sign' && !allowsSigning(certificate))
    reasons.push(reason('key-usage-forbids-signing', 0, { usages }))
  if (purpose === 'encrypt' && !allowsEncryption(certificate)) {
    const { keyAlgorithm } = certificate
    const { kind } = keyAlgorithm
    const isPss = isPssKey(certificate)
    reasons.push(
      isPss || kind === 'ed25519' || kind === 'ml-dsa' || kind === 'unsupported'
        ? reason('key-cannot-encrypt', 0, {
            algorithm: 'parameterSet' in keyAlgorithm ? keyAlgorithm.parameterSet : isPss ? 'rsa-pss' : kind,
          })
        : reason('key-usage-forbids-encryption', 0, { usages }),
    )
  }
  return reasons
}

/**
 * An intermediate that lists purposes limits what may be issued below it: not in RFC 5280, but in every verifier that
 * people use and in the Baseline Requirements §7.1.2.2; without it a TLS intermediate could issue for mail.
 */
export function checkIssuerPurpose(ca: Certificate, link: number, purpose: Purpose): PathReason | undefined {
  if (purpose === 'any' || allowsEmail(ca)) return undefined
  return reason('issuer-purpose-not-email', link, { purposes: ca.extensions.extendedKeyUsage })
}

type Proof = CertificateView['proves']

/** S/MIME Baseline Requirements §1.6.1: what each kind of validation stands for. */
const proofOfValidation = {
  mailbox: 'address',
  organization: 'organization',
  sponsor: 'person-of-organization',
  individual: 'person',
} as const

/** From the least to the most that is said about a person. */
const proofs: readonly Proof[] = ['address', 'organization', 'person-of-organization', 'person']

/**
 * What a certificate proves beside its key, if its issuer is believed (path.ts): a name in a mailbox-validated certificate,
 * or in one that states no policy of the Baseline Requirements, was verified by nobody whom those bind. Of several policies
 * the one that proves least counts, because only it is certain.
 */
export function provenBy(certificate: Certificate): Proof {
  const stated = (certificate.extensions.policies ?? []).map(({ oid }) => policyOf(oid).validation)
  const proven = stated.filter((validation) => validation !== undefined).map((kind) => proofOfValidation[kind])
  return proofs.find((proof) => proven.includes(proof)) ?? 'address'
}
