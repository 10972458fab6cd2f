/**
 * Legacy display elements (RFC 9788 §2.1.2 and §4.5.3): copies of protected fields at the start of a text, written for
 * readers that don't know protected headers. A reader that does removes them.
 */

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
