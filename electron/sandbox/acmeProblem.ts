/** What the sandbox's ACME server refuses with: a problem document (RFC 7807) with a type of RFC 8555 §6.7. */

export class AcmeProblem extends Error {
  readonly status: number
  readonly type: string

  /** @param type the last part of the type's URN, such as "badNonce". */
  constructor(status: number, type: string, detail: string) {
    super(detail)
    this.status = status
    this.type = type
  }

  get document(): { readonly type: string; readonly detail: string; readonly status: number } {
    return { type: `urn:ietf:params:acme:error:${this.type}`, detail: this.message, status: this.status }
  }
}

export function malformed(detail: string): AcmeProblem {
  return new AcmeProblem(400, 'malformed', detail)
}
