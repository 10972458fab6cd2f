/** From the recipients of a message and the keys at hand to the content key (RFC 5652 §6.2). */

import { derBitString, derSequence } from '../../asn1/der.ts'
import { hexText, wipe } from '../../base/bytes.ts'
import { type Certificate, subjectKeyIdentifierOf } from '../../certificates/certificate.ts'
import { unwrapKey } from '../../crypto/keyWrap.ts'
import type { PrivateKeyHandle } from '../../crypto/privateKey.ts'
import { rejectedKey } from '../../crypto/rsaPadding.ts'
import { CmsFailure, type RecipientFact } from './failure.ts'
import { type Encapsulation, encapsulatedKeyOf } from './kemRecipient.ts'
import { agreementKeyIdentifier, keyEncryptionKeyOf } from './keyAgreement.ts'
import type { KeyManagement, RecipientInfo } from './recipientInfo.ts'
import { type CertificateIdentifier, identifierFacts, identifies } from './signerInfo.ts'

export interface DecryptionKey {
  readonly certificate: Certificate
  readonly key: PrivateKeyHandle
}

/** One of ours among the recipients. */
export interface OwnRecipient {
  readonly recipient: RecipientInfo
  readonly key: PrivateKeyHandle
}

export interface MatchedRecipients {
  readonly facts: RecipientFact[]
  readonly own: OwnRecipient[]
}

/** Our keys by what may name them, so that thousands of recipients cost one look each. */
function keysByIdentifier(
  keys: readonly DecryptionKey[],
): (identifier: CertificateIdentifier) => DecryptionKey | undefined {
  const named = new Map<string, DecryptionKey[]>()
  const add = (name: string, key: DecryptionKey) => named.set(name, [...(named.get(name) ?? []), key])
  for (const key of keys) {
    add(`serial ${key.certificate.serialNumber}`, key)
    add(`key ${hexText(subjectKeyIdentifierOf(key.certificate))}`, key)
  }
  return (identifier) => {
    const name =
      identifier.kind === 'issuer-and-serial'
        ? `serial ${identifier.serial.replace(/^(?:00)+(?=..)/, '')}`
        : `key ${hexText(identifier.keyIdentifier)}`
    return named.get(name)?.find(({ certificate }) => identifies(identifier, certificate))
  }
}

/** Which recipients are ours, by issuer and serial number or by subject key identifier alone: no key is tried out. */
export function matchRecipients(
  recipients: readonly RecipientInfo[],
  keys: readonly DecryptionKey[],
): MatchedRecipients {
  const own: OwnRecipient[] = []
  const keyOf = keysByIdentifier(keys)
  const facts = recipients.map((recipient): RecipientFact => {
    const { identifier, text } = recipient
    const match = identifier && keyOf(identifier)
    if (match) own.push({ recipient, key: match.key })
    return {
      ...(identifier ? identifierFacts(identifier) : {}),
      ...(identifier?.kind === 'issuer-and-serial' ? { issuerDer: identifier.issuer } : {}),
      keyManagement: text,
      mine: match !== undefined,
    }
  })
  return { facts, own }
}

/**
 * The content key of `length` bytes; the caller wipes it. Throws CmsFailure: `unsupported-algorithm`, or `damaged` for
 * everything that a changed ciphertext could cause.
 */
export async function contentKeyOf({ recipient, key }: OwnRecipient, length: number): Promise<Uint8Array> {
  const { management, encryptedKey, text } = recipient
  if (management.kind === 'other') throw new CmsFailure({ code: 'unsupported-algorithm', algorithm: text })
  if (management.kind === 'agreement') return agreedKey(key, management, encryptedKey, length)
  if (management.kind === 'encapsulation') return encapsulatedKey(key, management, recipient, length)
  const contentKey = await key.decryptKey(management.transport, encryptedKey, length)
  if (!contentKey.ok) throw new CmsFailure({ code: 'damaged' })
  return contentKey.value
}

async function agreedKey(
  key: PrivateKeyHandle,
  management: KeyManagement & { kind: 'agreement' },
  encryptedKey: Uint8Array,
  length: number,
): Promise<Uint8Array> {
  const keyIdentifier = agreementKeyIdentifier(key.algorithm)
  if (!keyIdentifier) throw new CmsFailure({ code: 'damaged' })
  const sharedSecret = await key.agree(derSequence(keyIdentifier, derBitString(management.originatorKey)))
  if (!sharedSecret.ok) throw new CmsFailure({ code: 'damaged' })
  const wrappingKey = keyEncryptionKeyOf(
    management.scheme,
    sharedSecret.value,
    management.wrapAlgorithm,
    management.wrapKeyBytes,
    management.userKeyingMaterial,
  )
  return unwrappedKey(wrappingKey, encryptedKey, length)
}

async function encapsulatedKey(
  key: PrivateKeyHandle,
  management: Encapsulation,
  { encryptedKey, text }: RecipientInfo,
  length: number,
): Promise<Uint8Array> {
  const { algorithm } = key
  if (algorithm.kind !== 'ml-kem' || algorithm.parameterSet !== management.parameterSet) {
    throw new CmsFailure({ code: 'damaged' })
  }
  const sharedSecret = await key.decapsulate(management.ciphertext)
  if (!sharedSecret.ok) {
    throw new CmsFailure(
      sharedSecret.error.code === 'wrong-key'
        ? { code: 'damaged' }
        : { code: 'unsupported-algorithm', algorithm: text },
    )
  }
  return unwrappedKey(encapsulatedKeyOf(management, sharedSecret.value), encryptedKey, length)
}

/**
 * Consumes and wipes `wrappingKey`. What isn't a wrapped key of that length gives another one, always the same (RFC 3218
 * §2.3.2): the content fails later, as with any wrong key, and nobody learns from the time that the wrapping was wrong.
 */
function unwrappedKey(wrappingKey: Uint8Array, encryptedKey: Uint8Array, length: number): Uint8Array {
  const chosen = rejectedKey(wrappingKey, encryptedKey, length)
  try {
    const contentKey = unwrapKey(wrappingKey, encryptedKey)
    if (!contentKey.ok) return chosen
    if (contentKey.value.length === length) return contentKey.value
    wipe(contentKey.value)
    return chosen
  } finally {
    wipe(wrappingKey)
  }
}
