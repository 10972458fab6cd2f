/** Files that no tool here writes: other encodings, other spellings of a password, and what somebody hostile would send. */

import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
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
import { concatBytes, hexBytes, hexText, utf8Bytes } from '../../base/bytes.ts'
import { hmacOf } from '../../crypto/digest.ts'
import { encryptWithKey } from '../../crypto/passwordCipher.ts'
import { pbkdf2Key } from '../../crypto/passwordKey.ts'
import { kdfPurpose, pkcs12Key } from './kdf.ts'
import { looksLikePkcs12 } from './pfx.ts'
import { readPkcs12 } from './read.ts'

const pkcs8 = generateKeyPairSync('ed25519').privateKey.export({ format: 'der', type: 'pkcs8' })
const salt = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)

/** The password as a BMPString with its closing zeros. */
const bmp = (text: string): Uint8Array => Buffer.from(`${text}\0`, 'utf16le').swap16()

const bag = (kind: string, value: Uint8Array, ...attributes: readonly Uint8Array[]) =>
  derSequence(derOid(kind), derExplicit(0, value), ...attributes)
const keyBag = (...attributes: readonly Uint8Array[]) => bag(oids.keyBag, pkcs8, ...attributes)
const plainContent = (content: Uint8Array) => derSequence(derOid(oids.data), derExplicit(0, derOctetString(content)))

function pfx(contents: readonly Uint8Array[], mac: Uint8Array = new Uint8Array()): Uint8Array {
  return derSequence(derInteger(3), plainContent(derSequence(...contents)), mac)
}

/** A key under PBES2, the key derived from `password` as it stands, with an integrity of PKCS#12's own. */
async function pbes2File(password: Uint8Array, macPassword: Uint8Array): Promise<Uint8Array> {
  const iv = Uint8Array.from({ length: 16 }, (_, index) => index)
  const key = await pbkdf2Key(password, { salt, iterations: 3, digest: 'sha256', length: 32 })
  const prf = derSequence(derOid(oids.hmacSha256), derNull())
  const derivation = derSequence(derOid(oids.pbkdf2), derSequence(derOctetString(salt), derInteger(3), prf))
  const scheme = derSequence(derOid(oids.aes256Cbc), derOctetString(iv))
  const encrypted = encryptWithKey({ name: 'aes-256-cbc' }, key, iv, pkcs8)
  const algorithm = derSequence(derOid(oids.pbes2), derSequence(derivation, scheme))
  const shrouded = bag(oids.shroudedKeyBag, derSequence(algorithm, derOctetString(encrypted)))
  const authSafe = derSequence(plainContent(derSequence(shrouded)))
  return derSequence(derInteger(3), plainContent(authSafe), await macOf(authSafe, macPassword))
}

async function macOf(authSafe: Uint8Array, password: Uint8Array): Promise<Uint8Array> {
  const input = { purpose: kdfPurpose.mac, salt, iterations: 3, digest: 'sha1', length: 20 } as const
  const mac = hmacOf('sha1', (await pkcs12Key(password, input)).key, authSafe)
  const digestInfo = derSequence(derSequence(derOid(oids.sha1), derNull()), derOctetString(mac))
  return derSequence(digestInfo, derOctetString(salt), derInteger(3))
}

async function outcomeOf(bytes: Uint8Array, password?: string): Promise<string> {
  const read = await readPkcs12(bytes, password)
  if (!read.ok) return 'limit' in read.error ? `${read.error.code} ${read.error.limit}` : read.error.code
  for (const key of read.value.keys) expect(hexText(key.pkcs8)).toBe(hexText(pkcs8))
  return `${read.value.keys.length} keys`
}

