import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { writePem } from '../../asn1/pem.ts'
import { hexText } from '../../base/bytes.ts'
import { digestOf } from '../../crypto/digest.ts'
import { type TestEntity, testAuthority } from '../testPki.ts'
import { macosStore, trustSettingsIn } from './macos.ts'
import { testMachine } from './testMachine.ts'

const security = '/usr/bin/security'
const find = (keychain: string) => `${security} find-certificate -a -p ${keychain}`
const apple = find('/System/Library/Keychains/SystemRootCertificates.keychain')
const machine = find('/Library/Keychains/System.keychain')
const login = find('/Users/anna/Library/Keychains/login.keychain-db')
const byAdministrator = `${security} trust-settings-export -d FILE`
const byPerson = `${security} trust-settings-export FILE`

let first: TestEntity
let second: TestEntity
const pem = (...entities: readonly TestEntity[]) =>
  entities.map(({ certificate }) => writePem('CERTIFICATE', certificate.der)).join('')
const sha1 = ({ certificate }: TestEntity) => hexText(digestOf('sha1', certificate.der)).toUpperCase()

beforeAll(async () => {
  first = await testAuthority('First')
  second = await testAuthority('Second')
})

const integer = (result: number) => `<key>kSecTrustSettingsResult</key>\n\t\t\t\t\t<integer>${result}</integer>`
const policy = (data: string) =>
  `<key>kSecTrustSettingsPolicy</key>\n\t\t\t\t\t<data>\n\t\t\t\t\t${data}\n\t\t\t\t\t</data>`
const mail = policy('KoZIhvdjZAEI')
const web = policy('KoZIhvdjZAED')
const anybody = '<array/>'
const some = (...dictionaries: readonly string[]) =>
  `<array>\n${dictionaries.map((content) => `\t\t\t\t<dict>\n\t\t\t\t\t${content}\n\t\t\t\t</dict>\n`).join('')}\t\t\t</array>`

/** What trust-settings-export writes: an entry for each certificate, by SHA-1. */
function settings(entries: Readonly<Record<string, string>>): string {
  const list = Object.entries(entries).map(
    ([fingerprint, trust]) => `\t\t<key>${fingerprint}</key>
\t\t<dict>
\t\t\t<key>issuerName</key>
\t\t\t<data>
\t\t\tMBAxDjAMBgNVBAMMBUZpcnN0
\t\t\t</data>
\t\t\t<key>modDate</key>
\t\t\t<date>2026-02-01T09:00:00Z</date>
\t\t\t<key>serialNumber</key>
\t\t\t<data>
\t\t\tAQ==
\t\t\t</data>
\t\t\t<key>trustSettings</key>
\t\t\t${trust}
\t\t</dict>
`,
  )
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
\t<key>trustList</key>
\t<dict>
${list.join('')}\t</dict>
\t<key>trustVersion</key>
\t<integer>1</integer>
</dict>
</plist>
`
}

async function subjectsOn(answers: Readonly<Record<string, string>>): Promise<unknown> {
  // Nobody decided anything: the program ends without a file.
  const silent = { [machine]: '', [login]: '', [byAdministrator]: 'refused', [byPerson]: 'refused' }
  const read = await macosStore(testMachine({ ...silent, ...answers }, { HOME: '/Users/anna' })).read()
  return read.ok ? read.value.map(({ subject }) => subject.text) : read.error
}

describe("macOS' roots", () => {
  it("are Apple's; what lies in a keychain counts only when somebody trusts it", async () => {
    expect(await subjectsOn({ [apple]: pem(first), [login]: pem(second) })).toEqual(['CN=First'])
    const trusted = { [byPerson]: settings({ [sha1(second)]: anybody }) }
    expect(await subjectsOn({ [apple]: pem(first), [login]: pem(second), ...trusted })).toEqual([
      'CN=First',
      'CN=Second',
    ])
    const byMachine = { [machine]: pem(second), [byAdministrator]: settings({ [sha1(second)]: some(mail, web) }) }
    expect(await subjectsOn({ [apple]: pem(first), ...byMachine })).toEqual(['CN=First', 'CN=Second'])
  })

  it('are none that the administrator or the person denies', async () => {
    const denied = settings({ [sha1(first)]: some(integer(3)) })
    for (const domain of [byAdministrator, byPerson]) {
      expect(await subjectsOn({ [apple]: pem(first, second), [domain]: denied })).toEqual(['CN=Second'])
    }
  })

  it.each(['missing', 'slow', 'too-large', 'refused'])('are not given when the program is %s', async (reason) => {
    expect(await subjectsOn({ [apple]: reason })).toEqual({ code: 'system-roots-unreadable', reason })
  })

  it('are not given when the decisions are too slow to read', async () => {
    expect(await subjectsOn({ [apple]: pem(first), [byPerson]: 'slow' })).toMatchObject({ reason: 'slow' })
  })
})

describe('a trust setting', () => {
  const fingerprint = 'a'.repeat(40)

  it.each([
    ['no conditions', anybody, 'trusted'],
    ['an empty condition', '<array>\n<dict/>\n</array>', 'trusted'],
    ['trust as a root', some(integer(1)), 'trusted'],
    ['trust as if a root', some(integer(2)), 'trusted'],
    ['trust for mail', some(web, `${mail}\n${integer(1)}`), 'trusted'],
    ['trust for web servers only', some(`${web}\n${integer(1)}`), undefined],
    ['a denial', some(integer(3)), 'denied'],
    ['a denial for mail beside trust', some(integer(1), `${mail}\n${integer(3)}`), 'denied'],
    ['a denial for web servers beside trust', some(`${web}\n${integer(3)}`, mail), 'trusted'],
    ['nothing decided', some(integer(4)), undefined],
    ['trust for one program', some('<key>kSecTrustSettingsApplication</key>\n<data>AA==</data>'), undefined],
    ['trust for one address', some('<key>kSecTrustSettingsPolicyString</key>\n<string>a@b</string>'), undefined],
  ])('with %s', (_, trust, expected) => {
    expect(trustSettingsIn(settings({ [fingerprint.toUpperCase()]: trust })).get(fingerprint)).toBe(expected)
  })

  it('is told from its neighbours', () => {
    const other = 'b'.repeat(40)
    const list = trustSettingsIn(settings({ [fingerprint]: some(integer(3)), [other]: anybody }))
    expect([list.get(fingerprint), list.get(other)]).toEqual(['denied', 'trusted'])
  })

  it('that is damaged names no other certificate, and nothing is thrown', () => {
    const text = settings({ [fingerprint]: some(integer(3)) })
    fc.assert(
      fc.property(fc.nat(text.length), fc.nat(text.length), (one, other) => {
        const [from, to] = [Math.min(one, other), Math.max(one, other)]
        // 39 digits and the end of "modDate" are a fingerprint, too.
        const name = text.indexOf(fingerprint)
        fc.pre(from <= name || from >= name + fingerprint.length)
        const found = trustSettingsIn(text.slice(0, from) + text.slice(to))
        expect([...found.keys()].every((key) => key === fingerprint)).toBe(true)
      }),
      { numRuns: 1_000 },
    )
  })
})
