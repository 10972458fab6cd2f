/**
 * Writing PKCS#12 (RFC 7292) for a backup or another program: one key, its certificate and the chain.
 *
 * `modern`: PBES2 with AES-256-CBC and PBKDF2-HMAC-SHA-256, integrity by HMAC-SHA-256. `compatible`: triple DES and
 * HMAC-SHA-1, for programs before about 2018 (Windows 7, macOS before 10.14, Android before 9).
 */

import {
  derElement,
  derExplicit,
  derInteger,
  derNull,
  derOctetString,
  derOid,
  derSequence,
  derSet,
  universal,
} from '../../asn1/der.ts'
import { oids } from '../../asn1/oids.ts'
import { wipe } from '../../base/bytes.ts'
import type { Random } from '../../base/random.ts'
import { type DigestName, digestOf, hmacOf } from '../../crypto/digest.ts'
import { digestBytes } from '../../crypto/digestOid.ts'
import { encryptWithKey } from '../../crypto/passwordCipher.ts'
import { pbkdf2Key } from '../../crypto/passwordKey.ts'
import { type FilePassword, passwordSpellings } from '../filePassword.ts'
import { kdfPurpose, pkcs12Key } from './kdf.ts'

export type Pkcs12Profile = 'modern' | 'compatible'

export interface Pkcs12Input {
  readonly pkcs8: Uint8Array
  readonly certificateDer: Uint8Array
  readonly chain: readonly Uint8Array[]
  readonly friendlyName: string
  readonly password: string
  readonly profile: Pkcs12Profile
  readonly random: Random
  /** Fewer in tests. */
  readonly iterations?: number
}

/**
 * .NET refuses more than 300,000 for one derivation and 1,000,000 for a file, and a file has three derivations. The old
 * scheme derives key and vector apart, in readers that are slow.
 */
const usualIterations = { modern: 200_000, compatible: 50_000 } as const
const saltLength = 16
const saltDraws = 8

export async function writePkcs12(input: Pkcs12Input): Promise<Uint8Array> {
  const { profile, random, chain, certificateDer } = input
  const [password] = passwordSpellings(input.password.normalize('NFC'))
  if (!password) throw new Error('a password has at least one spelling')
  const attributes = keyAttributes(certificateDer, input.friendlyName)
  const count = input.iterations ?? usualIterations[profile]
  const encrypt = profile === 'modern' ? encryptPbes2 : encryptTripleDes

  const shrouded = await encrypt(input.pkcs8, password, random, count)
  const keyBag = safeBag(
    oids.shroudedKeyBag,
    derSequence(shrouded.algorithm, derOctetString(shrouded.encrypted)),
    attributes,
  )
  const certificateBags = [
    certificateBag(certificateDer, attributes),
    ...chain.map((der) => certificateBag(der, new Uint8Array())),
  ]
  const certificates = await encrypt(derSequence(...certificateBags), password, random, count)
  const authSafe = derSequence(encryptedContent(certificates), plainContent(derSequence(keyBag)))
  const mac = await macData(authSafe, password, profile, random, count)
  return derSequence(derInteger(3), plainContent(authSafe), mac)
}

/** localKeyId (as OpenSSL makes it: SHA-1 of the certificate) and friendlyName, as a SET OF in DER's order. */
function keyAttributes(certificateDer: Uint8Array, friendlyName: string): Uint8Array {
  const localKeyId = derSequence(derOid(oids.localKeyId), derSet(derOctetString(digestOf('sha1', certificateDer))))
  const name = Buffer.from(friendlyName.slice(0, 128), 'utf16le').swap16()
  const named = derSequence(derOid(oids.friendlyName), derSet(derElement(universal.bmpString, name)))
  const members = friendlyName === '' ? [localKeyId] : [named, localKeyId]
  return derSet(...members.sort((left, right) => Buffer.compare(left, right)))
}

function safeBag(kind: string, value: Uint8Array, attributes: Uint8Array): Uint8Array {
  return derSequence(derOid(kind), derExplicit(0, value), attributes)
}

