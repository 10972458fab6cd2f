/**
 * Thunderbird's `prefs.js`: one `user_pref("name", value);` a line, the value a string, a number or a boolean as in JSON. Read
 * and changed line by line, so that what isn't understood stays as it is.
 */

export type PrefValue = string | number | boolean

export type Prefs = ReadonlyMap<string, PrefValue>

/** With tens of accounts and add-ons some 200 kB. */
export const prefsByteLimit = 16_777_216

/** The value begins where the blanks end, so that a line of blanks takes one pass, not one for each. */
const linePattern = /^user_pref\("((?:[^"\\]|\\.)+)",\s*(\S.*)\);\s*$/

/** Later lines win, as in Thunderbird. */
export function readPrefs(text: string): Prefs {
  const prefs = new Map<string, PrefValue>()
  for (const line of text.split(/\r?\n/)) {
    const [, name, written] = linePattern.exec(line) ?? []
    const value = written === undefined ? undefined : writtenValue(written)
    if (name !== undefined && value !== undefined) prefs.set(name, value)
  }
  return prefs
}

function writtenValue(written: string): PrefValue | undefined {
  if (written === 'true' || written === 'false') return written === 'true'
  if (/^-?\d{1,10}$/.test(written)) return Number(written)
  if (!/^"(?:[^"\\]|\\.)*"$/.test(written)) return undefined
  // Written by Mozilla with \n, \r, \\, \" and \x or \u; JSON lacks \x and \'.
  const json = written.replace(/\\x([0-9a-fA-F]{2})/g, '\\u00$1').replaceAll("\\'", "'")
  try {
    return JSON.parse(json) as string
  } catch {
    return undefined
  }
}

/** The text with these set: their lines replaced where they stand, new ones at the end. */
export function withPrefs(text: string, changes: Prefs): string {
  const lineEnd = text.includes('\r\n') ? '\r\n' : '\n'
  const open = new Map(changes)
  const lines = text.split(/\r?\n/)
  // The last line of a name is the one that counts.
  const last = new Map(lines.map((line, index) => [linePattern.exec(line)?.[1], index]))
  const changed = lines.map((line, index) => {
    const name = linePattern.exec(line)?.[1]
    if (name === undefined || last.get(name) !== index) return line
    const value = open.get(name)
    if (value === undefined) return line
    open.delete(name)
    return lineOf(name, value)
  })
  const end = changed.at(-1) === '' ? changed.slice(0, -1) : changed
  return [...end, ...[...open].map(([name, value]) => lineOf(name, value)), ''].join(lineEnd)
}

function lineOf(name: string, value: PrefValue): string {
  return `user_pref("${name}", ${JSON.stringify(value)});`
}

/** One sender of one of Thunderbird's accounts, and what it does with its mail. */
export interface MailIdentity {
  /** "id1". */
  readonly key: string
  readonly name: string
  readonly address: string
  /** The nickname of the certificate that signs; absent where none is set. */
  readonly signingCertificate?: string
  readonly signs: boolean
  readonly encrypts: boolean
}

/** The identities of all accounts, in the accounts' order. Those without an address (feeds, local folders) are left out. */
export function mailIdentitiesOf(prefs: Prefs): MailIdentity[] {
  const list = (name: string): string[] => {
    const value = prefs.get(name)
    return typeof value === 'string' ? value.split(',').filter((key) => /^[a-z]+\d{1,6}$/.test(key)) : []
  }
  const text = (name: string): string => {
    const value = prefs.get(name)
    return typeof value === 'string' ? value : ''
  }
  const keys = list('mail.accountmanager.accounts').flatMap((account) => list(`mail.account.${account}.identities`))
  return [...new Set(keys)].flatMap((key) => {
    const address = text(`mail.identity.${key}.useremail`)
    if (address === '') return []
    const certificate = text(`mail.identity.${key}.signing_cert_name`)
    return [
      {
        key,
        name: text(`mail.identity.${key}.fullName`),
        address,
        ...(certificate === '' ? {} : { signingCertificate: certificate }),
        signs: prefs.get(`mail.identity.${key}.sign_mail`) === true,
        encrypts: prefs.get(`mail.identity.${key}.encryptionpolicy`) === 2,
      },
    ]
  })
}

export interface IdentityCertificate {
  /** The nickname in the certificate store. */
  readonly nickname: string
  /** Thunderbird's own key for it, by which it finds the certificate. */
  readonly databaseKey: string
}

/** What makes one identity use a certificate (mail/extensions/am-e2e): both ways by name and by database key. */
export function identityPrefs(
  key: string,
  use: {
    readonly signing?: IdentityCertificate
    readonly encryption?: IdentityCertificate
    readonly sign: boolean
    readonly encrypt: boolean
  },
): Prefs {
  const prefs = new Map<string, PrefValue>()
  const set = (name: string, value: PrefValue) => prefs.set(`mail.identity.${key}.${name}`, value)
  if (use.signing) {
    set('signing_cert_name', use.signing.nickname)
    set('signing_cert_dbkey', use.signing.databaseKey)
    set('sign_mail', use.sign)
  }
  if (use.encryption) {
    set('encryption_cert_name', use.encryption.nickname)
    set('encryption_cert_dbkey', use.encryption.databaseKey)
    // 2: never without; 0: asked for letter by letter. The 1 of older versions is gone.
    set('encryptionpolicy', use.encrypt ? 2 : 0)
  }
  // 1: S/MIME where OpenPGP would be possible as well.
  if (use.signing || use.encryption) set('e2etechpref', 1)
  return prefs
}
