/** The e-mail profile: RFC 8550 §3 and §4.4, and what the S/MIME BR §6.3.2 and §7.1.2.3 ask of the certificate of a person. */

import { oids } from '../../asn1/oids.ts'
import { isAddress } from '../../mime/address.ts'
import { allowsEmail, allowsEncryption, allowsSigning } from '../emailProfile.ts'
import { extensionOids, type KeyUsage } from '../extensions.ts'
import { keyAlgorithmText } from '../keyAlgorithmText.ts'
import { attributeValues } from '../name.ts'
import { purposeName } from '../names.ts'
import { boundBy, found, foundValues, type Linted, type LintRule, shownValue } from './rule.ts'

/** A rule about the certificates of people: CAs live long and have no address. */
const ofPerson =
  (find: LintRule['find']): LintRule['find'] =>
  (linted) =>
    linted.role === 'person' ? find(linted) : undefined

const alternativeEmails = ({ certificate }: Linted) => certificate.extensions.subjectAltName?.emails ?? []

const addressRules: readonly LintRule[] = [
  {
    code: 'no-mail-address',
    severity: 'warning',
    section: 'RFC 8550 §3',
    find: ofPerson(({ certificate }) => found(certificate.emails.length === 0)),
  },
  {
    code: 'address-only-in-subject',
    severity: 'warning',
    section: 'RFC 8550 §3',
    find: ofPerson((linted) =>
      alternativeEmails(linted).length === 0 ? foundValues('emails', linted.certificate.emails) : undefined,
    ),
  },
  {
    code: 'subject-address-not-repeated',
    severity: 'warning',
    section: 'S/MIME BR §7.1.4.2.1',
    find: ofPerson((linted) => {
      if (alternativeEmails(linted).length === 0) return undefined
      const stated = attributeValues(linted.certificate.subject, 'emailAddress')
      return foundValues(
        'emails',
        stated.filter((email) => !linted.repeats(email)),
      )
    }),
  },
  {
    code: 'name-is-other-address',
    severity: 'warning',
    section: 'S/MIME BR §7.1.4.2.2(a)',
    find: ofPerson((linted) => {
      const { emails, subject } = linted.certificate
      const other = attributeValues(subject, 'CN').find((name) => isAddress(name) && !linted.speaksFor(name))
      return found(other !== undefined && emails.length > 0, { name: shownValue(other ?? '') })
    }),
  },
]

/** What S/MIME BR §7.1.2.3(f) forbids beside emailProtection. */
const foreignPurposes: readonly string[] = [oids.serverAuth, '1.3.6.1.5.5.7.3.3', '1.3.6.1.5.5.7.3.8']

const purposesOf = ({ certificate }: Linted) => certificate.extensions.extendedKeyUsage ?? []

const purposeRules: readonly LintRule[] = [
  {
    code: 'not-for-email',
    severity: 'error',
    section: 'RFC 8550 §4.4.4',
    find: (linted) =>
      found(!allowsEmail(linted.certificate), { purposes: purposesOf(linted).slice(0, 10).map(purposeName) }),
  },
  {
    code: 'any-purpose',
    severity: boundBy('error', 'warning'),
    section: 'S/MIME BR §7.1.2.3(f)',
    find: (linted) => found(purposesOf(linted).includes(oids.anyExtendedKeyUsage)),
  },
  {
    code: 'mixed-purposes',
    severity: boundBy('error', 'warning'),
    section: 'S/MIME BR §7.1.2.3(f)',
    find: ofPerson((linted) => {
      const purposes = purposesOf(linted)
      const foreign = purposes.filter((oid) => foreignPurposes.includes(oid))
      return purposes.includes(oids.emailProtection) ? foundValues('purposes', foreign.map(purposeName)) : undefined
    }),
  },
  {
    code: 'missing-extended-key-usage',
    severity: boundBy('error', 'info'),
    section: 'S/MIME BR §7.1.2.3(f)',
    find: ofPerson(({ certificate }) => found(certificate.extensions.extendedKeyUsage === undefined)),
  },
]

const signing: readonly KeyUsage[] = ['digitalSignature', 'nonRepudiation']
const agreement: readonly KeyUsage[] = ['keyAgreement', 'encipherOnly', 'decipherOnly']

