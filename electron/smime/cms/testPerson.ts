/** For tests: somebody with a key and a certificate of their own making, and a way to read streams. */

import { concatBytes } from '../../base/bytes.ts'
import { fixedClock } from '../../base/clock.ts'
import { expectSuccess } from '../../base/result.ts'
import { parseCertificate } from '../../certificates/certificate.ts'
import { issueCertificate } from '../../certificates/issue.ts'
import { generateKey, openPrivateKey } from '../../crypto/privateKey.ts'
import type { DecryptionKey } from './read.ts'
import type { CmsSigner } from './sign.ts'

const now = fixedClock('2026-03-03T10:00:00Z')

export type TestPerson = DecryptionKey

let serial = 0

/** A self-signed certificate; every person has another name and serial number. */
export async function testPerson(name: string, type: 'rsa-2048' | 'ec-p256' | 'ec-p384'): Promise<TestPerson> {
  const { pkcs8, publicKeyInfo } = await generateKey(type)
  const key = expectSuccess(openPrivateKey(pkcs8))
  const der = await issueCertificate({
    subject: { commonName: name },
    emails: [`${name}@example.org`],
    publicKeyInfo,
    issuer: { name: 'self', key },
    serial: Uint8Array.of(0x80, 0, 0, 0, 0, 0, 0, ++serial),
    notBefore: now(),
    notAfter: new Date(now().getTime() + 86_400_000),
  })
  return { certificate: expectSuccess(parseCertificate(der)), key }
}

export function signerOf(person: TestPerson, digest: CmsSigner['digest'] = 'sha256'): CmsSigner {
  return { ...person, chain: [], digest, signingTime: now() }
}

export async function whole(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  for await (const chunk of chunks) parts.push(chunk)
  return concatBytes(...parts)
}

/** The bytes in pieces of `size`. */
export function pieces(bytes: Uint8Array, size: number): Uint8Array[] {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) => bytes.subarray(at * size, (at + 1) * size))
}
