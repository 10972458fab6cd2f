/** Folding for search: case, accents and the German two-letter spellings make no difference. */

/** "Jürgen Groß" → "jurgen gross". */
export function foldedText(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\p{Mark}+/gu, '')
    .toLowerCase()
    .replaceAll('ß', 'ss')
    .replaceAll('ø', 'o')
    .replaceAll('ł', 'l')
    .replaceAll('æ', 'ae')
    .replaceAll('œ', 'oe')
    .replaceAll('đ', 'd')
    .replace(/\s+/g, ' ')
    .trim()
}

/** What a contact is found by: "müller" also as "mueller", since both are typed. */
export function searchTextOf(texts: readonly string[]): string {
  const plain = texts.join('\n')
  const twoLetters = plain.normalize('NFC').replace(/[äöü]/gi, (letter) => `${foldedText(letter)}e`)
  return `${foldedText(plain)}\n${foldedText(twoLetters)}`
}

/** The words of a query; all of them must occur. */
export function queryWords(query: string): string[] {
  return foldedText(query)
    .split(' ')
    .filter((word) => word !== '')
}
