/**
 * Sealing: a letter becomes a complete RFC 5322 message that is signed (RFC 8551 §3.5), encrypted (§3.3, §3.4), both
 * (sign, then encrypt, and on demand sign again: RFC 2634 §1.1) or neither, with its header protected (RFC 9788) where there is a layer to protect it.
 *
 * Everything flows: attachments are read once, in chunks, and the message comes out in chunks. What is signed is exactly what
 * is written, because the same chunks go to the digest and to the output.
 */

import { utf8Bytes } from '../base/bytes.ts'
import { failure, type Result, success } from '../base/result.ts'
import { isAddress } from '../mime/address.ts'
import { base64Chunks } from '../mime/base64Encoder.ts'
import {
  attachmentEntity,
  type ByteChunks,
  contentTypeField,
  entityChunks,
  envelopeFields,
  mimeVersion,
  multipartEntity,
  newBoundary,
  type OutgoingEntity,
  textEntity,
} from '../mime/build.ts'
import type { OutgoingField } from '../mime/headerText.ts'
import { ownCapabilities } from './capabilities.ts'
import { encrypt } from './cms/encrypt.ts'
import { digestsFor, type Signers, signOpaque, signPassing } from './cms/sign.ts'
import { signatureSchemeFor, usualDigest } from './cms/signerInfoWriter.ts'
import { outsideFields } from './headerConfidentiality.ts'
import { protectEntity } from './headerProtection.ts'
import { textWithLegacyDisplay } from './legacyDisplay.ts'
import type { Letter, LetterSigner, SealError, SealOptions } from './letter.ts'

export type { Letter, LetterAttachment, LetterSigner, SealError, SealOptions } from './letter.ts'

type Signing = NonNullable<SealOptions['sign']>
type Encrypting = NonNullable<SealOptions['encrypt']>

/**
 * The message with CRLF, ready for SMTP. The iterable can be read once. It throws only what an attachment's `open` or the
 * signing key throws.
 */
export async function sealLetter(
  letter: Letter,
  options: SealOptions,
): Promise<Result<AsyncIterable<Uint8Array>, SealError>> {
  for (const { address } of [letter.from, ...letter.to, ...letter.cc]) {
    if (!isAddress(address)) return failure({ code: 'malformed-address', address })
  }
  const fields = envelopeFields(letter)
  const { sign, encrypt: encrypting } = options
  const signers = sign && signersOf(sign)
  for (const signer of signers ?? []) {
    const scheme = signatureSchemeFor(signer)
    if (!scheme.ok) return scheme
  }
  const protecting = options.headerProtection !== false && (sign ?? encrypting) !== undefined
  const hiding = protecting && encrypting !== undefined
  const outside = hiding ? outsideFields(letter, options.headerPolicy ?? 'baseline', options.answered) : fields
  const text =
    hiding && options.legacyDisplay ? textWithLegacyDisplay(letter.text, fields, outside) : textEntity(letter.text)
  const content = contentEntity(text, letter, options)
  if (!sign && !encrypting) return success(entityChunks(withFields([...fields, mimeVersion], content)))

  const payload = protecting
    ? protectEntity(fields, content, hiding ? outside : undefined)
    : withFields([mimeVersion], content)
  const signing = (entity: OutgoingEntity) => (sign && signers ? signedEntity(entity, signers, sign, options) : entity)
  const signed = signing(payload)
  const expectedBytes = letter.attachments.reduce((sum, { size }) => sum + size, 0)
  const encrypted = encrypting ? encryptedEntity(signed, { ...encrypting, expectedBytes }, options) : success(signed)
  if (!encrypted.ok) return encrypted
  const sealed = options.tripleWrap && encrypting ? signing(encrypted.value) : encrypted.value
  const layered = sealed.fields.filter(({ name }) => name !== mimeVersion.name)
  return success(entityChunks({ ...sealed, fields: [...outside, mimeVersion, ...layered] }))
}

