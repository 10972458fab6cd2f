/** Extensions by RFC 5280 §4.2: whether they are there, can be read, are critical where they must be, and agree. */

import { extensionOids, isKnownExtension } from '../extensions.ts'
import { extensionName } from '../names.ts'
import { alternativeNames, found, foundValues, type Linted, type LintRule } from './rule.ts'

/** Those of which the RFC says "MUST be marked as critical". */
const mustBeCritical: readonly string[] = [
  extensionOids.nameConstraints,
  extensionOids.policyConstraints,
  extensionOids.inhibitAnyPolicy,
]

/** Those of which it says "MUST be marked as non-critical". */
const mustNotBeCritical: readonly string[] = [
  extensionOids.authorityKeyIdentifier,
  extensionOids.subjectKeyIdentifier,
  extensionOids.freshestCrl,
  extensionOids.authorityInfoAccess,
]

/** §4.2.1.5, §4.2.1.10, §4.2.1.11 and §4.2.1.14: these speak about certificates further down. */
const onlyForAuthorities: readonly string[] = [
  extensionOids.nameConstraints,
  extensionOids.policyMappings,
  extensionOids.policyConstraints,
  extensionOids.inhibitAnyPolicy,
]

function named(linted: Linted, matches: (extension: { oid: string; critical: boolean }) => boolean) {
  const { all } = linted.certificate.extensions
  return foundValues('names', [...new Set(all.filter(matches).map(({ oid }) => extensionName(oid)))])
}

function repeated(oids: readonly string[]): string[] {
  const seen = new Set<string>()
  return [...new Set(oids.filter((oid) => seen.has(oid) || !seen.add(oid)))]
}

const hasExtension = ({ certificate }: Linted, oid: string) => certificate.extensions.all.some((one) => one.oid === oid)

/** Whether it is a certificate whose issuer is somebody else. */
const isIssued = ({ certificate }: Linted) => !certificate.selfIssued

const readabilityRules: readonly LintRule[] = [
  {
    code: 'extensions-before-version-3',
    severity: 'error',
    section: 'RFC 5280 §4.1.2.9',
    find: ({ certificate: { oddities } }) => found(oddities.some(({ code }) => code === 'extensions-before-version-3')),
  },
  {
    code: 'malformed-extension',
    severity: 'error',
    section: 'RFC 5280 §4.2',
    find: ({ certificate: { extensions } }) => {
      const twice = repeated(extensions.all.map(({ oid }) => oid))
      return foundValues('names', extensions.malformed.filter((oid) => !twice.includes(oid)).map(extensionName))
    },
  },
  {
    code: 'duplicate-extension',
    severity: 'error',
    section: 'RFC 5280 §4.2',
    find: ({ certificate: { extensions } }) =>
      foundValues('names', repeated(extensions.all.map(({ oid }) => oid)).map(extensionName)),
  },
  {
    code: 'unknown-critical-extension',
    severity: 'error',
    section: 'RFC 5280 §4.2',
    find: (linted) => named(linted, ({ oid, critical }) => critical && !isKnownExtension(oid)),
  },
  {
    code: 'must-be-critical',
    severity: 'warning',
    section: 'RFC 5280 §4.2.1',
    find: (linted) =>
      named(
        linted,
        ({ oid, critical }) =>
          !critical &&
          (mustBeCritical.includes(oid) || (oid === extensionOids.basicConstraints && linted.role === 'authority')),
      ),
  },
  {
    code: 'must-not-be-critical',
    severity: 'info',
    section: 'RFC 5280 §4.2.1',
    find: (linted) => named(linted, ({ oid, critical }) => critical && mustNotBeCritical.includes(oid)),
  },
]

