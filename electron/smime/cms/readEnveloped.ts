/** EnvelopedData (RFC 5652 §6) and AuthEnvelopedData (RFC 5083) from a stream. */

import { context, universal } from '../../asn1/der.ts'
import { DerReader, MalformedDer, soleElement } from '../../asn1/derReader.ts'
import { oids } from '../../asn1/oids.ts'
import { wipe } from '../../base/bytes.ts'
import { readAlgorithm } from './algorithms.ts'
import { type Attributes, readAttributes } from './attributes.ts'
import type { BerReader } from './berReader.ts'
import { cmsBudget } from './budget.ts'
import type { CmsContent, LayerOptions } from './content.ts'
import { type Authentication, type ContentAlgorithm, decryptContent, readContentAlgorithm } from './decryptContent.ts'
import { CmsFailure, overBudget } from './failure.ts'
import { readContentType, readVersion } from './readSigned.ts'
import { type RecipientInfo, readRecipientInfo } from './recipientInfo.ts'
import { contentKeyOf, type DecryptionKey, type MatchedRecipients, matchRecipients } from './recipientKey.ts'
import { contentTypeOf } from './signerRules.ts'

async function readRecipients(reader: BerReader, keys: readonly DecryptionKey[]): Promise<MatchedRecipients> {
  const recipients: RecipientInfo[] = []
  await reader.enter(universal.set, 'recipientInfos')
  while ((await reader.peekTag()) !== undefined) {
    for (const recipient of readRecipientInfo(await reader.element('recipientInfo'))) {
      if (recipients.length === cmsBudget.recipients) throw overBudget('recipients')
      recipients.push(recipient)
    }
  }
  await reader.leave('recipientInfos')
  const matched = matchRecipients(recipients, keys)
  if (matched.own.length === 0) throw new CmsFailure({ code: 'no-key', recipients: matched.facts })
  return matched
}

/** The fields before the recipients: version and originatorInfo, whose certificates nobody needs. */
async function readStart(reader: BerReader, what: string): Promise<void> {
  await reader.enter(universal.sequence, what)
  await readVersion(reader)
  if ((await reader.peekTag()) === context(0)) await reader.element('originatorInfo')
}

/** EncryptedContentInfo up to the content itself. */
async function readEncryptedStart(
  reader: BerReader,
  authenticated: boolean,
): Promise<{ contentType: string; algorithm: ContentAlgorithm }> {
  await reader.enter(universal.sequence, 'encryptedContentInfo')
  const contentType = await readContentType(reader, 'contentType')
  const identifier = new DerReader(await reader.element('contentEncryptionAlgorithm'))
  const algorithm = readContentAlgorithm(readAlgorithm(identifier, 'contentEncryptionAlgorithm'), authenticated)
  return { contentType, algorithm }
}

/**
 * The content key from the first of our recipients whose key management Siegel computes. Nothing depends on whether a key
 * turned out right: another recipient isn't tried then, which would tell a sender of forgeries something.
 */
async function contentKeyFrom({ own, facts }: MatchedRecipients, length: number): Promise<Uint8Array> {
  const usable = own.find(({ recipient }) => recipient.management.kind !== 'other') ?? own[0]
  if (!usable) throw new Error('no recipient is ours')
  try {
    return await contentKeyOf(usable, length)
  } catch (error) {
    const unsupported = error instanceof CmsFailure && error.error.code === 'unsupported-algorithm' && error.error
    throw unsupported ? new CmsFailure({ ...unsupported, recipients: facts }) : error
  }
}

export async function readEnvelopedData(reader: BerReader, options: LayerOptions): Promise<CmsContent> {
  await readStart(reader, 'envelopedData')
  const recipients = await readRecipients(reader, options.keys)
  const { contentType, algorithm } = await readEncryptedStart(reader, false)
  const contentKey = await contentKeyFrom(recipients, algorithm.keyBytes)
  try {
    const encrypted = reader.octets(context(0, false), 'encryptedContent')
    const content = await decryptContent(algorithm, contentKey, encrypted, options)
    await reader.leave('encryptedContentInfo')
    if ((await reader.peekTag()) === context(1)) await reader.element('unprotectedAttrs')
    await reader.leave('envelopedData')
    return {
      kind: 'enveloped',
      content,
      contentType,
      cipher: algorithm.text,
      authenticated: false,
      recipients: recipients.facts,
    }
  } finally {
    wipe(contentKey)
  }
}

/** RFC 5083 §2.1: authenticated attributes name the content's type, and may only be missing for id-data. */
function checkAuthenticatedAttributes(attributes: Attributes | undefined, contentType: string): void {
  if (attributes ? contentTypeOf(attributes) !== contentType : contentType !== oids.data) {
    throw new MalformedDer('authAttrs')
  }
}

/** Everything behind the encrypted content. */
async function readAuthentication(
  reader: BerReader,
  contentType: string,
  { tagBytes }: ContentAlgorithm,
): Promise<Authentication> {
  await reader.leave('encryptedContentInfo')
  const hasAttributes = (await reader.peekTag()) === context(1)
  const attributes = hasAttributes
    ? readAttributes(soleElement(await reader.element('authAttrs'), 'authAttrs'))
    : undefined
  const tag = new DerReader(await reader.element('mac')).octetString('mac')
  if ((await reader.peekTag()) === context(2)) await reader.element('unauthAttrs')
  await reader.leave('authEnvelopedData')
  checkAuthenticatedAttributes(attributes, contentType)
  if (tag.length !== tagBytes) throw new MalformedDer('mac')
  // RFC 5083 §2.2: the associated data are the attributes' DER encoding, as a SET OF.
  return { tag, associatedData: attributes?.encodings.at(-1) ?? new Uint8Array() }
}

export async function readAuthEnvelopedData(reader: BerReader, options: LayerOptions): Promise<CmsContent> {
  await readStart(reader, 'authEnvelopedData')
  const recipients = await readRecipients(reader, options.keys)
  const { contentType, algorithm } = await readEncryptedStart(reader, true)
  const contentKey = await contentKeyFrom(recipients, algorithm.keyBytes)
  try {
    const encrypted = reader.octets(context(0, false), 'encryptedContent')
    const content = await decryptContent(algorithm, contentKey, encrypted, options, () =>
      readAuthentication(reader, contentType, algorithm),
    )
    return {
      kind: 'auth-enveloped',
      content,
      contentType,
      cipher: algorithm.text,
      authenticated: true,
      recipients: recipients.facts,
    }
  } finally {
    wipe(contentKey)
  }
}
