/**
 * What lists, virus scanners and gateways put into the part that was signed: a footer under the text, a banner above it, a
 * part of its own. They are looked for from the ends, line by line: such texts are short.
 */

import { type PartText, partOf, spellingsOf } from './content.ts'
import { type Candidate, leafRanges, type Range, rangesOf, withoutLastLineEnds } from './repair.ts'

/** The longest footers seen (legal notices in two languages) have some 40 lines. */
const footerLines = 60
/** Banners are a box of a few lines. */
const bannerLines = 16
/** Above so many parts nobody's footer is looked for. */
const mostTexts = 3
/** Lines of one kind of character with which lists begin their footers. */
const separator = /^[ \t]*([-_=*~])\1{1,200}[ \t]*$/

/** Offsets at which a footer may begin, the likeliest first: at a separator, then from the end. */
function footerStarts(decoded: string): number[] {
  const separators: number[] = []
  const others: number[] = []
  let end = withoutLastLineEnds(decoded).length
  for (let count = 0; count < footerLines && end > 0; count++) {
    const found = decoded.lastIndexOf('\r\n', end - 1)
    const start = found < 0 ? 0 : found + 2
    if (start > 0) (separator.test(decoded.slice(start, end).slice(0, 220)) ? separators : others).push(start)
    end = found
  }
  return [...separators, ...others]
}

/** Texts without what may be a footer, each with and without the line end before it. */
function* withoutFooter(decoded: string, mediaType: string): Generator<string> {
  for (const start of footerStarts(decoded)) {
    const kept = decoded.slice(0, start)
    yield kept
    yield kept.slice(0, -2)
  }
  if (mediaType !== 'text/html') return
  // Programs that know HTML write before the end of the body.
  const closing = decoded.toLowerCase().lastIndexOf('</body>')
  if (closing < 0) return
  const rest = decoded.slice(closing)
  for (const start of footerStarts(decoded.slice(0, closing))) yield decoded.slice(0, start) + rest
}

function* withoutBanner(decoded: string): Generator<string> {
  let start = 0
  for (let count = 0; count < bannerLines; count++) {
    const found = decoded.indexOf('\r\n', start)
    if (found < 0) return
    start = found + 2
    yield decoded.slice(start)
  }
}

/** The part with another content in its own encoding; of all spellings only the usual ones. */
function* written({ header, encoding }: PartText, decoded: string): Generator<string> {
  let count = 0
  for (const body of spellingsOf(decoded, encoding)) {
    if (++count > 2) return
    yield header + body
  }
}

function textsOf(text: string): Range[] {
  const root = rangesOf(text)
  if (!root) return []
  return leafRanges(root)
    .filter(({ mediaType }) => mediaType === 'text/plain' || mediaType === 'text/html')
    .slice(0, mostTexts)
}

export function* footerAdded(text: string): Generator<Candidate> {
  for (const range of textsOf(text)) {
    const part = partOf(text, range)
    for (const kept of withoutFooter(part.decoded, range.mediaType)) {
      for (const instead of written(part, kept)) {
        yield { how: 'footer-added', text: text.slice(0, range.start) + instead + text.slice(range.end) }
      }
    }
  }
}

/** A footer in the clear under an encoded text, by a list that doesn't look at encodings. */
export function* clearFooterAdded(text: string): Generator<Candidate> {
  for (const range of textsOf(text)) {
    if (partOf(text, range).encoding === 'identity') continue
    const body = text.slice(range.bodyStart, range.end)
    for (const start of footerStarts(body)) {
      for (const kept of [body.slice(0, start), body.slice(0, start - 2)]) {
        yield { how: 'footer-added', text: text.slice(0, range.bodyStart) + kept + text.slice(range.end) }
      }
    }
  }
}

export function* bannerAdded(text: string): Generator<Candidate> {
  for (const range of textsOf(text)) {
    const part = partOf(text, range)
    for (const kept of withoutBanner(part.decoded)) {
      for (const instead of written(part, kept)) {
        yield { how: 'banner-added', text: text.slice(0, range.start) + instead + text.slice(range.end) }
      }
    }
  }
}

/** A part beside the signed ones, or a multipart around what was signed. */
export function* partAdded(text: string): Generator<Candidate> {
  const how = 'part-added'
  const root = rangesOf(text)
  if (!root?.mediaType.startsWith('multipart/') || root.children.length < 2) return
  const { children } = root
  for (const child of children.slice(0, 2)) yield { how, text: text.slice(child.start, child.end) }
  const [first, second] = children
  const last = children.at(-1)
  const before = children.at(-2)
  // From the line end before a delimiter to the one before the next.
  if (last && before) yield { how, text: text.slice(0, before.end) + text.slice(last.end) }
  if (first && second) yield { how, text: text.slice(0, first.start) + text.slice(second.start) }
}
