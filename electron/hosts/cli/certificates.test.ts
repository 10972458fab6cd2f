/** `siegel cert` as a person uses it, with the lists, policies and roots that the command line brings along. */

import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { corpus } from '../../../build/corpora.ts'
import { type Siegel, siegelIn } from './testSiegel.ts'

const folder = corpus('nist-pkits')
const people = corpus('rfc9216')

let home: string
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'siegel-cert-'))
})
afterAll(() => rm(home, { recursive: true, force: true }))

const siegel: Siegel = (args, options) => siegelIn(home)(args, options)

describe.skipIf(!folder)('a chain of NIST in the terminal', () => {
  const data = join(folder ?? '', 'PKITS_data')
  const certificate = (name: string) => join(data, 'certs', `${name}.crt`)
  const list = (name: string) => join(data, 'crls', `${name}.crl`)
  const chain = ['--chain', certificate('GoodCACert'), '--anchor', certificate('TrustAnchorRootCertificate')]
  const lists = ['--crl', list('GoodCACRL'), '--crl', list('TrustAnchorRootCRL')]
  const verify = (name: string, ...more: string[]) =>
    siegel(['cert', 'verify', certificate(name), ...chain, '--at', '2011-04-15', ...more])

  it('holds with the lists of all its issuers, and says of each that it isn’t revoked', async () => {
    const valid = await verify('ValidCertificatePathTest1EE', ...lists)
    expect(valid).toMatchObject({ code: 0 })
    expect(valid.out).toContain('not revoked: Good CA')
    const json = JSON.parse((await verify('ValidCertificatePathTest1EE', ...lists, '--json')).out)
    expect(json).toMatchObject({ state: 'valid', reasons: [], revocation: [{ state: 'good' }, { state: 'good' }] })
  })

  it('names the link that is revoked, with date and reason', async () => {
    const revoked = await verify('InvalidRevokedEETest3EE', ...lists)
    expect(revoked.code).toBe(1)
    expect(revoked.out).toMatch(/● Invalid Revoked EE Certificate Test3.*\n +✗ Its issuer revoked it on 1 January 2010/)
  })

  it('is not valid where the lists that were given leave a certificate out', async () => {
    const partly = await verify('ValidCertificatePathTest1EE', '--crl', list('GoodCACRL'), '--json')
    expect(partly.code).toBe(1)
    expect(JSON.parse(partly.out)).toMatchObject({ state: 'revocation-unknown', reasons: [{ link: 1 }] })
  })

  it('holds for the policies that its issuers name, and for no other', async () => {
    const policy = (last: number) => ['--policy', `2.16.840.1.101.3.2.1.48.${last}`]
    expect((await verify('ValidCertificatePathTest1EE', ...policy(1))).code).toBe(0)
    const other = await verify('ValidCertificatePathTest1EE', ...policy(2), '--json')
    expect(JSON.parse(other.out).reasons).toMatchObject([{ code: 'explicit-policy-required' }])
    const wrong = await verify('ValidCertificatePathTest1EE', '--policy', 'anyPolicy')
    expect(wrong.code).toBe(2)
    expect(wrong.err).toContain('"anyPolicy" is no policy')
  })

  it('judges a mail by the same lists', async () => {
    const mail = join(data, 'smime', 'SignedInvalidRevokedEETest3.eml')
    const root = ['--anchor', certificate('TrustAnchorRootCertificate')]
    const inspected = await siegel(['inspect', mail, ...root, ...lists, '--at', '2011-04-15', '--json'])
    const [signer] = JSON.parse(inspected.out).signers
    expect(signer.revocation).toMatchObject([{ state: 'revoked', reason: 'keyCompromise' }, { state: 'good' }])
  })

  it('takes no other file for a list', async () => {
    const wrong = await verify('ValidCertificatePathTest1EE', '--crl', certificate('GoodCACert'), '--json')
    expect(wrong.code).toBe(1)
    expect(wrong.err).toContain('not a revocation list')
  })
})

describe.skipIf(!people)('certificates of people in the terminal', () => {
  const file = (name: string) => join(people ?? '', name)

  it('are shown with what is unusual, why, and what they prove', async () => {
    const shown = await siegel(['cert', 'show', file('alice.sign.crt')])
    expect(shown.code).toBe(0)
    expect(shown.out).toMatch(/proves: .*address/)
    expect(shown.out).toMatch(/! (note|unusual|against the rules) .*\(S\/MIME BR §/)
  })

  it('are compared: what differs first', async () => {
    const compared = await siegel(['cert', 'compare', file('alice.sign.crt'), file('alice.encrypt.crt')])
    expect(compared.code).toBe(0)
    expect(compared.out).toContain('A pair: one seals, the other receives')
    const json = await siegel(['cert', 'compare', file('alice.sign.crt'), file('bob.sign.crt'), '--json'])
    expect(JSON.parse(json.out)).toMatchObject({ comparison: { relation: 'unrelated', sameKey: false } })
  })

  it('are saved as PEM, DER and PKCS#7, and read again', async () => {
    for (const format of ['pem', 'der', 'pkcs7']) {
      const out = join(home, `alice.${format}`)
      const saved = await siegel(['cert', 'export', file('alice.sign.crt'), '--format', format, '--out', out])
      expect(saved).toMatchObject({ code: 0 })
      const again = JSON.parse((await siegel(['cert', 'show', out, '--json'])).out)
      expect(again).toMatchObject([{ emails: ['alice@smime.example'] }])
    }
    expect(await readFile(join(home, 'alice.pem'), 'latin1')).toContain('BEGIN CERTIFICATE')
  })
})
