/**
 * Header fields as they are written (RFC 5322 §2.2.3, RFC 2047): ASCII, folded, encoded where needed. Only addresses with a
 * local part beyond ASCII are written in UTF-8 (RFC 6532), because they have no other form.
 *
 * Nothing that comes in can end a field: the functions for names, subjects and identifiers drop control characters, and
 * `headerLine` refuses what is left of them.
 */

import { domainToASCII } from 'node:url'
import type { Mailbox } from '../../shared/contract/values.ts'
import { encodeWords } from './encodedWords.ts'

/** A field before folding. */
export interface OutgoingField {
  readonly name: string
  readonly value: string
}

/** RFC 5322 §2.1.1: 78 characters should not be exceeded; folding stops a little earlier. */
const lineWidth = 76

/** The field with its line ends, folded before spaces. Throws on a control character: that would be an injected field. */
export function headerLine({ name, value }: OutgoingField): string {
  if (/[\x00-\x08\x0a-\x1f\x7f]/.test(value) || !/^[\x21-\x39\x3b-\x7e]+$/.test(name)) {
    throw new RangeError('control character in a header field')
  }
  let line = `${name}:`
  let text = ''
  // A word takes the spaces before it along, so that unfolding gives back every space and no line is blank.
  for (const word of ` ${value.trim()}`.match(/\s+\S+/g) ?? []) {
    if (line.length + word.length > lineWidth && line.trim() !== '' && line !== `${name}:`) {
      text += `${line}\r\n`
      line = word
    } else line += word
  }
  return `${text}${line}\r\n`
}

/** Unstructured text such as a subject. A word that no line may hold is encoded too. */
export function unstructuredText(text: string): string {
  const clean = withoutControls(text)
  return encodeWords(clean, /\S{900}/.test(clean))
}

export function mailboxListText(mailboxes: readonly Mailbox[]): string {
  return mailboxes.map(mailboxText).join(', ')
}

function mailboxText({ name, address }: Mailbox): string {
  const shown = withoutControls(name ?? '').trim()
  const written = addressText(address)
  if (shown === '') return written
  return `${phraseText(shown)} <${written}>`
}

/** RFC 5322 §3.2.5: atoms as they are, other ASCII in quotes, the rest as encoded words. */
function phraseText(name: string): string {
  if (!/^[\x20-\x7e]*$/.test(name) || name.includes('=?')) return encodeWords(name)
  if (/^[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~ ]+$/.test(name)) return name
  return `"${name.replace(/(["\\])/g, '\\$1')}"`
}

/** The address with its domain in ASCII. */
export function addressText(address: string): string {
  const text = withoutControls(address).trim()
  const at = text.lastIndexOf('@')
  const domain = domainToASCII(text.slice(at + 1))
  return at < 1 || domain === '' ? text : `${text.slice(0, at)}@${domain}`
}

/** RFC 5322 §3.3, in UTC: the zone of the writer is nobody's business. */
export function dateText(date: Date): string {
  return date.toUTCString().replace('GMT', '+0000')
}

/** The message identifiers of a text that may come from a stranger's mail; anything else in it is dropped. */
export function messageIdsText(text: string): string {
  return (text.match(/<[\x21-\x3b\x3d\x3f-\x7e]{1,900}>/g) ?? []).join(' ')
}

function withoutControls(text: string): string {
  return text.replace(/[\x00-\x1f\x7f]+/g, ' ')
}
