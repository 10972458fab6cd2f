/**
 * RFC 5280 §6.1, one function per rule. A path is written from the certificate in question (link 0) to the trust anchor
 * (the last link); the anchor is trusted as it stands, so that only what concerns its use as an issuer is checked.
 *
 * Policies are in policies.ts, name constraints in nameConstraints.ts, revocation in pathRevocation.ts.
 */

import type { Certificate } from './certificate.ts'
import { isKnownExtension } from './extensions.ts'
import { type ComparisonBudget, checkNameConstraints } from './nameConstraints.ts'
import { type PathReason, reason } from './pathReason.ts'
import { checkPolicyMappings } from './policies.ts'

/** RFC 5280 §6.1.3(a)(2): the certificate is valid at that time; both ends belong to the period (§4.1.2.5). */
export function checkValidity(certificate: Certificate, link: number, at: Date): PathReason | undefined {
  const { notBefore, notAfter } = certificate
  if (at < notBefore) return reason('not-yet-valid', link, { notBefore: notBefore.toISOString(), at: at.toISOString() })
  if (at > notAfter) return reason('expired', link, { notAfter: notAfter.toISOString(), at: at.toISOString() })
  return undefined
}

/** RFC 5280 §6.1.4(k): an issuer of version 3 says that it is a CA. Versions 1 and 2 can't, and only an anchor may be one. */
export function checkIsAuthority(ca: Certificate, link: number, anchor: boolean): PathReason | undefined {
  if (ca.version < 3 && anchor) return undefined
  return ca.extensions.basicConstraints?.ca ? undefined : reason('not-a-ca', link, { subject: ca.subject.text })
}

/** RFC 5280 §6.1.4(n): a CA that states keyUsage must include keyCertSign. */
export function checkKeyCertSign(ca: Certificate, link: number): PathReason | undefined {
  const usages = ca.extensions.keyUsage
  return usages && !usages.includes('keyCertSign') ? reason('missing-key-cert-sign', link, { usages }) : undefined
}

/**
 * RFC 5280 §6.1.4(l) and (m): at most pathLenConstraint intermediates that are not self-issued may stand between this CA
 * and the last certificate.
 */
export function checkPathLength(path: readonly Certificate[], link: number): PathReason | undefined {
  const allowed = path[link]?.extensions.basicConstraints?.pathLength
  if (allowed === undefined) return undefined
  const below = path.slice(1, link).filter(({ selfIssued }) => !selfIssued).length
  return below > allowed ? reason('path-too-long', link, { allowed, found: below }) : undefined
}

/** RFC 5280 §6.1.4(o) and §6.1.5(f): a critical extension that is not understood makes the certificate unusable. */
export function checkCriticalExtensions(certificate: Certificate, link: number): PathReason | undefined {
  const unknown = certificate.extensions.all.find(({ oid, critical }) => critical && !isKnownExtension(oid))
  return unknown && reason('unknown-critical-extension', link, { oid: unknown.oid })
}

/** RFC 5280 §4.2: extensions follow their definition, and each stands there once. */
export function checkWellFormed(certificate: Certificate, link: number): PathReason | undefined {
  const [oid] = certificate.extensions.malformed
  return oid === undefined ? undefined : reason('malformed-extension', link, { oid })
}

function present(...reasons: readonly (PathReason | undefined)[]): PathReason[] {
  return reasons.filter((entry) => entry !== undefined)
}

/** §6.1.3 and §6.1.5: what holds for every certificate below the anchor. */
export function checkCertificate(certificate: Certificate, link: number, at: Date): PathReason[] {
  return present(
    checkWellFormed(certificate, link),
    checkValidity(certificate, link, at),
    checkCriticalExtensions(certificate, link),
  )
}

/** §6.1.4: what holds for a certificate in its use as an issuer. */
export function checkIssuer(
  path: readonly Certificate[],
  link: number,
  anchor: boolean,
  budget: ComparisonBudget,
): PathReason[] {
  const ca = path[link]
  if (!ca) return []
  return present(
    checkIsAuthority(ca, link, anchor),
    checkKeyCertSign(ca, link),
    checkPathLength(path, link),
    checkPolicyMappings(ca, link),
    ...checkNameConstraints(path, link, budget),
  )
}
