/**
 * A mail's HTML made harmless: cleaned by DOMPurify, without styles, forms or anything that loads, and wrapped in a
 * document whose own policy forbids the rest. Two walls, since either may have a hole; the sandboxed frame is the third.
 */

import DOMPurify from 'dompurify'

const policy = "default-src 'none'; img-src data:; style-src 'nonce-NONCE'; base-uri 'none'; form-action 'none'"

const look =
  'body{margin:16px;color:#24201b;background:#fff;font:14px/1.55 system-ui,sans-serif;overflow-wrap:anywhere}' +
  'img{max-width:100%}table{border-collapse:collapse}td,th{padding:2px 6px;vertical-align:top}' +
  'blockquote{margin:8px 0;padding-left:12px;border-left:2px solid #ccc}[data-link]{text-decoration:underline}'

export interface HarmlessHtml {
  readonly document: string
  /** Pictures and the like that would have been loaded from elsewhere. */
  readonly blocked: number
}

/**
 * The page's own policy would refuse each style while the sanitizer parses it, and say so each time. They would go anyway;
 * the sanitizer sees what is left, so nothing rests on this.
 */
function withoutStyles(html: string): string {
  return html
    .replace(/<style\b[^>]*>[\s\S]*?<\/style\s*>/gi, '')
    .replace(/<[a-z][^<>]*>/gi, (tag) => tag.replace(/\sstyle\s*=/gi, ' data-style='))
}

export function harmlessHtml(html: string, nonce: string): HarmlessHtml {
  const fragment = DOMPurify.sanitize(withoutStyles(html), {
    RETURN_DOM_FRAGMENT: true,
    USE_PROFILES: { html: true },
    FORBID_TAGS: [
      'style',
      'form',
      'input',
      'button',
      'select',
      'textarea',
      'audio',
      'video',
      'source',
      'track',
      'link',
      'meta',
    ],
    FORBID_ATTR: ['style', 'srcset', 'background', 'ping', 'target', 'action', 'poster', 'id', 'name'],
    ALLOW_DATA_ATTR: false,
    ALLOW_ARIA_ATTR: false,
  })
  let blocked = 0
  for (const image of fragment.querySelectorAll('img')) {
    if (/^data:image\/(png|gif|jpe?g|webp);/i.test(image.getAttribute('src') ?? '')) continue
    image.removeAttribute('src')
    blocked += 1
  }
  for (const link of fragment.querySelectorAll('a[href], area[href]')) {
    // The address is shown, not followed: a click in a mail must not lead anywhere by itself.
    link.setAttribute('title', link.getAttribute('href') ?? '')
    link.setAttribute('data-link', '')
    link.removeAttribute('href')
  }
  const holder = document.createElement('div')
  holder.append(fragment)
  const head = `<meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${policy.replace('NONCE', nonce)}"><style nonce="${nonce}">${look}</style>`
  return { document: `<!doctype html><html><head>${head}</head><body>${holder.innerHTML}</body></html>`, blocked }
}
