/**
 * A mail's HTML made harmless: cleaned by DOMPurify, without styles, forms or anything that loads, and wrapped in a
 * document whose own policy forbids the rest. Two walls, since either may have a hole; the sandboxed frame is the third.
 */

import DOMPurify from 'dompurify'
import { closedDocument, pictureSource, withoutStyles } from './htmlPolicy.ts'

export interface HarmlessHtml {
  readonly document: string
  /** Pictures and the like that would have been loaded from elsewhere. */
  readonly blocked: number
  /** Pictures of the mail itself that can't be shown. */
  readonly missing: number
}

/** `pictures`: the mail's own, as data: addresses under their Content-IDs. */
export function harmlessHtml(html: string, nonce: string, pictures: ReadonlyMap<string, string>): HarmlessHtml {
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
  let missing = 0
  for (const image of fragment.querySelectorAll('img')) {
    const source = pictureSource(image.getAttribute('src') ?? '')
    if (source.kind === 'inside') continue
    image.removeAttribute('src')
    const picture = source.kind === 'part' ? pictures.get(source.contentId) : undefined
    if (picture !== undefined) image.setAttribute('src', picture)
    else if (source.kind === 'part') missing += 1
    else blocked += 1
  }
  for (const link of fragment.querySelectorAll('a[href], area[href]')) {
    // The address is shown, not followed: a click in a mail must not lead anywhere by itself.
    link.setAttribute('title', link.getAttribute('href') ?? '')
    link.setAttribute('data-link', '')
    link.removeAttribute('href')
  }
  // Of the sanitizer's own document, which loads nothing.
  const holder = fragment.ownerDocument.createElement('div')
  holder.append(fragment)
  return { document: closedDocument(holder.innerHTML, nonce), blocked, missing }
}
