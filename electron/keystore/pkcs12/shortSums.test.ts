/** Files under a key that GnuPG, old GnuTLS and GNOME derive otherwise than RFC 7292 says, for one salt in 130. */

import { afterAll, describe, expect, it } from 'vitest'
import { derExplicit, derInteger, derOctetString, derOid, derSequence } from '../../asn1/der.ts'
import { oids } from '../../asn1/oids.ts'
import { hexText } from '../../base/bytes.ts'
import { expectSuccess } from '../../base/result.ts'
import { testPerson } from '../../certificates/testPki.ts'
import { encryptWithKey } from '../../crypto/passwordCipher.ts'
import { kdfPurpose, pkcs12Key, type SumWriting } from './kdf.ts'
import { readPkcs12 } from './read.ts'
import { toolFolder } from './testTools.ts'
import { writePkcs12 } from './write.ts'

const folder = toolFolder()
const hasGpgsm = folder.has('gpgsm') && folder.has('gpgconf')
afterAll(() => {
  if (hasGpgsm) folder.run('gpgconf', '--kill', 'gpg-agent')
  folder.remove()
})

/** "geheim" as a BMPString with its closing zeros. */
const password = Buffer.from('geheim\0', 'utf16le').swap16()
const numbered = (number: number) => Uint8Array.of(1, 2, 3, 4, 5, 6, number >> 8, number & 0xff)
const keyInput = (salt: Uint8Array) =>
  ({ purpose: kdfPurpose.key, salt, iterations: 2, digest: 'sha1', length: 24 }) as const

async function shortSalt(): Promise<Uint8Array> {
  for (let number = 0; number < 4_000; number++) {
    if ((await pkcs12Key(password, keyInput(numbered(number)))).hasShortSum) return numbered(number)
  }
  throw new Error('no salt has a short sum')
}

/** Key and certificate without a MAC, the key under triple DES. */
async function fileUnder(sums: SumWriting): Promise<{ file: Uint8Array; pkcs8: Uint8Array }> {
  const { pkcs8, certificate } = await testPerson('anna@example.org', { keyType: 'rsa-2048' })
  const salt = await shortSalt()
  const { key } = await pkcs12Key(password, keyInput(salt), sums)
  const { key: iv } = await pkcs12Key(password, { ...keyInput(salt), purpose: kdfPurpose.iv, length: 8 })
  const encrypted = encryptWithKey({ name: 'des-ede3-cbc' }, key, iv, pkcs8)
  const algorithm = derSequence(derOid(oids.pbeSha1TripleDes), derSequence(derOctetString(salt), derInteger(2)))
  const bag = (kind: string, value: Uint8Array) => derSequence(derOid(kind), derExplicit(0, value))
  const content = (bytes: Uint8Array) => derSequence(derOid(oids.data), derExplicit(0, derOctetString(bytes)))
  const bags = derSequence(
    bag(oids.shroudedKeyBag, derSequence(algorithm, derOctetString(encrypted))),
    bag(oids.certBag, bag(oids.x509Certificate, derOctetString(certificate.der))),
  )
  return { file: derSequence(derInteger(3), content(derSequence(content(bags)))), pkcs8 }
}

describe('a key that is derived with a short sum', () => {
  it('opens however the writer put the sum, and says of another password that it is wrong', async () => {
    for (const sums of ['whole', 'shortened'] as const) {
      const { file, pkcs8 } = await fileUnder(sums)
      const { keys } = expectSuccess(await readPkcs12(file, 'geheim'))
      expect(keys.map((key) => hexText(key.pkcs8))).toEqual([hexText(pkcs8)])
      expect(await readPkcs12(file, 'geheimer')).toEqual({ ok: false, error: { code: 'wrong-password' } })
    }
  })

  it.skipIf(!hasGpgsm)('is written shortened by gpgsm 2.2', async () => {
    folder.write('gpg-agent.conf', 'allow-loopback-pinentry\n')
    folder.write('pass', 'geheim\n')
    const importing = 'gpgsm --batch --disable-dirmngr --pinentry-mode loopback --passphrase-fd 0 --import'
    folder.write('shortened.p12', (await fileUnder('shortened')).file)
    folder.run('sh', '-c', `${importing} shortened.p12 < pass`)
    expect(folder.run('ls', 'private-keys-v1.d')).toMatch(/^[0-9A-F]{40}\.key\n$/)
    folder.write('whole.p12', (await fileUnder('whole')).file)
    if (!folder.run('gpgsm', '--version').startsWith('gpgsm (GnuPG) 2.2.')) return
    expect(() => folder.run('sh', '-c', `${importing} whole.p12 < pass`)).toThrow(/error parsing or decrypting/)
  })

  it('is not written: another salt is drawn', async () => {
    const { pkcs8, certificate } = await testPerson('anna@example.org')
    const short = await shortSalt()
    const salts: Uint8Array[] = []
    const random = (length: number) => {
      const drawn = new Uint8Array(length).fill(salts.length)
      // A salt of 16 bytes that repeats one of 8 mixes the same.
      if (salts.length === 0) drawn.set([...short, ...short])
      salts.push(drawn)
      return drawn
    }
    const common = { chain: [], friendlyName: '', password: 'geheim', profile: 'compatible', iterations: 2 } as const
    const file = await writePkcs12({ ...common, pkcs8, certificateDer: certificate.der, random })
    expect(salts).toHaveLength(4)
    expect(hexText(file)).not.toContain(hexText(short))
    expect(expectSuccess(await readPkcs12(file, 'geheim')).keys).toHaveLength(1)
  })
})
