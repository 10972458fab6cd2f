/** A page for paper, written as a file: HTML to be printed by any browser, or plain text. */

export type PrintedBlock =
  | { readonly text: string }
  /** Characters that are copied or compared by hand, in their groups. */
  | { readonly code: readonly string[] }
  | { readonly steps: readonly string[] }

const style =
  'body{font:14px/1.5 sans-serif;max-width:40em;margin:3em auto;color:#000;background:#fff}' +
  '.code{font:600 18px/1.6 monospace;letter-spacing:.08em;overflow-wrap:normal}.code span{margin-right:1em;display:inline-block}'

/** HTML where the file's name ends in .html or .htm. Nothing is loaded from anywhere, and names stay text. */
export function printedPage(
  file: string,
  language: string,
  title: string,
  blocks: readonly PrintedBlock[],
): Uint8Array {
  const isHtml = /\.html?$/i.test(file)
  const text = isHtml ? htmlPage(language, title, blocks) : `${[title, ...blocks.map(textBlock)].join('\n\n')}\n`
  return new TextEncoder().encode(text)
}

function htmlPage(language: string, title: string, blocks: readonly PrintedBlock[]): string {
  const head = `<meta charset="utf-8"><title>${escaped(title)}</title><style>${style}</style>`
  return `<!doctype html>\n<html lang="${language}"><head>${head}</head>\n<body><h1>${escaped(title)}</h1>\n${blocks.map(htmlBlock).join('\n')}\n</body></html>\n`
}

function htmlBlock(block: PrintedBlock): string {
  if ('code' in block)
    return `<p class="code">${block.code.map((group) => `<span>${escaped(group)}</span>`).join(' ')}</p>`
  if ('steps' in block) return `<ol>${block.steps.map((step) => `<li>${escaped(step)}</li>`).join('')}</ol>`
  return `<p>${escaped(block.text)}</p>`
}

function textBlock(block: PrintedBlock): string {
  if ('code' in block) {
    const lines: string[] = []
    for (let start = 0; start < block.code.length; start += 4) {
      lines.push(`    ${block.code.slice(start, start + 4).join('  ')}`)
    }
    return lines.join('\n')
  }
  if ('steps' in block) return block.steps.map((step, index) => `${index + 1}. ${step}`).join('\n')
  return block.text
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? '')
}
