/** How much opening one message may cost. The MIME parser and the CMS reader have budgets of their own. */

export const openBudget = {
  /** Layers around each other: sign, encrypt, sign again and compress make four; each is parsed anew. */
  depth: 8,
  /** CMS structures of a message: a digest of signed mails has a dozen, each may cost a private key's work. */
  structures: 24,
  /** Bytes of all unwrapped contents: a mail of 60 MB in three layers, and the end of a decompression bomb. */
  contentBytes: 402_653_184,
  /** The same where contents go to the spool, which has a bound of its own: a mail of 2 GiB in three layers. */
  spooledContentBytes: 8 * 1_073_741_824,
  /**
   * The same for small mails: text packs to a tenth, zlib's bombs to a thousandth. Layers that don't compress add less than
   * the mail's own size each.
   */
  contentBytesPerByte: 20,
  leastContentBytes: 16_777_216,
  /** Recipients listed in a layer (shared/contract/report.ts); large lists are counted. */
  recipientsListed: 100,
}

/** What may be unwrapped from a mail of `size` bytes; `spooled`: into files. */
export function contentBudgetOf(size: number, spooled: boolean): number {
  const { contentBytes, spooledContentBytes, contentBytesPerByte, leastContentBytes } = openBudget
  return Math.min(spooled ? spooledContentBytes : contentBytes, leastContentBytes + contentBytesPerByte * size)
}

/** Leaves the traversal; openMessage turns it into its error. */
export class OverBudget extends Error {
  readonly limit: string

  constructor(limit: string) {
    super(limit)
    this.limit = limit
  }
}
