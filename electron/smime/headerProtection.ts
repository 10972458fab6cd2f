/**
 * Writing protected headers (RFC 9788 §5): the message's fields go into the signed or encrypted payload, whose Content-Type
 * says so with `hp`. For an encrypted payload HP-Outer fields inside say what the outside was told, so that a reader can tell
 * what was confidential and what was changed on the way. What the outside is told is decided in headerConfidentiality.ts.
 *
 * Reading is in protectedHeaders.ts.
 */

import { mimeVersion, type OutgoingEntity } from '../mime/build.ts'
import type { OutgoingField } from '../mime/headerText.ts'

/**
 * The payload with its own copy of the fields. `outside`: the fields of the outer header, given when the payload will be
 * encrypted, also if it is signed before. A field that the outside doesn't have has no HP-Outer (RFC 9788 §2.2); fields about
 * the body's structure belong to each part and are neither copied nor told.
 */
export function protectEntity(
  fields: readonly OutgoingField[],
  content: OutgoingEntity,
  outside?: readonly OutgoingField[],
): OutgoingEntity {
  const told = (outside ?? []).map(({ name, value }) => ({ name: 'HP-Outer', value: `${name}: ${value}` }))
  const own = withContentTypeParameter(content, 'hp', outside ? 'cipher' : 'clear').fields
  return { ...content, fields: [mimeVersion, ...fields, ...told, ...own] }
}

/** The entity with one more parameter in its Content-Type; `value` is a plain word. */
export function withContentTypeParameter(entity: OutgoingEntity, name: string, value: string): OutgoingEntity {
  const fields = entity.fields.map((field) =>
    field.name === 'Content-Type' ? { name: field.name, value: `${field.value}; ${name}="${value}"` } : field,
  )
  return { ...entity, fields }
}
