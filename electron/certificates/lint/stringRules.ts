/** Text in names: string types and lengths (RFC 5280 §4.1.2.4 and appendix A), and characters that don't show or turn it around. */

import { universal } from '../../asn1/der.ts'
import { contentOf } from '../../asn1/derReader.ts'
import { equalBytes, utf8Bytes } from '../../base/bytes.ts'
import type { Certificate } from '../certificate.ts'
import type { Name, NameAttribute } from '../name.ts'
import { alternativeNames, foundValues, type Linted, type LintRule } from './rule.ts'

const attributesOf = (name: Name) => name.rdns.flat()

function attributes({ issuer, subject }: Certificate): NameAttribute[] {
  return [...attributesOf(issuer), ...attributesOf(subject)].filter(({ isText }) => isText)
}

/** Every text that somebody may read: names of issuer and subject, alternative names, and names within these. */
function texts(certificate: Certificate): string[] {
  const alternative = alternativeNames(certificate).flatMap((entry) =>
    entry.kind === 'directoryName' ? attributesOf(entry.name).map(({ value }) => value) : [entry.value],
  )
  return [...attributes(certificate).map(({ value }) => value), ...alternative]
}

const textsWith =
  (pattern: RegExp) =>
  ({ certificate }: Linted) =>
    foundValues(
      'values',
      texts(certificate).filter((text) => pattern.test(text)),
    )

const attributesWith =
  (matches: (attribute: NameAttribute) => boolean) =>
  ({ certificate }: Linted) =>
    foundValues('names', [
      ...new Set(
        attributes(certificate)
          .filter(matches)
          .map(({ label }) => label),
      ),
    ])

/** RFC 5280 §4.1.2.4: for new certificates PrintableString and UTF8String; TeletexString, BMPString and UniversalString are old. */
const oldTypes: readonly number[] = [universal.teletexString, universal.bmpString, 0x1c]

/** X.680 §41.4. */
const printable = /^[A-Za-z0-9 '()+,\-./:=?]*$/

function breaksItsType({ tag, value }: NameAttribute): boolean {
  if (tag === universal.printableString) return !printable.test(value)
  if (tag === 0x12) return !/^[0-9 ]*$/.test(value)
  return (tag === universal.ia5String || tag === 0x1a) && !/^[\x00-\x7f]*$/.test(value)
}

/** Upper bounds of RFC 5280 appendix A.1, in characters. */
const upperBounds: Readonly<Record<string, number>> = {
  ...{ CN: 64, O: 64, OU: 64, SN: 40, GN: 16, serialNumber: 64, C: 2, L: 128, ST: 128, title: 64 },
  ...{ emailAddress: 255, pseudonym: 128 },
}

/** A given name of more than 16 letters breaks its bound and is nothing that a person should hear about. */
const leastBound = 64

function isTooLong({ label, value }: NameAttribute): boolean {
  const bound = upperBounds[label]
  return bound !== undefined && label !== 'C' && [...value].length > Math.max(bound, leastBound)
}

/** Ill-formed UTF-8 is read as U+FFFD; a value with a real one is as unreadable. */
function isIllFormed({ tag, value, element }: NameAttribute): boolean {
  if (!value.includes('\ufffd')) return false
  return tag !== universal.utf8String || !equalBytes(utf8Bytes(value), contentOf(element))
}

export const stringRules: readonly LintRule[] = [
  {
    code: 'name-with-nul',
    severity: 'error',
    section: 'RFC 5280 §4.1.2.4',
    find: textsWith(/\0/),
  },
  {
    code: 'name-with-control-characters',
    severity: 'warning',
    section: 'RFC 5280 §4.1.2.4',
    find: textsWith(/[\u0001-\u001f\u007f-\u009f\u2028\u2029]/),
  },
  {
    code: 'name-with-direction-marks',
    severity: 'warning',
    section: 'RFC 4518 §2.2',
    find: textsWith(/[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/),
  },
  {
    code: 'name-with-invisible-characters',
    severity: 'warning',
    section: 'RFC 4518 §2.2',
    // A joiner between letters that join, as Arabic and the scripts of India do, is part of the word.
    find: textsWith(
      /[\u00ad\u115f\u1160\u180e\u200b\u2060-\u2064\u206a-\u206f\u2800\u3164\ufeff\uffa0\ufff9-\ufffb\u{e0000}-\u{e007f}]|\u034f|\u17b4|\u17b5|[\u180b-\u180d]|(?<![\p{Script=Arabic}\p{M}])[\u200c\u200d](?!\p{Script=Arabic})/u,
    ),
  },
  {
    code: 'unreadable-text',
    severity: 'warning',
    section: 'RFC 5280 §4.1.2.4',
    find: attributesWith(isIllFormed),
  },
  {
    code: 'old-string-type',
    severity: 'info',
    section: 'RFC 5280 §4.1.2.4',
    find: attributesWith(({ tag }) => oldTypes.includes(tag)),
  },
  {
    code: 'forbidden-characters',
    severity: 'info',
    section: 'X.680 §41.4',
    find: attributesWith(breaksItsType),
  },
  {
    code: 'long-name-part',
    severity: 'info',
    section: 'RFC 5280 §A.1',
    find: attributesWith(isTooLong),
  },
  {
    code: 'malformed-country',
    severity: 'info',
    section: 'RFC 5280 §A.1',
    find: attributesWith(({ label, value }) => label === 'C' && !/^[A-Z]{2}$/i.test(value)),
  },
  {
    code: 'empty-name-part',
    severity: 'info',
    section: 'S/MIME BR §7.1.4.2',
    find: attributesWith(({ value }) => /^[ .-]*$/.test(value)),
  },
]
