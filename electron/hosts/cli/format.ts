/** Lines of a result as people read them: tables without borders, fingerprints in groups, dates. */

/** Columns padded to their widest cell; the last one is left as it is. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = []
  for (const row of rows) {
    row.forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? 0, widthOf(cell))
    })
  }
  return rows.map((row) =>
    row
      .map((cell, column) => {
        const missing = column === row.length - 1 ? 0 : (widths[column] ?? 0) - widthOf(cell)
        return cell + ' '.repeat(missing)
      })
      .join('  '),
  )
}

const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u

/** The places that a text takes in a terminal: East Asian letters two, marks on the letter before them none. */
function widthOf(text: string): number {
  let width = 0
  for (const letter of text) width += /[\p{Mn}\p{Me}\p{Cf}]/u.test(letter) ? 0 : wide.test(letter) ? 2 : 1
  return width
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