function certificateBag(der: Uint8Array, attributes: Uint8Array): Uint8Array {
  const value = derSequence(derOid(oids.x509Certificate), derExplicit(0, derOctetString(der)))
  return safeBag(oids.certBag, value, attributes)
}

function plainContent(content: Uint8Array): Uint8Array {
  return derSequence(derOid(oids.data), derExplicit(0, derOctetString(content)))
}

interface Encrypted {
  readonly algorithm: Uint8Array
  readonly encrypted: Uint8Array
}

function encryptedContent({ algorithm, encrypted }: Encrypted): Uint8Array {
  const info = derSequence(derOid(oids.data), algorithm, derElement(0x80, encrypted))
  return derSequence(derOid(oids.encryptedData), derExplicit(0, derSequence(derInteger(0), info)))
}

async function encryptPbes2(
  plain: Uint8Array,
  password: FilePassword,
  random: Random,
  count: number,
): Promise<Encrypted> {
  const salt = random(saltLength)
  const iv = random(16)
  const key = await pbkdf2Key(password.utf8, { salt, iterations: count, digest: 'sha256', length: 32 })
  try {
    const prf = derSequence(derOid(oids.hmacSha256), derNull())
    const derivation = derSequence(
      derOid(oids.pbkdf2),
      derSequence(derOctetString(salt), derInteger(count), derInteger(32), prf),
    )
    const scheme = derSequence(derOid(oids.aes256Cbc), derOctetString(iv))
    return {
      algorithm: derSequence(derOid(oids.pbes2), derSequence(derivation, scheme)),
      encrypted: encryptWithKey({ name: 'aes-256-cbc' }, key, iv, plain),
    }
  } finally {
    wipe(key)
  }
}

async function encryptTripleDes(
  plain: Uint8Array,
  password: FilePassword,
  random: Random,
  count: number,
): Promise<Encrypted> {
  const { salt, key } = await tripleDesKey(password, random, count)
  const { key: iv } = await pkcs12Key(password.bmp, {
    purpose: kdfPurpose.iv,
    salt,
    iterations: count,
    digest: 'sha1',
    length: 8,
  })
  try {
    return {
      algorithm: derSequence(derOid(oids.pbeSha1TripleDes), derSequence(derOctetString(salt), derInteger(count))),
      encrypted: encryptWithKey({ name: 'des-ede3-cbc' }, key, iv, plain),
    }
  } finally {
    wipe(key)
  }
}

/** A salt from which every reader derives the same key (kdf.ts), and that key. */
async function tripleDesKey(
  password: FilePassword,
  random: Random,
  iterations: number,
): Promise<{ salt: Uint8Array; key: Uint8Array }> {
  // One salt in 130 isn't such a one.
  for (let draws = 1; ; draws++) {
    const salt = random(saltLength)
    const input = { purpose: kdfPurpose.key, salt, iterations, digest: 'sha1', length: 24 } as const
    const { key, hasShortSum } = await pkcs12Key(password.bmp, input)
    if (!hasShortSum || draws === saltDraws) return { salt, key }
    wipe(key)
  }
}

async function macData(
  authSafe: Uint8Array,
  password: FilePassword,
  profile: Pkcs12Profile,
  random: Random,
  count: number,
): Promise<Uint8Array> {
  const digest: DigestName = profile === 'modern' ? 'sha256' : 'sha1'
  const salt = random(saltLength)
  const { key } = await pkcs12Key(password.bmp, {
    purpose: kdfPurpose.mac,
    salt,
    iterations: count,
    digest,
    length: digestBytes(digest),
  })
  try {
    const algorithm = derSequence(derOid(oids[digest]), derNull())
    const mac = derSequence(algorithm, derOctetString(hmacOf(digest, key, authSafe)))
    return derSequence(mac, derOctetString(salt), derInteger(count))
  } finally {
    wipe(key)
  }
}
