/** OpenSSL's CMS test data, file by file: what is broken on purpose is refused with the reason, what is sound is read. */

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { corpus } from '../../../build/corpora.ts'
import { readPem } from '../../asn1/pem.ts'
import { type Result, success } from '../../base/result.ts'
import { parseCertificate } from '../../certificates/certificate.ts'
import { openPrivateKey } from '../../crypto/privateKey.ts'
import type { DecryptionKey } from '../cms/read.ts'
import { openMessage } from '../open.ts'
import { outcomeOf } from './testOutcome.ts'

const folder = corpus('openssl')
const inTests = (...path: string[]): string => join(folder ?? '', 'test', ...path)
const data = inTests('recipes', '80-test_cms_data')

function pairIn(certificateFile: string, keyFile: string): Result<DecryptionKey, { readonly code: string }> {
  const blockIn = (file: string, label: RegExp): Uint8Array => {
    const block = readPem(readFileSync(file, 'latin1')).find((each) => label.test(each.label))
    if (!block) throw new Error(`no ${label} in ${file}`)
    return block.bytes
  }
  const certificate = parseCertificate(blockIn(certificateFile, /^CERTIFICATE$/))
  if (!certificate.ok) return certificate
  const key = openPrivateKey(blockIn(keyFile, /PRIVATE KEY$/))
  return key.ok ? success({ certificate: certificate.value, key: key.value }) : key
}

/** Everybody in the data whose key Siegel computes with. */
function keysOf(): DecryptionKey[] {
  const pairs = [
    pairIn(join(data, 'ecdh-cert.pem'), join(data, 'ecdh-key.pem')),
    ...['smrsa1', 'smrsa2', 'smrsa3', 'smrsa1024', 'smec1', 'smec3'].map((name) => {
      const file = inTests('smime-certs', `${name}.pem`)
      return pairIn(file, file)
    }),
  ]
  return pairs.map((pair) => {
    if (!pair.ok) throw new Error(pair.error.code)
    return pair.value
  })
}

const bare = ['content-without-headers', 'no-mail-header']
const refused = (reason: string) => ({
  layers: ['signed · malformed · SHA-256 · RSA PKCS#1 v1.5'],
  signers: [`malformed · ${reason}`],
  parts: ['text/plain · 83'],
  notes: bare,
})
const unreadable = (layer: string, size: number) => ({
  layers: [layer],
  signers: [],
  parts: [`application/octet-stream · ${size} · smime.p7m`],
  notes: ['unreadable-layer', 'no-mail-header'],
})

const expectations: Readonly<Record<string, object | string>> = {
  // RFC 5652 §11.1, §11.2: both attributes must be there, and once.
  'no_ct_attr.cms': refused('missing-attribute contentType'),
  'no_md_attr.cms': refused('missing-attribute messageDigest'),
  'ct_multiple_attr.cms': refused('duplicate-attribute contentType'),
  // RFC 5652 §11.3: a signing time is signed.
  'bad_signtime_attr.cms': refused('unsigned-attribute signingTime'),
  'pkcs7-md4.pem': {
    layers: ['signed · unsupported-algorithm · MD4 · RSA PKCS#1 v1.5'],
    signers: ['unsupported-algorithm'],
    parts: ['text/plain · 14'],
    notes: bare,
  },
  // SignedAndEnvelopedData of PKCS #7 1.5, which CMS has never had.
  'pkcs7-md4-encrypted.pem': 'not-a-message',
  // ESDH with a key agreement that lacks its wrapping algorithm; nobody's key here is a Diffie-Hellman key.
  'dh-malformed.der': unreadable('enveloped · no-key · 1.2.840.113549.1.9.16.3.5', 558),
  // Parameters without what they must say: for the recipients, too, there is nothing to compute.
  'ecdh-malformed.der': unreadable('enveloped · unsupported-algorithm · ECDH P-256 (SHA-256, ?)', 275),
  'rsa-malformed.der': unreadable('enveloped · unsupported-algorithm · RSA-OAEP', 526),
}

describe.skipIf(!folder)("OpenSSL's CMS data", () => {
  it.each(Object.entries(expectations))('%s', async (name, expected) => {
    const opened = await openMessage(readFileSync(join(data, name)), { keys: keysOf() })
    expect(await outcomeOf(opened)).toEqual(expected)
  })

  it('holds an agreed key that is wrapped with 3DES, by its name', async () => {
    const opened = await openMessage(readFileSync(join(data, 'ciphertext_from_1_1_1.cms')), { keys: keysOf() })
    const outcome = await outcomeOf(opened)
    expect(outcome).toMatchObject({
      layers: [expect.stringMatching(/^enveloped · unsupported-algorithm · ECDH P-256/)],
    })
    expect(outcome).toMatchObject({ notes: ['unreadable-layer'], parts: ['application/pkcs7-mime · 659 · smime.p7m'] })
  })

  it('is all here', () => {
    const messages = readdirSync(data).filter((name) => !/(cert|key)\.pem$/.test(name))
    expect(messages.sort()).toEqual([...Object.keys(expectations), 'ciphertext_from_1_1_1.cms'].sort())
  })

  it.each([
    ['smdh.pem', '1.2.840.10046.2.1'],
    ['smec2.pem', '1.3.132.0.16'],
  ])('%s has a key of a kind that is named, not used', (name, algorithm) => {
    const file = inTests('smime-certs', name)
    expect(pairIn(file, file)).toMatchObject({ ok: false, error: { code: 'unsupported-algorithm', algorithm } })
  })

  it.each([
    [
      'pkcs7-empty-digest-set.eml',
      { parts: ['text/plain · 34 · signed'], notes: ['line-ends-restored', 'missing-blank-line'] },
    ],
    ['SignedInvalidMappingFromanyPolicyTest7.eml', { parts: ['text/plain · 34 · signed'], notes: [] }],
  ])('%s is intact', async (name, rest) => {
    const opened = await openMessage(readFileSync(inTests('smime-eml', name)), { keys: [] })
    expect(await outcomeOf(opened)).toEqual({
      layers: ['clear-signed · verified · SHA-256 · RSA PKCS#1 v1.5'],
      signers: ['verified'],
      ...rest,
    })
  })
})
