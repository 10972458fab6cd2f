/** Key files of other projects' test suites: each comes in, or says the right reason why it doesn't. */

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { corpus } from '../../../build/corpora.ts'
import { readIdentityFile } from './identityFile.ts'

const at = new Date('2026-01-01')

/** "pairs/other certificates/keys without one", or the code of the failure with the algorithm. */
async function outcomeOf(file: string, password?: string): Promise<string> {
  const read = await readIdentityFile(readFileSync(file), password, at)
  if (!read.ok) return 'algorithm' in read.error ? `${read.error.code} ${read.error.algorithm}` : read.error.code
  const { pairs, others, keysWithoutCertificate } = read.value
  read.value.close()
  return `${pairs.length}/${others.length}/${keysWithoutCertificate}`
}

interface Expected {
  readonly outcome: string
  readonly why: string
  readonly files: readonly string[]
}

function describeFolder(name: string, folder: string | undefined, pattern: RegExp, expected: readonly Expected[]) {
  describe.skipIf(!folder)(name, () => {
    it('are all expected', () => {
      const found = readdirSync(folder ?? '').filter((file) => pattern.test(file))
      expect(found.sort()).toEqual(expected.flatMap(({ files }) => files).sort())
    })
    for (const { outcome, why, files } of expected) {
      it(`${outcome} (${why}): ${files.join(', ')}`, async () => {
        for (const file of files) expect(await outcomeOf(join(folder ?? '', file)), file).toBe(outcome)
      })
    }
  })
}

const openssl = corpus('openssl')
const rfc9216 = corpus('rfc9216')

describeFolder("OpenSSL's S/MIME people", openssl && join(openssl, 'test/smime-certs'), /\.pem$/, [
  {
    outcome: '1/0/0',
    why: 'key and certificate',
    files: [
      'csrsa1.pem',
      'smec1.pem',
      'smec3.pem',
      'smroot.pem',
      'smrsa1.pem',
      'smrsa1024.pem',
      'smrsa2.pem',
      'smrsa3.pem',
    ],
  },
  { outcome: '0/1/0', why: 'a certificate alone', files: ['badrsa.pem', 'smrsa3-cert.pem'] },
  { outcome: '0/0/1', why: 'a key alone', files: ['smrsa3-key.pem'] },
  {
    outcome: 'unsupported-algorithm DSA',
    why: 'a key that seals nothing today',
    files: ['smdsa1.pem', 'smdsa2.pem', 'smdsa3.pem'],
  },
  { outcome: 'unsupported-algorithm 1.2.840.10046.2.1', why: 'Diffie-Hellman', files: ['smdh.pem'] },
  { outcome: 'unsupported-algorithm 1.3.132.0.16', why: 'the curve sect283k1', files: ['smec2.pem'] },
  { outcome: 'not-a-key-file', why: 'parameters alone', files: ['smdsap.pem'] },
  { outcome: 'experimental-algorithm ML-DSA-44', why: 'the setting is off', files: ['sm_mldsa44.pem'] },
  { outcome: 'unsupported-algorithm 2.16.840.1.101.3.4.3.20', why: 'SLH-DSA', files: ['sm_slhdsa_sha2_128s.pem'] },
  { outcome: 'unsupported-algorithm 2.16.840.1.101.3.4.3.26', why: 'SLH-DSA', files: ['sm_slhdsa_shake_128s.pem'] },
  { outcome: 'unsupported-algorithm 2.16.840.1.101.3.4.3.30', why: 'SLH-DSA', files: ['sm_slhdsa_shake_256s.pem'] },
])

describeFolder("OpenSSL's key files", openssl && join(openssl, 'test/certs'), /\.key$/, [
  {
    outcome: '0/0/1',
    why: 'a key alone, of PKCS#1 or PKCS#8',
    files: ['bad.key', 'interCA.key', 'leaf.key', 'rootCA.key', 'subinterCA.key'],
  },
  { outcome: 'password-needed', why: 'encrypted', files: ['leaf-encrypted.key'] },
  { outcome: 'unsupported-algorithm 1.2.156.10197.1.301', why: 'the curve of SM2', files: ['sm2.key', 'sm2-root.key'] },
  { outcome: 'not-a-key-file', why: 'a public key', files: ['sm2-pub.key'] },
])

describe.skipIf(!rfc9216)('the people of RFC 9216', () => {
  it('come in whole from one PKCS#12, with two pairs and their chain', async () => {
    for (const person of ['alice', 'bob', 'carlos', 'dana']) {
      for (const ending of ['p12', 'der.p12']) {
        const outcome = await outcomeOf(join(rfc9216 ?? '', `${person}.${ending}`), person)
        expect(outcome, `${person}.${ending}`).toMatch(/^2\/[1-9]\/0$/)
      }
    }
  })
})

describe.skipIf(!openssl)("OpenSSL's PKCS#12 files", () => {
  const folder = join(openssl ?? '', 'test/recipes/80-test_pkcs12_data')
  const reasonOf = (name: string) => outcomeOf(join(folder, `${name}.p12`), '1234')

  it('are damaged, or of a kind that nobody reads here: two reasons', async () => {
    expect(await reasonOf('bad2')).toBe('damaged-file')
    expect(await reasonOf('nomac_parse')).toMatch(/^unsupported-algorithm /)
    expect(await reasonOf('pbmac1_512_256.good')).toBe('1/0/0')
  })
})
