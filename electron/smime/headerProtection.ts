/**
 * Writing protected headers (RFC 9788 §5): the message's fields go into the signed or encrypted payload, whose Content-Type
 * says so with `hp`. For an encrypted payload the policy `hcp_baseline` hides the subject outside, and HP-Outer fields
 * inside say what the outside was told, so that a reader can tell what was confidential and what was changed on the way.
 *
 * No legacy display element is written: it would put the subject into the text of everybody who reads protected headers.
 * Reading is in protectedHeaders.ts.
 */

import { mimeVersion, type OutgoingEntity } from '../mime/build.ts'
import type { OutgoingField } from '../mime/headerText.ts'

/** What stands for a confidential subject (RFC 9788 §3.2.1). */
export const hiddenSubject = '[...]'

/** The fields that everybody on the way sees. */
export function outerFields(fields: readonly OutgoingField[], confidential: boolean): OutgoingField[] {
  if (!confidential) return [...fields]
  return fields.map((field) => (field.name === 'Subject' ? { name: field.name, value: hiddenSubject } : field))
}

/** The payload with its own copy of the fields. `confidential`: it will be encrypted, also if it is signed before. */
export function protectEntity(
  fields: readonly OutgoingField[],
  content: OutgoingEntity,
  confidential: boolean,
): OutgoingEntity {
  const told = confidential
    ? outerFields(fields, true).map(({ name, value }) => ({ name: 'HP-Outer', value: `${name}: ${value}` }))
    : []
  const hp = `hp="${confidential ? 'cipher' : 'clear'}"`
  const own = content.fields.map((field) =>
    field.name === 'Content-Type' ? { name: field.name, value: `${field.value}; ${hp}` } : field,
  )
  return { ...content, fields: [mimeVersion, ...fields, ...told, ...own] }
}
