/** The rules of RFC 5652 §5.3, §5.4, §11 and RFC 6211 that a signer's attributes must keep, one function each. */

import { context, type Element, timeOf, universal } from '../../asn1/der.ts'
import { contentOf, DerReader, encodingOf, MalformedDer, oidOf } from '../../asn1/derReader.ts'
import { oids } from '../../asn1/oids.ts'
import { equalBytes } from '../../base/bytes.ts'
import { readAlgorithm, sameAlgorithm } from './algorithms.ts'
import { type Attributes, attributesOfType, looksLikeAttributes, soleValueOf } from './attributes.ts'
import type { ReadableSignerInfo } from './signerInfo.ts'

export interface Reason {
  readonly code: string
  readonly data: Record<string, unknown>
}

type AttributeName = 'contentType' | 'messageDigest' | 'signingTime' | 'cmsAlgorithmProtection'

function reasonFor(code: string, attribute: AttributeName): Reason {
  return { code, data: { attribute } }
}

/** RFC 5652 §11.1, §11.2: with signed attributes, content-type and message-digest must be there. */
export function checkMandatory(attributes: Attributes): Reason[] {
  const mandatory = ['contentType', 'messageDigest'] as const
  return mandatory
    .filter((name) => attributesOfType(attributes, oids[name]).length === 0)
    .map((name) => reasonFor('missing-attribute', name))
}

/** RFC 5652 §5.3, §11, RFC 6211 §2: each of these at most once, and with exactly one value. */
export function checkSingle(attributes: Attributes): Reason[] {
  const single = ['contentType', 'messageDigest', 'signingTime', 'cmsAlgorithmProtection'] as const
  return single.flatMap((name) => {
    const found = attributesOfType(attributes, oids[name])
    if (found.length > 1) return [reasonFor('duplicate-attribute', name)]
    return found.some(({ values }) => values.length !== 1) ? [reasonFor('attribute-values', name)] : []
  })
}

/** RFC 5652 §11.1 to §11.3, RFC 6211 §2: these must be signed attributes and never unsigned ones. */
export function checkNotUnsigned(signer: ReadableSignerInfo): Reason[] {
  const signedOnly = ['contentType', 'messageDigest', 'signingTime', 'cmsAlgorithmProtection'] as const
  return signedOnly
    .filter((name) => signer.unsignedAttributes.includes(oids[name]))
    .map((name) => reasonFor('unsigned-attribute', name))
}

/** The content-type attribute's OID; undefined when it is missing or no OID. */
export function contentTypeOf(attributes: Attributes): string | undefined {
  const value = soleValueOf(attributes, oids.contentType)
  if (!value) return undefined
  try {
    return oidOf(value, 'contentType')
  } catch (error) {
    if (error instanceof MalformedDer) return undefined
    throw error
  }
}

/** RFC 5652 §11.1: the content-type attribute names the type of the signed content. */
export function checkContentType(attributes: Attributes, contentType: string): Reason[] {
  const value = soleValueOf(attributes, oids.contentType)
  if (!value) return []
  const stated = contentTypeOf(attributes)
  if (stated === undefined) return [reasonFor('malformed-attribute', 'contentType')]
  return stated === contentType ? [] : [{ code: 'content-type-mismatch', data: { stated, found: contentType } }]
}

/** The message-digest attribute's value; undefined when it is missing or no digest. */
export function digestOfAttributes(attributes: Attributes): Uint8Array | undefined {
  const value = soleValueOf(attributes, oids.messageDigest)
  return value?.tag === universal.octetString ? contentOf(value) : undefined
}

/** RFC 5652 §5.4, §11.2: the message-digest attribute is the digest of the content. */
export function checkMessageDigest(attributes: Attributes, digest: Uint8Array): Reason[] {
  if (!soleValueOf(attributes, oids.messageDigest)) return []
  const stated = digestOfAttributes(attributes)
  if (!stated) return [reasonFor('malformed-attribute', 'messageDigest')]
  return equalBytes(stated, digest) ? [] : [{ code: 'digest-mismatch', data: {} }]
}

/** The signing-time attribute (RFC 5652 §11.3): what the signer claims. */
export function signingTimeOf(attributes: Attributes): Date | undefined {
  const value = soleValueOf(attributes, oids.signingTime)
  return value ? timeOf(value.tag, contentOf(value)) : undefined
}

/** RFC 5652 §11.3: a signing-time is a UTCTime or GeneralizedTime. */
export function checkSigningTime(attributes: Attributes): Reason[] {
  const value = soleValueOf(attributes, oids.signingTime)
  return value && !timeOf(value.tag, contentOf(value)) ? [reasonFor('malformed-attribute', 'signingTime')] : []
}

/** RFC 6211 §3: the protected copies of the algorithm identifiers are those of the SignerInfo. */
export function checkAlgorithmProtection(attributes: Attributes, signer: ReadableSignerInfo): Reason[] {
  const value = soleValueOf(attributes, oids.cmsAlgorithmProtection)
  if (!value) return []
  try {
    return protectionMatches(value, signer) ? [] : [{ code: 'algorithm-protection-mismatch', data: {} }]
  } catch (error) {
    if (error instanceof MalformedDer) return [reasonFor('malformed-attribute', 'cmsAlgorithmProtection')]
    throw error
  }
}

function protectionMatches(value: Element, signer: ReadableSignerInfo): boolean {
  const fields = new DerReader(encodingOf(value)).sequence('cmsAlgorithmProtection')
  const digest = readAlgorithm(fields, 'cmsAlgorithmProtection')
  // [2] would be a MAC's: not a signature's protection.
  const signature = readAlgorithm(fields, 'cmsAlgorithmProtection', context(1))
  fields.end('cmsAlgorithmProtection')
  return sameAlgorithm(digest, signer.digestAlgorithm) && sameAlgorithm(signature, signer.signatureAlgorithm)
}

/**
 * RFC 5652 §5.3: signed attributes are DER even where the rest is BER. Signers in the field break that; their signature holds
 * for the same attributes, so it is told and not refused.
 */
export function checkDer({ encodings }: Attributes): Reason[] {
  return encodings.length > 1 ? [{ code: 'attributes-not-der', data: {} }] : []
}

/** RFC 5652 §5.3: signed attributes may only be missing when the content is id-data. */
export function checkMayLackAttributes(contentType: string): Reason[] {
  return contentType === oids.data ? [] : [{ code: 'missing-attributes', data: { contentType } }]
}

/** A signature without attributes over bytes that could be somebody's attributes proves nothing (attribute confusion). */
export function checkNotAttributes(content: Uint8Array): Reason[] {
  return looksLikeAttributes(content) ? [{ code: 'attribute-confusion', data: {} }] : []
}
