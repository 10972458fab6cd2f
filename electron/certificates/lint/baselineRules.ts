/**
 * What holds only for a certificate that claims a profile of the S/MIME Baseline Requirements of the CA/Browser Forum: one
 * policy, the attributes of its profile and nothing beyond (§7.1.4.2.3 to §7.1.4.2.6), no other purposes where it is strict.
 */

import { oids } from '../../asn1/oids.ts'
import { isAddress } from '../../mime/address.ts'
import { attributeValues } from '../name.ts'
import { policyOf, purposeName } from '../names.ts'
import { alternativeNames, baselinePolicies, found, foundValues, type Linted, type LintRule } from './rule.ts'

type Baseline = NonNullable<Linted['baseline']>

const ofBaseline =
  (find: (linted: Linted, baseline: Baseline) => ReturnType<LintRule['find']>): LintRule['find'] =>
  (linted) =>
    linted.baseline && linted.role === 'person' ? find(linted, linted.baseline) : undefined

/** §7.1.6.1: the last day on which CAs may have issued by the legacy profiles is the one before. */
const legacyEnd = Date.UTC(2025, 6, 15)

const mailboxParts: readonly string[] = ['CN', 'serialNumber', 'emailAddress']
const placeParts: readonly string[] = ['L', 'ST', 'C']
const addressParts: readonly string[] = ['STREET', 'postalCode']
const organizationParts: readonly string[] = ['O', 'OU', 'organizationIdentifier']
const personParts: readonly string[] = ['GN', 'SN', 'pseudonym', 'title']

/** §7.1.4.2.4 to §7.1.4.2.6: what each kind of certificate may say beside the mailbox; strict ones say no street. */
function allowedParts({ validation, profile }: Baseline): readonly string[] {
  const place = profile === 'strict' ? placeParts : [...placeParts, ...addressParts]
  switch (validation) {
    case 'mailbox':
      return mailboxParts
    case 'organization':
      return [...mailboxParts, ...place, ...organizationParts]
    case 'sponsor':
      return [...mailboxParts, ...place, ...organizationParts, ...personParts]
    case 'individual':
      return [...mailboxParts, ...place, ...personParts]
  }
}

const subjectLabels = ({ certificate }: Linted) => [
  ...new Set(certificate.subject.rdns.flat().map(({ label }) => label)),
]

const subjectRules: readonly LintRule[] = [
  {
    code: 'name-beside-mailbox',
    severity: 'error',
    section: 'S/MIME BR §7.1.4.2.3',
    find: ofBaseline((linted, baseline) => {
      if (baseline.validation !== 'mailbox') return undefined
      const names = attributeValues(linted.certificate.subject, 'CN')
      const unproven = names.some((name) => !linted.speaksFor(name) && !isAddress(name)) ? ['CN'] : []
      const others = subjectLabels(linted).filter((label) => !mailboxParts.includes(label))
      return foundValues('names', [...unproven, ...others])
    }),
  },
  {
    code: 'part-outside-profile',
    severity: 'error',
    section: 'S/MIME BR §7.1.4.2',
    find: ofBaseline((linted, baseline) => {
      const { validation, profile } = baseline
      if (validation === 'mailbox') return undefined
      const known = [...mailboxParts, ...placeParts, ...addressParts, ...organizationParts, ...personParts]
      const allowed = allowedParts(baseline)
      const isOutside = (label: string) => !allowed.includes(label) && (profile !== 'legacy' || known.includes(label))
      return foundValues('names', subjectLabels(linted).filter(isOutside))
    }),
  },
  {
    code: 'missing-organization',
    severity: 'error',
    section: 'S/MIME BR §7.1.4.2.4',
    find: ofBaseline((linted, { validation }) => {
      if (validation !== 'organization' && validation !== 'sponsor') return undefined
      const stated = subjectLabels(linted)
      return foundValues(
        'names',
        ['O', 'organizationIdentifier'].filter((label) => !stated.includes(label)),
      )
    }),
  },
  {
    code: 'missing-personal-name',
    severity: 'error',
    section: 'S/MIME BR §7.1.4.2.5',
    find: ofBaseline((linted, { validation, profile }) => {
      const isOfPerson = validation === 'sponsor' || validation === 'individual'
      const stated = subjectLabels(linted)
      return found(
        isOfPerson && profile !== 'legacy' && !['GN', 'SN', 'pseudonym'].some((label) => stated.includes(label)),
      )
    }),
  },
  {
    code: 'pseudonym-beside-name',
    severity: 'error',
    section: 'S/MIME BR §7.1.4.2.2(f)',
    find: ofBaseline((linted) => {
      const stated = subjectLabels(linted)
      return found(stated.includes('pseudonym') && (stated.includes('GN') || stated.includes('SN')))
    }),
  },
]

const profileRules: readonly LintRule[] = [
  {
    code: 'several-profiles',
    severity: 'error',
    section: 'S/MIME BR §7.1.2.3(a)',
    find: ofBaseline(({ certificate }) => {
      const policies = [...new Set(baselinePolicies(certificate))]
      return policies.length > 1
        ? foundValues(
            'policies',
            policies.map((oid) => policyOf(oid).name ?? oid),
          )
        : undefined
    }),
  },
  {
    code: 'legacy-profile-ended',
    severity: 'warning',
    section: 'S/MIME BR §7.1.6.1',
    find: ofBaseline(({ certificate: { notBefore } }, { profile }) =>
      found(profile === 'legacy' && notBefore.getTime() >= legacyEnd, { ended: new Date(legacyEnd).toISOString() }),
    ),
  },
  {
    code: 'strict-with-other-purposes',
    severity: 'error',
    section: 'S/MIME BR §7.1.2.3(f)',
    find: ofBaseline(({ certificate: { extensions } }, { profile }) => {
      if (profile !== 'strict') return undefined
      const others = (extensions.extendedKeyUsage ?? []).filter((oid) => oid !== oids.emailProtection)
      return foundValues('purposes', others.map(purposeName))
    }),
  },
  {
    code: 'alternative-name-outside-profile',
    severity: 'error',
    section: 'S/MIME BR §7.1.4.2.1',
    find: ofBaseline(({ certificate }, { profile }) => {
      const allowed: readonly string[] = ['rfc822Name', 'smtpUtf8Mailbox', 'directoryName']
      const kinds = new Set(alternativeNames(certificate).map(({ kind }) => kind))
      const outside = [...kinds].filter(
        (kind) => !allowed.includes(kind) && (kind !== 'otherName' || profile === 'strict'),
      )
      return foundValues('names', outside)
    }),
  },
]

export const baselineRules: readonly LintRule[] = [...subjectRules, ...profileRules]
