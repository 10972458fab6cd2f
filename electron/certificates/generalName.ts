/**
 * GeneralName (RFC 5280 §4.2.1.6) as values, with the mail addresses that a certificate carries: rfc822Name and
 * SmtpUTF8Mailbox (RFC 9598).
 */

import { type Element, oidText, universal } from '../asn1/der.ts'
import { contentOf, DerReader, encodingOf, MalformedDer, soleElement } from '../asn1/derReader.ts'
import { oids } from '../asn1/oids.ts'
import { hexText, latin1Text, utf8Text } from '../base/bytes.ts'
import { type Name, nameOfField } from './name.ts'

export type GeneralName =
  | { readonly kind: 'rfc822Name'; readonly value: string }
  | { readonly kind: 'smtpUtf8Mailbox'; readonly value: string }
  | { readonly kind: 'dnsName'; readonly value: string }
  | { readonly kind: 'uri'; readonly value: string }
  | { readonly kind: 'ipAddress'; readonly value: string; readonly bytes: Uint8Array }
  | { readonly kind: 'directoryName'; readonly value: string; readonly name: Name }
  | { readonly kind: 'registeredId'; readonly value: string }
  | { readonly kind: 'otherName'; readonly type: string; readonly value: string }
  | { readonly kind: 'x400Address' | 'ediPartyName'; readonly value: string }

/**
 * How many names one list may hold. The largest seen in the wild is below 2,000; issue tests show 10,000 as hostile but
 * readable, so more than that is refused.
 */
export const generalNameLimit = 20_000

/** IPv4 or IPv6 as text; with twice the length it is an address and a mask, as name constraints have it. */
function ipText(bytes: Uint8Array): string {
  const text = (part: Uint8Array): string => {
    if (part.length === 4) return [...part].join('.')
    const groups: string[] = []
    for (let index = 0; index + 1 < part.length; index += 2) {
      groups.push((((part[index] ?? 0) << 8) | (part[index + 1] ?? 0)).toString(16))
    }
    return groups.join(':')
  }
  if (bytes.length === 8 || bytes.length === 32) {
    return `${text(bytes.subarray(0, bytes.length / 2))}/${text(bytes.subarray(bytes.length / 2))}`
  }
  return bytes.length === 4 || bytes.length === 16 ? text(bytes) : `#${hexText(bytes)}`
}

function otherNameOf(field: Element, what: string): GeneralName {
  const reader = DerReader.inside(field)
  const type = reader.oid(what)
  const value = soleElement(contentOf(reader.expect(0xa0, what)), what)
  reader.end(what)
  if (type === oids.smtpUtf8Mailbox) {
    if (value.tag !== universal.utf8String) throw new MalformedDer(what)
    return { kind: 'smtpUtf8Mailbox', value: utf8Text(contentOf(value)) }
  }
  const text = value.tag === universal.utf8String ? utf8Text(contentOf(value)) : `#${hexText(encodingOf(value))}`
  return { kind: 'otherName', type, value: text }
}

/** `[8] IMPLICIT OBJECT IDENTIFIER`. */
function registeredIdOf(field: Element, what: string): string {
  const text = oidText(contentOf(field))
  if (text === undefined) throw new MalformedDer(what)
  return text
}

/** Reads one GeneralName; throws MalformedDer. */
export function generalNameOf(field: Element, what: string): GeneralName {
  switch (field.tag) {
    case 0xa0:
      return otherNameOf(field, what)
    case 0x81:
      return { kind: 'rfc822Name', value: latin1Text(contentOf(field)) }
    case 0x82:
      return { kind: 'dnsName', value: latin1Text(contentOf(field)) }
    case 0xa3:
      return { kind: 'x400Address', value: `#${hexText(contentOf(field))}` }
    case 0xa4: {
      const name = nameOfField(soleElement(contentOf(field), what))
      return { kind: 'directoryName', value: name.text, name }
    }
    case 0xa5:
      return { kind: 'ediPartyName', value: `#${hexText(contentOf(field))}` }
    case 0x86:
      return { kind: 'uri', value: latin1Text(contentOf(field)) }
    case 0x87:
      return { kind: 'ipAddress', value: ipText(contentOf(field)), bytes: contentOf(field) }
    case 0x88:
      return { kind: 'registeredId', value: registeredIdOf(field, what) }
    default:
      throw new MalformedDer(what)
  }
}

/** Reads the content of GeneralNames (a SEQUENCE, or an implicit tag over one); throws MalformedDer. */
export function generalNamesOf(content: Uint8Array, what: string): GeneralName[] {
  const reader = new DerReader(content)
  const names: GeneralName[] = []
  while (!reader.atEnd) {
    if (names.length >= generalNameLimit) throw new MalformedDer('too-many-names')
    names.push(generalNameOf(reader.any(what), what))
  }
  return names
}

/** The mail addresses in a list of names, as written. */
export function mailAddressesOf(names: readonly GeneralName[]): string[] {
  return names.filter(({ kind }) => kind === 'rfc822Name' || kind === 'smtpUtf8Mailbox').map(({ value }) => value)
}
