/**
 * What of a mail's HTML may be shown, as text in and text out: which pictures, and the document that forbids the rest. The
 * cleaning itself is DOMPurify's, in htmlDocument.ts.
 */

/** Kinds that hold pixels only: an SVG could bring scripts, links and pictures from elsewhere. */
const pictureTypes = /^image\/(png|gif|jpe?g|webp)$/i

/** The frame's text grows by a third of each picture: a newsletter's pictures are smaller, a photo album is for saving. */
export const pictureBudget = { each: 4 * 1_048_576, together: 16 * 1_048_576, count: 100 }

export interface MailPicture {
  readonly mediaType: string
  readonly size: number
  readonly contentId?: string
}

/**
 * The page's own policy would refuse each style while the sanitizer parses it, and say so each time. They would go anyway;
 * the sanitizer sees what is left, so nothing rests on this.
 */
export function withoutStyles(html: string): string {
  return withoutStyleSheets(html).replace(/<[a-z][^<>]*>/gi, (tag) => tag.replace(/\sstyle\s*=/gi, ' data-style='))
}

/** In one pass: one expression for both ends would look for the missing end of every beginning. */
function withoutStyleSheets(html: string): string {
  const begins = /<style[\s/>]/gi
  const ends = /<\/style[\s/>]/gi
  let kept = ''
  let from = 0
  for (let begin = begins.exec(html); begin; begin = begins.exec(html)) {
    kept += html.slice(from, begin.index)
    ends.lastIndex = begins.lastIndex
    // Without an end it reaches to the end of the mail, as in every browser.
    const close = ends.exec(html) ? html.indexOf('>', ends.lastIndex - 1) : -1
    if (close < 0) return kept
    from = close + 1
    begins.lastIndex = from
  }
  return kept + html.slice(from)
}

/** What the address of a picture means: in the mail's own words, in another part of the mail, or somewhere else. */
export function pictureSource(
  src: string,
): { readonly kind: 'inside' | 'elsewhere' } | { readonly kind: 'part'; readonly contentId: string } {
  const address = src.trim()
  const type = /^data:([^;,]*);/i.exec(address)?.[1]
  if (type !== undefined && pictureTypes.test(type)) return { kind: 'inside' }
  if (/^cid:/i.test(address)) return { kind: 'part', contentId: normalizedContentId(decoded(address.slice(4))) }
  return { kind: 'elsewhere' }
}

/** The parts that a mail's HTML may show as pictures, within the budget; RFC 2392 names them by their Content-ID. */
export function showablePictures<Part extends MailPicture>(html: string, parts: readonly Part[]): readonly Part[] {
  if (!/cid:/i.test(html)) return []
  let together = 0
  return parts
    .filter(
      ({ contentId, mediaType, size }) =>
        contentId !== undefined && pictureTypes.test(mediaType) && size > 0 && size <= pictureBudget.each,
    )
    .slice(0, pictureBudget.count)
    .filter(({ size }) => {
      together += size
      return together <= pictureBudget.together
    })
}

export function normalizedContentId(text: string): string {
  return text.trim().replace(/^<|>$/g, '')
}

function decoded(text: string): string {
  // Only well-formed escapes are replaced: a stray per cent sign is part of the name.
  return text.replace(/%[0-7][0-9a-f]/gi, (escaped) => String.fromCharCode(Number.parseInt(escaped.slice(1), 16)))
}

const policy = "default-src 'none'; img-src data:; style-src 'nonce-NONCE'; base-uri 'none'; form-action 'none'"

const look =
  'body{margin:16px;color:#24201b;background:#fff;font:14px/1.55 system-ui,sans-serif;overflow-wrap:anywhere}' +
  'img{max-width:100%}table{border-collapse:collapse}td,th{padding:2px 6px;vertical-align:top}' +
  'blockquote{margin:8px 0;padding-left:12px;border-left:2px solid #ccc}[data-link]{text-decoration:underline}'

/** A document around cleaned HTML whose own policy lets nothing in or out. */
export function closedDocument(body: string, nonce: string): string {
  const own = /^[\w+/=-]*$/.test(nonce) ? nonce : ''
  const head =
    '<meta charset="utf-8">' +
    `<meta http-equiv="Content-Security-Policy" content="${policy.replace('NONCE', own)}">` +
    `<style nonce="${own}">${look}</style>`
  return `<!doctype html><html><head>${head}</head><body>${body}</body></html>`
}
