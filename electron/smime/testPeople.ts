/** For tests: the people of RFC 9216 from the folder of the test data: Alice and Bob (RSA), Carlos and Dana (Ed25519, X25519). */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readPem } from '../asn1/pem.ts'
import { expectSuccess } from '../base/result.ts'
import { type Certificate, readCertificates } from '../certificates/certificate.ts'
import { openPrivateKey, type PrivateKeyHandle } from '../crypto/privateKey.ts'
import type { DecryptionKey } from './cms/read.ts'

export interface TestPerson {
  readonly address: string
  readonly signing: { readonly certificate: Certificate; readonly key: PrivateKeyHandle }
  readonly decryption: DecryptionKey
}

function pair(
  folder: string,
  name: string,
  purpose: 'sign' | 'encrypt',
): { certificate: Certificate; key: PrivateKeyHandle } {
  const file = (extension: string) => join(folder, `${name}.${purpose}.${extension}`)
  const [certificate] = expectSuccess(readCertificates(readFileSync(file('crt'))))
  const [block] = readPem(readFileSync(file('key'), 'latin1'))
  if (!certificate || !block) throw new Error(`no key pair of ${name}`)
  return { certificate, key: expectSuccess(openPrivateKey(block.bytes)) }
}

/** `name` in lower case. */
export function personOf(folder: string, name: string): TestPerson {
  return {
    address: `${name}@smime.example`,
    signing: pair(folder, name, 'sign'),
    decryption: pair(folder, name, 'encrypt'),
  }
}
