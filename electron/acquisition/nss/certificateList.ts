/**
 * The list that NSS's certutil prints of a store: for each certificate its nickname, padded with blanks to 60 bytes, and what it is
 * trusted for: TLS, mail and code. A nickname may be anything, also of several lines or like another certificate's line, so that a
 * line alone doesn't tell it. What is read here are the nicknames that a certificate may have; the store says which one it is.
 */

export interface Listed {
  /** The last line of the nickname, without the blanks at its end. */
  readonly nickname: string
  readonly trust: string
}

/** A nickname is a line of a certificate's subject as a rule; a PKCS#12 file can bring one of a few. */
const nicknameLines = 6
/** Blanks at a nickname's end can't be told from the padding. */
const lastBlanks = ['', ' ', '  ']

/** The lines that end a certificate. */
export function listedIn(list: string): Listed[] {
  return linesOf(list).flatMap((line) => listedOn(line) ?? [])
}

/** For each certificate whose trust has a "u", which says that its key is there: what it may be called, likely names first. */
export function ownNicknamesIn(list: string): string[][] {
  const lines = linesOf(list)
  return lines.flatMap((line, at) => {
    const listed = listedOn(line)
    return listed?.trust.includes('u') ? [nicknamesAt(lines, at, listed.nickname)] : []
  })
}

function linesOf(list: string): string[] {
  const lines = list.split('\n')
  // Two lines of headings and an empty one come first.
  const headings = lines.findIndex((line) => /^\s+SSL,S\/MIME,JAR\/XPI\s*$/.test(line))
  return lines.slice(headings < 0 ? 0 : headings + 2)
}

function listedOn(line: string): Listed | undefined {
  const whole = withoutLastBlanks(line)
  const blank = whole.lastIndexOf(' ')
  const trust = whole.slice(blank + 1)
  if (blank < 0 || !/^[a-zA-Z]*,[a-zA-Z]*,[a-zA-Z]*$/.test(trust)) return undefined
  return { nickname: withoutLastBlanks(whole.slice(0, blank)), trust }
}

/** Blanks alone: a nickname may end in a tab. */
function withoutLastBlanks(text: string): string {
  let end = text.length
  while (text[end - 1] === ' ') end--
  return text.slice(0, end)
}

/** Lines that can't belong to a certificate before belong to this one; others are taken for its own as the last resort. */
function nicknamesAt(lines: readonly string[], at: number, last: string): string[] {
  const lineCounts = Array.from({ length: Math.min(nicknameLines, at + 1) }, (_, index) => index + 1)
  const free = lineCounts.findLast((count) => lines.slice(at - count + 1, at).every((line) => !listedOn(line))) ?? 1
  const likely = [
    ...lineCounts.filter((count) => count <= free).reverse(),
    ...lineCounts.filter((count) => count > free),
  ]
  const withLines = (count: number): string => [...lines.slice(at - count + 1, at), last].join('\n')
  return likely.flatMap((count) => lastBlanks.map((blanks) => withLines(count) + blanks)).filter((name) => name !== '')
}

/**
 * PKCS#11 URIs (RFC 7512) of the certificate with a nickname as the list shows it: of that alone, while a tool would read a plain
 * nickname also as an address or as a file to open. With a colon in it, the list puts the token's name before it.
 */
export function certificateUris(nickname: string): string[] {
  const colon = nickname.indexOf(':')
  const [token, own] = [nickname.slice(0, colon), nickname.slice(colon + 1)]
  const whole = `pkcs11:object=${encoded(nickname)};type=cert`
  return colon > 0 ? [`pkcs11:token=${encoded(token)};object=${encoded(own)};type=cert`, whole] : [whole]
}

function encoded(text: string): string {
  return Buffer.from(text, 'utf8').reduce((uri, byte) => `${uri}%${byte.toString(16).padStart(2, '0')}`, '')
}
