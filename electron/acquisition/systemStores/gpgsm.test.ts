import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { writePem } from '../../asn1/pem.ts'
import { testPerson } from '../../certificates/testPki.ts'
import { gpgsmStore, secretKeysIn } from './gpgsm.ts'
import { testTools } from './testTools.ts'

const onDisk = '32933B035357A3D852DB338B1F27DA2405548976'
const onCard = '53B2531FF88DD219773EBD28514AD1E827FA6444'

/** What gpgsm 2.2.40 writes; the second key's field 15 is that of a key on a card (GnuPG, doc/DETAILS). */
const listing = `/home/anna/.gnupg/pubring.kbx
-----------------------------
crs::2048:1:1F27DA2405548976:20191120T065418:20520927T065418:37410579ED757F42::CN=Sample Authority,O=IETF::sS::::::23:
fpr:::::::::${onDisk}:::C4C7D3DF10C5C9F8D2341D8C69B730D6EBBE9EDD:
fp2:::::::::61237C070284DCEF14EBB5A05B0E8950D427EE46041CDB4891468330C13475A6::::
grp:::::::::72C1C3025D37634B47442E21CB2FD253AD01B71F:
uid:::::::::CN=Alice Lovelace,OU=LAMPS WG,O=IETF::
crs::2048:1:514AD1E827FA6444:20191120T065418:20520927T065418:0F2D25BD1139974A::CN=Sample Authority,O=IETF::eE:::D2760001240103040006123456780000:::23:
fpr:::::::::${onCard}:::C4C7D3DF10C5C9F8D2341D8C69B730D6EBBE9EDD:
`

describe("gpgsm's listing", () => {
  it('names each secret key by its certificate, and the card that a key lies on', () => {
    expect([...secretKeysIn(listing)]).toEqual([
      [onDisk, ''],
      [onCard, 'D2760001240103040006123456780000'],
    ])
  })

  it('of certificates without a key names none', () => {
    expect(secretKeysIn(listing.replaceAll('crs:', 'crt:')).size).toBe(0)
    expect(secretKeysIn('').size).toBe(0)
  })

  it('of any text names fingerprints alone, and at most 200', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.nat(listing.length), fc.nat(40), (inserted, at, removed) => {
        for (const sha1 of secretKeysIn(listing.slice(0, at) + inserted + listing.slice(at + removed)).keys()) {
          expect(sha1).toMatch(/^[0-9A-F]{40}$/)
        }
      }),
    )
    const many = Array.from({ length: 500 }, (_, index) => `crs:\nfpr:::::::::${String(index).padStart(40, '0')}:\n`)
    expect(secretKeysIn(many.join('')).size).toBe(200)
  })
})

describe("GnuPG's keyring", () => {
  it('is asked only for what it listed: a certificate that it sends unasked is left out', async () => {
    const anna = await testPerson('anna@example.org')
    const pem = writePem('CERTIFICATE', anna.certificate.der)
    const machine = testTools(({ parameters }) => (parameters.includes('--export') ? pem : listing))
    expect(await gpgsmStore(machine, '/g').list()).toEqual({ ok: true, value: [] })
    expect(machine.asked[1]?.parameters.slice(-2)).toEqual([onDisk, onCard])
  })

  it('that ends well and exports nothing is unreadable, and the passphrase stands on standard input alone', async () => {
    const machine = testTools(() => '[GNUPG:] PROGRESS starting_agent ? 0 0\n')
    const key = { certificateDer: new Uint8Array(), sha1: onDisk, exportable: 'unknown' as const }
    const request = { oneTimePassword: 'once', storePassword: 'geheim' }
    expect(await gpgsmStore(machine, '/g').export([key], request)).toEqual({
      ok: false,
      error: { code: 'store-unreadable', reason: 'no export' },
    })
    expect(machine.asked.map(({ input }) => input)).toEqual(['geheim\n'])
    expect(machine.asked.flatMap(({ parameters }) => parameters)).not.toContain('geheim')
  })
  it('of Windows and macOS is read by the program where that was installed, never by a name that a folder could have', async () => {
    const windows = 'C:\\Program Files (x86)\\GnuPG\\bin\\gpgsm.exe'
    const machine = { ...testTools(() => '', { files: [windows] }), platform: 'win32' as const }
    const store = gpgsmStore(machine, 'C:\\Users\\anna\\AppData\\Roaming\\gnupg')
    expect(await store.hasTools()).toBe(true)
    expect(await store.list()).toEqual({ ok: true, value: [] })
    expect(new Set(machine.asked.map(({ program }) => program))).toEqual(new Set([windows]))
    const bare = { ...testTools(() => ''), platform: 'darwin' as const }
    expect(await gpgsmStore(bare, '/Users/anna/.gnupg').hasTools()).toBe(false)
    expect(await gpgsmStore(bare, '/Users/anna/.gnupg').list()).toEqual({
      ok: false,
      error: { code: 'store-tools-missing', program: 'gpgsm' },
    })
    expect(bare.asked).toEqual([])
  })
})
