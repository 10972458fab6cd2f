/** The digests that Siegel computes, by the OID that structures name them with (RFC 3279, 4055, 5754). */

import { oids } from '../asn1/oids.ts'
import type { DigestName } from './digest.ts'

const digests: Readonly<Record<string, DigestName>> = {
  [oids.md5]: 'md5',
  [oids.sha1]: 'sha1',
  [oids.sha224]: 'sha224',
  [oids.sha256]: 'sha256',
  [oids.sha384]: 'sha384',
  [oids.sha512]: 'sha512',
}

/** The digest that an OID means, if Siegel computes it. */
export function digestByOid(oid: string): DigestName | undefined {
  return digests[oid]
}
