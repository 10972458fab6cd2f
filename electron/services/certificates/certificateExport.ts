/** A certificate that somebody means, and it as a file: PEM, DER, or PKCS#7 with the chain that goes with it. */

import type { CertificateReference } from '../../../shared/contract/certificateComparison.ts'
import { writePem } from '../../asn1/pem.ts'
import { utf8Bytes } from '../../base/bytes.ts'
import { type Certificate, readCertificates } from '../../certificates/certificate.ts'
import { summaryOf } from '../../certificates/view.ts'
import { safeFileName } from '../../mime/fileName.ts'
import { certsOnly } from '../../smime/cms/sign.ts'
import type { ServiceContext } from '../context.ts'
import { bytesOf } from '../files/byteSource.ts'
import { orRaise, raise } from '../raise.ts'
import { knownCertificate } from './knownCertificates.ts'

/** A bundle of every public root has about 300 kB. */
export const certificateFileByteLimit = 8_388_608

export type CertificateFormat = 'pem' | 'der' | 'pkcs7'

interface Meant {
  readonly certificate: Certificate
  /** What else the file holds: perhaps its chain. */
  readonly others: readonly Certificate[]
}

/** Ends the procedure with `not-found` where neither the file nor the profile has it. */
export async function meantCertificate(context: ServiceContext, reference: CertificateReference): Promise<Meant> {
  if (!('source' in reference)) {
    const certificate = knownCertificate(context, reference.sha256)
    return certificate ? { certificate, others: [] } : raise({ code: 'not-found', what: 'certificate' })
  }
  const bytes = await bytesOf(context, reference.source, certificateFileByteLimit)
  const others = orRaise(readCertificates(bytes))
  const { sha256 } = reference
  const certificate =
    sha256 === undefined
      ? (others.find(({ extensions }) => !extensions.basicConstraints?.ca) ?? others[0])
      : others.find((one) => one.sha256 === sha256)
  return certificate ? { certificate, others } : raise({ code: 'not-found', what: 'certificate' })
}

const kinds = {
  pem: { extension: 'pem', mediaType: 'application/x-pem-file' },
  der: { extension: 'cer', mediaType: 'application/pkix-cert' },
  // RFC 8551 §3.2.1 names it .p7c; Windows and macOS write and open .p7b.
  pkcs7: { extension: 'p7b', mediaType: 'application/pkcs7-mime' },
} as const

/** `chain` begins with the certificate itself. DER holds one certificate: the chain's others stay out. */
export function certificateFile(chain: readonly [Certificate, ...Certificate[]], format: CertificateFormat) {
  const { extension, mediaType } = kinds[format]
  const name = `${safeFileName(summaryOf(chain[0]).name) ?? 'certificate'}.${extension}`
  return { name, mediaType, bytes: bytesAs(format, chain) }
}

function bytesAs(format: CertificateFormat, chain: readonly [Certificate, ...Certificate[]]): Uint8Array {
  if (format === 'der') return chain[0].der
  if (format === 'pkcs7') return certsOnly(chain)
  return utf8Bytes(chain.map(({ der }) => writePem('CERTIFICATE', der)).join(''))
}
