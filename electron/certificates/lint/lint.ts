/**
 * The linter: what is unusual about a certificate, for the person who has it or looks at it. Rules by RFC 5280 §4, by the
 * e-mail profile (RFC 8550, RFC 8551) and by the S/MIME Baseline Requirements of the CA/Browser Forum (version 1.0.10), and
 * what is known about bad keys. None of it makes a certificate invalid: path.ts does that.
 */

import type { Certificate } from '../certificate.ts'
import { addressRules } from './addressRules.ts'
import { baselineRules } from './baselineRules.ts'
import { extensionRules } from './extensionRules.ts'
import { keyRules } from './keyRules.ts'
import { mailRules } from './mailRules.ts'
import { type LintFinding, type LintRule, lintedOf, type Severity } from './rule.ts'
import { stringRules } from './stringRules.ts'
import { structureRules } from './structureRules.ts'

export const lintRules: readonly LintRule[] = [
  ...structureRules,
  ...extensionRules,
  ...keyRules,
  ...mailRules,
  ...addressRules,
  ...stringRules,
  ...baselineRules,
]

const rank: Readonly<Record<Severity, number>> = { error: 0, warning: 1, info: 2 }

/**
 * The gravest first; each code at most once. With `at` it also says what that moment means for the certificate: ended, not
 * begun, about to end.
 */
export function lintCertificate(certificate: Certificate, { at }: { readonly at?: Date } = {}): LintFinding[] {
  const linted = lintedOf(certificate, at)
  const findings: LintFinding[] = []
  for (const { code, severity, section, find } of lintRules) {
    const data = find(linted)
    if (!data) continue
    findings.push({ code, severity: typeof severity === 'string' ? severity : severity(linted), section, data })
  }
  return findings.sort((left, right) => rank[left.severity] - rank[right.severity])
}
