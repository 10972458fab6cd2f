/** What is at hand about revocations, wherever it came from: fetched, kept, or brought along. All of it is judged. */

import type { Crl } from './crl.ts'
import type { OcspResponse } from './ocsp.ts'

/** In any order, about any certificates. */
export interface RevocationEvidence {
  readonly crls: readonly Crl[]
  readonly ocspResponses: readonly OcspResponse[]
}

export interface RevocationDemand {
  readonly evidence: RevocationEvidence
  /** Whether a path is worth less where nothing is known (`required`), or that is only told (`informative`). */
  readonly mode: 'required' | 'informative'
  /** The present, where a path is judged at another time: nothing made later is believed. Absent: the time of judgement. */
  readonly now?: Date
}
