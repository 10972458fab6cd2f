import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { identityPrefs, mailIdentitiesOf, readPrefs, withPrefs } from './prefs.ts'

const text = `// Mozilla User Preferences

user_pref("mail.accountmanager.accounts", "account1,account2");
user_pref("mail.account.account1.identities", "id1,id2");
user_pref("mail.account.account2.server", "server2");
user_pref("mail.identity.id1.fullName", "J\\u00fcrgen \\"J\\x2e\\"");
user_pref("mail.identity.id1.useremail", "juergen@example.org");
user_pref("mail.identity.id1.sign_mail", false);
user_pref("mail.identity.id2.useremail", "j@example.net");
user_pref("mail.identity.id2.signing_cert_name", "Jürgen");
user_pref("mail.identity.id2.sign_mail", true);
user_pref("mail.identity.id2.encryptionpolicy", 2);
user_pref("odd", {"what": 1});
`

describe('prefs.js', () => {
  it('is read as strings, numbers and booleans; what is none of them is left out', () => {
    const prefs = readPrefs(text)
    expect(prefs.get('mail.identity.id1.fullName')).toBe('Jürgen "J."')
    expect(prefs.get('mail.identity.id2.encryptionpolicy')).toBe(2)
    expect(prefs.get('mail.identity.id2.sign_mail')).toBe(true)
    expect(prefs.has('odd')).toBe(false)
  })

  it('names the senders of all accounts and what they do', () => {
    expect(mailIdentitiesOf(readPrefs(text))).toEqual([
      { key: 'id1', name: 'Jürgen "J."', address: 'juergen@example.org', signs: false, encrypts: false },
      { key: 'id2', name: '', address: 'j@example.net', signingCertificate: 'Jürgen', signs: true, encrypts: true },
    ])
  })

  it('is changed in the lines that change, and keeps every other byte', () => {
    const use = { signing: { nickname: 'A "B"', databaseKey: 'AAAA' }, sign: true, encrypt: false }
    const changed = withPrefs(text, identityPrefs('id1', use))
    const lines = changed.split('\n')
    expect(lines.slice(0, 7)).toEqual(text.split('\n').slice(0, 7))
    expect(lines[7]).toBe('user_pref("mail.identity.id1.sign_mail", true);')
    expect(changed).toContain('user_pref("mail.identity.id1.signing_cert_name", "A \\"B\\"");\n')
    expect(changed).toContain('user_pref("odd", {"what": 1});\n')
    expect(changed.endsWith('\n')).toBe(true)
    expect(withPrefs(text.replaceAll('\n', '\r\n'), identityPrefs('id1', use)).replaceAll('\r\n', '')).not.toContain(
      '\n',
    )
  })

  it('is read in one pass, also where a line is blanks or ends over and over', () => {
    const blanks = ' '.repeat(1_000_000)
    const lines = [
      `user_pref("a",${blanks}x`,
      `user_pref("b", 1);${blanks}x`,
      `user_pref("c", 1${'); '.repeat(300_000)}x`,
    ]
    expect(readPrefs([...lines, 'user_pref("d", 1);'].join('\n'))).toEqual(new Map([['d', 1]]))
  })

  it('sets nothing for a certificate that there is not', () => {
    expect([...identityPrefs('id1', { sign: true, encrypt: true })]).toEqual([])
  })

  it('gives back any value that was set', () => {
    const value = fc.oneof(fc.string({ unit: 'binary' }), fc.boolean(), fc.integer({ min: -1e9, max: 1e9 }))
    fc.assert(
      fc.property(value, (given) => {
        const once = withPrefs(text, new Map([['x', given]]))
        expect(readPrefs(once).get('x')).toEqual(given)
        expect(withPrefs(once, new Map([['x', given]]))).toBe(once)
      }),
    )
  })

  it('of any text is read without an exception', () => {
    fc.assert(
      fc.property(fc.string(), fc.nat(text.length), (inserted, position) => {
        mailIdentitiesOf(readPrefs(text.slice(0, position) + inserted + text.slice(position)))
      }),
    )
  })
})
