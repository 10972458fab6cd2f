/**
 * The sandbox CA's OCSP responders (RFC 6960): one for what the issuing CA issued, one for the issuing CA itself. Each signs with
 * a certificate that its issuer gave it for that alone, as real CAs do.
 */

import type { Clock } from '../base/clock.ts'
import type { Certificate } from '../certificates/certificate.ts'
import { issueOcspResponse, malformedRequestResponse, type OcspAnswer } from '../certificates/revocation/issueOcsp.ts'
import { namesIssuer } from '../certificates/revocation/ocspCertId.ts'
import { type AskedCertificate, readOcspRequest } from '../certificates/revocation/ocspQuestion.ts'
import type { IssuedBook } from './issuedBook.ts'
import type { RevocationBook } from './revocationBook.ts'

export interface OcspDesk {
  readonly issuer: Certificate
  readonly responder: Parameters<typeof issueOcspResponse>[0]['signer']
  /** What it says about a serial number of its issuer's. */
  readonly statusOf: (serial: string) => OcspAnswer['status']
}

/** An answer counts so long; whoever keeps one learns of a revocation within this time. */
const answerSeconds = 60

/** RFC 6960 §2.2: of a number that was never given out nothing is known, whoever signed a certificate with it. */
export function statusIn(revoked: RevocationBook, issued: IssuedBook): OcspDesk['statusOf'] {
  return (serial) => revoked.entry(serial) ?? (issued.has(serial) ? 'good' : 'unknown')
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
