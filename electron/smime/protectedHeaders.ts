/**
 * Reading protected headers (RFC 9788 §4) and their predecessors: the message/rfc822 wrapper of RFC 8551 §3.1 and the
 * `protected-headers="v1"` of an older draft.
 *
 * Only the payload of the layers that wrap the whole message is asked: an `hp` parameter outside of them was written by
 * whoever wanted to. What is shown then comes from the payload alone; a field that stands only outside was added on the way.
 */

import type { HiddenHeaders } from '../../shared/contract/report.ts'
import type { Mailbox } from '../../shared/contract/values.ts'
import { addressMatcher, formatMailbox, parseAddressList } from '../mime/address.ts'
import { decodeWords } from '../mime/encodedWords.ts'
import type { Entity } from '../mime/entity.ts'
import { fieldsNamed, firstField, type HeaderField } from '../mime/header.ts'
import { hiddenHeadersOf, nothingHidden } from './hiddenHeaders.ts'
import { noteOf } from './notes.ts'
import type { HeadersReport, MessageNote, NamedField } from './openedMessage.ts'

/** The payload under the outermost layers, and what those layers were worth. */
export interface Payload {
  readonly entity: Entity
  /** The whole message was signed, and the signature verifies. */
  readonly signed: boolean
  /** The addresses in the certificates of those signers for whom somebody vouches. */
  vouchedAddresses(): readonly string[]
  /** The whole message was encrypted. */
  readonly encrypted: boolean
}

export interface ReadHeaders {
  readonly report: HeadersReport
  /** The header's own spelling, for addresses and dates. */
  readonly fields: readonly HeaderField[]
  readonly from: readonly Mailbox[]
  /** What is displayed: the payload, or what an RFC 8551 wrapper holds. Absent where the layers could not be opened. */
  readonly displayed?: Entity
  /** What its writer kept from everybody on the way. */
  readonly hidden: HiddenHeaders
  readonly notes: readonly MessageNote[]
}

type Protection = HeadersReport['protection']

/** What a reader is shown. */
const shownNames = ['From', 'Sender', 'Reply-To', 'To', 'Cc', 'Date', 'Subject', 'Message-ID']
const addressNames = new Set(['from', 'sender', 'reply-to', 'to', 'cc', 'bcc', 'resent-from', 'resent-to', 'resent-cc'])
/** Outer fields whose addition or change on the way matters to a reader; trace fields are always added. */
const watchedNames = new Set([...shownNames.map((name) => name.toLowerCase()), 'in-reply-to', 'references'])
/** A header has at most one of each (RFC 5322 §3.6): two are how two programs show two different mails. */
const singleNames = ['From', 'Sender', 'Reply-To', 'To', 'Cc', 'Date', 'Subject', 'Message-ID']

/** RFC 9788 §1.1.1: fields about the body's structure aren't protected, they belong to each part. */
function isStructural(name: string): boolean {
  return /^(content-.*|mime-version|hp-outer)$/i.test(name)
}

/** The value for people: names and text decoded, quotes of names kept so that the addresses can be read again. */
export function displayValue({ name, text }: { name: string; text: string }): string {
  if (!addressNames.has(name.toLowerCase())) return decodeWords(text)
  const list = parseAddressList(text)
  return list.length === 0 ? decodeWords(text) : list.map(formatMailbox).join(', ')
}

function named(fields: readonly HeaderField[]): NamedField[] {
  return fields.map((field) => ({ name: field.name, value: displayValue(field) }))
}

