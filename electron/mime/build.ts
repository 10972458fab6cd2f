/**
 * Messages and entities as they are written: a header and a body that flows in chunks, 7-bit, CRLF (RFC 2045, RFC 2046,
 * RFC 2183). Nothing here signs or encrypts; smime/seal.ts puts these entities into layers.
 */

import type { Mailbox } from '../../shared/contract/values.ts'
import { base64urlText, utf8Bytes } from '../base/bytes.ts'
import type { Random } from '../base/random.ts'
import { base64Chunks } from './base64Encoder.ts'
import { encodeText } from './canonical.ts'
import { safeFileName } from './fileName.ts'
import {
  dateText,
  headerLine,
  mailboxListText,
  messageIdsText,
  type OutgoingField,
  unstructuredText,
} from './headerText.ts'
import { formatParameter } from './parameters.ts'

export type ByteChunks = AsyncIterable<Uint8Array> | Iterable<Uint8Array>

export interface OutgoingEntity {
  readonly fields: readonly OutgoingField[]
  /** Every call yields the body anew. */
  body(): ByteChunks
}

/** The header's fields that say who writes what to whom. */
export interface Envelope {
  readonly from: Mailbox
  readonly to: readonly Mailbox[]
  readonly cc?: readonly Mailbox[]
  readonly subject: string
  readonly date: Date
  /** With angle brackets. */
  readonly messageId: string
  readonly inReplyTo?: string
  readonly references?: string
}

/** Bcc is not among them, on purpose. */
export function envelopeFields(envelope: Envelope): OutgoingField[] {
  const cc = envelope.cc ?? []
  const inReplyTo = messageIdsText(envelope.inReplyTo ?? '')
  const references = messageIdsText(envelope.references ?? '')
  const hidden = envelope.to.length === 0 && cc.length === 0
  const fields = [
    { name: 'From', value: mailboxListText([envelope.from]) },
    { name: 'To', value: hidden ? 'undisclosed-recipients:;' : mailboxListText(envelope.to) },
    { name: 'Cc', value: mailboxListText(cc) },
    { name: 'Subject', value: unstructuredText(envelope.subject) },
    { name: 'Date', value: dateText(envelope.date) },
    { name: 'Message-ID', value: messageIdsText(envelope.messageId) },
    { name: 'In-Reply-To', value: inReplyTo },
    { name: 'References', value: references },
  ]
  return fields.filter(({ name, value }) => value !== '' || name === 'Subject')
}

export const mimeVersion: OutgoingField = { name: 'MIME-Version', value: '1.0' }

export function contentTypeField(type: string, parameters: readonly (readonly [string, string])[]): OutgoingField {
  const texts = parameters.map(([name, value]) => formatParameter(name, value))
  return { name: 'Content-Type', value: [type, ...texts].join('; ') }
}

export function textEntity(text: string): OutgoingEntity {
  const { encoding, bytes } = encodeText(text)
  return {
    fields: [
      contentTypeField('text/plain', [['charset', encoding === '7bit' ? 'us-ascii' : 'utf-8']]),
      { name: 'Content-Transfer-Encoding', value: encoding },
    ],
    body: () => [bytes],
  }
}

export interface OutgoingAttachment {
  readonly name: string
  readonly mediaType: string
  open(): ByteChunks
}

/**
 * An attachment in base64. Composite types (message/rfc822, multipart/*) become application/octet-stream: they may not be
 * written in base64 (RFC 2046 §5.2.1), and a stranger's lines would otherwise stand open in our message.
 */
export function attachmentEntity({ name, mediaType, open }: OutgoingAttachment): OutgoingEntity {
  const simple = /^[a-z0-9][a-z0-9!#$&^_.+-]{0,126}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}$/.test(mediaType.toLowerCase())
  const type =
    simple && !/^(message|multipart)\//i.test(mediaType) ? mediaType.toLowerCase() : 'application/octet-stream'
  const fileName = safeFileName(name) ?? 'attachment'
  return {
    fields: [
      contentTypeField(type, []),
      { name: 'Content-Transfer-Encoding', value: 'base64' },
      { name: 'Content-Disposition', value: `attachment; ${formatParameter('filename', fileName)}` },
    ],
    body: () => base64Chunks(open()),
  }
}

/** Random, so that no content can contain it; "=_" can't stand in quoted-printable or base64 either (RFC 2045 §6.7). */
export function newBoundary(random: Random): string {
  return `=_${base64urlText(random(18))}`
}

export function multipartEntity(
  subtype: string,
  boundary: string,
  parts: readonly OutgoingEntity[],
  parameters: readonly (readonly [string, string])[] = [],
): OutgoingEntity {
  return {
    fields: [contentTypeField(`multipart/${subtype}`, [...parameters, ['boundary', boundary]])],
    async *body() {
      for (const part of parts) {
        yield utf8Bytes(`--${boundary}\r\n`)
        yield* entityChunks(part)
        yield utf8Bytes('\r\n')
      }
      yield utf8Bytes(`--${boundary}--\r\n`)
    },
  }
}

/** Header, blank line and body. */
export async function* entityChunks(entity: OutgoingEntity): AsyncGenerator<Uint8Array> {
  yield headerBytes(entity.fields)
  yield* entity.body()
}

function headerBytes(fields: readonly OutgoingField[]): Uint8Array {
  return utf8Bytes(`${fields.map(headerLine).join('')}\r\n`)
}
