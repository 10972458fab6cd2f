/** A request for a certificate in what other programs make of its file. */

import { expect, it } from 'vitest'
import { certificateRequest } from '../../acquisition/csr.ts'
import { writePem } from '../../asn1/pem.ts'
import { base64Text, utf8Bytes } from '../../base/bytes.ts'
import { expectSuccess } from '../../base/result.ts'
import { testAuthority } from '../../certificates/testPki.ts'
import { generateKey, openPrivateKey } from '../../crypto/privateKey.ts'
import { acceptableRequest } from './authorityCertificates.ts'

const { certificate } = await testAuthority('Family')
const key = expectSuccess(openPrivateKey((await generateKey('ec-p256')).pkcs8))
const der = await certificateRequest('Jonas', 'jonas@example.org', key)
const pem = writePem('CERTIFICATE REQUEST', der)

it.each([
  ['DER', der],
  ['PEM', utf8Bytes(pem)],
  ['PEM as certreq labels it', utf8Bytes(writePem('NEW CERTIFICATE REQUEST', der))],
  ['PEM with the mark of Windows’ editor', utf8Bytes(`\ufeff${pem}`)],
  ['PEM in UTF-16, as PowerShell writes it', Buffer.from(`\ufeff${pem}`, 'utf16le')],
  ['base64 alone', utf8Bytes(`${base64Text(der)}\r\n`)],
])('is read from %s', (_, file) => {
  expect(expectSuccess(acceptableRequest(file, certificate)).view.addresses).toEqual(['jonas@example.org'])
})