function withFields(fields: readonly OutgoingField[], entity: OutgoingEntity): OutgoingEntity {
  return { ...entity, fields: [...fields, ...entity.fields] }
}

function contentEntity(text: OutgoingEntity, letter: Letter, { random }: SealOptions): OutgoingEntity {
  if (letter.attachments.length === 0) return text
  return multipartEntity('mixed', newBoundary(random), [text, ...letter.attachments.map(attachmentEntity)])
}

function signersOf({ signingTime, digest, padding, alsoBy = [], ...first }: Signing): Signers {
  const signerOf = ({ certificate, chain, key }: LetterSigner) => ({
    ...{ certificate, chain, key, signingTime, digest: digest ?? usualDigest(key), capabilities: ownCapabilities() },
    ...(padding ? { padding } : {}),
  })
  return [signerOf(first), ...alsoBy.map(signerOf)]
}

function signedEntity(
  payload: OutgoingEntity,
  signers: Signers,
  { opaque }: Signing,
  options: SealOptions,
): OutgoingEntity {
  return opaque
    ? cmsEntity('signed-data', () => base64Chunks(signOpaque(entityChunks(payload), ...signers)))
    : clearSignedEntity(payload, signers, options)
}

/** The names of RFC 8551 §3.5.3.2. */
const micalgOf = { sha256: 'sha-256', sha384: 'sha-384', sha512: 'sha-512' } as const

/** multipart/signed (RFC 8551 §3.5.3): the signature follows the content, so one pass over the content is enough. */
function clearSignedEntity(payload: OutgoingEntity, signers: Signers, { random }: SealOptions): OutgoingEntity {
  const boundary = newBoundary(random)
  const micalg = digestsFor(signers).map((digest) => micalgOf[digest])
  return {
    fields: [
      contentTypeField('multipart/signed', [
        ['protocol', 'application/pkcs7-signature'],
        ['micalg', micalg.join(',')],
        ['boundary', boundary],
      ]),
    ],
    async *body() {
      yield utf8Bytes(`--${boundary}\r\n`)
      const signature = yield* signPassing(entityChunks(payload), ...signers)
      yield utf8Bytes(`\r\n--${boundary}\r\n`)
      yield* entityChunks({
        fields: [
          contentTypeField('application/pkcs7-signature', [['name', 'smime.p7s']]),
          { name: 'Content-Transfer-Encoding', value: 'base64' },
          { name: 'Content-Disposition', value: 'attachment; filename=smime.p7s' },
        ],
        body: () => base64Chunks([signature]),
      })
      yield utf8Bytes(`\r\n--${boundary}--\r\n`)
    },
  }
}

function encryptedEntity(
  payload: OutgoingEntity,
  { recipients, cipher, expectedBytes }: Encrypting & { readonly expectedBytes: number },
  { random, postQuantum }: SealOptions,
): Result<OutgoingEntity, { code: 'unsupported-algorithm'; algorithm: string }> {
  const encrypted = encrypt(entityChunks(payload), {
    recipients,
    cipher,
    random,
    base64: true,
    expectedBytes,
    postQuantum,
  })
  if (!encrypted.ok) return encrypted
  const type = cipher.endsWith('-gcm') ? 'authEnveloped-data' : 'enveloped-data'
  return success(cmsEntity(type, () => encrypted.value))
}

/** application/pkcs7-mime (RFC 8551 §3.2) with a body in base64. */
function cmsEntity(smimeType: string, body: () => ByteChunks): OutgoingEntity {
  return {
    fields: [
      contentTypeField('application/pkcs7-mime', [
        ['smime-type', smimeType],
        ['name', 'smime.p7m'],
      ]),
      { name: 'Content-Transfer-Encoding', value: 'base64' },
      { name: 'Content-Disposition', value: 'attachment; filename=smime.p7m' },
    ],
    body,
  }
}
