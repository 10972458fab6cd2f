import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { writePem } from '../asn1/pem.ts'
import { base64Text, concatBytes, utf8Bytes } from '../base/bytes.ts'
import { testAuthority, testPerson } from '../certificates/testPki.ts'
import { certsOnly } from '../smime/cms/sign.ts'
import { answerByteLimit, readAnswer } from './answers.ts'
import { zipOf } from './testArchive.ts'

const root = await testAuthority('Root')
const issuing = await testAuthority('Issuing CA', { issuer: root })
const anna = await testPerson('anna@sandbox.example', { issuer: issuing })
const both = [anna.certificate, issuing.certificate]
const pem = (der: Uint8Array) => writePem('CERTIFICATE', der)
const lines = (base64: string) => base64.match(/.{1,76}/g)?.join('\r\n') ?? ''

function mail(parts: readonly string[], header = ''): Uint8Array {
  const body = parts.map((part) => `--edge\r\n${part}\r\n`).join('')
  return utf8Bytes(
    `From: CA <ca@ca.example>\r\nTo: anna@sandbox.example\r\nSubject: Your certificate\r\nMIME-Version: 1.0\r\n${header}` +
      `Content-Type: multipart/mixed; boundary=edge\r\n\r\n${body}--edge--\r\n`,
  )
}

function attachment(type: string, bytes: Uint8Array): string {
  return `Content-Type: ${type}\r\nContent-Transfer-Encoding: base64\r\n\r\n${lines(base64Text(bytes))}`
}

const bundle = certsOnly(both)
const zipped = zipOf([
  { name: 'README.txt', content: utf8Bytes('Install the certificate and its chain.') },
  { name: 'anna.crt', content: utf8Bytes(pem(anna.certificate.der)) },
  { name: 'anna.ca-bundle', content: bundle },
])

async function found(bytes: Uint8Array): Promise<string[]> {
  const read = await readAnswer(bytes)
  if (!read.ok) throw new Error(read.error.code)
  // A SET is in the order of its bytes.
  return read.value.map(({ sha256 }) => sha256).sort()
}

const wanted = both.map(({ sha256 }) => sha256).sort()
const only = [anna.certificate.sha256]
const text = (content: string, type = 'text/plain') =>
  `Content-Type: ${type}; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n${content}`

