/** The mails of MimeKit and Apache James, each with what it must come to: layers, signers, parts and oddities. */

import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { corpus } from '../../../build/corpora.ts'
import { openMessage } from '../open.ts'
import { outcomeOf } from './testOutcome.ts'

interface Expected {
  readonly layers?: readonly string[]
  readonly signers?: readonly string[]
  readonly parts: readonly string[]
  readonly notes?: readonly string[]
}

const photo = 'image/jpeg · 0 · empty.jpg'
const gif = 'image/gif · 0 · empty.gif'
const html = 'text/html · 41'
const text = 'text/plain · 22'
const status = (size: number) => `message/delivery-status · ${size}`
const inside = (size: number) => `message/rfc822 · ${size}`
const sha256 = 'SHA-256 · RSA PKCS#1 v1.5'
const sha1 = 'SHA-1 · RSA PKCS#1 v1.5'

const expectations: Readonly<Record<string, Readonly<Record<string, Expected>>>> = {
  mimekit: {
    'messages/body.1.txt': { parts: [text] },
    'messages/body.2.txt': { parts: [html] },
    'messages/body.3.txt': { parts: [html, text] },
    'messages/body.4.txt': { parts: [html, gif, photo] },
    'messages/body.5.txt': { parts: [html, gif, photo, text] },
    'messages/body.6.txt': { parts: [html, gif, photo, text, 'text/plain · 29 · document.txt'] },
    'messages/body.7.txt': { parts: [html, text, gif, photo, 'text/plain · 29 · document.txt'] },
    'messages/body.8.txt': { parts: [text, 'text/html · 63', 'application/octet-stream · 0 · attachment.dat'] },
    'messages/body.9.txt': { parts: [html, 'text/plain · 44', 'application/octet-stream · 0 · attachment.dat'] },
    'messages/bounce.txt': { parts: ['text/plain · 1365', status(934), inside(17695)] },
    'messages/delivery-status-multiple-blank-lines.txt': {
      parts: ['text/plain · 57', status(151)],
      notes: ['unclosed-multipart'],
    },
    'messages/delivery-status-no-blank-line.txt': { parts: [status(189), inside(817)] },
    'messages/delivery-status.anonymized.eml': { parts: [status(188), inside(817)] },
    'messages/delivery-status.txt': { parts: [status(188), inside(817)] },
    'messages/delivery-status2.txt': { parts: ['text/plain · 247', status(117), inside(554)] },
    'messages/disposition-notification.anonymized.eml': {
      parts: ['text/plain · 226', 'message/disposition-notification · 264', inside(345)],
    },
    'messages/disposition-notification.txt': {
      parts: ['text/plain · 226', 'message/disposition-notification · 264', inside(345)],
    },
    'messages/empty-multipart.txt': {
      parts: ['multipart/alternative · 0', 'text/plain · 84'],
      notes: ['unclosed-multipart', 'empty-multipart'],
    },
    'messages/epilogue.txt': { parts: ['text/plain · 86', 'application/postscript · 0'] },
    // Begins with a byte order mark.
    'messages/feedback-report.txt': { parts: ['text/plain · 191', 'message/feedback-report · 462', inside(433)] },
    'messages/issue1130.txt': { parts: ['text/plain · 208'] },
    'messages/issue358.txt': { parts: ['text/plain · 3773'], notes: ['missing-blank-line'] },
    // 111 bytes of ISO-2022-JP.
    'messages/japanese.txt': { parts: ['text/plain · 103'] },
    'messages/missing-subtype.txt': {
      parts: ['text/plain · 15 · document.xml.gz'],
      notes: ['malformed-content-type'],
    },
    'messages/multipart-digest.txt': { parts: [inside(330)] },
    'messages/multipart-related-mhtml.txt': { parts: ['image/png · 889', 'text/html · 729'] },
    'messages/rfc2060.txt': {
      parts: ['text/plain · 33', 'application/octet-stream · 33', inside(302), 'image/gif · 35', inside(462)],
      notes: ['unclosed-multipart'],
    },
    'messages/simple-embedded-message.anonymized.eml': { parts: ['text/plain · 26', inside(208)] },
    'messages/simple-embedded-message.eml': { parts: ['text/plain · 26', inside(208)] },
    'messages/simple-multipart.anonymized.eml': {
      parts: ['text/plain · 26', 'application/octet-stream · 39 · xxxxxxxxxxxxxx'],
    },
    'messages/simple-multipart.eml': {
      parts: ['text/plain · 26', 'application/octet-stream · 38 · attachment.txt'],
    },
    'messages/stack-overflow.txt': { parts: ['text/plain · 14'] },
    'partial/message-partial.0.eml': { parts: ['message/partial · 61427'] },
    'partial/message-partial.1.eml': { parts: ['message/partial · 61393'] },
    'partial/message-partial.2.eml': { parts: ['message/partial · 54040'] },
    'partial/message-partial.eml': { parts: ['text/plain · 131', 'image/jpeg · 130292 · earrings.jpg'] },
    'partial/rfc2046.0.eml': { parts: ['message/partial · 228'] },
    'partial/rfc2046.1.eml': { parts: ['message/partial · 52'] },
    'partial/rfc2046.eml': { parts: ['audio/basic · 53'] },
    'smime/octet-stream-with-mixed-line-endings.dat': {
      layers: [`clear-signed · verified · ${sha1}`],
      signers: ['verified'],
      parts: ['application/octet-stream · 43 · signed'],
    },
    'smime/thunderbird-signed.txt': {
      layers: [`clear-signed · verified · ${sha1}`],
      signers: ['verified'],
      parts: ['text/plain · 179 · signed', 'image/jpeg · 152804 · signed.jpg · signed'],
      notes: ['line-ends-restored'],
    },
  },
  'james-smime': {
    'eml/non_smime_mail.eml': { parts: ['text/plain · 10'] },
    'smime-test-resource-set/mail-with-signature-and-multi-certs.eml': {
      layers: [`signed · verified · ${sha256}`],
      signers: ['verified'],
      parts: ['text/plain · 12 · signed'],
    },
    'smime-test-resource-set/mail_with_signature.eml': {
      layers: [`clear-signed · verified · ${sha256}`],
      signers: ['verified'],
      parts: ['text/plain · 169 · signed'],
      notes: ['line-ends-restored'],
    },
    'smime-test-resource-set/mail_with_signature_and_content_type_xpkcs7mime.eml': {
      layers: [`signed · verified · ${sha256}`],
      signers: ['verified'],
      parts: ['text/plain · 176 · signed'],
    },
  },
}

function mailsBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(eml|txt|dat)$/.test(name) && !/SOURCE|LICENSE/.test(name))
    .filter((name) => statSync(join(folder, name)).isFile())
    .map((name) => name.replaceAll('\\', '/'))
}

for (const [name, mails] of Object.entries(expectations)) {
  const folder = corpus(name)
  describe.skipIf(!folder)(`the mails of ${name}`, () => {
    it('are all expected', () => {
      expect(mailsBelow(folder ?? '').sort()).toEqual(Object.keys(mails).sort())
    })

    it.each(Object.entries(mails))('%s', async (file, { layers = [], signers = [], parts, notes = [] }) => {
      const opened = await openMessage(readFileSync(join(folder ?? '', file)), { keys: [] })
      expect(await outcomeOf(opened)).toEqual({ layers, signers, parts, notes })
    })
  })
}
