import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { concatBytes, hexText } from '../../base/bytes.ts'
import { systemRandom } from '../../base/random.ts'
import { expectSuccess } from '../../base/result.ts'
import { type ContentCipher, encrypt } from './encrypt.ts'
import { readCms } from './read.ts'
import { type CmsSigner, signDetached, signOpaque } from './sign.ts'
import { type OpensslPeople, opensslPeople, opensslPresent, type Person } from './testOpensslPeople.ts'
import { pieces, whole } from './testPerson.ts'
import { type SignerOutcome, verifySigners } from './verify.ts'

const letter = Buffer.from(`Content-Type: text/plain\r\n\r\n${'A sealed letter.\r\n'.repeat(5000)}`)

const present = opensslPresent()

describe.skipIf(!present)(present ? 'with the openssl command' : 'skipped: there is no openssl command', () => {
  let openssl: OpensslPeople
  const people = new Map<string, Person>()
  const person = (name: string): Person => {
    const found = people.get(name)
    if (!found) throw new Error(`nobody is called ${name}`)
    return found
  }
  const signerOf = (name: string, digest: CmsSigner['digest'] = 'sha256'): CmsSigner => ({
    certificate: person(name).certificate,
    key: person(name).key,
    chain: [],
    digest,
    signingTime: new Date('2026-03-03T10:00:00Z'),
  })

  beforeAll(() => {
    openssl = opensslPeople()
    const rsa = ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048']
    const ec = (curve: string): string[] => ['-algorithm', 'EC', '-pkeyopt', `ec_paramgen_curve:${curve}`]
    for (const [name, options] of Object.entries({
      rsa,
      pss: [
        ...['-algorithm', 'RSA-PSS', '-pkeyopt', 'rsa_keygen_bits:2048', '-pkeyopt', 'rsa_pss_keygen_md:sha384'],
        ...['-pkeyopt', 'rsa_pss_keygen_mgf1_md:sha384', '-pkeyopt', 'rsa_pss_keygen_saltlen:32'],
      ],
      p256: ec('P-256'),
      p384: ec('P-384'),
      p521: ec('P-521'),
      ed25519: ['-algorithm', 'ED25519'],
    })) {
      people.set(name, openssl.person(name, options))
    }
    openssl.write('letter', letter)
  })
  afterAll(() => openssl.remove())

  describe('openssl verifies what Siegel signs', () => {
    it.each([
      ['rsa', 'sha384'],
      ['rsa', 'sha512'],
      ['p256', 'sha512'],
    ] as const)('%s with %s, detached and opaque', async (name, digest) => {
      const { certificateFile } = person(name)
      openssl.write('detached', await signDetached(pieces(letter, 1000), signerOf(name, digest)))
      openssl.write('opaque', await whole(signOpaque(pieces(letter, 1000), signerOf(name, digest))))
      const verify = ['cms', '-verify', '-binary', '-inform', 'DER', '-CAfile', certificateFile]
      const fromDetached = openssl.run(...verify, '-in', openssl.path('detached'), '-content', openssl.path('letter'))
      expect(fromDetached.equals(letter)).toBe(true)
      expect(openssl.run(...verify, '-in', openssl.path('opaque')).equals(letter)).toBe(true)
    })

    const verified = (name: string, ...signers: string[]): Buffer => {
      openssl.write('anchors', Buffer.concat(signers.map((each) => openssl.read(`${each}.crt`))))
      const verify = ['cms', '-verify', '-binary', '-inform', 'DER', '-CAfile', openssl.path('anchors')]
      return openssl.run(...verify, '-in', openssl.path(name), '-content', openssl.path('letter'))
    }

    it.each(['sha256', 'sha384', 'sha512'] as const)('RSASSA-PSS with %s', async (digest) => {
      openssl.write('pss', await signDetached([letter], { ...signerOf('rsa', digest), padding: 'pss' }))
      expect(verified('pss', 'rsa').equals(letter)).toBe(true)
      const printed = openssl.run('cms', '-cmsout', '-print', '-inform', 'DER', '-in', openssl.path('pss')).toString()
      expect(printed).toMatch(/signatureAlgorithm:\s+algorithm: rsassaPss/)
    })

    it('a key for RSASSA-PSS alone, which prescribes its digest', async () => {
      openssl.write('pss', await signDetached([letter], signerOf('pss', 'sha256')))
      expect(verified('pss', 'pss').equals(letter)).toBe(true)
    })

    it('several signers, one of them named by the key', async () => {
      const signers = [
        { ...signerOf('rsa'), padding: 'pss' },
        { ...signerOf('p384', 'sha384'), byKeyIdentifier: true },
        signerOf('p521', 'sha512'),
      ] as const
      openssl.write('several', await signDetached([letter], ...signers))
      expect(verified('several', 'rsa', 'p384', 'p521').equals(letter)).toBe(true)
      // Every signer counts: without the anchor of one of them openssl refuses.
      expect(() => verified('several', 'rsa', 'p384')).toThrow('certificate verify error')
      openssl.write('several', await whole(signOpaque([letter], ...signers)))
      expect(verified('several', 'rsa', 'p384', 'p521').equals(letter)).toBe(true)
    })
  })

  describe('Siegel verifies what openssl signs', () => {
    const outcomes = async (name: string, content?: Uint8Array): Promise<SignerOutcome[]> => {
      const read = expectSuccess(await readCms(openssl.read(name), { keys: [] }))
      if (read.kind !== 'signed') throw new Error(read.kind)
      return verifySigners(read.signedData, content ?? read.content ?? new Uint8Array())
    }
    const sign = (name: string, ...options: string[]): string => {
      const { certificateFile, keyFile } = person(name)
      openssl.run(
        ...['cms', '-sign', '-binary', '-outform', 'DER', '-signer', certificateFile, '-inkey', keyFile],
        ...['-in', openssl.path('letter'), '-out', openssl.path('signed'), ...options],
      )
      return 'signed'
    }

    it.each([
      ['rsa', ['-md', 'sha256'], 'SHA-256', 'RSA PKCS#1 v1.5'],
      ['rsa', ['-md', 'sha1'], 'SHA-1', 'RSA PKCS#1 v1.5'],
      ['rsa', ['-md', 'md5'], 'MD5', 'RSA PKCS#1 v1.5'],
      ['rsa', ['-keyopt', 'rsa_padding_mode:pss', '-md', 'sha384'], 'SHA-384', 'RSA-PSS'],
      [
        'rsa',
        ['-keyopt', 'rsa_padding_mode:pss', '-keyopt', 'rsa_mgf1_md:sha1', '-md', 'sha256'],
        'SHA-256',
        'RSA-PSS (MGF1 SHA-1)',
      ],
      ['p256', ['-keyid'], 'SHA-256', 'ECDSA P-256'],
      ['p384', ['-md', 'sha384'], 'SHA-384', 'ECDSA P-384'],
      ['p521', ['-md', 'sha512'], 'SHA-512', 'ECDSA P-521'],
    ] as const)('%s with %j', async (name, options, digest, signature) => {
      sign(name, ...options)
      const [detached] = await outcomes('signed', letter)
      expect(detached).toMatchObject({ state: 'verified', digest, signature, reasons: [] })
      expect(detached?.certificate?.sha256).toBe(person(name).certificate.sha256)
      expect(Math.abs((detached?.signingTime?.getTime() ?? 0) - Date.now())).toBeLessThan(60_000)
      const [changed] = await outcomes('signed', concatBytes(letter, Buffer.from('!')))
      expect(changed).toMatchObject({ state: 'broken', reasons: [{ code: 'digest-mismatch' }] })
      sign(name, ...options, '-nodetach')
      expect((await outcomes('signed'))[0]?.state).toBe('verified')
    })

    it('in segments of indefinite length', async () => {
      sign('rsa', '-nodetach', '-stream', '-indef')
      expect((await outcomes('signed'))[0]?.state).toBe('verified')
    })

    it('without attributes', async () => {
      sign('rsa', '-noattr', '-nodetach')
      expect((await outcomes('signed'))[0]).toMatchObject({ state: 'verified', reasons: [] })
      const [changed] = await outcomes('signed', letter.subarray(1))
      expect(changed).toMatchObject({ state: 'broken', reasons: [{ code: 'signature-mismatch' }] })
    })

    it('by two signers, one of them without a certificate', async () => {
      const second = person('p256')
      sign('rsa', '-nodetach', '-nocerts')
      openssl.run(
        ...['cms', '-resign', '-binary', '-inform', 'DER', '-outform', 'DER', '-in', openssl.path('signed')],
        ...['-signer', second.certificateFile, '-inkey', second.keyFile, '-out', openssl.path('resigned')],
      )
      const states = (await outcomes('resigned')).map(({ state }) => state).sort()
      expect(states).toEqual(['no-certificate', 'verified'])
    })
  })

  describe('openssl decrypts what Siegel encrypts to two', () => {
    it.each([
      ['rsa', 'aes-128-cbc', 'rsa-oaep'],
      ['rsa', 'aes-128-gcm', 'rsa-pkcs1'],
      ['p384', 'aes-128-gcm', undefined],
    ] as const)('for %s with %s, %s', async (name, cipher, transport) => {
      const { certificate, certificateFile, keyFile } = person(name)
      const recipients = [
        { certificate, ...(transport ? { transport } : {}) },
        { certificate: person('p256').certificate },
      ]
      const input = { recipients, cipher, random: systemRandom }
      openssl.write('sealed', await whole(expectSuccess(encrypt(pieces(letter, 1000), input))))
      const decrypted = openssl.run(
        ...['cms', '-decrypt', '-binary', '-inform', 'DER', '-in', openssl.path('sealed')],
        ...['-recip', certificateFile, '-inkey', keyFile],
      )
      expect(decrypted.equals(letter)).toBe(true)
    })
  })

  describe('Siegel decrypts what openssl encrypts', () => {
    it.each([
      ['rsa', ['-aes-256-cbc'], 'AES-256-CBC', 'RSA PKCS#1 v1.5'],
      ['rsa', ['-aes-192-cbc', '-keyid'], 'AES-192-CBC', 'RSA PKCS#1 v1.5'],
      ['rsa', ['-des3'], '3DES-CBC', 'RSA PKCS#1 v1.5'],
      ['rsa', ['-aes-256-gcm'], 'AES-256-GCM', 'RSA PKCS#1 v1.5'],
      ['rsa', ['-aes-128-cbc', '-stream'], 'AES-128-CBC', 'RSA PKCS#1 v1.5'],
      ['p256', ['-aes-128-cbc'], 'AES-128-CBC', 'ECDH P-256 (SHA-1, AES-128 key wrap)'],
      ['p384', ['-aes-256-gcm'], 'AES-256-GCM', 'ECDH P-384 (SHA-1, AES-256 key wrap)'],
    ] as const)('for %s with %j', async (name, options, cipher, keyManagement) => {
      const { certificate, certificateFile, key } = person(name)
      openssl.run(
        ...['cms', '-encrypt', '-binary', '-outform', 'DER', ...options],
        ...['-in', openssl.path('letter'), '-out', openssl.path('sealed'), certificateFile],
      )
      const read = expectSuccess(await readCms(pieces(openssl.read('sealed'), 700), { keys: [{ certificate, key }] }))
      expect(read).toMatchObject({ cipher, recipients: [{ keyManagement, mine: true }] })
      expect(Buffer.compare(read.content?.held ?? new Uint8Array(), letter)).toBe(0)
    })

    it.each([
      ['rsa', ['rsa_padding_mode:oaep', 'rsa_oaep_md:sha256'], 'RSA-OAEP (SHA-256)'],
      ['rsa', ['rsa_padding_mode:oaep', 'rsa_oaep_md:sha256', 'rsa_mgf1_md:sha1'], 'RSA-OAEP (SHA-256, MGF1 SHA-1)'],
      ['rsa', ['rsa_padding_mode:oaep'], 'RSA-OAEP (SHA-1)'],
      ['rsa', ['rsa_padding_mode:oaep', 'rsa_oaep_label:6c6162656c'], 'RSA-OAEP (SHA-1)'],
      ['p256', ['ecdh_kdf_md:sha256'], 'ECDH P-256 (SHA-256, AES-256 key wrap)'],
      ['p384', ['ecdh_kdf_md:sha384', 'ecdh_cofactor_mode:1'], 'ECDH P-384 (SHA-384, AES-256 key wrap)'],
      ['p521', ['ecdh_kdf_md:sha512'], 'ECDH P-521 (SHA-512, AES-256 key wrap)'],
    ] as const)('for %s with %j', async (name, keyOptions, keyManagement) => {
      const { certificate, certificateFile, key } = person(name)
      openssl.run(
        ...['cms', '-encrypt', '-binary', '-outform', 'DER', '-aes-256-cbc', '-in', openssl.path('letter')],
        ...['-out', openssl.path('sealed'), '-recip', certificateFile],
        ...keyOptions.flatMap((option) => ['-keyopt', option]),
      )
      const read = expectSuccess(await readCms(openssl.read('sealed'), { keys: [{ certificate, key }] }))
      expect(read).toMatchObject({ recipients: [{ keyManagement, mine: true }] })
      expect(hexText(read.content?.held ?? new Uint8Array())).toBe(hexText(letter))
    })

    it('names recipients by password and by shared key', async () => {
      openssl.run(
        ...['cms', '-encrypt', '-binary', '-outform', 'DER', '-aes-256-cbc', '-in', openssl.path('letter')],
        ...[
          '-out',
          openssl.path('sealed'),
          '-pwri_password',
          'secret',
          '-secretkey',
          '00'.repeat(32),
          '-secretkeyid',
          'aa',
        ],
      )
      const read = await readCms(openssl.read('sealed'), { keys: [person('rsa')] })
      expect(!read.ok && read.error).toMatchObject({
        code: 'no-key',
        recipients: [
          { keyManagement: 'key encryption key', mine: false },
          { keyManagement: 'password', mine: false },
        ],
      })
    })
  })

  it('makes one for whoever it is for, and says no-key to others', async () => {
    const ciphers: ContentCipher[] = ['aes-128-cbc', 'aes-256-gcm']
    for (const cipher of ciphers) {
      const recipients = [{ certificate: person('rsa').certificate }]
      const input = { recipients, cipher, random: systemRandom }
      const sealed = await whole(expectSuccess(encrypt([letter], input)))
      const read = await readCms(sealed, { keys: [person('p256')] })
      expect(!read.ok && read.error.code).toBe('no-key')
    }
  })
})
