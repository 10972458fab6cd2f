/** Text from a certificate as it can be shown to a person: what hides in it, or turns it around, is spelled. */

/**
 * Control, format and private characters, line separators and blank letters. A joiner between letters that join, as in Arabic
 * and the scripts of India, is part of the word.
 */
const hidden =
  /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\u115f\u1160\u2800\u3164\uffa0]|\u034f|\u17b4|\u17b5|[\u180b-\u180d]|(?<![\p{Script=Arabic}\p{M}])[\u200c\u200d](?!\p{Script=Arabic})/gu

/** "a\u202eb" becomes "a<U+202E>b"; a text without hidden characters stays as it is. */
export function shownText(text: string): string {
  return text.replace(hidden, (character) => {
    const code = character.codePointAt(0) ?? 0
    return `<U+${code.toString(16).toUpperCase().padStart(4, '0')}>`
  })
}
