/** Why an OCSP response could not be taken (RFC 6960 §4.2.1, §4.4). */

export type OcspError =
  | { readonly code: 'too-large'; readonly limit: number; readonly size: number }
  /** `reason` names the part that could not be read. */
  | { readonly code: 'malformed-response'; readonly reason: string }
  /** RFC 6960 §4.2.1: the responder's own refusals, OCSPResponseStatus 1, 2, 3, 5 and 6. */
  | { readonly code: 'malformed-request' | 'internal-error' | 'try-later' | 'sig-required' | 'unauthorized' }
  /** Only id-pkix-ocsp-basic is defined. */
  | { readonly code: 'unsupported-response-type'; readonly oid: string }
  | { readonly code: 'unknown-critical-extension'; readonly oid: string }
  | { readonly code: 'over-budget'; readonly limit: 'responses' | 'certificates' }

/** Leaves a reader with an error of its own; `parseOcspResponse` makes it a value. */
export class RefusedResponse extends Error {
  readonly error: OcspError

  constructor(error: OcspError) {
    super(error.code)
    this.error = error
  }
}
