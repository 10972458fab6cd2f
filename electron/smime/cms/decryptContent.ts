/** The contentEncryptionAlgorithm of EnvelopedData and AuthEnvelopedData (RFC 3370 §5, 3565, 5084), and decrypting with it. */

import { universal } from '../../asn1/der.ts'
import { DerReader, MalformedDer } from '../../asn1/derReader.ts'
import { piecesOf, type SeekableBytes } from '../../base/seekableBytes.ts'
import { equalSecrets } from '../../crypto/constantTime.ts'
import { type CipherName, cipherShapes, startDecryption, tagOf } from '../../crypto/contentCipher.ts'
import { rc2BitsByVersion, rc2BlockBytes, startRc2Decryption } from '../../crypto/rc2.ts'
import type { AlgorithmIdentifier } from './algorithms.ts'
import { contentCipherByOid } from './contentCiphers.ts'
import type { ContentStore } from './contentStore.ts'
import { CmsFailure } from './failure.ts'

export interface ContentAlgorithm {
  readonly cipher: CipherName | 'rc2-cbc'
  /** "AES-256-GCM". */
  readonly text: string
  readonly keyBytes: number
  readonly iv: Uint8Array
  /** Bytes of the tag, for GCM. */
  readonly tagBytes?: number
}

/**
 * Reads the algorithm for a structure that is authenticated or isn't. Throws MalformedDer and CmsFailure.
 *
 * CBC inside AuthEnvelopedData and GCM inside EnvelopedData are refused: decrypting one as the other is how
 * authenticated content becomes forgeable.
 */
export function readContentAlgorithm(algorithm: AlgorithmIdentifier, authenticated: boolean): ContentAlgorithm {
  const entry = contentCipherByOid(algorithm.oid)
  const text = entry?.text ?? algorithm.oid
  if (!entry?.cipher) throw new CmsFailure({ code: 'unsupported-algorithm', algorithm: text })
  if ((entry.parameters === 'gcm') !== authenticated || !algorithm.parameters) {
    throw new MalformedDer('contentEncryptionAlgorithm')
  }
  const parameters = new DerReader(algorithm.parameters)
  if (entry.cipher === 'rc2-cbc') return { cipher: entry.cipher, ...readRc2Parameters(parameters) }
  const { cipher } = entry
  const { keyBytes, ivBytes } = cipherShapes[cipher]
  const fields = authenticated ? readGcmParameters(parameters) : { iv: readIv(parameters, ivBytes) }
  return { cipher, text, keyBytes, ...fields }
}

function readIv(parameters: DerReader, length: number): Uint8Array {
  const iv = parameters.octetString('iv')
  if (iv.length !== length) throw new MalformedDer('iv')
  return iv
}

/** RC2CBCParameter (RFC 3370 §5.2). S/MIME's keys are as long as they are effective. */
function readRc2Parameters(parameters: DerReader): Pick<ContentAlgorithm, 'iv' | 'keyBytes' | 'text'> {
  const fields = parameters.sequence('rc2Parameter')
  const bits = rc2BitsByVersion[fields.integer('rc2ParameterVersion')]
  const iv = readIv(fields, rc2BlockBytes)
  fields.end('rc2Parameter')
  if (!bits) throw new CmsFailure({ code: 'unsupported-algorithm', algorithm: 'RC2-CBC' })
  return { iv, keyBytes: bits / 8, text: `RC2-CBC (${bits} bits)` }
}

/** GCMParameters (RFC 5084 §3.2): the nonce, and the tag's length, 12 unless stated. */
function readGcmParameters(parameters: DerReader): { iv: Uint8Array; tagBytes: number } {
  const fields = parameters.sequence('gcmParameters')
  const iv = fields.octetString('nonce')
  const tagBytes = fields.nextTag === universal.integer ? fields.integer('icvLen') : 12
  fields.end('gcmParameters')
  // RFC 5084 allows any nonce; beyond 64 bytes nobody writes them.
  if (iv.length === 0 || iv.length > 64) throw new MalformedDer('nonce')
  if (tagBytes < 12 || tagBytes > 16) throw new MalformedDer('icvLen')
  return { iv, tagBytes }
}

const damaged = { code: 'damaged' } as const

/** What stands behind the content of AuthEnvelopedData. */
export interface Authentication {
  readonly tag: Uint8Array
  /** Empty where there are no authenticated attributes. */
  readonly associatedData: Uint8Array
}

/**
 * Decrypts into the store as the content comes. `authenticate` reads what stands behind it, for GCM; the content is handed
 * out after that was found right. Throws CmsFailure: `damaged`, `over-budget`.
 */
export async function decryptContent(
  algorithm: ContentAlgorithm,
  contentKey: Uint8Array,
  encrypted: AsyncIterable<Uint8Array>,
  { store, limit }: { readonly store: ContentStore; readonly limit: number },
  authenticate?: () => Promise<Authentication>,
): Promise<SeekableBytes> {
  const { cipher, iv, tagBytes } = algorithm
  const decryption =
    cipher === 'rc2-cbc'
      ? await startRc2Decryption(contentKey.length * 8, contentKey, iv)
      : startDecryption(cipher, contentKey, iv, tagBytes)
  let late: Authentication | undefined
  async function* plain(): AsyncGenerator<Uint8Array> {
    for await (const chunk of encrypted) yield decryption.update(chunk)
    const authentication = await authenticate?.()
    if (authentication && authentication.associatedData.length > 0) late = authentication
    else {
      const last = decryption.end(authentication?.tag)
      if (!last) throw new CmsFailure(damaged)
      yield last
    }
  }
  const content = await store.keep(plain(), limit, 'own')
  if (!late) return content
  if (cipher === 'rc2-cbc') throw new CmsFailure(damaged)
  const tag = await tagOf(cipher, contentKey, iv, late.associatedData, piecesOf(content), late.tag.length)
  if (!equalSecrets(tag, late.tag)) throw new CmsFailure(damaged)
  return content
}