describe('PKCS#12 opens', () => {
  it('where PBES2 was given the password as UTF-8, as Latin-1, or as PKCS#12 spells it', async () => {
    const password = 'Schlüssel'
    for (const spelled of [utf8Bytes(password), Buffer.from(password, 'latin1'), bmp(password)]) {
      expect(await outcomeOf(await pbes2File(spelled, bmp(password)), password)).toBe('1 keys')
    }
    expect(await outcomeOf(await pbes2File(bmp('secret1'), bmp('secret1')), 'secret1')).toBe('1 keys')
  })

  it('where the MAC took each byte of UTF-8 for a character, as OpenSSL 1.0 did', async () => {
    const file = await pbes2File(utf8Bytes('Schlüssel'), bmp(Buffer.from('Schlüssel').toString('latin1')))
    expect(await outcomeOf(file, 'Schlüssel')).toBe('1 keys')
    expect(await outcomeOf(file, 'Schloss')).toBe('wrong-password')
  })

  it('where the empty password is two zero bytes, and where it is none', async () => {
    for (const spelled of [bmp(''), new Uint8Array()]) {
      for (const asked of ['', undefined]) {
        expect(await outcomeOf(await pbes2File(new Uint8Array(), spelled), asked)).toBe('1 keys')
      }
    }
  })

  it('with names that are no BMPString, no SET, or nothing at all', async () => {
    const named = (value: Uint8Array) => derSet(derSequence(derOid(oids.friendlyName), value))
    const names = [
      named(derSet(derElement(universal.utf8String, utf8Bytes('Anna')))),
      named(derSet()),
      named(derOctetString(Uint8Array.of(1))),
      named(derSet(derElement(universal.bmpString, Uint8Array.of(0, 65, 0)))),
      derSet(derSequence(), derNull()),
      derElement(universal.set, Uint8Array.of(0x30, 0x7f)),
    ]
    for (const name of names) expect(await outcomeOf(pfx([plainContent(derSequence(keyBag(name)))]))).toBe('1 keys')
  })

  it('with contents inside contents, several keys, and bags of kinds that Siegel passes over', async () => {
    const unknown = bag('1.2.3.4', derNull())
    const nested = bag(oids.safeContentsBag, derSequence(keyBag(), bag(oids.safeContentsBag, derSequence(keyBag()))))
    const file = pfx([plainContent(derSequence(unknown, nested)), plainContent(derSequence(keyBag()))])
    expect(await outcomeOf(file)).toBe('3 keys')
  })

  it('in BER: lengths of indefinite form and octet strings in pieces', async () => {
    const indefinite = (tag: number, ...content: readonly Uint8Array[]) =>
      concatBytes(Uint8Array.of(tag, 0x80), ...content, Uint8Array.of(0, 0))
    const inPieces = (bytes: Uint8Array) =>
      indefinite(
        0x24,
        ...[0, 10, 20].map((start) => derOctetString(bytes.subarray(start, start === 20 ? undefined : start + 10))),
      )
    const content = (bytes: Uint8Array) => indefinite(0x30, derOid(oids.data), indefinite(0xa0, inPieces(bytes)))
    const berBag = indefinite(0x30, derOid(oids.keyBag), indefinite(0xa0, pkcs8))
    const authSafe = indefinite(0x30, content(indefinite(0x30, berBag)))
    expect(await outcomeOf(indefinite(0x30, derInteger(3), content(authSafe)))).toBe('1 keys')
  })
})

