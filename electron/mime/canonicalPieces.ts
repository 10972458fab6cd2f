/**
 * The canonical form of a message that comes in pieces (RFC 8551 §3.1.1): CRLF where a bare LF stood. Files saved on Unix lose
 * their CRs, and with them the signature; the standard says what they must have been.
 */

const carriageReturn = 0x0d
const linefeed = 0x0a

export async function hasBareLinefeed(pieces: AsyncIterable<Uint8Array>): Promise<boolean> {
  let before = 0
  for await (const piece of pieces) {
    for (let found = piece.indexOf(linefeed); found >= 0; found = piece.indexOf(linefeed, found + 1)) {
      if ((found > 0 ? piece[found - 1] : before) !== carriageReturn) return true
    }
    before = piece.at(-1) ?? before
  }
  return false
}

export async function* canonicalPieces(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let before = 0
  for await (const piece of pieces) {
    const canonical = new Uint8Array(piece.length * 2)
    let length = 0
    for (const byte of piece) {
      if (byte === linefeed && before !== carriageReturn) canonical[length++] = carriageReturn
      canonical[length++] = byte
      before = byte
    }
    yield canonical.subarray(0, length)
  }
}
