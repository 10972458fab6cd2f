/**
 * Names for the OIDs that certificates carry: extensions, purposes, and the policies of the CA/Browser Forum's S/MIME
 * Baseline Requirements (§7.1.6.1). They are identifiers from the specifications, not sentences.
 */

import type { CertificateView } from '../../shared/contract/certificates.ts'
import { extensionOids } from './extensions.ts'

const extensionNames: Readonly<Record<string, string>> = {
  ...Object.fromEntries(Object.entries(extensionOids).map(([name, oid]) => [oid, name])),
  '2.5.29.9': 'subjectDirectoryAttributes',
  '2.5.29.16': 'privateKeyUsagePeriod',
  '1.3.6.1.5.5.7.1.3': 'qcStatements',
  '1.3.6.1.5.5.7.1.11': 'subjectInfoAccess',
  '1.3.6.1.5.5.7.1.12': 'logotype',
  '1.3.6.1.4.1.11129.2.4.2': 'signedCertificateTimestampList',
  '1.2.840.113549.1.9.15': 'smimeCapabilities',
  '2.16.840.1.113730.1.1': 'netscapeCertType',
  '2.16.840.1.113730.1.13': 'netscapeComment',
  '1.3.6.1.4.1.311.20.2': 'enrollCertType',
  '1.3.6.1.4.1.311.21.1': 'caVersion',
  '1.3.6.1.4.1.311.21.7': 'certificateTemplate',
  '1.3.6.1.4.1.311.21.10': 'applicationCertPolicies',
  '1.3.6.1.4.1.311.25.2': 'ntdsCaSecurity',
}

/** The extension's name, or the OID. */
export function extensionName(oid: string): string {
  return extensionNames[oid] ?? oid
}

const purposeNames: Readonly<Record<string, string>> = {
  '2.5.29.37.0': 'anyExtendedKeyUsage',
  '1.3.6.1.5.5.7.3.1': 'serverAuth',
  '1.3.6.1.5.5.7.3.2': 'clientAuth',
  '1.3.6.1.5.5.7.3.3': 'codeSigning',
  '1.3.6.1.5.5.7.3.4': 'emailProtection',
  '1.3.6.1.5.5.7.3.8': 'timeStamping',
  '1.3.6.1.5.5.7.3.9': 'OCSPSigning',
  '1.3.6.1.5.5.7.3.36': 'documentSigning',
  '1.3.6.1.4.1.311.10.3.4': 'encryptedFileSystem',
  '1.3.6.1.4.1.311.10.3.12': 'microsoftDocumentSigning',
  '1.3.6.1.4.1.311.20.2.2': 'smartcardLogon',
}

/** The purpose's name, or the OID. */
export function purposeName(oid: string): string {
  return purposeNames[oid] ?? oid
}

const validations = ['mailbox', 'organization', 'sponsor', 'individual'] as const
const profiles = ['legacy', 'multipurpose', 'strict'] as const

/** A policy with what the Baseline Requirements say it means: 2.23.140.1.5.(validation).(profile). */
export function policyOf(oid: string): CertificateView['policies'][number] {
  if (oid === '2.5.29.32.0') return { oid, name: 'anyPolicy' }
  const match = /^2\.23\.140\.1\.5\.([1-4])\.([1-3])$/.exec(oid)
  const validation = validations[Number(match?.[1]) - 1]
  const profile = profiles[Number(match?.[2]) - 1]
  if (!validation || !profile) return { oid }
  return { oid, name: `${validation}-validated-${profile}`, validation, profile }
}
