/**
 * What a CA has issued, looked at before it is installed: whether it belongs to the key and the address of the order, and
 * whether anybody could use it for mail. A renewal puts it in the place of a certificate that still serves, and nobody is
 * there to look. Whether its root is trusted is another question, and no reason to refuse it.
 */

import type { Failure } from '../../shared/contract/errors.ts'
import { equalBytes } from '../base/bytes.ts'
import type { Certificate } from '../certificates/certificate.ts'
import { allowsEmail, allowsEncryption, allowsSigning } from '../certificates/emailProfile.ts'
import { namesMatch } from '../certificates/name.ts'
import { checkSignature, type SignatureBudget, type SignatureOutcome } from '../certificates/pathSignature.ts'
import { checkKeyStrength, checkSignatureStrength } from '../certificates/strength.ts'
import { instantText, summaryOf } from '../certificates/view.ts'
import { sameAddress } from '../mime/address.ts'

/** Why a certificate is not installed. */
export type Unfit = Extract<
  Failure,
  {
    code:
      | 'certificate-for-another-key'
      | 'certificate-for-another-address'
      | 'issued-for-authority'
      | 'issued-not-for-mail'
      | 'issued-expired'
      | 'issued-not-yet-valid'
      | 'issued-weak'
      | 'issued-without-issuer'
      | 'issued-not-signed'
  }
>

interface Expected {
  readonly address: string
  /** DER of the SubjectPublicKeyInfo in the request. */
  readonly publicKeyInfo: Uint8Array
  readonly at: Date
  /** Issuers that are known here, for answers that leave them out: a CA need not send its root (RFC 8555 §7.4.2). */
  readonly knownIssuers: readonly Certificate[]
}

/** Clocks of CAs and of this computer differ by minutes; a certificate for tomorrow serves well enough today. */
const earlyMs = 86_400_000
/** An answer has ten certificates at most, and a name stands in it once or twice. */
const signatureChecks = 32
/** Enough of a list of addresses to see whose certificate it is. */
const addressesShown = 500

/** The first reason that speaks against it, the worst first; undefined for one that serves. */
export function unfitFor(
  certificate: Certificate,
  chain: readonly Certificate[],
  { address, publicKeyInfo, at, knownIssuers }: Expected,
): Unfit | undefined {
  if (!equalBytes(certificate.publicKeyInfo, publicKeyInfo)) return { code: 'certificate-for-another-key' }
  const { emails, extensions, notBefore, notAfter } = certificate
  if (!emails.some((email) => sameAddress(email, address))) {
    return { code: 'certificate-for-another-address', addresses: emails.join(', ').slice(0, addressesShown) }
  }
  if (extensions.basicConstraints?.ca) return { code: 'issued-for-authority' }
  if (!allowsEmail(certificate) || !(allowsSigning(certificate) || allowsEncryption(certificate))) {
    return { code: 'issued-not-for-mail' }
  }
  if (notAfter <= at) return { code: 'issued-expired', notAfter: instantText(notAfter) }
  if (notBefore.getTime() > at.getTime() + earlyMs) {
    return { code: 'issued-not-yet-valid', notBefore: instantText(notBefore) }
  }
  return weakness(certificate) ?? withoutIssuer(certificate, [...chain, ...knownIssuers])
}

/** Nobody else's mail program believes it: RFC 8551 §2.2, S/MIME Baseline Requirements §6.1.5 and §7.1.3.2. */
function weakness(certificate: Certificate): Unfit | undefined {
  const weak = checkSignatureStrength(certificate, 0) ?? checkKeyStrength(certificate, 0)
  return weak && { code: 'issued-weak', algorithm: String(weak.data['algorithm'] ?? '') }
}

/** Without its issuer's certificate it can be neither checked here nor sent with a signature. */
function withoutIssuer(certificate: Certificate, others: readonly Certificate[]): Unfit | undefined {
  const named = others.filter((one) => namesMatch(one.subject, certificate.issuer))
  const budget = newBudget()
  const outcomes: readonly SignatureOutcome[] = named.map((one) => checkSignature(certificate, one, budget, undefined))
  // An algorithm that can't be computed here says nothing against it.
  if (outcomes.some((outcome) => outcome !== 'failed')) return undefined
  const issuer = summaryOf(certificate).issuerName
  return { code: outcomes.length === 0 ? 'issued-without-issuer' : 'issued-not-signed', issuer }
}

/**
 * The certificates of an answer that vouch for each other up from the first, in their order (RFC 8555 §9.1). Others that a CA
 * put beside them are left behind.
 */
export function linkedChain(certificate: Certificate, others: readonly Certificate[]): Certificate[] {
  const chain: Certificate[] = []
  const budget = newBudget()
  for (let last = certificate; !namesMatch(last.subject, last.issuer); ) {
    const above = others.find(
      (one) =>
        !chain.includes(one) &&
        namesMatch(one.subject, last.issuer) &&
        !['failed', 'exhausted'].includes(checkSignature(last, one, budget, undefined)),
    )
    if (!above) break
    chain.push(above)
    last = above
  }
  return chain
}

function newBudget(): SignatureBudget {
  return { left: signatureChecks, outcomes: new Map() }
}
