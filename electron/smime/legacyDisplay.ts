/**
 * Legacy display elements (RFC 9788 §2.1.2, §4.5.3, §5.2.2): copies of protected fields at the start of a text, written for
 * readers that don't know protected headers, which show "[...]" for the subject. A reader that does removes them.
 */

import { type OutgoingEntity, textEntity } from '../mime/build.ts'
import type { OutgoingField } from '../mime/headerText.ts'
import { withContentTypeParameter } from './headerProtection.ts'
import { displayValue } from './protectedHeaders.ts'

/** Fields that mail programs show to people. */
const userFacing = new Set(['From', 'To', 'Cc', 'Subject', 'Date'])

/**
 * The text with an element that shows the user-facing fields which the outside doesn't have in the same form; the plain text
 * where there is none. The values are for people: decoded, in UTF-8, one line each.
 */
export function textWithLegacyDisplay(
  text: string,
  inside: readonly OutgoingField[],
  outside: readonly OutgoingField[],
): OutgoingEntity {
  const told = new Map(outside.map(({ name, value }) => [name, value]))
  const lines = inside
    .filter(({ name, value }) => userFacing.has(name) && value !== '' && told.get(name) !== value)
    .map(({ name, value }) => `${name}: ${displayValue({ name, text: value })}\r\n`)
  if (lines.length === 0) return textEntity(text)
  return withContentTypeParameter(textEntity(`${lines.join('')}\r\n${text}`), 'hp-legacy-display', '1')
}

/** From the start of a plain text to its first blank line, when every line there looks like a field. */
export function withoutLegacyText(text: string): string {
  const match = /^((?:[!-9;-~]+:|[ \t])[^\r\n]*\r?\n)+\r?\n/.exec(text)
  return match ? text.slice(match[0].length) : text
}

/** Characters before the element: a document's frame with its styles. The patterns below are quadratic in it. */
const frameLimit = 16_384

/** The first `<div class="header-protection-legacy-display">` directly at the start of the body. */
export function withoutLegacyHtml(html: string): string {
  const open = /<div\s+class=(["'])header-protection-legacy-display\1\s*>/i.exec(html)
  if (!open || open.index > frameLimit) return html
  // Only when nothing but the document's frame comes before: text of the message is never cut out.
  const before = html.slice(0, open.index)
  const body = /<body[^>]*>/i.exec(before)
  const lead = body ? before.slice(body.index + body[0].length) : before
  if (lead.trim() !== '') return html
  const after = html.slice(open.index)
  const close = /<\/div\s*>/i.exec(after)
  return close ? before + after.slice(close.index + close[0].length) : html
}
