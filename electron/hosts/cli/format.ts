/** Lines of a result as people read them: tables without borders, fingerprints in groups, dates. */

/** Columns padded to their widest cell; the last one is left as it is. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = []
  for (const row of rows) {
    row.forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? 0, cell.length)
    })
  }
  return rows.map((row) =>
    row.map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0))).join('  '),
  )
}

/** Hexadecimal digits in groups of four, as the window shows them. */
export function grouped(hex: string): string {
  return hex.match(/.{1,4}/g)?.join(' ') ?? ''
}

/** The day of an ISO 8601 instant. */
export function day(instant: string): string {
  return instant.slice(0, 10)
}

/** A mailbox: name and address, or the address alone. */
export function mailboxText(mailbox: { name?: string | undefined; address: string }): string {
  return mailbox.name ? `${mailbox.name} <${mailbox.address}>` : mailbox.address
}
