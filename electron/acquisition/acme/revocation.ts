/** Revoking a certificate at the CA that issued it (RFC 8555 §7.6), by the account that ordered it or by its own key. */

import { base64urlText } from '../../base/bytes.ts'
import { failure, type Result, success } from '../../base/result.ts'
import type { RequestSigner } from './accountKey.ts'
import type { AcmeError } from './errors.ts'
import type { AcmeTransport } from './transport.ts'

/** The reasons that the owner of a mail certificate can have, as RFC 5280 §5.3.1 numbers them. */
export const revocationReasonNumbers = {
  unspecified: 0,
  keyCompromise: 1,
  affiliationChanged: 3,
  superseded: 4,
  cessationOfOperation: 5,
} as const
export type RevocationWish = keyof typeof revocationReasonNumbers

/** Who asks: the account that ordered the certificate, or whoever holds its private key. */
export type RevocationSigner = { readonly key: RequestSigner; readonly accountUrl?: string }

/** Asked twice, the second answer is as good as the first: `alreadyRevoked` is what was wanted. */
export async function revokeCertificate(
  transport: AcmeTransport,
  certificateDer: Uint8Array,
  reason: RevocationWish,
  signer: RevocationSigner,
): Promise<Result<Record<never, never>, AcmeError>> {
  const url = transport.directory.revokeCert
  if (url === undefined) return failure({ code: 'ca-answer-unusable', reason: 'no-revocation' })
  const number = revocationReasonNumbers[reason]
  // RFC 5280 §5.3.1: where no reason is given, none should be stated rather than "unspecified".
  const payload = { certificate: base64urlText(certificateDer), ...(number === 0 ? {} : { reason: number }) }
  const answer = await transport.post(url, payload, signer)
  if (answer.ok) return success({})
  const isDone = answer.error.code === 'ca-refused' && answer.error.problem === 'alreadyRevoked'
  return isDone ? success({}) : answer
}
