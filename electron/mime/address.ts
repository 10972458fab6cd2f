/**
 * Mail addresses: lists in header fields (RFC 5322 §3.4 with its obsolete forms, RFC 6532), what is an address, and when two
 * spellings mean one mailbox.
 *
 * Reading a list never fails: what a person should see is kept, also where it is no address. Encoded words are decoded in
 * names only, after the list was taken apart, so that an encoded "<" or "," can't make another address.
 */

import { domainToASCII } from 'node:url'
import type { Mailbox } from '../../shared/contract/values.ts'
import { decodeWords } from './encodedWords.ts'

/** RFC 5321 §4.5.3.1: 64 octets for the local part, 255 for the domain. */
const localPartLimit = 64
const domainLimit = 255

/** Nobody can read a longer name; the patterns below would take time quadratic in its length. */
const entryLimit = 1_000

const atomText = '[^\\s"(),:;<>@\\[\\\\\\]\\x00-\\x1f\\x7f.]+'
const dotAtom = new RegExp(`^${atomText}(\\.${atomText})*$`, 'u')
const quotedString = /^"([^"\\\x00-\x1f\x7f]|\\[\x20-\x7e])*"$/u
const hostName = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/

/**
 * The mailboxes of a header's unfolded value, in order; groups are opened, comments serve as names where there is no other.
 * An entry that is no address is returned with its text as `address`, so that it is shown and fails `isAddress`.
 */
export function parseAddressList(text: string): Mailbox[] {
  const list: Mailbox[] = []
  let entry = emptyEntry()
  const flush = () => {
    const mailbox = mailboxOf(entry)
    if (mailbox) list.push(mailbox)
    entry = emptyEntry()
  }
  for (let position = 0; position < text.length; ) {
    const character = text[position] ?? ''
    if (character === '"') {
      const end = endOfQuoted(text, position)
      entry.phrase += unquoted(text.slice(position, end))
      entry.bare += text.slice(position, end)
      position = end
    } else if (character === '(') {
      const end = endOfComment(text, position)
      entry.comment = text.slice(position + 1, end - (text[end - 1] === ')' ? 1 : 0))
      entry.phrase += ' '
      entry.bare += ' '
      position = end
    } else if (character === '<') {
      // A second bracketed address is an entry of its own: hiding one behind the other is how a sender is forged.
      if (entry.angle !== undefined) flush()
      const end = endOfAngle(text, position)
      entry.angle = text.slice(position + 1, text[end - 1] === '>' ? end - 1 : end)
      position = end
    } else if (character === '[') {
      const close = text.indexOf(']', position)
      const end = close < 0 ? text.length : close + 1
      entry.phrase += text.slice(position, end)
      entry.bare += text.slice(position, end)
      position = end
    } else {
      if (character === ',' || character === ';') flush()
      else if (character === ':' && entry.angle === undefined) entry = emptyEntry()
      else {
        entry.phrase += character
        entry.bare += character
      }
      position++
    }
  }
  flush()
  return list
}

interface Entry {
  /** The words before the address with quotes resolved, for the name. */
  phrase: string
  /** The same as written, which is the address where there are no angle brackets. */
  bare: string
  comment: string
  angle: string | undefined
}

function emptyEntry(): Entry {
  return { phrase: '', bare: '', comment: '', angle: undefined }
}

/** The mark at the end keeps the beginning of an endless address from being an address of its own. */
function cut(text: string): string {
  const trimmed = text.trim()
  return trimmed.length <= entryLimit ? trimmed : `${trimmed.slice(0, entryLimit)}…`
}

