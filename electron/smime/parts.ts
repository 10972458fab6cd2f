/**
 * Leaves of a message as a reader sees them: decoded, text and HTML in UTF-8, attachments with safe names. Attachments are
 * decoded when they are asked for, so that a large one costs its memory only then.
 */

import { utf8Bytes } from '../base/bytes.ts'
import { heldBytes, piecesOf, type SeekableBytes, wholeOf } from '../base/seekableBytes.ts'
import { decodeText, utf8OrLatin1 } from '../mime/charset.ts'
import { bodySource, decodedBody, decodedChunks, type Entity } from '../mime/entity.ts'
import { fileNameOf } from '../mime/fileName.ts'
import { firstField } from '../mime/header.ts'
import { decodedLength } from '../mime/transfer.ts'
import type { BodySizes } from './bodySizes.ts'
import { collect } from './cms/chunks.ts'
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

/**
 * Bytes, in their encoding, of all texts of a message that are shown: reading one means having it in memory. Nobody reads more;
 * what is beyond is offered as files.
 */
export interface TextBudget {
  bytesLeft: number
}

export function startTextBudget(): TextBudget {
  return { bytesLeft: 16_777_216 }
}

/** What the leaves of one message share. */
export interface LeafReading {
  readonly notes: MessageNote[]
  readonly texts: TextBudget
  readonly sizes: BodySizes
}

function takes({ bytesLeft }: TextBudget, size: number): boolean {
  return size <= bytesLeft
}

export async function leafOf(
  entity: Entity,
  { inside, hideLegacy }: LeafContext,
  { notes, texts, sizes }: LeafReading,
): Promise<Leaf> {
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
  const { size } = bodySource(entity)
  if (!text || !takes(texts, size)) return { ...common, ...(await attachmentContent(entity, sizes)) }
  texts.bytesLeft -= size
  const decoded = decodeText(await decodedBody(entity), entity.contentType.parameters.get('charset'))
  if (decoded.unknownCharset !== undefined) notes.push(noteOf('unknown-charset', { charset: decoded.unknownCharset }))
  const legacy = hideLegacy && entity.contentType.parameters.get('hp-legacy-display') === '1'
  const html = type === 'text/html'
  const shown = legacy ? (html ? withoutLegacyHtml : withoutLegacyText)(decoded.text) : decoded.text
  return { ...common, kind: html ? 'html' : 'text', ...contentOf(heldBytes(utf8Bytes(shown))) }
}

function contentOf(source: SeekableBytes): Pick<Leaf, 'size' | 'open' | 'bytes'> {
  return { size: source.size, open: () => piecesOf(source), bytes: () => wholeOf(source) }
}

async function attachmentContent(
  entity: Entity,
  sizes: BodySizes,
): Promise<Pick<Leaf, 'kind' | 'size' | 'open' | 'bytes'>> {
  return {
    kind: 'attachment',
    size: await sizes.of(entity),
    open: () => decodedChunks(entity),
    bytes: () => decodedBody(entity),
  }
}

/** Content that is no MIME entity: shown as text where it is text, else offered as a file. */
export async function leafOfBytes(source: SeekableBytes, inside: readonly number[], texts: TextBudget): Promise<Leaf> {
  const text = utf8OrLatin1(await source.read(0, Math.min(source.size, 65_536)))
  if (takes(texts, source.size) && !/[\x00-\x08\x0e-\x1f]/.test(text)) {
    texts.bytesLeft -= source.size
    const utf8 = utf8Bytes(utf8OrLatin1(await wholeOf(source)))
    return { inside, kind: 'text', mediaType: 'text/plain', ...contentOf(heldBytes(utf8)) }
  }
  return { inside, kind: 'attachment', mediaType: 'application/octet-stream', ...contentOf(source) }
}

/** A file that was made of something else on the way, such as the DER in a text. */
export async function leafOfStream(
  open: () => AsyncIterable<Uint8Array>,
  inside: readonly number[],
  name: string,
): Promise<Leaf> {
  return {
    kind: 'attachment',
    mediaType: 'application/octet-stream',
    name,
    inside,
    size: await decodedLength(open(), 'identity'),
    open,
    bytes: () => collect(open(), Number.MAX_SAFE_INTEGER),
  }
}
