/** What `security` of macOS writes, as its source and the reports of its users show it: never run here. */

import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { writePem } from '../../asn1/pem.ts'
import { hexText, utf8Bytes } from '../../base/bytes.ts'
import { type TestEntity, testAuthority, testPerson } from '../../certificates/testPki.ts'
import { digestOf } from '../../crypto/digest.ts'
import type { RunFailure } from '../toolMachine.ts'
import { identitiesIn, keychainStore, loginKeychainOf } from './keychain.ts'
import { type Asked, testTools } from './testTools.ts'

const first = '12222234253761286351826735ABCDEF45283012'
const second = '5EEB5805E705F65D73EF2796ED8797E1AB64F1DC'
const listing = `
Policy: S/MIME
  Matching identities
  1) ${first} "Anna "the other" Musterfrau" (CSSMERR_TP_CERT_EXPIRED)
  2) ${second} "anna@example.org"
     2 identities found

  Valid identities only
  1) ${second} "anna@example.org"
     1 valid identities found
`
const keychain = '/Users/anna/Library/Keychains/login.keychain-db'
const once = { oneTimePassword: 'dGhpcyBpcyBvbmNl', storePassword: undefined }

let root: TestEntity
let anna: TestEntity
let sha1: string
beforeAll(async () => {
  root = await testAuthority('Root')
  anna = await testPerson('anna@example.org', { issuer: root })
  sha1 = hexText(digestOf('sha1', anna.certificate.der)).toUpperCase()
})

/** A keychain with Anna's identity, her root and a correspondent. */
async function keychainWith(exported: string | RunFailure) {
  const jonas = await testPerson('jonas@example.org', { issuer: root })
  const pem = [root, jonas, anna].map(({ certificate }) => writePem('CERTIFICATE', certificate.der)).join('')
  const answer = ({ parameters: [command] }: Asked) => {
    if (command === 'find-identity') return `  1) ${sha1} "anna@example.org"\n`
    return command === 'find-certificate' ? pem : exported
  }
  return testTools(answer, { made: utf8Bytes('PKCS#12') })
}

describe("the list of macOS's identities", () => {
  it('names each once, those that have expired as well, whatever their names are', () => {
    expect([...identitiesIn(listing)]).toEqual([first, second])
    expect([...identitiesIn('     0 valid identities found\n')]).toEqual([])
  })

  it('of any text names fingerprints alone, and at most 200', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.nat(listing.length), fc.nat(40), (inserted, at, removed) => {
        for (const each of identitiesIn(listing.slice(0, at) + inserted + listing.slice(at + removed))) {
          expect(each).toMatch(/^[0-9A-F]{40}$/)
        }
      }),
    )
    const many = Array.from({ length: 500 }, (_, index) => `  ${index}) ${String(index).padStart(40, '0')} "x"\n`)
    expect(identitiesIn(many.join('')).size).toBe(200)
  })
})

describe('the login keychain', () => {
  it('shows identities, not the certificates of correspondents, and is asked for one keychain alone', async () => {
    const machine = await keychainWith('')
    expect(loginKeychainOf({ home: '/Users/anna' })).toBe(keychain)
    const listed = await keychainStore(machine, keychain).list()
    expect(listed).toMatchObject({ ok: true, value: [{ sha1, exportable: 'unknown' }] })
    expect(listed.ok && listed.value).toHaveLength(1)
    expect(machine.asked.map(({ parameters }) => parameters.at(-1))).toEqual([keychain, keychain])
  })

  it('gives a file under the password of the moment, in a folder of its own, with what completes the chains', async () => {
    const machine = await keychainWith('')
    const exported = await keychainStore(machine, keychain).export([], once)
    expect(exported).toMatchObject({ ok: true, value: { files: [{ password: once.oneTimePassword }] } })
    expect(exported.ok && exported.value.issuers).toHaveLength(3)
    expect(machine.asked[0]).toMatchObject({
      program: '/usr/bin/security',
      parameters: [
        ...['export', '-k', keychain, '-t', 'identities', '-f', 'pkcs12'],
        ...['-P', once.oneTimePassword, '-o', '/private/export.p12'],
      ],
    })
  })

  it('tells a key that stays from a person who says no, in whatever language macOS says that', async () => {
    const refusal = async (detail: string) => {
      const machine = await keychainWith({ code: 'refused', detail: `security: SecKeychainItemExport: ${detail}` })
      const exported = await keychainStore(machine, keychain).export([], once)
      return exported.ok ? undefined : exported.error
    }
    expect(await refusal('The contents of this item cannot be retrieved.')).toEqual({ code: 'key-not-exportable' })
    expect(await refusal('User canceled the operation.')).toEqual({ code: 'store-refused' })
    expect(await refusal('Der Vorgang wurde vom Benutzer abgebrochen.')).toEqual({ code: 'store-refused' })
  })

  it('whose question nobody answers is given up', async () => {
    const machine = await keychainWith({ code: 'slow' })
    expect(await keychainStore(machine, keychain).export([], once)).toEqual({
      ok: false,
      error: { code: 'store-unreadable', reason: 'slow' },
    })
  })
})
