/**
 * What a rule of the linter is, and what rules have in common. A rule says one thing about one certificate; the words for
 * its code stand in shared/words under `odd`.
 */

import type { CertificateView } from '../../../shared/contract/certificates.ts'
import { shownText } from '../../../shared/shownText.ts'
import { addressMatcher } from '../../mime/address.ts'
import type { Certificate } from '../certificate.ts'
import type { GeneralName } from '../generalName.ts'
import { policyOf } from '../names.ts'

/**
 * `error`: a specification forbids it, or it makes the certificate worthless. `warning`: a person should ask about it before
 * they rely on it. `info`: unusual, and harmless by itself.
 */
export type Severity = 'info' | 'warning' | 'error'

/** One fact. `section` is where the rule stands: "RFC 5280 §4.1.2.2", "S/MIME BR §6.3.2". */
export type LintFinding = CertificateView['odd'][number]

type Baseline = Required<Pick<CertificateView['policies'][number], 'validation' | 'profile'>>

/** A certificate with what the rules ask about it, found once. */
export interface Linted {
  readonly certificate: Certificate
  /** A root (a CA that names itself as issuer), another CA, or the certificate of a person. */
  readonly role: 'root' | 'authority' | 'person'
  /** The profile of the S/MIME Baseline Requirements that the certificate claims; the first, should there be several. */
  readonly baseline: Baseline | undefined
  /** Whether an address, in whatever spelling, is among all that the certificate carries. */
  readonly speaksFor: (address: string) => boolean
  /** The same for those in subjectAltName alone. */
  readonly repeats: (address: string) => boolean
  /** The moment that is asked about; without it nothing is said about how long the certificate lasts. */
  readonly at: Date | undefined
}

export interface LintRule {
  readonly code: string
  readonly severity: Severity | ((linted: Linted) => Severity)
  readonly section: string
  /** The data for the sentence, or undefined when there is nothing to say. */
  readonly find: (linted: Linted) => Readonly<Record<string, unknown>> | undefined
}

/** Every profile of the Baseline Requirements that a certificate claims (§7.1.6.1), as the dotted OIDs. */
export function baselinePolicies({ extensions }: Certificate): string[] {
  return (extensions.policies ?? []).map(({ oid }) => oid).filter((oid) => policyOf(oid).profile !== undefined)
}

export function lintedOf(certificate: Certificate, at: Date | undefined): Linted {
  const { extensions, selfIssued } = certificate
  const isAuthority = extensions.basicConstraints?.ca || extensions.keyUsage?.includes('keyCertSign')
  const [claimed] = baselinePolicies(certificate)
  const { validation, profile } = claimed === undefined ? {} : policyOf(claimed)
  return {
    certificate,
    role: isAuthority ? (selfIssued ? 'root' : 'authority') : 'person',
    baseline: validation && profile ? { validation, profile } : undefined,
    speaksFor: matcherOf(certificate.emails),
    repeats: matcherOf(extensions.subjectAltName?.emails ?? []),
    at,
  }
}

/** Made when it is asked for the first time: 200 names compared with 20,000 addresses one by one would take seconds. */
function matcherOf(emails: readonly string[]): (address: string) => boolean {
  let matches: ((address: string) => boolean) | undefined
  return (address) => {
    matches ??= addressMatcher(emails)
    return matches(address)
  }
}

export function found(
  condition: boolean,
  data: Readonly<Record<string, unknown>> = {},
): Readonly<Record<string, unknown>> | undefined {
  return condition ? data : undefined
}

/** A list of odd values for a sentence, or nothing where there is none. */
export function foundValues(name: string, values: readonly string[]): Readonly<Record<string, unknown>> | undefined {
  return found(values.length > 0, { [name]: shownValues(values) })
}

/** A rule of the Baseline Requirements binds who claims them; for others it says what is usual. */
export const boundBy =
  (claimed: Severity, otherwise: Severity) =>
  ({ baseline }: Linted): Severity =>
    baseline ? claimed : otherwise

/** Nobody reads more than a few examples, and a certificate may have 20,000 names of a megabyte. */
const shownCount = 5
const shownLength = 200

/** A value as it can be shown: short, and with its hidden characters spelled, as "a<U+202E>b". */
export function shownValue(value: string): string {
  return shownText(value.length > shownLength ? `${value.slice(0, shownLength)}…` : value)
}

export function shownValues(values: readonly string[]): string[] {
  const shown = values.slice(0, shownCount).map(shownValue)
  return values.length > shownCount ? [...shown, '…'] : shown
}

export function alternativeNames({ extensions }: Certificate): readonly GeneralName[] {
  return extensions.subjectAltName?.names ?? []
}