function mailboxOf(entered: Entry): Mailbox | undefined {
  const entry = {
    phrase: entered.phrase.slice(0, entryLimit),
    bare: cut(entered.bare),
    comment: entered.comment.slice(0, entryLimit),
    angle: entered.angle === undefined ? undefined : cut(entered.angle),
  }
  if (entry.angle !== undefined) {
    // RFC 5322 §4.4: an obsolete source route "@a,@b:" stands before the address and means nothing today.
    const address = withoutSpaces(entry.angle.replace(/^\s*@[^":]*:/, ''))
    return named(address, entry.phrase.trim() === '' ? entry.comment : entry.phrase)
  }
  const bare = entry.bare.trim().replace(/\s*([.@])\s*/g, '$1')
  if (bare === '') return undefined
  // "Alice alice@example.com" without brackets is no valid form, but some programs write it.
  const start = startOfLastWord(bare)
  if (!bare.includes('@', start)) return { address: bare }
  return named(bare.slice(start), start === 0 ? entry.comment : unquoted(bare.slice(0, start)))
}

function startOfLastWord(text: string): number {
  let start = 0
  for (let position = 0; position < text.length; position++) {
    if (text[position] === '"') position = endOfQuoted(text, position) - 1
    else if (/\s/.test(text[position] ?? '')) start = position + 1
  }
  return start
}

function named(address: string, name: string): Mailbox {
  const shown = decodeWords(name).replace(/\s+/g, ' ').trim()
  return shown === '' ? { address } : { name: shown, address }
}

function endOfQuoted(text: string, start: number): number {
  for (let position = start + 1; position < text.length; position++) {
    if (text[position] === '\\') position++
    else if (text[position] === '"') return position + 1
  }
  return text.length
}

function endOfComment(text: string, start: number): number {
  let depth = 0
  for (let position = start; position < text.length; position++) {
    if (text[position] === '\\') position++
    else if (text[position] === '(') depth++
    else if (text[position] === ')' && --depth === 0) return position + 1
  }
  return text.length
}

function endOfAngle(text: string, start: number): number {
  for (let position = start + 1; position < text.length; position++) {
    if (text[position] === '"') position = endOfQuoted(text, position) - 1
    else if (text[position] === '>') return position + 1
  }
  return text.length
}

/** White space outside quotes has no place in an address (RFC 5322 §4.4 allows it around dots). */
function withoutSpaces(text: string): string {
  return text.replace(/("(?:[^"\\]|\\.)*")|\s+/g, (_, quoted?: string) => quoted ?? '')
}

function unquoted(text: string): string {
  return text.replace(/"((?:[^"\\]|\\.)*)"?/g, (_, inside: string) => inside.replace(/\\(.)/g, '$1'))
}

interface AddressParts {
  readonly localPart: string
  readonly domain: string
}

/** The two halves: the local part without needless quotes, the domain in ASCII and lower case. */
function partsOf(address: string): AddressParts | undefined {
  const text = address.trim()
  const at = text.lastIndexOf('@')
  if (at < 1 || at === text.length - 1) return undefined
  const written = text.slice(0, at)
  const inside = quotedString.test(written) ? unquoted(written) : written
  const domain = text.slice(at + 1)
  // What isn't a host name stays as written: two malformed domains are the same only if they are spelled so.
  const ascii = /[%\s/\\?#]/.test(domain) ? '' : domainToASCII(domain).toLowerCase()
  return { localPart: dotAtom.test(inside) ? inside : written, domain: hostName.test(ascii) ? ascii : domain }
}

/**
 * Whether mail can be sent there: a dot-atom (also in UTF-8, RFC 6531) or quoted local part and a host name with a dot, or
 * `localhost`. Address literals are refused: no certificate names one.
 */
export function isAddress(text: string): boolean {
  const parts = partsOf(text)
  if (!parts || text.length > 2 * (localPartLimit + domainLimit)) return false
  const { localPart, domain } = parts
  if (Buffer.byteLength(localPart) > localPartLimit || domain.length > domainLimit) return false
  if (!dotAtom.test(localPart) && !quotedString.test(localPart)) return false
  if (domain.split('.').some((label) => label.length > 63)) return false
  return hostName.test(domain) && (domain === 'localhost' || /\.[a-z0-9-]*[a-z-][a-z0-9-]*$/.test(domain))
}

/** Whether the local part needs a server that takes UTF-8 (SMTPUTF8, RFC 6531). The domain never does: it has an ASCII form. */
export function needsSmtpUtf8(address: string): boolean {
  const localPart = partsOf(address)?.localPart ?? address
  return !/^[\x00-\x7f]*$/.test(localPart)
}

/**
 * The spelling for keys in databases: domain in ASCII and lower case, local part with its ASCII letters in lower case
 * (RFC 5321 §2.4 leaves case to the server; no server in use tells them apart). Other letters stay: folding them differs
 * by language, and RFC 9598 §5 compares them octet by octet.
 */
export function normalizedAddress(text: string): string {
  const parts = partsOf(text)
  const lower = (value: string) => value.replace(/[A-Z]/g, (letter) => letter.toLowerCase())
  return parts ? `${lower(parts.localPart)}@${lower(parts.domain)}` : lower(text.trim())
}

/** Whether two spellings mean one mailbox. What has no "@" is never the same as anything. */
export function sameAddress(left: string, right: string): boolean {
  return partsOf(left) !== undefined && normalizedAddress(left) === normalizedAddress(right)
}

/**
 * Answers `sameAddress` for one address against many at once: two lists from a stranger, compared address by address, take
 * time in the product of their lengths.
 */
export function addressMatcher(addresses: Iterable<string>): (address: string) => boolean {
  const known = new Set<string>()
  for (const address of addresses) if (partsOf(address)) known.add(normalizedAddress(address))
  return (address) => known.has(normalizedAddress(address))
}

/**
 * A mailbox for people and for fields that take UTF-8: `"Berger, Anna" <anna@sandbox.example>`. Control characters become
 * spaces. Header fields are written by mime/headerText.ts, which encodes names.
 */
export function formatMailbox(mailbox: Mailbox): string {
  const name = mailbox.name?.replace(/[\x00-\x1f\x7f]+/g, ' ').trim() ?? ''
  const address = mailbox.address.replace(/[\x00-\x1f\x7f]+/g, '')
  if (name === '') return address
  return `${/["(),.:;<>@[\\\]]/.test(name) ? `"${name.replace(/(["\\])/g, '\\$1')}"` : name} <${address}>`
}