const authorityRules: readonly LintRule[] = [
  {
    code: 'only-for-authorities',
    severity: 'info',
    section: 'RFC 5280 §4.2.1',
    find: (linted) =>
      linted.role === 'person' ? named(linted, ({ oid }) => onlyForAuthorities.includes(oid)) : undefined,
  },
  {
    code: 'missing-subject-key-identifier',
    severity: ({ role }) => (role === 'person' ? 'info' : 'warning'),
    section: 'RFC 5280 §4.2.1.2',
    find: (linted) =>
      found(linted.certificate.version === 3 && !hasExtension(linted, extensionOids.subjectKeyIdentifier)),
  },
  {
    code: 'missing-authority-key-identifier',
    severity: 'info',
    section: 'RFC 5280 §4.2.1.1',
    find: (linted) =>
      found(
        isIssued(linted) &&
          linted.certificate.version === 3 &&
          linted.certificate.extensions.authorityKeyIdentifier?.keyIdentifier === undefined,
      ),
  },
  {
    code: 'authority-without-signing',
    severity: 'error',
    section: 'RFC 5280 §4.2.1.3',
    find: ({ certificate: { extensions } }) =>
      found(
        extensions.basicConstraints?.ca === true &&
          extensions.keyUsage !== undefined &&
          !extensions.keyUsage.includes('keyCertSign'),
      ),
  },
  {
    code: 'signing-without-authority',
    severity: 'error',
    section: 'RFC 5280 §4.2.1.9',
    find: ({ certificate: { extensions } }) =>
      found(!extensions.basicConstraints?.ca && extensions.keyUsage?.includes('keyCertSign') === true),
  },
  {
    code: 'path-length-without-authority',
    severity: 'warning',
    section: 'RFC 5280 §4.2.1.9',
    find: ({ certificate: { extensions } }) =>
      found(extensions.basicConstraints?.ca === false && extensions.basicConstraints.pathLength !== undefined),
  },
  {
    code: 'authority-with-address',
    severity: 'warning',
    section: 'S/MIME BR §7.1.2.3(d)',
    find: ({ certificate, role }) => {
      const { extensions } = certificate
      const emails = role === 'person' || !extensions.basicConstraints?.ca ? [] : extensions.subjectAltName?.emails
      return foundValues('emails', emails ?? [])
    },
  },
]

const contentRules: readonly LintRule[] = [
  {
    code: 'empty-key-usage',
    severity: 'error',
    section: 'RFC 5280 §4.2.1.3',
    find: ({ certificate }) => found(certificate.extensions.keyUsage?.length === 0),
  },
  {
    code: 'encipher-only-without-agreement',
    severity: 'info',
    section: 'RFC 5280 §4.2.1.3',
    find: ({ certificate: { extensions } }) => {
      const usages = extensions.keyUsage ?? []
      const half = usages.includes('encipherOnly') || usages.includes('decipherOnly')
      return found(half && !usages.includes('keyAgreement'))
    },
  },
  {
    code: 'policy-twice',
    severity: 'info',
    section: 'RFC 5280 §4.2.1.4',
    find: ({ certificate }) =>
      foundValues('policies', repeated((certificate.extensions.policies ?? []).map(({ oid }) => oid))),
  },
  {
    code: 'empty-alternative-name',
    severity: 'error',
    section: 'RFC 5280 §4.2.1.6',
    find: ({ certificate }) => {
      const names = alternativeNames(certificate)
      const stated = certificate.extensions.subjectAltName !== undefined
      return found(stated && (names.length === 0 || names.some(({ value }) => value.trim() === '')))
    },
  },
  {
    code: 'alternative-names-not-critical',
    severity: 'warning',
    section: 'RFC 5280 §4.2.1.6',
    find: ({ certificate: { extensions, subject } }) =>
      found(
        subject.rdns.length === 0 &&
          extensions.all.some(({ oid, critical }) => oid === extensionOids.subjectAltName && !critical),
      ),
  },
  {
    code: 'alternative-names-critical',
    severity: 'info',
    section: 'RFC 5280 §4.2.1.6',
    find: ({ certificate: { extensions, subject } }) =>
      found(
        subject.rdns.length > 0 &&
          extensions.all.some(({ oid, critical }) => oid === extensionOids.subjectAltName && critical),
      ),
  },
]

export const extensionRules: readonly LintRule[] = [...readabilityRules, ...authorityRules, ...contentRules]
