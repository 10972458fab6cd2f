import { execFileSync, spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { utf8Text } from '../base/bytes.ts'
import { systemRandom } from '../base/random.ts'
import { mobileConfig } from './mobileConfig.ts'

const server = (host: string, port: number) => ({ host, port, security: 'tls' as const, user: 'jürgen@example.org' })
const account = {
  name: 'Jürgen <Groß> & Söhne',
  address: 'juergen@example.org',
  mailbox: server('imap.example.org', 993),
  submission: server('smtp.example.org', 465),
}
const pkcs12 = Uint8Array.of(0x30, 3, 2, 1, 3)
const sign = { id: 'a'.repeat(64), name: 'Jürgen', pkcs12 }
const decrypt = { id: 'b'.repeat(64), name: 'Jürgen\u0007', pkcs12 }
const hasPython = spawnSync('python3', ['--version']).error === undefined

/** The property list as Python's plistlib reads it, data as base64. */
function read(profile: Uint8Array): Record<string, unknown> & { PayloadContent: Record<string, unknown>[] } {
  const code = `import sys, json, plistlib, base64
print(json.dumps(plistlib.loads(sys.stdin.buffer.read()), default=lambda value: base64.b64encode(value).decode()))`
  return JSON.parse(execFileSync('python3', ['-c', code], { input: profile, encoding: 'utf8' }))
}

const uuid = /^[0-9A-F]{8}-[0-9A-F]{4}-4[0-9A-F]{3}-[89AB][0-9A-F]{3}-[0-9A-F]{12}$/

describe.skipIf(!hasPython)('a configuration profile', () => {
  it('holds the identity, and the account that signs and encrypts with it', () => {
    const input = { identities: [sign], signing: sign.id, encryption: sign.id, account, random: systemRandom }
    const profile = read(mobileConfig(input))
    const [identity, mail, ...others] = profile.PayloadContent
    expect(others).toEqual([])
    expect(profile).toMatchObject({ PayloadType: 'Configuration', PayloadIdentifier: 'siegel.aaaaaaaaaaaaaaaa' })
    expect(identity).toMatchObject({
      PayloadType: 'com.apple.security.pkcs12',
      PayloadContent: Buffer.from(pkcs12).toString('base64'),
    })
    expect(mail).toMatchObject({
      PayloadType: 'com.apple.mail.managed',
      EmailAccountName: account.name,
      IncomingMailServerHostName: 'imap.example.org',
      OutgoingMailServerPortNumber: 465,
      OutgoingPasswordSameAsIncomingPassword: true,
      SMIMESigningEnabled: true,
      SMIMESigningCertificateUUID: identity?.['PayloadUUID'],
      SMIMEEncryptByDefault: true,
      SMIMEEncryptionCertificateUUID: identity?.['PayloadUUID'],
    })
    const uuids = [profile, ...profile.PayloadContent].map((payload) => payload['PayloadUUID'])
    for (const each of uuids) expect(each).toMatch(uuid)
    expect(new Set(uuids).size).toBe(3)
    const again = read(mobileConfig(input))
    expect(again['PayloadIdentifier']).toBe(profile['PayloadIdentifier'])
    expect(again['PayloadUUID']).not.toBe(profile['PayloadUUID'])
  })

  it('names the two certificates of a person who has one to sign and one to decrypt', () => {
    const identities = [sign, decrypt]
    const input = { identities, signing: sign.id, encryption: decrypt.id, account, random: systemRandom }
    const [first, second, mail] = read(mobileConfig(input)).PayloadContent
    expect(second?.['PayloadDisplayName']).toBe('Jürgen')
    expect(mail?.['SMIMESigningCertificateUUID']).toBe(first?.['PayloadUUID'])
    expect(mail?.['SMIMEEncryptionCertificateUUID']).toBe(second?.['PayloadUUID'])
  })

  it('without an account holds the identity alone, and never a password', () => {
    const profile = mobileConfig({ identities: [sign], random: systemRandom })
    expect(read(profile).PayloadContent).toHaveLength(1)
    const whole = utf8Text(mobileConfig({ identities: [sign], account, random: systemRandom }))
    expect(whole).not.toMatch(/<key>(Incoming|Outgoing)?Password<\/key>/)
    expect(read(Buffer.from(whole)).PayloadContent[1]).toMatchObject({ SMIMESigningEnabled: false })
  })
})
