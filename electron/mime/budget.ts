/** How much a message may ask of the parser before it is refused. Each number says what it protects from. */

export interface MimeBudget {
  /** Multiparts inside multiparts: mail in the field stays below 8; each level scans its bytes again. */
  readonly depth: number
  /** All entities of a message: a digest of a busy list has a few hundred; each costs memory of its own. */
  readonly parts: number
  /** Fields of one header: long delivery paths have some 80, of which each becomes an object. */
  readonly headerFields: number
  /** Bytes of one header: a To field of 1000 recipients has about 60 kB. */
  readonly headerBytes: number
  /** Parameters of one field: RFC 2231 needs a dozen pieces for the longest file names. */
  readonly parameters: number
  /** Longer boundaries are illegal (RFC 2046 §5.1.1: 70); some programs write a little more. */
  readonly boundaryLength: number
}

export const mimeBudget: MimeBudget = {
  depth: 24,
  parts: 2_000,
  headerFields: 1_000,
  headerBytes: 524_288,
  parameters: 100,
  boundaryLength: 200,
}
