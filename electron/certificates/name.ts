/**
 * Distinguished names (X.501, RFC 5280 §4.1.2.4): read from DER, spelled as RFC 4514 text, compared by the rules of
 * RFC 5280 §7.1.
 */

import { type Element, universal } from '../asn1/der.ts'
import { contentOf, DerReader, encodingOf, MalformedDer, soleElement } from '../asn1/derReader.ts'
import { equalBytes, hexText, latin1Text, utf8Text } from '../base/bytes.ts'
import { preparedString } from './stringPrep.ts'

export interface NameAttribute {
  /** Dotted OID of the attribute type. */
  readonly type: string
  /** Short name (CN, O, emailAddress …) or the dotted OID when it has none. */
  readonly label: string
  /** The text, or "#" and the DER in hexadecimal when the value isn't a string. */
  readonly value: string
  /** Whether the value is one of ASN.1's string types. */
  readonly isText: boolean
  /** Identifier byte of the value's ASN.1 type. */
  readonly tag: number
  /** The value as it is written. */
  readonly element: Element
}

export interface Name {
  readonly der: Uint8Array
  readonly rdns: readonly (readonly NameAttribute[])[]
  /** The comparable form of each RDN (RFC 5280 §7.1), made once and when asked for: a stranger decides how often names are compared. */
  readonly keys: readonly string[]
  /** RFC 4514, most specific part first: "CN=Alice,O=Example,C=DE". */
  readonly text: string
}

/** RFC 4514 §3, RFC 5280 appendix A and the S/MIME Baseline Requirements' attributes. */
const labels: Readonly<Record<string, string>> = {
  '2.5.4.3': 'CN',
  '2.5.4.4': 'SN',
  '2.5.4.5': 'serialNumber',
  '2.5.4.6': 'C',
  '2.5.4.7': 'L',
  '2.5.4.8': 'ST',
  '2.5.4.9': 'STREET',
  '2.5.4.10': 'O',
  '2.5.4.11': 'OU',
  '2.5.4.12': 'title',
  '2.5.4.17': 'postalCode',
  '2.5.4.42': 'GN',
  '2.5.4.43': 'initials',
  '2.5.4.44': 'generationQualifier',
  '2.5.4.46': 'dnQualifier',
  '2.5.4.65': 'pseudonym',
  '2.5.4.97': 'organizationIdentifier',
  '0.9.2342.19200300.100.1.1': 'UID',
  '0.9.2342.19200300.100.1.25': 'DC',
  '1.2.840.113549.1.9.1': 'emailAddress',
}

/** The dotted OID of an attribute by its short name. */
export const attributeTypes: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(labels).map(([type, label]) => [label, type]),
)

// Real names have up to about 20 parts; the comparison of names is quadratic in the parts of one RDN.
const attributeLimit = 200

function utf16Text(content: Uint8Array, unit: 2 | 4, what: string): string {
  if (content.length % unit !== 0) throw new MalformedDer(what)
  let text = ''
  for (let offset = 0; offset < content.length; offset += unit) {
    let code = 0
    for (let index = 0; index < unit; index++) code = code * 256 + (content[offset + index] ?? 0)
    text += code <= 0x10ffff ? String.fromCodePoint(code) : '\ufffd'
  }
  return text
}

/** The text of any of ASN.1's string types, or undefined for another type. TeletexString is read as ISO 8859-1, as everybody writes it. */
function stringOf(field: Element, what: string): string | undefined {
  switch (field.tag) {
    case universal.utf8String:
      return utf8Text(contentOf(field))
    case universal.printableString:
    case universal.ia5String:
    case universal.teletexString:
    case 0x12: // NumericString
    case 0x1a: // VisibleString
      return latin1Text(contentOf(field))
    case universal.bmpString:
      return utf16Text(contentOf(field), 2, what)
    case 0x1c: // UniversalString
      return utf16Text(contentOf(field), 4, what)
    default:
      return undefined
  }
}

function attributeOf(field: Element): NameAttribute {
  if (field.tag !== universal.sequence) throw new MalformedDer('name')
  const reader = DerReader.inside(field)
  const type = reader.oid('name')
  const value = reader.any('name')
  reader.end('name')
  const text = stringOf(value, 'name')
  return {
    type,
    label: labels[type] ?? type,
    value: text ?? `#${hexText(encodingOf(value))}`,
    isText: text !== undefined,
    tag: value.tag,
    element: value,
  }
}