/** Reads the headers of a message whose outermost header is `outer` (empty for a bare CMS file). */
export function readHeaders(outer: readonly HeaderField[], payload: Payload | undefined): ReadHeaders {
  const notes: MessageNote[] = []
  const found = payload ? protectionOf(outer, payload, notes) : undefined
  if (payload && !payload.signed && !payload.encrypted && payload.entity.contentType.parameters.has('hp'))
    notes.push(noteOf('hp-without-protection'))
  // A bare CMS file has no header outside; what its content says is then all there is to show, protected or not.
  const header = found?.header ?? (outer.length > 0 ? outer : (payload?.entity.headers ?? []))
  const fields = header.filter(({ name }) => !isStructural(name))
  for (const name of singleNames) {
    const count = fieldsNamed(fields, name).length
    if (count > 1) notes.push(noteOf('duplicate-header', { name, count }))
  }
  const from = found && payload ? protectedFrom(outer, fields, payload, notes) : mailboxesOf(fields, 'From')
  const shown = named(fields.filter(({ name }) => shownNames.some((each) => each.toLowerCase() === name.toLowerCase())))
  return {
    fields,
    from,
    ...(payload ? { displayed: found?.displayed ?? payload.entity } : {}),
    hidden: found && payload?.encrypted ? hiddenIn(outer, found) : nothingHidden,
    notes,
    report: {
      shown: shown.map((field) =>
        field.name.toLowerCase() === 'from' ? { name: field.name, value: from.map(formatMailbox).join(', ') } : field,
      ),
      protected: found ? named(fields) : [],
      outer: named(
        outer.filter(({ name }) => watchedNames.has(name.toLowerCase()) || firstField(fields, name) !== undefined),
      ).filter(({ name }) => !isStructural(name)),
      differences: found ? differencesOf(outer, fields, found, payload?.encrypted === true) : [],
      protection: found?.protection ?? 'none',
    },
  }
}

interface Protected {
  readonly protection: Protection
  readonly header: readonly HeaderField[]
  readonly displayed: Entity
  /** What the payload says the outside was told; undefined where the form has no such statement. */
  readonly told: readonly HeaderField[] | undefined
}

function protectionOf(outer: readonly HeaderField[], payload: Payload, notes: MessageNote[]): Protected | undefined {
  const { entity, encrypted, signed } = payload
  // A signature that doesn't verify protects nothing (RFC 9788 §4.1).
  if (!encrypted && !signed) return undefined
  const hp = entity.contentType.parameters.get('hp')?.toLowerCase()
  if (hp === 'clear' || hp === 'cipher') {
    if (hp === 'cipher' && !encrypted) notes.push(noteOf('hp-cipher-unencrypted'))
    if (hp === 'clear' && encrypted) notes.push(noteOf('hp-clear-encrypted'))
    const told = hp === 'cipher' ? fieldsTold(entity.headers) : undefined
    return { protection: hp, header: entity.headers, displayed: entity, told }
  }
  if (hp !== undefined) notes.push(noteOf('hp-unknown', { value: hp.slice(0, 40) }))
  const wrapped = entity.children[0]
  if (wrapped && /^message\/(rfc822|global)$/.test(entity.contentType.type) && isWrapper(outer, entity, wrapped)) {
    return { protection: 'rfc8551', header: wrapped.headers, displayed: wrapped, told: undefined }
  }
  if (entity.contentType.parameters.get('protected-headers') === 'v1' && firstField(entity.headers, 'From')) {
    return { protection: 'draft', header: entity.headers, displayed: entity, told: undefined }
  }
  return undefined
}

/**
 * A sole message/rfc822 may also be a forwarded message. It is a wrapper when it says so, or when it is the same message:
 * the same Message-ID, or without one the same author. Anything else stays an attachment.
 */
function isWrapper(outer: readonly HeaderField[], wrapper: Entity, wrapped: Entity): boolean {
  const { parameters } = wrapper.contentType
  if (parameters.get('forwarded') === 'no' || parameters.get('protected-headers') === 'v1') return true
  if (outer.length === 0) return false
  const ids = [outer, wrapped.headers].map((fields) => firstField(fields, 'Message-ID')?.value ?? '')
  if (ids[0] !== '' && ids[1] !== '') return ids[0] === ids[1]
  return sameAuthors(mailboxesOf(outer, 'From'), mailboxesOf(wrapped.headers, 'From'))
}

/**
 * `hp="clear"` says that nothing was hidden. The older forms don't say it: the outside itself is asked, and where there is
 * none, as in a bare CMS file, the subject is taken for hidden.
 */
