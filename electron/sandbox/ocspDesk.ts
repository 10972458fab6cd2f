/**
 * The sandbox CA's OCSP responders (RFC 6960): one for what the issuing CA issued, one for the issuing CA itself. Each signs with
 * a certificate that its issuer gave it for that alone, as real CAs do.
 */

import type { Clock } from '../base/clock.ts'
import type { Certificate } from '../certificates/certificate.ts'
import { issueOcspResponse, malformedRequestResponse, type OcspAnswer } from '../certificates/revocation/issueOcsp.ts'
import { namesIssuer } from '../certificates/revocation/ocspCertId.ts'
import { type AskedCertificate, readOcspRequest } from '../certificates/revocation/ocspQuestion.ts'
import type { RevocationBook } from './revocationBook.ts'

export interface OcspDesk {
  readonly issuer: Certificate
  readonly responder: Parameters<typeof issueOcspResponse>[0]['signer']
  /** What it says about a serial number of its issuer's. */
  readonly statusOf: (serial: string) => OcspAnswer['status']
}

/** An answer counts so long; whoever keeps one learns of a revocation within this time. */
const answerSeconds = 60

/**
 * The orders are forgotten at each start, so that it can't tell numbers that were never given out from those that were: what
 * isn't revoked is good.
 */
export function statusIn(book: RevocationBook): OcspDesk['statusOf'] {
  return (serial) => book.entry(serial) ?? 'good'
}

/** The DER answer to a DER request; one that can't be read is answered, too. */
export async function answerOcsp(desk: OcspDesk, request: Uint8Array, clock: Clock): Promise<Uint8Array> {
  const read = readOcspRequest(request)
  if (!read.ok || read.value.asked.length === 0) return malformedRequestResponse()
  const { asked, nonce } = read.value
  const now = clock()
  const answerTo = ({ certId, der }: AskedCertificate): OcspAnswer => {
    const isOwn = namesIssuer(certId, desk.issuer.subject, desk.issuer)
    return { certId: der, status: isOwn ? desk.statusOf(certId.serialNumber) : 'unknown' }
  }
  return issueOcspResponse({
    signer: desk.responder,
    answers: asked.map(answerTo),
    thisUpdate: now,
    nextUpdate: new Date(now.getTime() + answerSeconds * 1000),
    ...(nonce ? { nonce } : {}),
  })
}
