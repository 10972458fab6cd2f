import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { corpus } from '../../../build/corpora.ts'
import { publicKeyInfoOf } from '../../crypto/privateKey.ts'
import { publicKeyInfoOfCertificate, samePublicKey } from '../certificateKey.ts'
import { type Pkcs12Contents, readPkcs12 } from './read.ts'

const rfc9216 = corpus('rfc9216')
const openssl = corpus('openssl')
const mimekit = corpus('mimekit')
const james = corpus('james-smime')
const pkits = corpus('nist-pkits')

/** "keys/certificates", or the code of the failure. */
async function outcomeOf(path: string, password: string | undefined): Promise<string> {
  const read = await readPkcs12(readFileSync(path), password)
  return read.ok ? `${read.value.keys.length}/${read.value.certificates.length}` : read.error.code
}

/** How many keys have their certificate in the file. */
function pairsIn({ keys, certificates }: Pkcs12Contents): number {
  return keys.filter(({ pkcs8 }) => {
    const info = publicKeyInfoOf(pkcs8)
    return (
      info.ok &&
      certificates.some(({ der }) => samePublicKey(info.value, publicKeyInfoOfCertificate(der) ?? new Uint8Array()))
    )
  }).length
}

describe.skipIf(!rfc9216)('the PKCS#12 files of RFC 9216', () => {
  for (const person of ['alice', 'bob', 'carlos', 'dana']) {
    for (const file of [`${person}.p12`, `${person}.der.p12`]) {
      it(`${file} opens with the person's name, two keys with their certificates`, async () => {
        const bytes = readFileSync(join(rfc9216 ?? '', file))
        const read = await readPkcs12(bytes, person)
        expect(read.ok && pairsIn(read.value)).toBe(2)
        expect(await readPkcs12(bytes, 'mallory')).toEqual({ ok: false, error: { code: 'wrong-password' } })
        expect(await readPkcs12(bytes, undefined)).toEqual({ ok: false, error: { code: 'password-needed' } })
      })
    }
  }
})

describe.skipIf(!openssl)("OpenSSL's PKCS#12 files", () => {
  const folder = join(openssl ?? '', 'test/recipes/80-test_pkcs12_data')
  const expected: Record<string, [outcome: string, why: string]> = {
    'bad1.p12': ['damaged-file', 'its authenticated safe is missing'],
    'bad2.p12': ['damaged-file', 'its encrypted content is missing'],
    'bad3.p12': ['damaged-file', 'its key bag is empty'],
    'nomac_parse.p12': ['unsupported-algorithm', 'its content is encrypted for a public key'],
    'pbmac1_256_256.good.p12': ['1/1', 'PBMAC1'],
    'pbmac1_512_256.good.p12': ['1/1', 'PBMAC1'],
    'pbmac1_512_512.good.p12': ['1/1', 'PBMAC1'],
    'pbmac1_256_256.good-shorter-key-len.p12': ['1/1', 'a key of 20 bytes is enough'],
    'pbmac1_sha1_hmac_and_prf.p12': ['1/1', 'HMAC-SHA-1 is still whole'],
    'pbmac1_256_256.bad-iter.p12': [
      'damaged-file',
      'the MAC misses although the password opens the key: its iteration count was changed',
    ],
    'pbmac1_256_256.bad-salt.p12': [
      'damaged-file',
      'the MAC misses although the password opens the key: its salt was changed',
    ],
    'pbmac1_256_256.bad-len.p12': ['damaged-file', 'a key length that is too short'],
    'pbmac1_256_256.bad-key-len.p12': ['damaged-file', 'a key length that is too short'],
    'pbmac1_256_256.bad-salt-type.p12': ['damaged-file', 'the salt is no octet string'],
    'pbmac1_256_256.negative-len.p12': ['damaged-file', 'the key length is negative'],
    'pbmac1_256_256.no-len.p12': ['damaged-file', 'RFC 9579 §4: the key length must be stated'],
    'pbmac1_256_256.no-salt.p12': ['damaged-file', 'the salt is missing'],
    'pbmac1_256_256.very-big-len.p12': ['damaged-file', 'a key length beyond any HMAC'],
    'pbmac1_256_256.zero-len.p12': ['damaged-file', 'a key of no bytes'],
  }
  it('are all expected', () => {
    expect(readdirSync(folder).sort()).toEqual(Object.keys(expected).sort())
  })
  for (const [file, [outcome, why]] of Object.entries(expected)) {
    it(`${file}: ${outcome}, because ${why}`, async () => {
      expect(await outcomeOf(join(folder, file), '1234')).toBe(outcome)
    })
  }
  it('with certificates under RC2-40 and triple DES open', async () => {
    for (const name of ['v3-certs-RC2.p12', 'v3-certs-TDES.p12']) {
      expect(await outcomeOf(join(openssl ?? '', 'test/certs', name), 'v3-certs'), name).toBe('0/2')
    }
  })
})

describe.skipIf(!mimekit)('PKCS#12 files of MimeKit', () => {
  const expected: Record<string, string> = {
    'smime/certificate-authority.pfx': '1/1',
    'smime/intermediate1.pfx': '1/2',
    'smime/intermediate2.pfx': '1/3',
    'smime/revoked-intermediate.pfx': '1/2',
    'smime/dnsnames/smime.pfx': '1/4',
    'smime/dsa/smime.pfx': '1/4',
    'smime/ec/smime.pfx': '1/4',
    'smime/rsa/smime.pfx': '1/4',
    'smime/nochain/smime.pfx': '1/1',
    'smime/revoked/smime.pfx': '1/4',
    'smime/revokednochain/smime.pfx': '1/1',
    'smime/revokedsubca/smime.pfx': '1/3',
  }
  for (const [file, outcome] of Object.entries(expected)) {
    it(`${file} holds ${outcome}`, async () => {
      expect(await outcomeOf(join(mimekit ?? '', file), 'no.secret')).toBe(outcome)
      expect(await outcomeOf(join(mimekit ?? '', file), 'secret')).toBe('wrong-password')
    })
  }
})

it.skipIf(!james)("James's smime.p12 opens", async () => {
  const read = await readPkcs12(readFileSync(join(james ?? '', 'smime.p12')), 'secret')
  expect(read.ok && pairsIn(read.value)).toBe(1)
})

it.skipIf(!pkits)('every PKCS#12 file of NIST opens, with its key and certificate', async () => {
  const folder = join(pkits ?? '', 'PKITS_data/pkcs12')
  const files = readdirSync(folder).filter((name) => name.endsWith('.p12'))
  expect(files.length).toBe(405)
  for (const name of files) {
    const read = await readPkcs12(readFileSync(join(folder, name)), 'password')
    expect(read.ok && [read.value.keys.length > 0, read.value.certificates.length > 0], name).toEqual([true, true])
  }
})
