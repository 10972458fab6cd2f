/** What a submission server says it can, from its reply to EHLO (RFC 5321 §4.1.1.1). Only a reply under TLS is believed. */

export interface Extensions {
  /** SASL mechanisms (RFC 4954), upper case. */
  readonly mechanisms: ReadonlySet<string>
  /** RFC 1870: the largest message in bytes; undefined when none is named. */
  readonly largest: number | undefined
  readonly smtpUtf8: boolean
  readonly eightBitMime: boolean
}

/** Reads `250-mail.example\n250-SIZE 1000000\n250 AUTH PLAIN`. What isn't understood is passed over. */
export function extensionsOf(reply: string): Extensions {
  const keywords = new Map<string, string>()
  for (const line of reply.split(/\r?\n/).slice(1)) {
    const match = /^250[- ]([A-Za-z0-9-]+)(?:[ =](.*))?$/.exec(line.trim())
    if (!match) continue
    const keyword = match[1]!.toUpperCase()
    // Old servers say AUTH twice, once for clients that expect "AUTH=".
    keywords.set(keyword, `${keywords.get(keyword) ?? ''} ${match[2] ?? ''}`)
  }
  const size = Number((keywords.get('SIZE') ?? '').trim())
  return {
    mechanisms: new Set((keywords.get('AUTH') ?? '').toUpperCase().split(/\s+/).filter(Boolean)),
    // SIZE 0 is "no fixed limit".
    largest: Number.isSafeInteger(size) && size > 0 ? size : undefined,
    smtpUtf8: keywords.has('SMTPUTF8'),
    eightBitMime: keywords.has('8BITMIME'),
  }
}
