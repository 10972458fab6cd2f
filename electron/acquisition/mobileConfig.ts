/**
 * A configuration profile for iPhone, iPad and Mac (`.mobileconfig`): the identities as PKCS#12, and the mail account with the
 * S/MIME settings that use them. Apple's "Device Management" reference, payloads com.apple.security.pkcs12 and
 * com.apple.mail.managed. Neither the mail password nor the password of the PKCS#12 is inside: the device asks for both.
 *
 * The profile isn't signed: the device says so, and shows what is in it before it installs anything.
 */

import type { Account, ServerSettings } from '../../shared/contract/accounts.ts'
import { base64Text, hexText, utf8Bytes } from '../base/bytes.ts'
import type { Random } from '../base/random.ts'

export interface MobileConfigIdentity {
  /** Names it in `signing` and `encryption`, and stays the same when the profile is made again. */
  readonly id: string
  readonly name: string
  readonly pkcs12: Uint8Array
}

export interface MobileConfigInput {
  readonly identities: readonly MobileConfigIdentity[]
  readonly signing?: string
  readonly encryption?: string
  readonly account?: Pick<Account, 'name' | 'address' | 'submission' | 'mailbox'>
  readonly random: Random
}

/** An XML property list in UTF-8. */
export function mobileConfig(input: MobileConfigInput): Uint8Array {
  const { identities, account, random } = input
  const named = identities.map((identity) => ({ identity, uuid: randomUuid(random) }))
  const uuidOf = (id: string | undefined) => named.find(({ identity }) => identity.id === id)?.uuid
  const [first] = identities
  // A profile with the same identifier replaces the one before.
  const identifier = `siegel.${first?.id.slice(0, 16) ?? 'identity'}`
  const payloads = named.map(({ identity, uuid }, index) => identityPayload(identity, `${identifier}.${index}`, uuid))
  if (account) {
    const use = { signing: uuidOf(input.signing), encryption: uuidOf(input.encryption) }
    payloads.push(mailPayload(account, use, `${identifier}.mail`, randomUuid(random)))
  }
  const profile: PlistDictionary = {
    PayloadType: 'Configuration',
    PayloadVersion: 1,
    PayloadIdentifier: identifier,
    PayloadUUID: randomUuid(random),
    PayloadDisplayName: account?.address ?? first?.name ?? 'S/MIME',
    PayloadContent: payloads,
  }
  return utf8Bytes(
    [
      '<?xml version="1.0" encoding="UTF-8"?>',
      '<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">',
      '<plist version="1.0">',
      plist(profile),
      '</plist>',
      '',
    ].join('\n'),
  )
}

function identityPayload({ name, pkcs12 }: MobileConfigIdentity, identifier: string, uuid: string): PlistDictionary {
  return {
    PayloadType: 'com.apple.security.pkcs12',
    PayloadVersion: 1,
    PayloadIdentifier: identifier,
    PayloadUUID: uuid,
    PayloadDisplayName: name,
    PayloadCertificateFileName: 'identity.p12',
    PayloadContent: pkcs12,
  }
}

function mailPayload(
  { name, address, mailbox, submission }: NonNullable<MobileConfigInput['account']>,
  use: { readonly signing: string | undefined; readonly encryption: string | undefined },
  identifier: string,
  uuid: string,
): PlistDictionary {
  return {
    PayloadType: 'com.apple.mail.managed',
    PayloadVersion: 1,
    PayloadIdentifier: identifier,
    PayloadUUID: uuid,
    PayloadDisplayName: address,
    EmailAccountType: 'EmailTypeIMAP',
    EmailAccountDescription: address,
    EmailAccountName: name,
    EmailAddress: address,
    ...serverKeys('Incoming', mailbox),
    ...serverKeys('Outgoing', submission),
    OutgoingPasswordSameAsIncomingPassword: mailbox.user === submission.user,
    SMIMESigningEnabled: use.signing !== undefined,
    ...(use.signing === undefined ? {} : { SMIMESigningCertificateUUID: use.signing }),
    SMIMESigningUserOverrideable: true,
    // A letter to somebody without a certificate goes as it is; the switch stands beside each.
    SMIMEEncryptByDefault: use.encryption !== undefined,
    ...(use.encryption === undefined ? {} : { SMIMEEncryptionCertificateUUID: use.encryption }),
    SMIMEEncryptByDefaultUserOverrideable: true,
    SMIMEEnableEncryptionPerMessageSwitch: true,
  }
}

/** `UseSSL` stands for both kinds of TLS; Apple's programs find out which from the port. */
function serverKeys(way: 'Incoming' | 'Outgoing', { host, port, user }: ServerSettings): PlistDictionary {
  return {
    [`${way}MailServerAuthentication`]: 'EmailAuthPassword',
    [`${way}MailServerHostName`]: host,
    [`${way}MailServerPortNumber`]: port,
    [`${way}MailServerUseSSL`]: true,
    [`${way}MailServerUsername`]: user,
  }
}

type PlistValue = string | number | boolean | Uint8Array | readonly PlistDictionary[]
interface PlistDictionary {
  readonly [key: string]: PlistValue
}

function plist(dictionary: PlistDictionary): string {
  const entries = Object.entries(dictionary).map(([key, value]) => `<key>${key}</key>${plistValue(value)}`)
  return `<dict>\n${entries.join('\n')}\n</dict>`
}

function plistValue(value: PlistValue): string {
  switch (typeof value) {
    case 'string':
      return `<string>${escaped(value)}</string>`
    case 'number':
      return `<integer>${value}</integer>`
    case 'boolean':
      return `<${value}/>`
    default:
      return value instanceof Uint8Array
        ? `<data>${base64Text(value)}</data>`
        : `<array>\n${value.map(plist).join('\n')}\n</array>`
  }
}

/** XML 1.0 knows no other control characters than tab and line ends; a name may have come with one. */
function escaped(text: string): string {
  return text
    .replace(/[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, '')
    .replace(/\p{Surrogate}/gu, '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
}

/** Version 4 of RFC 9562 §5.4, in capitals as Apple writes it. */
function randomUuid(random: Random): string {
  const bytes = Uint8Array.from(random(16))
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  const hex = hexText(bytes).toUpperCase()
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}
