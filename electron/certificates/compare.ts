/**
 * What differs between two certificates: what a person asks at a renewal, or when a correspondent's certificate changed.
 * Facts about the two alone; whether either is valid is path.ts's to say.
 */

import type { CertificateComparison } from '../../shared/contract/certificateComparison.ts'
import { equalBytes, hexText } from '../base/bytes.ts'
import type { Certificate } from './certificate.ts'
import { allowsEncryption, allowsSigning } from './emailProfile.ts'
import { extensionOids } from './extensions.ts'
import { namesMatch } from './name.ts'
import { extensionName } from './names.ts'
import { viewOf } from './view.ts'

type Row = CertificateComparison['rows'][number]

/** Two lists of 10,000 names each would be an answer of megabytes; nobody compares more than this by eye. */
const shownValues = 200
/** Of an extension that nobody decodes; the whole is on the certificate's own page. */
const shownExtensionBytes = 256

/** Extensions that have rows of their own. */
const told: ReadonlySet<string> = new Set([
  extensionOids.subjectKeyIdentifier,
  extensionOids.authorityKeyIdentifier,
  extensionOids.keyUsage,
  extensionOids.extendedKeyUsage,
  extensionOids.certificatePolicies,
  extensionOids.basicConstraints,
  extensionOids.crlDistributionPoints,
  extensionOids.authorityInfoAccess,
])

export function compareCertificates(left: Certificate, right: Certificate): CertificateComparison {
  const sameKey = equalBytes(left.publicKeyInfo, right.publicKeyInfo)
  return {
    relation: relationOf(left, right, sameKey),
    sameKey,
    newer: newerOf(left, right),
    rows: [...fieldRows(left, right, sameKey), ...extensionRows(left, right)],
  }
}

function newerOf(left: Certificate, right: Certificate): CertificateComparison['newer'] {
  const difference = left.notBefore.getTime() - right.notBefore.getTime()
  return difference === 0 ? 'neither' : difference > 0 ? 'left' : 'right'
}

function relationOf(left: Certificate, right: Certificate, sameKey: boolean): CertificateComparison['relation'] {
  if (left.sha256 === right.sha256) return 'identical'
  if (!sameHolder(left, right)) return 'unrelated'
  const sameIssuer = namesMatch(left.issuer, right.issuer)
  if (sameKey) return sameIssuer ? 'renewal-same-key' : 'same-key-other-issuer'
  if (!sameIssuer) return 'new-key-and-issuer'
  return complementary(left, right) ? 'pair' : 'renewal-new-key'
}

/** The same addresses at least in part; of certificates without any, such as those of CAs, the same name. */
function sameHolder(left: Certificate, right: Certificate): boolean {
  if (left.emails.length === 0 && right.emails.length === 0) return namesMatch(left.subject, right.subject)
  const addresses = new Set(left.emails.map((email) => email.toLowerCase()))
  return right.emails.some((email) => addresses.has(email.toLowerCase()))
}

/** One signs only and the other is encrypted to only, at the same time. */
function complementary(left: Certificate, right: Certificate): boolean {
  const overlapping = left.notBefore <= right.notAfter && right.notBefore <= left.notAfter
  const use = (certificate: Certificate) =>
    `${allowsSigning(certificate) ? 'sign' : ''}${allowsEncryption(certificate) ? 'encrypt' : ''}`
  const uses = new Set([use(left), use(right)])
  return overlapping && uses.has('sign') && uses.has('encrypt')
}

/** In the order in which a person cares. */
function fieldRows(left: Certificate, right: Certificate, sameKey: boolean): Row[] {
  const views = [left, right].map((certificate) => ({ certificate, view: viewOf(certificate) }))
  type Both = (typeof views)[number]
  const row = (field: Row['field'], read: (both: Both) => readonly string[], same?: boolean): Row => {
    const [before = [], after = []] = views.map(read)
    const differs = same === undefined ? before.join('\n') !== after.join('\n') : !same
    return { field, differs, left: before.slice(0, shownValues), right: after.slice(0, shownValues) }
  }
  const keyOfIssuer = ({ certificate }: Both) => certificate.extensions.authorityKeyIdentifier?.keyIdentifier ?? ''
  return [
    row('subject', ({ view }) => view.subjectParts.map(({ label, value }) => `${label}: ${value}`)),
    row('emails', ({ view }) => view.emails),
    row('key', ({ view }) => [view.key.algorithm, view.key.keyIdentifier], sameKey),
    row('notBefore', ({ view }) => [view.notBefore]),
    row('notAfter', ({ view }) => [view.notAfter]),
    row('issuer', ({ view }) => view.issuerParts.map(({ label, value }) => `${label}: ${value}`)),
    row('issuerKey', (both) => [keyOfIssuer(both)].filter((identifier) => identifier !== '')),
    row('keyUsage', ({ view }) => view.keyUsage),
    row('extendedKeyUsage', ({ view }) => view.extendedKeyUsage.map(({ name }) => name)),
    row('policies', ({ view }) => view.policies.map(({ name, oid }) => (name ? `${name} (${oid})` : oid))),
    row('authority', ({ view }) => [
      ...(view.certificateAuthority ? ['CA'] : []),
      ...(view.pathLength === undefined ? [] : [`pathLength ${view.pathLength}`]),
    ]),
    row('signatureAlgorithm', ({ view }) => [view.signatureAlgorithm]),
    row('crl', ({ view }) => view.crlUrls),
    row('ocsp', ({ view }) => view.ocspUrls),
    row('issuerUrls', ({ view }) => view.issuerUrls),
    row('serial', ({ view }) => [view.serial]),
    row('sha256', ({ view }) => [view.sha256]),
  ]
}

/** Extensions without a row of their own, where one certificate has them or both have them differently. */
function extensionRows(left: Certificate, right: Certificate): Row[] {
  const stated = [...left.extensions.all, ...right.extensions.all].map(({ oid }) => oid)
  return [...new Set(stated)]
    .filter((oid) => !told.has(oid))
    .map((oid) => {
      const [before, after] = [left, right].map((certificate) => extensionText(certificate, oid))
      return {
        field: 'extension',
        extension: { oid, name: extensionName(oid) },
        differs: before?.whole !== after?.whole,
        left: before ? [before.shown] : [],
        right: after ? [after.shown] : [],
      }
    })
}

function extensionText(certificate: Certificate, oid: string): { whole: string; shown: string } | undefined {
  const found = certificate.extensions.all.find((extension) => extension.oid === oid)
  if (!found) return undefined
  const critical = found.critical ? 'critical ' : ''
  return {
    whole: `${critical}${hexText(found.value)}`,
    shown: `${critical}${hexText(found.value.subarray(0, shownExtensionBytes))}`,
  }
}
