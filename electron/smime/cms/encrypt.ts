/** Writing EnvelopedData (RFC 5652 §6) with AES-CBC and AuthEnvelopedData (RFC 5083, 5084) with AES-GCM, as the content comes. */

import { context, derInteger, derOctetString, derOid, derSequence, derSetOf, universal } from '../../asn1/der.ts'
import { oids } from '../../asn1/oids.ts'
import { concatBytes, wipe } from '../../base/bytes.ts'
import type { Random } from '../../base/random.ts'
import { failure, type Result, success } from '../../base/result.ts'
import { cipherShapes, startEncryption, tagBytes } from '../../crypto/contentCipher.ts'
import type { PostQuantum } from '../../crypto/postQuantum.ts'
import { closeIndefinite, octetSegments, openIndefinite } from './berWriter.ts'
import type { Chunks } from './chunks.ts'
import { type CmsRecipient, recipientInfoFor } from './recipientWriter.ts'

export type ContentCipher = 'aes-128-cbc' | 'aes-256-cbc' | 'aes-128-gcm' | 'aes-256-gcm'

export interface EncryptInput {
  /** At least one. */
  readonly recipients: readonly CmsRecipient[]
  readonly cipher: ContentCipher
  readonly random: Random
  /** For ML-KEM recipients; without it they are `unsupported-algorithm`. */
  readonly postQuantum?: PostQuantum
}

const cipherOids: Readonly<Record<ContentCipher, string>> = {
  'aes-128-cbc': oids.aes128Cbc,
  'aes-256-cbc': oids.aes256Cbc,
  'aes-128-gcm': oids.aes128Gcm,
  'aes-256-gcm': oids.aes256Gcm,
}

function contentEncryptionAlgorithm(cipher: ContentCipher, iv: Uint8Array): Uint8Array {
  const parameters = cipherShapes[cipher].authenticated
    ? derSequence(derOctetString(iv), derInteger(tagBytes))
    : derOctetString(iv)
  return derSequence(derOid(cipherOids[cipher]), parameters)
}

/**
 * RFC 5652 §6.1, RFC 5083 §2.1: 3 with an OtherRecipientInfo (ML-KEM), 0 while there is only key transport by issuer and serial
 * number; AuthEnvelopedData is always 0.
 */
function versionOf(input: EncryptInput): number {
  if (cipherShapes[input.cipher].authenticated) return 0
  if (input.recipients.some(({ certificate }) => certificate.keyAlgorithm.kind === 'ml-kem')) return 3
  return input.recipients.every(({ certificate }) => certificate.keyAlgorithm.kind === 'rsa') ? 0 : 2
}

/**
 * A BER ContentInfo for all recipients. The content key is made and wrapped here and now, so `unsupported-algorithm` is
 * known before the first byte; the content is read while the result is. The result can be read once.
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
    const encryption = startEncryption(input.cipher, contentKey, iv)
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
    return success(written(start, content, encryption))
  } finally {
    wipe(contentKey)
  }
}

async function* written(
  start: Uint8Array,
  content: Chunks,
  encryption: ReturnType<typeof startEncryption>,
): AsyncGenerator<Uint8Array> {
  let tag: Uint8Array = new Uint8Array()
  async function* encrypted(): AsyncGenerator<Uint8Array> {
    for await (const chunk of content) yield encryption.update(chunk)
    const end = encryption.end()
    tag = end.tag
    yield end.last
  }
  yield start
  yield* octetSegments(encrypted())
  yield concatBytes(
    // [0] encryptedContent, EncryptedContentInfo
    closeIndefinite(2),
    tag.length > 0 ? derOctetString(tag) : new Uint8Array(),
    // EnvelopedData or AuthEnvelopedData, [0], ContentInfo
    closeIndefinite(3),
  )
}
