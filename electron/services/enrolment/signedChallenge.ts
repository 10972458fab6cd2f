/** What the S/MIME signature of a challenge mail is worth here: the same opening and judging as for any other mail. */

import type { Verdict } from '../../../shared/contract/report.ts'
import type { SignedChallenge } from '../../acquisition/acme/challenge.ts'
import { reportOf } from '../../inspect/report.ts'
import { addressMatcher } from '../../mime/address.ts'
import { type OpenedMessage, type OpenedSigner, openMessage } from '../../smime/open.ts'
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
    const isNamed = report.signers.some(
      ({ state }, index) => state === 'good' && names(message.signers[index], message),
    )
    const isProtected = report.headers.protection !== 'none'
    return {
      signature: worthOf(report.verdict.signature, isNamed),
      fields: isProtected ? report.headers.protected : [],
    }
  } finally {
    await message.discard()
  }
}

function worthOf(signature: Verdict['signature'], isNamed: boolean): SignedChallenge['signature'] {
  if (signature === 'good') return isNamed ? 'good' : 'other-signer'
  if (signature === 'address-mismatch') return 'other-signer'
  return signature === 'unknown-issuer' ? 'unknown-issuer' : 'not-good'
}

/** RFC 8823 §3.1 point 6: in the alternative name; an address in the subject's name, which counts for letters, isn't enough. */
function names(signer: OpenedSigner | undefined, { from }: OpenedMessage): boolean {
  if (!signer?.coversMessage || from.length === 0) return false
  const isNamed = addressMatcher(signer.outcome.certificate?.extensions.subjectAltName?.emails ?? [])
  return from.every(({ address }) => isNamed(address))
}