/** Reads a Name's content; throws MalformedDer. */
export function nameOfField(field: Element): Name {
  if (field.tag !== universal.sequence) throw new MalformedDer('name')
  const rdns: NameAttribute[][] = []
  let count = 0
  const sequence = DerReader.inside(field)
  while (!sequence.atEnd) {
    const set = DerReader.inside(sequence.expect(universal.set, 'name'))
    const attributes: NameAttribute[] = []
    while (!set.atEnd) {
      if (++count > attributeLimit) throw new MalformedDer('name')
      attributes.push(attributeOf(set.any('name')))
    }
    if (attributes.length === 0) throw new MalformedDer('name')
    rdns.push(attributes)
  }
  let keys: readonly string[] | undefined
  let text: string | undefined
  return {
    der: encodingOf(field),
    rdns,
    get keys() {
      keys ??= rdns.map(rdnKey)
      return keys
    },
    get text() {
      text ??= nameText(rdns)
      return text
    },
  }
}

/** Reads a DER Name, or undefined when it isn't one. */
export function parseName(der: Uint8Array): Name | undefined {
  try {
    return nameOfField(soleElement(der, 'name'))
  } catch (error) {
    if (error instanceof MalformedDer) return undefined
    throw error
  }
}

/** Controls, line separators, and marks that don't show or turn the text around; joiners belong to words (Arabic, Hindi). */
const escaped = /[\u0000-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g

/** RFC 4514 §2.4, which lets any character be written as the octets of its UTF-8: a name can't break out of its line. */
function escapeValue(value: string): string {
  return value
    .replace(/[\\,+"<>;=]/g, (character) => `\\${character}`)
    .replace(escaped, (character) => encodeURIComponent(character).replaceAll('%', '\\').toLowerCase())
    .replace(/^[ #]/, (character) => `\\${character}`)
    .replace(/ $/, '\\ ')
}

function nameText(rdns: readonly (readonly NameAttribute[])[]): string {
  return [...rdns]
    .reverse()
    .map((rdn) => rdn.map(({ label, value, isText }) => `${label}=${isText ? escapeValue(value) : value}`).join('+'))
    .join(',')
}

/** The first value of an attribute, by its label ("CN", "O"), or undefined. */
export function attributeValue(name: Name, label: string): string | undefined {
  return attributeValues(name, label)[0]
}

export function attributeValues(name: Name, label: string): string[] {
  return name.rdns.flatMap((rdn) => rdn.filter((attribute) => attribute.label === label).map(({ value }) => value))
}

/**
 * RFC 5280 §7.1: text is prepared by RFC 4518, whatever string type it is written in; what can't be prepared, or isn't
 * text, is compared by its bytes, so that two ill-formed values don't become the same one.
 */
function comparableValue({ element, value, isText }: NameAttribute): string {
  const prepared = isText ? preparedString(value) : undefined
  return prepared === undefined ? `#${hexText(encodingOf(element))}` : `=${prepared}`
}

/** The order of the attributes in one RDN means nothing (RFC 5280 §7.1). */
function rdnKey(rdn: readonly NameAttribute[]): string {
  return JSON.stringify(rdn.map((attribute) => `${attribute.type}${comparableValue(attribute)}`).sort())
}

/** A text that two names share exactly when they are the same name by RFC 5280 §7.1, for look-up in a map. */
export function nameKey(name: Name): string {
  return name.keys.join('')
}

/** RFC 5280 §7.1: whether two names are the same name, whatever string types they are written in. */
export function namesMatch(left: Name, right: Name): boolean {
  return equalBytes(left.der, right.der) || (left.rdns.length === right.rdns.length && nameKey(left) === nameKey(right))
}

/** Whether a name lies in the subtree below `base`, as name constraints mean it (RFC 5280 §4.2.1.10). */
export function nameStartsWith(name: Name, base: Name): boolean {
  if (base.rdns.length > name.rdns.length) return false
  return base.keys.every((key, index) => key === name.keys[index])
}