describe('an answer of an authority', () => {
  it.each([
    ['DER', anna.certificate.der, only],
    ['PEM, several blocks', utf8Bytes(both.map(({ der }) => pem(der)).join('\n')), wanted],
    ['base64 of DER and no lines around it', utf8Bytes(lines(base64Text(anna.certificate.der))), only],
    ['base64 of PKCS#7 and no lines around it', utf8Bytes(base64Text(bundle)), wanted],
    ['PEM in UTF-16', Buffer.from(`\ufeff${pem(anna.certificate.der)}`, 'utf16le'), only],
    ['PKCS#7, DER', bundle, wanted],
    ['PKCS#7, PEM', utf8Bytes(writePem('PKCS7', bundle)), wanted],
    ['PEM below what openssl prints of it', utf8Bytes(`Certificate:\n    Data:\n${pem(anna.certificate.der)}`), only],
    ['a ZIP archive of certificate, bundle and instructions', zipped, wanted],
    ['a mail with a ZIP archive', mail([text('Enjoy!'), attachment('application/zip', zipped)]), wanted],
    [
      'a mail whose certificate lies beside a file of an office',
      mail([
        attachment('application/vnd.openxmlformats-officedocument.wordprocessingml.document', utf8Bytes('PK\x03\x04')),
        attachment('application/octet-stream', anna.certificate.der),
      ]),
      only,
    ],
    [
      'PEM, indented in a letter that was saved as text',
      utf8Bytes(`Dear Anna,\n${pem(anna.certificate.der).replace(/^/gm, '   ')}`),
      only,
    ],
    [
      'a mail with two attachments',
      mail([
        text('Enjoy!'),
        attachment('application/octet-stream', anna.certificate.der),
        attachment('application/x-x509-ca-cert', issuing.certificate.der),
      ]),
      wanted,
    ],
    ['a mail with a bundle', mail([attachment('application/pkcs7-mime; smime-type=certs-only', bundle)]), wanted],
    [
      'a mail with the certificate in its text and the issuer attached',
      mail([
        text(`Here it is:\r\n\r\n${pem(anna.certificate.der)}`),
        attachment('application/octet-stream', utf8Bytes(pem(issuing.certificate.der))),
      ]),
      wanted,
    ],
    [
      'a forwarded mail, its text quoted',
      mail([
        text(pem(anna.certificate.der).replace(/^/gm, '> ')),
        text(pem(issuing.certificate.der).replace(/^/gm, '> > ')),
      ]),
      wanted,
    ],
    [
      'a mail as HTML',
      mail([
        text(
          `<p>Here:</p><pre>${pem(anna.certificate.der).replaceAll('\n', '<br>').replaceAll('+', '&#43;')}</pre>`,
          'text/html',
        ),
      ]),
      only,
    ],
    [
      'a mail inside a mail',
      mail([
        `Content-Type: message/rfc822\r\n\r\n${Buffer.from(
          mail([attachment('application/octet-stream', anna.certificate.der)]).slice(),
        )
          .toString('latin1')
          .replaceAll('edge', 'inner')}`,
      ]),
      only,
    ],
  ])('is read from %s', async (_, bytes, expected) => {
    expect(await found(bytes)).toEqual(expected)
  })

  it('is read from a mail that is the bundle itself', async () => {
    const whole = `From: ca@ca.example\r\nMIME-Version: 1.0\r\n${attachment('application/pkcs7-mime; smime-type=certs-only; name=smime.p7c', bundle)}\r\n`
    expect(await found(utf8Bytes(whole))).toEqual(wanted)
  })

  it('has each certificate once, although a mail brings it as text and attached', async () => {
    const twice = mail([text(pem(anna.certificate.der)), attachment('application/octet-stream', anna.certificate.der)])
    expect(await found(twice)).toEqual(only)
  })

  it.each([
    ['a picture', Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00]), 'not-a-certificate'],
    ['nothing', new Uint8Array(), 'not-a-certificate'],
    ['a letter without a certificate', mail([text('We are still checking.')]), 'no-certificate-inside'],
    ['a ZIP archive of instructions', zipOf([{ name: 'a.txt', content: utf8Bytes('Soon.') }]), 'no-certificate-inside'],
    ['a key in a ZIP archive', zipOf([{ name: 'a.p8', content: anna.pkcs8 }]), 'contains-private-key'],
    [
      'an archive inside of one that a mail brings',
      mail([attachment('application/zip', zipOf([{ name: 'a.zip', content: zipped }]))]),
      'archive-in-archive',
    ],
    [
      'an archive with a password',
      mail([attachment('application/zip', zipOf([{ name: 'a.crt', content: anna.certificate.der, flags: 1 }]))]),
      'encrypted-archive',
    ],
    ['half an archive', zipped.subarray(0, 500), 'damaged-archive'],
    ['a key in a mail', mail([text(writePem('PRIVATE KEY', anna.pkcs8))]), 'contains-private-key'],
    ['a key file', anna.pkcs8, 'contains-private-key'],
    ['half a certificate', anna.certificate.der.subarray(0, 300), 'malformed-certificate'],
    ['more than any answer has', new Uint8Array(answerByteLimit + 1), 'too-large'],
    ['more parts than any answer has', mail(Array.from({ length: 60 }, () => text('x'))), 'over-budget'],
  ])('is not found in %s', async (_, bytes, code) => {
    const read = await readAnswer(bytes)
    expect(read.ok ? undefined : read.error.code).toBe(code)
  })

  it('never breaks the reader, and never brings a certificate that nobody wrote', async () => {
    const sources = [
      anna.certificate.der,
      bundle,
      mail([text(pem(anna.certificate.der)), attachment('application/pkcs7-mime', bundle)]),
      zipped,
      mail([attachment('application/zip', zipped)]),
    ]
    await fc.assert(
      fc.asyncProperty(
        fc.nat(4),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        fc.nat(2),
        async (which, at, byte, kind) => {
          const source = sources[which] ?? new Uint8Array()
          const position = at % source.length
          const flipped = Uint8Array.from(source)
          flipped[position] = (flipped[position] ?? 0) ^ byte
          const inserted = concatBytes(source.subarray(0, position), Uint8Array.of(byte), source.subarray(position))
          const read = await readAnswer([flipped, source.subarray(0, position), inserted][kind] ?? flipped)
          if (read.ok) expect(read.value.length).toBeLessThanOrEqual(3)
          else expect(read.error.code).not.toBe('')
        },
      ),
      { numRuns: 500 },
    )
  })

  it('of HTML and text made to be read for hours is told to hold nothing', async () => {
    const mails = [
      mail([text('<'.repeat(400_000), 'text/html')]),
      mail([text(`<br ${'x'.repeat(300)}`.repeat(1_500), 'text/html')]),
      mail([text('> \t'.repeat(300_000))]),
      mail([text(`x${' '.repeat(600_000)}x`)]),
    ]
    for (const bytes of mails) expect((await readAnswer(bytes)).ok).toBe(false)
  })
})
