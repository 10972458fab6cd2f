/**
 * From content to the bytes of EnvelopedData (RFC 5652 §6.1) or AuthEnvelopedData (RFC 5083 §2.1), or to their base64: cipher,
 * OCTET STRING segments and lines in one go, on whatever thread it is called.
 */

import { derOctetString } from '../../asn1/der.ts'
import { concatBytes, release, wipe } from '../../base/bytes.ts'
import { type CipherName, startEncryption } from '../../crypto/contentCipher.ts'
import { Base64Encoder } from '../../mime/base64Encoder.ts'
import { closeIndefinite, OctetSegmenter, segmentBytes } from './berWriter.ts'

/** One message to be encrypted. Plain values: they may go to another thread, never out of the process. */
export interface EncryptionPlan {
  /** Everything before the encrypted content, from ContentInfo on, its elements left open. */
  readonly start: Uint8Array
  readonly cipher: CipherName
  /** Wiped when it has been used. */
  readonly contentKey: Uint8Array
  readonly iv: Uint8Array
  /** Lines of base64 instead of bytes. */
  readonly base64: boolean
}

export interface EncryptedWriter {
  /** What can be written now; may be empty. The content may be reused afterwards. */
  update(content: readonly Uint8Array[]): Uint8Array
  end(): Uint8Array
}

/** Starts with a plan, whose key it wipes. */
export function startEncryptedWriter({ start, cipher, contentKey, iv, base64 }: EncryptionPlan): EncryptedWriter {
  const encryption = startEncryption(cipher, contentKey, iv)
  wipe(contentKey)
  const segmenter = new OctetSegmenter()
  const encoder = base64 ? new Base64Encoder() : undefined
  const encoded = (pieces: readonly Uint8Array[]) => (encoder ? encoder.update(...pieces) : concatBytes(...pieces))
  let first = [start]
  const begun = (pieces: readonly Uint8Array[]) => {
    const all = [...first, ...pieces]
    first = []
    return encoded(all)
  }
  return {
    update(content) {
      const pieces: Uint8Array[] = []
      for (const bytes of content) {
        for (let offset = 0; offset < bytes.length; offset += segmentBytes) {
          pieces.push(...segmenter.add(encryption.update(bytes.subarray(offset, offset + segmentBytes))))
        }
      }
      const written = begun(pieces)
      // The cipher made them for us: whole segments, copied by now.
      for (const piece of pieces) if (piece.length === segmentBytes) release(piece)
      return written
    },
    end() {
      const { last, tag } = encryption.end()
      const written = begun([
        ...segmenter.add(last),
        ...segmenter.end(),
        // [0] encryptedContent, EncryptedContentInfo
        closeIndefinite(2),
        tag.length > 0 ? derOctetString(tag) : new Uint8Array(),
        // EnvelopedData or AuthEnvelopedData, [0], ContentInfo
        closeIndefinite(3),
      ])
      return encoder ? concatBytes(written, encoder.end()) : written
    },
  }
}
