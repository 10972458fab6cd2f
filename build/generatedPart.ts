/** Parts of a Markdown file that a program writes: between two comments, with tables as the project's formatter wants them. */

function marksOf(name: string): { readonly start: string; readonly end: string } {
  return { start: `<!-- ${name}: begin -->`, end: `<!-- ${name}: end -->` }
}

/** What stands between the marks, without the blank lines around it; empty where there are no marks. */
export function generatedPart(text: string, name: string): string {
  const { start, end } = marksOf(name)
  const from = text.indexOf(start)
  const to = text.indexOf(end)
  return from < 0 || to < from ? '' : text.slice(from + start.length, to).trim()
}

/** The text with another content between the marks. */
export function withGeneratedPart(text: string, name: string, content: string): string {
  const { start, end } = marksOf(name)
  const from = text.indexOf(start)
  const to = text.indexOf(end)
  if (from < 0 || to < from) throw new Error(`there is no place for it between ${start} and ${end}`)
  return `${text.slice(0, from + start.length)}\n\n${content}\n\n${text.slice(to)}`
}

/** The lines of a table: columns as wide as their widest cell, under a line of hyphens. */
export function tableLines([head = [], ...body]: readonly (readonly string[])[]): string[] {
  const widths = head.map((_, column) => Math.max(3, ...[head, ...body].map((row) => row[column]?.length ?? 0)))
  const lineOf = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`
  return [lineOf(head), lineOf(widths.map((width) => '-'.repeat(width))), ...body.map(lineOf)]
}
