/**
 * A mail as a person copied it: with the line ends of their system, perhaps with empty lines before it. DKIM (RFC 6376) is
 * about the bytes on the wire, which end each line with CRLF.
 */

import { latin1Bytes, latin1Text } from '../../base/bytes.ts'

/** The mail with CRLF throughout; every other byte stays. */
export function pastedMail(bytes: Uint8Array): Uint8Array {
  const text = latin1Text(bytes)
    // A byte order mark in UTF-8, as editors put it.
    .replace(/^\xef\xbb\xbf/, '')
    .replace(/^[\r\n]+/, '')
    // An mbox's separator, as "show original" of some programs brings it.
    .replace(/^From [^\r\n]*\r?\n/, '')
    .replace(/\r\n|\r|\n/g, '\r\n')
  return latin1Bytes(text.endsWith('\r\n') ? text : `${text}\r\n`)
}