describe('PKCS#12 by somebody hostile ends with a reason, unread', () => {
  const shroudedUnder = (scheme: string, ...parameters: readonly Uint8Array[]) =>
    bag(oids.shroudedKeyBag, derSequence(derSequence(derOid(scheme), derSequence(...parameters)), derOctetString(salt)))
  const fileOf = (...bags: readonly Uint8Array[]) => pfx([plainContent(derSequence(...bags))])
  const pbkdf2 = (...parameters: readonly Uint8Array[]) => [
    derSequence(derOid(oids.pbkdf2), derSequence(...parameters)),
    derSequence(derOid(oids.aes256Cbc), derOctetString(new Uint8Array(16))),
  ]
  const huge = derInteger(2 ** 31)
  const longSalt = derOctetString(new Uint8Array(2_000_000))

  it('for 2^31 iterations, wherever they stand', async () => {
    expect(await outcomeOf(fileOf(shroudedUnder(oids.pbeSha1TripleDes, derOctetString(salt), huge)), 'x')).toBe(
      'over-budget iterations',
    )
    expect(await outcomeOf(fileOf(shroudedUnder(oids.pbeMd5Des, derOctetString(salt), huge)), 'x')).toBe(
      'over-budget iterations',
    )
    expect(await outcomeOf(fileOf(shroudedUnder(oids.pbes2, ...pbkdf2(derOctetString(salt), huge))), 'x')).toBe(
      'over-budget iterations',
    )
    const digestInfo = derSequence(derSequence(derOid(oids.sha1)), derOctetString(new Uint8Array(20)))
    expect(await outcomeOf(pfx([], derSequence(digestInfo, derOctetString(salt), huge)), 'x')).toBe(
      'over-budget iterations',
    )
    const beyondNumbers = derElement(universal.integer, hexBytes('7fffffffffffffffff'))
    expect(
      await outcomeOf(fileOf(shroudedUnder(oids.pbeSha1TripleDes, derOctetString(salt), beyondNumbers)), 'x'),
    ).toBe('damaged-file')
  })

  it('for iterations that each block of a long key goes through anew', async () => {
    const parameters = derSequence(derOctetString(salt), derInteger(2_000_000), derInteger(128))
    const derivation = derSequence(derOid(oids.pbkdf2), parameters)
    // 58 is RC2's number for 128 effective bits (RFC 2268 §6).
    const scheme = derSequence(derOid(oids.rc2Cbc), derSequence(derInteger(58), derOctetString(salt)))
    const algorithm = derSequence(derOid(oids.pbes2), derSequence(derivation, scheme))
    const shrouded = bag(oids.shroudedKeyBag, derSequence(algorithm, derOctetString(salt)))
    expect(await outcomeOf(pfx([plainContent(derSequence(shrouded))]), 'x')).toBe('over-budget iterations')
  })

  it('for scrypt that wants a terabyte, sixteen lanes of the most memory, or numbers that make no sense', async () => {
    const scrypt = (cost: number, blockSize: number, parallelism: number) =>
      outcomeOf(
        fileOf(
          shroudedUnder(
            oids.pbes2,
            derSequence(
              derOid(oids.scrypt),
              derSequence(derOctetString(salt), ...[cost, blockSize, parallelism].map(derInteger)),
            ),
            derSequence(derOid(oids.aes256Cbc), derOctetString(new Uint8Array(16))),
          ),
        ),
        'x',
      )
    for (const [cost, blockSize, parallelism] of [
      [2 ** 30, 8, 1],
      [2 ** 18, 8, 16],
      [2, 2 ** 30, 1],
      [2, 1, 2 ** 30],
    ] as const) {
      expect(await scrypt(cost, blockSize, parallelism), `${cost} ${blockSize} ${parallelism}`).toBe(
        'over-budget scrypt',
      )
    }
    expect(await scrypt(3, 8, 1)).toBe('wrong-password')
  })

  it('for a PBMAC1 whose key is shorter than RFC 9579 allows, of no stated length, or longer than any HMAC takes', async () => {
    const hmac = derSequence(derOid(oids.hmacSha256), derNull())
    const file = (...lengths: readonly number[]) => {
      const parameters = derSequence(derOctetString(salt), derInteger(3), ...lengths.map(derInteger), hmac)
      const derivation = derSequence(derOid(oids.pbkdf2), parameters)
      const algorithm = derSequence(derOid(oids.pbmac1), derSequence(derivation, hmac))
      const digestInfo = derSequence(algorithm, derOctetString(new Uint8Array(32)))
      return pfx([], derSequence(digestInfo, derOctetString(salt), derInteger(1)))
    }
    for (const lengths of [[0], [1], [19], [129], []])
      expect(await outcomeOf(file(...lengths), 'x')).toBe('damaged-file')
    expect(await outcomeOf(file(2 ** 31), 'x')).toBe('over-budget iterations')
    expect(await outcomeOf(file(21), 'x')).toBe('wrong-password')
  })

  it('for a salt of two megabytes', async () => {
    expect(await outcomeOf(fileOf(shroudedUnder(oids.pbeSha1Rc240, longSalt, derInteger(1))), 'x')).toBe(
      'over-budget salt',
    )
    expect(await outcomeOf(fileOf(shroudedUnder(oids.pbes2, ...pbkdf2(longSalt, derInteger(1)))), 'x')).toBe(
      'over-budget salt',
    )
    const digestInfo = derSequence(derSequence(derOid(oids.sha1)), derOctetString(new Uint8Array(20)))
    expect(await outcomeOf(pfx([], derSequence(digestInfo, longSalt, derInteger(1))), 'x')).toBe('over-budget salt')
  })

  it('for contents nested without end, and for more bags or contents than any file has', async () => {
    let nested = keyBag()
    for (let depth = 0; depth < 2_000; depth++) nested = bag(oids.safeContentsBag, derSequence(nested))
    expect(await outcomeOf(fileOf(nested))).toBe('over-budget bags')
    expect(await outcomeOf(fileOf(Buffer.concat(Array.from({ length: 50_000 }, () => keyBag()))))).toBe(
      'over-budget bags',
    )
    const content = plainContent(derSequence())
    expect(await outcomeOf(pfx([Buffer.concat(Array.from({ length: 50_000 }, () => content))]))).toBe(
      'over-budget contents',
    )
  })

  it('for indefinite lengths nested without end', async () => {
    const opened = new Uint8Array(2_000_000).fill(0x30)
    for (let index = 1; index < opened.length; index += 2) opened[index] = 0x80
    expect(await outcomeOf(opened, 'x')).toBe('damaged-file')
    expect(looksLikePkcs12(opened)).toBe(false)
  })
})
