/** Which certificate the window means: one that the profile knows, or one of a file that is open here. */

import type { CertificateReference } from '../../../shared/contract/certificateComparison.ts'
import type { Client } from '../../client/api.ts'
import { sourceOf } from '../../client/files.ts'

export interface MeantCertificate {
  /** Absent only for a file whose certificate is still to be found in it. */
  readonly sha256?: string | undefined
  readonly file?: File | undefined
}

/** Hands the file over once more where there is one: its certificates are kept nowhere. */
export async function referenceOf(client: Client, { sha256, file }: MeantCertificate): Promise<CertificateReference> {
  if (!file) return { sha256: sha256 ?? '' }
  const source = await sourceOf(client, file)
  return sha256 === undefined ? { source } : { source, sha256 }
}
