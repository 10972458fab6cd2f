/** The fields of a certificate outside of its extensions: RFC 5280 §4.1. */

import { type Element, universal } from '../../asn1/der.ts'
import { contentOf } from '../../asn1/derReader.ts'
import { latin1Text } from '../../base/bytes.ts'
import type { CertificateOddity } from '../certificate.ts'
import { boundBy, found, type Linted, type LintRule } from './rule.ts'

/** What reading the certificate found already. */
const asRead =
  (code: CertificateOddity['code']) =>
  ({ certificate }: Linted) =>
    found(certificate.oddities.some((oddity) => oddity.code === code))

/** S/MIME BR §7.1: 64 bits of randomness don't fit into fewer octets. */
const leastSerialOctets = 8

function serialMagnitude({ certificate }: Linted): Uint8Array {
  const content = certificate.written.serialNumber
  return content[0] === 0 && content.length > 1 ? content.subarray(1) : content
}

const timeText = (element: Element) => latin1Text(contentOf(element))

const times = ({ certificate }: Linted) => [certificate.written.notBefore, certificate.written.notAfter]

/** RFC 5280 §4.1.2.5: from 2050 on GeneralizedTime is the only form. */
const generalizedTimeSince = Date.UTC(2050, 0, 1)

const dayMs = 86_400_000
/** A month is what renewing takes where a person or an office has to answer. */
const endsSoonDays = 30

export const structureRules: readonly LintRule[] = [
  {
    code: 'negative-serial',
    severity: 'error',
    section: 'RFC 5280 §4.1.2.2',
    find: asRead('negative-serial'),
  },
  {
    code: 'zero-serial',
    // A root isn't looked up by its number; some that are trusted everywhere have a zero.
    severity: ({ role }) => (role === 'root' ? 'info' : 'error'),
    section: 'RFC 5280 §4.1.2.2',
    find: asRead('zero-serial'),
  },
  {
    code: 'long-serial',
    severity: 'error',
    section: 'RFC 5280 §4.1.2.2',
    find: asRead('long-serial'),
  },
  {
    code: 'short-serial',
    severity: boundBy('error', 'info'),
    section: 'S/MIME BR §7.1',
    find: (linted) => {
      const { length } = serialMagnitude(linted)
      return found(linted.role !== 'root' && length < leastSerialOctets, { bits: length * 8, least: 64 })
    },
  },
  {
    code: 'old-version',
    severity: 'warning',
    section: 'RFC 5280 §4.1.2.1',
    find: ({ certificate: { version }, role }) => found(version < 3 && role !== 'root', { version }),
  },
  {
    code: 'inconsistent-algorithms',
    severity: 'error',
    section: 'RFC 5280 §4.1.1.2',
    find: asRead('inconsistent-algorithms'),
  },
  {
    code: 'dates-reversed',
    severity: 'error',
    section: 'RFC 5280 §4.1.2.5',
    find: asRead('dates-reversed'),
  },
  {
    code: 'early-generalized-time',
    severity: 'info',
    section: 'RFC 5280 §4.1.2.5',
    find: (linted) => {
      const { notBefore, notAfter } = linted.certificate
      const moments = [notBefore, notAfter]
      const early = (element: Element, index: number) =>
        element.tag === universal.generalizedTime && (moments[index]?.getTime() ?? 0) < generalizedTimeSince
      return found(times(linted).some(early))
    },
  },
  {
    code: 'fractional-seconds',
    severity: 'info',
    section: 'RFC 5280 §4.1.2.5.2',
    find: (linted) => found(times(linted).some((element) => /[.,]/.test(timeText(element)))),
  },
  {
    code: 'time-without-seconds',
    severity: 'info',
    section: 'RFC 5280 §4.1.2.5.1',
    find: (linted) =>
      found(
        times(linted).some(
          (element) =>
            /^\d*/.exec(timeText(element))?.[0].length === (element.tag === universal.generalizedTime ? 12 : 10),
        ),
      ),
  },
  {
    code: 'time-with-zone',
    severity: 'info',
    section: 'RFC 5280 §4.1.2.5.1',
    find: (linted) => found(times(linted).some((element) => !timeText(element).endsWith('Z'))),
  },
  {
    code: 'empty-issuer',
    severity: 'error',
    section: 'RFC 5280 §4.1.2.4',
    find: ({ certificate }) => found(certificate.issuer.rdns.length === 0),
  },
  {
    code: 'empty-authority-name',
    severity: 'error',
    section: 'RFC 5280 §4.1.2.6',
    find: ({ certificate, role }) => found(role !== 'person' && certificate.subject.rdns.length === 0),
  },
  {
    code: 'unique-identifier',
    severity: 'info',
    section: 'RFC 5280 §4.1.2.8',
    find: ({ certificate }) => found(certificate.written.uniqueIdentifier),
  },
  {
    code: 'ended',
    severity: 'warning',
    section: 'RFC 5280 §4.1.2.5',
    find: ({ certificate: { notAfter }, at }) =>
      found(at !== undefined && notAfter < at, { notAfter: notAfter.toISOString() }),
  },
  {
    code: 'not-begun',
    severity: 'warning',
    section: 'RFC 5280 §4.1.2.5',
    find: ({ certificate: { notBefore }, at }) =>
      found(at !== undefined && notBefore > at, { notBefore: notBefore.toISOString() }),
  },
  {
    code: 'ends-soon',
    severity: 'info',
    section: 'RFC 5280 §4.1.2.5',
    find: ({ certificate: { notAfter }, at }) => {
      const left = at ? notAfter.getTime() - at.getTime() : -1
      return found(left >= 0 && left < endsSoonDays * dayMs, { notAfter: notAfter.toISOString() })
    },
  },
]
