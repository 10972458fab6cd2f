/**
 * A password as the bytes that the formats make of it: UTF-8 for PBES2 (RFC 8018), BMPString with two closing zero bytes
 * for PKCS#12 (RFC 7292 B.1). No password and the empty one differ there, and programs disagree which one they mean.
 */

import { utf8Bytes } from '../base/bytes.ts'

export interface FilePassword {
  readonly utf8: Uint8Array
  readonly bmp: Uint8Array
}

/** UTF-16BE and the closing zeros. */
function bmpBytes(text: string): Uint8Array {
  const bytes = Buffer.alloc(2 * text.length + 2)
  for (let index = 0; index < text.length; index++) bytes.writeUInt16BE(text.charCodeAt(index), 2 * index)
  return bytes
}

const none: FilePassword = { utf8: new Uint8Array(), bmp: new Uint8Array() }

/**
 * The spellings to try, in order. Older OpenSSL took each UTF-8 byte as one character; macOS types decomposed letters; NSS before
 * 2017 gave PBES2 the password as PKCS#12 spells it. `undefined` stands for "no password was given" and gives the two spellings of none.
 */
export function passwordSpellings(password: string | undefined): FilePassword[] {
  if (password === undefined || password === '') return [{ utf8: new Uint8Array(), bmp: bmpBytes('') }, none]
  const texts = [...new Set([password, password.normalize('NFC'), password.normalize('NFD')])]
  const spellings = texts.map((text) => ({ utf8: utf8Bytes(text), bmp: bmpBytes(text) }))
  const bmp = bmpBytes(password)
  const bmpForAll = { utf8: bmp, bmp }
  if (/^[\x00-\x7f]*$/.test(password)) return [...spellings, bmpForAll]
  const bytesAsCharacters = Buffer.from(utf8Bytes(password)).toString('latin1')
  return [...spellings, { utf8: Buffer.from(password, 'latin1'), bmp: bmpBytes(bytesAsCharacters) }, bmpForAll]
}
