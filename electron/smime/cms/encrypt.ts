/** Writing EnvelopedData (RFC 5652 §6) with AES-CBC and AuthEnvelopedData (RFC 5083, 5084) with AES-GCM, as the content comes. */

import { context, derInteger, derOctetString, derOid, derSequence, derSetOf, universal } from '../../asn1/der.ts'
import { oids } from '../../asn1/oids.ts'
import { concatBytes, wipe } from '../../base/bytes.ts'
import type { Random } from '../../base/random.ts'
import { failure, type Result, success } from '../../base/result.ts'
import { cipherShapes, tagBytes } from '../../crypto/contentCipher.ts'
import type { PostQuantum } from '../../crypto/postQuantum.ts'
import { openIndefinite } from './berWriter.ts'
import type { Chunks } from './chunks.ts'
import { type ContentCipher, oidOfContentCipher } from './contentCiphers.ts'
import { writeEncrypted } from './encryptedContent.ts'
import { type CmsRecipient, recipientInfoFor } from './recipientWriter.ts'

export type { ContentCipher } from './contentCiphers.ts'

export interface EncryptInput {
  /** At least one. */
  readonly recipients: readonly CmsRecipient[]
  readonly cipher: ContentCipher
  readonly random: Random
  /** For ML-KEM recipients; without it they are `unsupported-algorithm`. */
  readonly postQuantum?: PostQuantum
  /** Lines of base64 (RFC 2045 §6.8) instead of bytes. */
  readonly base64?: boolean
  /** About how many bytes of content will come, where that is known: much of it is prepared for. */
  readonly expectedBytes?: number
}

function contentEncryptionAlgorithm(cipher: ContentCipher, iv: Uint8Array): Uint8Array {
  const parameters = cipherShapes[cipher].authenticated
    ? derSequence(derOctetString(iv), derInteger(tagBytes))
    : derOctetString(iv)
  return derSequence(derOid(oidOfContentCipher(cipher)), parameters)
}

/**
 * RFC 5652 §6.1, RFC 5083 §2.1: 3 with an OtherRecipientInfo (ML-KEM), 0 while there is only key transport by issuer and serial
 * number (a RecipientInfo of version 0); AuthEnvelopedData is always 0.
 */
function versionOf(input: EncryptInput): number {
  if (cipherShapes[input.cipher].authenticated) return 0
  if (input.recipients.some(({ certificate }) => certificate.keyAlgorithm.kind === 'ml-kem')) return 3
  const plain = input.recipients.every(
    ({ certificate, byKeyIdentifier }) => certificate.keyAlgorithm.kind === 'rsa' && !byKeyIdentifier,
  )
  return plain ? 0 : 2
}

/**
 * A BER ContentInfo for all recipients. The content key is made and wrapped here and now, so `unsupported-algorithm` is
 * known before the first byte; the content is read while the result is. The result can be read once, to its end or until
 * `return` is called.
 */
export function encrypt(
  content: Chunks,
  input: EncryptInput,
): Result<AsyncIterable<Uint8Array>, { readonly code: 'unsupported-algorithm'; readonly algorithm: string }> {
  if (input.recipients.length === 0) throw new RangeError('no recipients')
  const shape = cipherShapes[input.cipher]
  const contentKey = input.random(shape.keyBytes)
  const iv = input.random(shape.ivBytes)
  try {
    const recipientInfos: Uint8Array[] = []
    for (const recipient of input.recipients) {
      const recipientInfo = recipientInfoFor(recipient, contentKey, input.postQuantum)
      if (!recipientInfo.ok) return failure(recipientInfo.error)
      recipientInfos.push(recipientInfo.value)
    }
    const start = concatBytes(
      openIndefinite(universal.sequence),
      derOid(shape.authenticated ? oids.authEnvelopedData : oids.envelopedData),
      openIndefinite(context(0), universal.sequence),
      derInteger(versionOf(input)),
      derSetOf(...recipientInfos),
      openIndefinite(universal.sequence),
      derOid(oids.data),
      contentEncryptionAlgorithm(input.cipher, iv),
      openIndefinite(context(0)),
    )
    const plan = {
      start,
      cipher: input.cipher,
      contentKey: Uint8Array.from(contentKey),
      iv,
      base64: input.base64 === true,
    }
    return success(writeEncrypted(content, plan, input.expectedBytes))
  } finally {
    wipe(contentKey)
  }
}
