/** For tests: mails written by hand from real signatures and envelopes, as odd as a test wants them. */

import { utf8Bytes, utf8Text } from '../base/bytes.ts'
import { systemRandom } from '../base/random.ts'
import { expectSuccess } from '../base/result.ts'
import { type TestEntity, testNow, testPerson } from '../certificates/testPki.ts'
import { base64Lines } from '../mime/canonical.ts'
import { encrypt } from './cms/encrypt.ts'
import { type CmsSigner, signDetached, signOpaque } from './cms/sign.ts'
import { openMessage } from './open.ts'
import type { OpenedMessage, OpenOptions } from './openedMessage.ts'

export const anna = await testPerson('anna@sandbox.example')
export const mallory = await testPerson('mallory@evil.example')

export function signerOf({ certificate, key }: TestEntity): CmsSigner {
  return { certificate, chain: [], key, digest: 'sha256', signingTime: testNow }
}

export async function joined(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const all: Uint8Array[] = []
  for await (const chunk of chunks) all.push(chunk)
  return Buffer.concat(all)
}

export const head = crlf('From: Anna <anna@sandbox.example>', 'To: b@x.example', 'Subject: outer', 'MIME-Version: 1.0')
export const plainPart = crlf('Content-Type: text/plain', '', 'the signed text')

export function crlf(...lines: string[]): string {
  return lines.join('\r\n')
}

export async function signatureOver(content: string, by = anna): Promise<string> {
  return base64Lines(await signDetached([utf8Bytes(content)], signerOf(by)))
}

export async function clearSigned(content: string, by = anna, signature?: string, ...extra: string[]): Promise<string> {
  return crlf(
    'Content-Type: multipart/signed; protocol="application/pkcs7-signature"; micalg=sha-256; boundary=sig',
    '',
    '--sig',
    content,
    '--sig',
    'Content-Type: application/pkcs7-signature; name=smime.p7s',
    'Content-Transfer-Encoding: base64',
    '',
    signature ?? (await signatureOver(content, by)),
    ...extra.flatMap((part) => ['--sig', part]),
    '--sig--',
    '',
  )
}

export function cmsPart(der: Uint8Array, type = 'application/pkcs7-mime; name=smime.p7m'): string {
  return crlf(`Content-Type: ${type}`, 'Content-Transfer-Encoding: base64', '', base64Lines(der))
}

export function encrypted(content: string, cipher: 'aes-256-cbc' | 'aes-256-gcm' = 'aes-256-gcm'): Promise<Uint8Array> {
  const recipients = [{ certificate: anna.certificate }]
  return joined(expectSuccess(encrypt([utf8Bytes(content)], { recipients, cipher, random: systemRandom })))
}

export async function opaque(content: string, by = anna): Promise<Uint8Array> {
  return joined(signOpaque([utf8Bytes(content)], signerOf(by)))
}

export function mixed(...parts: string[]): string {
  return crlf(
    'Content-Type: multipart/mixed; boundary=mix',
    '',
    ...parts.flatMap((part) => ['--mix', part]),
    '--mix--',
    '',
  )
}

export function open(bytes: Uint8Array | string, options: Partial<OpenOptions> = {}): Promise<OpenedMessage> {
  const keys = [{ certificate: anna.certificate, key: anna.key }]
  return openMessage(typeof bytes === 'string' ? utf8Bytes(bytes) : bytes, { keys, ...options }).then(expectSuccess)
}

export function shown(message: OpenedMessage): Promise<[string, boolean][]> {
  return Promise.all(
    message.parts.map(async (part): Promise<[string, boolean]> => [utf8Text(await part.bytes()).trim(), part.covered]),
  )
}

export function codes(message: OpenedMessage): string[] {
  return message.notes.map(({ code }) => code)
}

export function states(message: OpenedMessage): string[] {
  return message.signers.map(({ outcome }) => outcome.state)
}
