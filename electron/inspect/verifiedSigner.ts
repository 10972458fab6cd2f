/**
 * The signers of a message whose certificates may go into the address book: the signature is good, covers the whole
 * message and speaks for its sender. A plain value, so that contacts/ needs to know nothing about messages.
 */

import type { Report } from '../../shared/contract/report.ts'
import type { Certificate } from '../certificates/certificate.ts'
import type { OpenedMessage } from '../smime/open.ts'

export interface VerifiedSigner {
  readonly certificate: Certificate
  /** The issuers above it that the message brought, for chains without it. */
  readonly chain: readonly Certificate[]
  readonly emails: readonly string[]
  /** The author's address and, where the mail gives it, the name. */
  readonly from: { readonly name?: string; readonly address: string }
  readonly subject: string
  /** DER SMIMECapabilities that the signature states (RFC 8551 §2.5.2). */
  readonly capabilities?: Uint8Array
  /** When it says it was signed, else the header's date as far as it can be read. */
  readonly date?: Date
}

export function verifiedSignersOf(message: OpenedMessage, report: Report): VerifiedSigner[] {
  const [from] = message.from
  if (!from) return []
  const found = new Map<string, VerifiedSigner>()
  for (const [index, signer] of message.signers.entries()) {
    const { certificate, signingTime, attributes } = signer.outcome
    const judged = report.signers[index]
    if (!certificate || judged?.state !== 'good' || !signer.coversMessage) continue
    const above = new Set(judged.chain.slice(1).map(({ sha256 }) => sha256))
    const date = signingTime ?? dateOf(message.date)
    found.set(certificate.sha256, {
      certificate,
      chain: signer.certificates.filter(({ sha256 }) => above.has(sha256)),
      emails: certificate.emails,
      from,
      subject: message.subject,
      ...(attributes.capabilities ? { capabilities: attributes.capabilities } : {}),
      ...(date ? { date } : {}),
    })
  }
  return [...found.values()]
}

function dateOf(text: string | undefined): Date | undefined {
  const date = new Date(text ?? '')
  return Number.isNaN(date.getTime()) ? undefined : date
}