/** RFC 3279 §2.3.1, RFC 5480 §3, RFC 8410 §5, RFC 9881 §5, RFC 9935 §5. */
const usagesByKind: Readonly<Record<string, readonly KeyUsage[]>> = {
  rsa: [...signing, 'keyEncipherment', 'dataEncipherment'],
  ec: [...signing, ...agreement],
  ed25519: signing,
  x25519: agreement,
  'ml-dsa': signing,
  'ml-kem': ['keyEncipherment'],
}

const usageRules: readonly LintRule[] = [
  {
    code: 'missing-key-usage',
    severity: boundBy('error', 'info'),
    section: 'S/MIME BR §7.1.2.3(e)',
    find: ofPerson(({ certificate }) => found(certificate.extensions.keyUsage === undefined)),
  },
  {
    code: 'key-usage-not-critical',
    severity: 'info',
    section: 'RFC 5280 §4.2.1.3',
    find: ({ certificate }) =>
      found(certificate.extensions.all.some(({ oid, critical }) => oid === extensionOids.keyUsage && !critical)),
  },
  {
    code: 'unsuitable-key-usage',
    severity: 'warning',
    section: 'RFC 5280 §4.2.1.3',
    find: ofPerson(({ certificate }) => {
      const suitable = usagesByKind[certificate.keyAlgorithm.kind]
      const stated = certificate.extensions.keyUsage ?? []
      const others = stated.filter((usage) => usage !== 'keyCertSign' && usage !== 'cRLSign')
      const usages = suitable ? others.filter((usage) => !suitable.includes(usage)) : []
      return found(usages.length > 0, { usages, algorithm: keyAlgorithmText(certificate) })
    }),
  },
  {
    code: 'no-mail-usage',
    severity: 'warning',
    section: 'RFC 8550 §4.4.2',
    find: ofPerson(({ certificate }) =>
      found(
        certificate.keyAlgorithm.kind !== 'unsupported' &&
          !allowsSigning(certificate) &&
          !allowsEncryption(certificate),
      ),
    ),
  },
]

const dayMs = 86_400_000

/** S/MIME BR §6.3.2: the longest a certificate of each profile may last, in days; where none is claimed, the longest of them. */
const longestDays = { strict: 825, multipurpose: 825, legacy: 1_185 } as const

const lifeRules: readonly LintRule[] = [
  {
    code: 'long-validity',
    severity: boundBy('error', 'warning'),
    section: 'S/MIME BR §6.3.2',
    find: ofPerson(({ certificate: { notBefore, notAfter }, baseline }) => {
      // The last second belongs to it (RFC 5280 §4.1.2.5), and a day that has begun counts.
      const days = Math.ceil((notAfter.getTime() - notBefore.getTime() + 1_000) / dayMs)
      const most = longestDays[baseline?.profile ?? 'legacy']
      // Outside of the Baseline Requirements a second more is nothing that a person should hear about.
      return found(days > most + (baseline ? 0 : 1), { days, most })
    }),
  },
  {
    code: 'self-signed',
    severity: 'warning',
    section: 'RFC 5280 §3.2',
    find: ofPerson(({ certificate }) => found(certificate.selfIssued)),
  },
  {
    code: 'missing-crl-distribution-points',
    severity: boundBy('error', 'info'),
    section: 'S/MIME BR §7.1.2.3(b)',
    find: ofPerson(({ certificate: { extensions, selfIssued } }) =>
      found(!selfIssued && !extensions.crlDistributionPoints?.length),
    ),
  },
  {
    code: 'revocation-list-not-over-http',
    severity: boundBy('error', 'info'),
    section: 'S/MIME BR §7.1.2.3(b)',
    find: ofPerson(({ certificate: { extensions } }) => {
      const names = (extensions.crlDistributionPoints ?? []).flatMap((point) => point.names)
      const uris = names.filter(({ kind }) => kind === 'uri').map(({ value }) => value)
      return uris.some((uri) => /^http:/i.test(uri)) ? undefined : foundValues('uris', uris)
    }),
  },
  {
    code: 'missing-authority-information',
    severity: 'info',
    section: 'S/MIME BR §7.1.2.3(c)',
    find: ofPerson(({ certificate: { extensions, selfIssued } }) =>
      found(!selfIssued && !extensions.authorityInfoAccess?.length),
    ),
  },
]

export const mailRules: readonly LintRule[] = [...addressRules, ...purposeRules, ...usageRules, ...lifeRules]
