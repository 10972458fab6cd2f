/**
 * String preparation for comparing names (RFC 4518 §2), in the measure that RFC 5280 §7.1 asks for: caseIgnoreMatch on
 * DirectoryString. One function per step. Where RFC 4518 counts on Unicode 3.2, the tables of this runtime serve: a letter
 * that was assigned since then is a letter.
 *
 * Not here: numericStringMatch and telephoneNumberMatch (§2.6.2, §2.6.3), which RFC 5280 doesn't use, and transcoding
 * (§2.1), which is reading the string type (name.ts).
 */

/** RFC 4518 §2.2: characters that carry nothing; the isolates U+2066 to U+2069 came later and do the same as the others. */
const ignorable =
  /[\u0000-\u0008\u000e-\u001f\u007f-\u0084\u0086-\u009f\u00ad\u06dd\u070f\u1806\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffc\u{1d173}-\u{1d17a}\u{e0001}\u{e0020}-\u{e007f}]|\u034f|[\u180b-\u180d]|[\ufe00-\ufe0f]/gu

/** RFC 4518 §2.2: the line controls and every separator of Unicode (Zs, Zl, Zp). */
const blank = /[\t-\r\u0085\p{Z}]/gu

/** RFC 4518 §2.4 after RFC 3454 tables A.1, C.3, C.4 and C.5: unassigned, private, no character, half of a pair. */
const prohibited = /[\p{Cn}\p{Co}\p{Cs}\ufffd]/u

/** RFC 4518 §2.6.1: a blank under a combining mark is a letter. */
const blanks = /(?: (?!\p{M}))+/gu

/** RFC 3454 table B.2. A sigma's small form depends on its place, and a dotless i stays one. */
function caseFolded(text: string): string {
  const folded = text.split('ı').map((part) => part.toLowerCase().toUpperCase().toLowerCase())
  return folded.join('ı').replaceAll('ς', 'σ')
}

/** §2.2. */
function mapped(text: string): string {
  return caseFolded(text.replace(ignorable, '').replace(blank, ' '))
}

/** §2.3, twice with the folding: some letters have a case only in their plain form (B.2 takes that into account). */
function normalized(text: string): string {
  return caseFolded(text.normalize('NFKC')).normalize('NFKC')
}

/** §2.6.1, with one blank where the RFC writes two and none at the ends: what is equal stays the same. */
function withoutInsignificantSpace(text: string): string {
  return text
    .replace(blanks, ' ')
    .replace(/^ (?!\p{M})/u, '')
    .replace(/ $/, '')
}

/**
 * The form in which two values are equal exactly when caseIgnoreMatch says so, or undefined when the value holds a
 * prohibited character: then it equals nothing (RFC 4518 §2), and the caller compares bytes.
 */
export function preparedString(text: string): string | undefined {
  if (/^[\x20-\x7e]*$/.test(text)) return text.toLowerCase().replace(/ +/g, ' ').trim()
  const ready = normalized(mapped(text))
  return prohibited.test(ready) ? undefined : withoutInsignificantSpace(ready)
}
