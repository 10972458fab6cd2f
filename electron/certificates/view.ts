/**
 * A certificate and its chain as the contract shows them (shared/contract/certificates.ts). Nothing is judged here that
 * path.ts doesn't judge; what is unusual about a certificate is in lint/.
 */

import type {
  CertificateSummary,
  CertificateView,
  ChainState,
  ShownRevocation,
} from '../../shared/contract/certificates.ts'
import { shownText } from '../../shared/shownText.ts'
import { writePem } from '../asn1/pem.ts'
import { hexText } from '../base/bytes.ts'
import { digestOf } from '../crypto/digest.ts'
import { type Certificate, subjectKeyIdentifierOf } from './certificate.ts'
import { allowsEmail, allowsEncryption, allowsSigning, provenBy } from './emailProfile.ts'
import { extensionFacts } from './extensionFacts.ts'
import type { GeneralName } from './generalName.ts'
import { keyAlgorithmText } from './keyAlgorithmText.ts'
import { lintCertificate } from './lint/lint.ts'
import { attributeValue, type Name } from './name.ts'
import { extensionName, policyOf, purposeName } from './names.ts'
import type { PathResult } from './path.ts'
import type { RevocationGapFacts } from './revocation/sources.ts'
import type { RevocationStatus } from './revocation/status.ts'

/** An extension may have a megabyte; nobody reads more than this of it, and the whole is in the PEM text. */
const shownExtensionBytes = 4_096

const earliest = Date.parse('0000-01-01T00:00:00Z')
const latest = Date.parse('9999-12-31T23:59:59Z')

/** ISO 8601 in UTC. A zone offset can carry a time out of the four-digit years; it is moved back to their edge. */
export function instantText(date: Date): string {
  return new Date(Math.min(Math.max(date.getTime(), earliest), latest)).toISOString()
}

/** The common name, else the first mail address, else the whole subject; hidden characters are spelled. */
function nameOf(certificate: Certificate): string {
  return shownText(attributeValue(certificate.subject, 'CN') ?? certificate.emails[0] ?? certificate.subject.text)
}

function issuerNameOf({ issuer }: Certificate): string {
  return shownText(attributeValue(issuer, 'CN') ?? attributeValue(issuer, 'O') ?? issuer.text)
}

export function summaryOf(certificate: Certificate): CertificateSummary {
  return {
    sha256: certificate.sha256,
    subject: certificate.subject.text,
    name: nameOf(certificate),
    emails: [...certificate.emails],
    issuer: certificate.issuer.text,
    issuerName: issuerNameOf(certificate),
    serial: certificate.serialNumber,
    notBefore: instantText(certificate.notBefore),
    notAfter: instantText(certificate.notAfter),
  }
}

function keyOf(certificate: Certificate): CertificateView['key'] {
  const { keyAlgorithm } = certificate
  return {
    algorithm: keyAlgorithmText(certificate),
    ...(keyAlgorithm.kind === 'rsa' ? { bits: keyAlgorithm.bits } : {}),
    ...(keyAlgorithm.kind === 'ec' ? { curve: keyAlgorithm.curve } : {}),
    keyIdentifier: hexText(subjectKeyIdentifierOf(certificate)),
  }
}

function partsOf(name: Name): CertificateView['subjectParts'] {
  return name.rdns.flatMap((rdn) => rdn.map(({ type, label, value }) => ({ oid: type, label, value })))
}

function urisOf(names: readonly GeneralName[]): string[] {
  return names.filter(({ kind }) => kind === 'uri').map(({ value }) => value)
}

const ocspMethod = '1.3.6.1.5.5.7.48.1'
const issuersMethod = '1.3.6.1.5.5.7.48.2'

function accessUris(certificate: Certificate, method: string): string[] {
  const descriptions = certificate.extensions.authorityInfoAccess ?? []
  return urisOf(descriptions.filter((entry) => entry.method === method).map(({ location }) => location))
}

/** With `at`, what that moment means for the certificate is among what is unusual. */
export function viewOf(certificate: Certificate, { at }: { readonly at?: Date } = {}): CertificateView {
  const { extensions } = certificate
  const { basicConstraints } = extensions
  const usableForEmail = allowsEmail(certificate)
  return {
    ...summaryOf(certificate),
    version: certificate.version,
    subjectParts: partsOf(certificate.subject),
    issuerParts: partsOf(certificate.issuer),
    sha1: hexText(digestOf('sha1', certificate.der)),
    key: keyOf(certificate),
    signatureAlgorithm: certificate.signatureAlgorithm.name,
    keyUsage: [...(extensions.keyUsage ?? [])],
    extendedKeyUsage: (extensions.extendedKeyUsage ?? []).map((oid) => ({ oid, name: purposeName(oid) })),
    certificateAuthority: basicConstraints?.ca ?? false,
    ...(basicConstraints?.pathLength === undefined ? {} : { pathLength: basicConstraints.pathLength }),
    policies: (extensions.policies ?? []).map(({ oid }) => policyOf(oid)),
    crlUrls: (extensions.crlDistributionPoints ?? []).flatMap(({ names }) => urisOf(names)),
    ocspUrls: accessUris(certificate, ocspMethod),
    issuerUrls: accessUris(certificate, issuersMethod),
    canSign: usableForEmail && allowsSigning(certificate),
    canEncrypt: usableForEmail && allowsEncryption(certificate),
    proves: provenBy(certificate),
    odd: lintCertificate(certificate, at ? { at } : {}),
    extensions: extensions.all.map(({ oid, critical, value }) => ({
      oid,
      name: extensionName(oid),
      critical,
      facts: extensionFacts(extensions, oid),
      hex: hexText(value.subarray(0, shownExtensionBytes)),
    })),
    pem: writePem('CERTIFICATE', certificate.der),
  }
}

/**
 * What path validation found, as the contract says it. `gaps` say why nothing is known of a certificate's revocation, by its
 * SHA-256, where asking is the reason.
 */
export function chainStateOf(
  { path, anchored, state, reasons, revocation }: PathResult,
  gaps: ReadonlyMap<string, RevocationGapFacts> = new Map(),
): ChainState {
  return {
    chain: path.map((certificate, link) => ({
      ...summaryOf(certificate),
      anchor: anchored && link === path.length - 1,
    })),
    state,
    reasons: reasons.map(({ code, link, data }) => ({ code, link, data: { ...data } })),
    revocation: revocation.map((status, link) => shownRevocation(status, gaps.get(path[link]?.sha256 ?? ''))),
  }
}

function shownRevocation(status: RevocationStatus, gap?: RevocationGapFacts): ShownRevocation {
  switch (status.state) {
    case 'good': {
      const { state, source, thisUpdate, nextUpdate } = status
      const until = nextUpdate ? { nextUpdate: instantText(nextUpdate) } : {}
      return { state, source, thisUpdate: instantText(thisUpdate), ...until }
    }
    case 'revoked': {
      const { state, source, revokedAt, reason, invalidityDate } = status
      const invalid = invalidityDate ? { invalidityDate: instantText(invalidityDate) } : {}
      return { state, source, revokedAt: instantText(revokedAt), reason, ...invalid }
    }
    case 'unknown': {
      const { why, host, since, lastGood } = gap ?? { why: status.why }
      return {
        state: status.state,
        why,
        ...(host === undefined ? {} : { host }),
        ...(since ? { since: instantText(since) } : {}),
        ...(lastGood ? { lastGood: instantText(lastGood) } : {}),
      }
    }
  }
}
