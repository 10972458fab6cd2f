/** What the S/MIME signature of a challenge mail is worth here: the same opening and judging as for any other mail. */

import type { SignedChallenge } from '../../acquisition/acme/challenge.ts'
import { reportOf } from '../../inspect/report.ts'
import { openMessage } from '../../smime/open.ts'
import { anchorsOf, knownIssuers } from '../certificates/knownCertificates.ts'
import type { ServiceContext } from '../context.ts'

/** Undefined when the mail carries no signature, or can't be opened. */
export async function readSignedChallenge(
  context: ServiceContext,
  raw: Uint8Array,
): Promise<SignedChallenge | undefined> {
  const opened = await openMessage(raw, { keys: [] })
  if (!opened.ok) return undefined
  const message = opened.value
  try {
    const now = context.runtime.clock()
    const trusted = { anchors: anchorsOf(context), intermediates: knownIssuers(context), at: now }
    const report = reportOf({ ...trusted, message, now })
    const covering = report.signers.filter((_, index) => message.signers[index]?.coversMessage)
    if (covering.length === 0) return message.malformedSignature ? { signature: 'not-good', fields: [] } : undefined
    const { signature } = report.verdict
    const isProtected = report.headers.protection !== 'none'
    return {
      signature:
        signature === 'good'
          ? 'good'
          : signature === 'address-mismatch'
            ? 'other-signer'
            : signature === 'unknown-issuer'
              ? 'unknown-issuer'
              : 'not-good',
      fields: isProtected ? report.headers.protected : [],
    }
  } finally {
    await message.discard()
  }
}