function hiddenIn(outer: readonly HeaderField[], { protection, header, told }: Protected): HiddenHeaders {
  if (protection === 'clear') return nothingHidden
  if (told) return hiddenHeadersOf(header, told)
  return outer.length > 0 ? hiddenHeadersOf(header, outer) : { ...nothingHidden, subject: true }
}

/** HP-Outer: "Name: value" (RFC 9788 §2.2). */
function fieldsTold(header: readonly HeaderField[]): HeaderField[] {
  return fieldsNamed(header, 'HP-Outer').flatMap((field) => {
    const colon = field.value.indexOf(':')
    if (colon < 1) return []
    const text = field.text.slice(field.text.indexOf(':') + 1).trim()
    return [
      { name: field.value.slice(0, colon).trim(), raw: field.raw, value: field.value.slice(colon + 1).trim(), text },
    ]
  })
}

export function mailboxesOf(fields: readonly HeaderField[], name: string): Mailbox[] {
  return fieldsNamed(fields, name).flatMap(({ text }) => parseAddressList(text))
}

function sameAuthors(left: readonly Mailbox[], right: readonly Mailbox[]): boolean {
  const within = (some: readonly Mailbox[], all: readonly Mailbox[]) => {
    const known = addressMatcher(all.map(({ address }) => address))
    return some.every(({ address }) => known(address))
  }
  return left.length > 0 && right.length > 0 && within(left, right) && within(right, left)
}

/**
 * RFC 9788 §4.4: when the two From fields name different addresses, the inner one counts only with a signature that is bound
 * to it. Otherwise anyone could put a name inside an encrypted mail that no server on the way has ever checked. A
 * certificate that only its owner vouches for binds nothing: it says whatever they wanted it to say.
 */
function protectedFrom(
  outer: readonly HeaderField[],
  fields: readonly HeaderField[],
  { signed, vouchedAddresses }: Payload,
  notes: MessageNote[],
): readonly Mailbox[] {
  const inside = mailboxesOf(fields, 'From')
  const outside = mailboxesOf(outer, 'From')
  if (inside.length === 0) {
    notes.push(noteOf('protected-header-without-from'))
    return outside
  }
  if (outer.length === 0 || sameAuthors(inside, outside)) return inside
  const named = addressMatcher(signed ? vouchedAddresses() : [])
  const bound = inside.every(({ address }) => named(address))
  const shown = bound || outside.length === 0 ? 'protected' : 'outer'
  const texts = { protected: inside.map(formatMailbox).join(', '), outer: outside.map(formatMailbox).join(', ') }
  notes.push(noteOf('from-mismatch', { ...texts, shown }))
  return shown === 'protected' ? inside : outside
}

function differencesOf(
  outer: readonly HeaderField[],
  inner: readonly HeaderField[],
  { told }: Protected,
  encrypted: boolean,
): HeadersReport['differences'] {
  const names = new Map<string, string>()
  for (const { name } of inner) names.set(name.toLowerCase(), name)
  for (const { name } of outer) {
    const key = name.toLowerCase()
    if (watchedNames.has(key) && !names.has(key)) names.set(key, name)
  }
  const differences: HeadersReport['differences'] = []
  // A bare CMS file has no outside to compare with.
  if (outer.length === 0) return differences
  for (const name of names.values()) {
    const inside = valuesOf(inner, name)
    const outside = valuesOf(outer, name)
    if (inside === outside) continue
    // Told the outside something else on purpose, and the outside is what it was told: confidential. The older forms have
    // no such statement; whatever differs in an encrypted message is taken for that.
    const intended = told ? valuesOf(told, name) : outside
    const confidential = encrypted && inside !== undefined && intended === outside && intended !== inside
    differences.push({
      name,
      ...(inside === undefined ? {} : { protected: inside }),
      ...(outside === undefined ? {} : { outer: outside }),
      confidential,
    })
  }
  return differences
}

function valuesOf(fields: readonly HeaderField[], name: string): string | undefined {
  const found = fieldsNamed(fields, name)
  return found.length === 0 ? undefined : found.map(displayValue).join('\n')
}
