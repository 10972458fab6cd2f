/**
 * Leaves of a message as a reader sees them: decoded, text and HTML in UTF-8, attachments with safe names. Attachments are
 * decoded when they are asked for, so that a large one costs its memory only then.
 */

import { utf8Bytes } from '../base/bytes.ts'
import { decodeText, utf8OrLatin1 } from '../mime/charset.ts'
import { bodyBytes, decodedBody, type Entity } from '../mime/entity.ts'
import { fileNameOf } from '../mime/fileName.ts'
import { firstField } from '../mime/header.ts'
import { decodedLength, transferEncodingOf } from '../mime/transfer.ts'
import { withoutLegacyHtml, withoutLegacyText } from './legacyDisplay.ts'
import { noteOf } from './notes.ts'
import type { MessageNote, OpenedPart } from './openedMessage.ts'

/** A part before it is known whether a signature that covers it verified. */
export type Leaf = Omit<OpenedPart, 'id' | 'covered'> & {
  /** Indices of the layers around it. */
  readonly inside: readonly number[]
}

export interface LeafContext {
  readonly inside: readonly number[]
  /** Legacy display elements are removed: the payload says hp="cipher". */
  readonly hideLegacy: boolean
}

export function leafOf(entity: Entity, { inside, hideLegacy }: LeafContext, notes: MessageNote[]): Leaf {
  const { type } = entity.contentType
  const name = fileNameOf(entity)
  const contentId = firstField(entity.headers, 'Content-ID')?.value.replace(/^<|>$/g, '')
  const common = {
    mediaType: type,
    ...(name === undefined ? {} : { name }),
    ...(contentId ? { contentId } : {}),
    inside,
  }
  const text = entity.disposition.value !== 'attachment' && (type === 'text/plain' || type === 'text/html')
  if (!text) return { ...common, ...attachmentContent(entity) }
  const decoded = decodeText(decodedBody(entity), entity.contentType.parameters.get('charset'))
  if (decoded.unknownCharset !== undefined) notes.push(noteOf('unknown-charset', { charset: decoded.unknownCharset }))
  const legacy = hideLegacy && entity.contentType.parameters.get('hp-legacy-display') === '1'
  const html = type === 'text/html'
  const shown = legacy ? (html ? withoutLegacyHtml : withoutLegacyText)(decoded.text) : decoded.text
  const bytes = utf8Bytes(shown)
  return { ...common, kind: html ? 'html' : 'text', size: bytes.length, content: () => bytes }
}

function attachmentContent(entity: Entity): Pick<Leaf, 'kind' | 'size' | 'content'> {
  const encoding = transferEncodingOf(firstField(entity.headers, 'Content-Transfer-Encoding')?.value)
  return { kind: 'attachment', size: decodedLength(bodyBytes(entity), encoding), content: () => decodedBody(entity) }
}

/** Content that is no MIME entity: shown as text where it is text, else offered as a file. */
export function leafOfBytes(bytes: Uint8Array, inside: readonly number[], name?: string): Leaf {
  const text = utf8OrLatin1(bytes.subarray(0, 65_536))
  const common = { size: bytes.length, inside, content: () => bytes, ...(name === undefined ? {} : { name }) }
  if (name === undefined && !/[\x00-\x08\x0e-\x1f]/.test(text)) {
    const utf8 = utf8Bytes(utf8OrLatin1(bytes))
    return { ...common, kind: 'text', mediaType: 'text/plain', size: utf8.length, content: () => utf8 }
  }
  return { ...common, kind: 'attachment', mediaType: 'application/octet-stream' }
}
