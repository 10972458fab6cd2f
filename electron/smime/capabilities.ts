/**
 * The SMIMECapabilities attribute (RFC 8551 §2.5.2): what this program reads, stated in every signature, and what the writer
 * of a received signature reads.
 */

import { derOid, derSequence, universal } from '../asn1/der.ts'
import { DerReader, encodingOf, MalformedDer } from '../asn1/derReader.ts'
import { type OidName, oidName, oids } from '../asn1/oids.ts'
import { equalBytes } from '../base/bytes.ts'
import { failure, type Result, success } from '../base/result.ts'
import type { ContentCipher } from './cms/encrypt.ts'
import { type CmsRecipient, oaepIdentifier } from './cms/recipientWriter.ts'

/** Preferred first. AES-256-GCM with AES-256-CBC behind it for those who don't know AuthEnvelopedData. */
const read: readonly OidName[] = ['aes256Gcm', 'aes128Gcm', 'aes256Cbc', 'aes128Cbc']

/** DER SMIMECapabilities of this program. The AES capabilities have no parameters (RFC 3565 §4.1, RFC 5084 §5). */
export function ownCapabilities(): Uint8Array {
  // RFC 3560 §5: the capability is the whole identifier, with its parameters.
  return derSequence(...read.map((name) => derSequence(derOid(oids[name]))), oaepIdentifier('sha256'))
}

/** A list longer than this was made to waste time; programs state about a dozen. */
const capabilityLimit = 100

export interface Capability {
  readonly oid: string
  /** As in the table of OIDs, where it is there. */
  readonly name?: OidName
  /** The capability as it was written, parameters included. */
  readonly encoding: Uint8Array
}

/** Reads a DER SMIMECapabilities in the order of preference. */
export function parseCapabilities(der: Uint8Array): Result<Capability[], { code: 'malformed' }> {
  try {
    const outer = new DerReader(der)
    const list = outer.sequence('capabilities')
    outer.end('capabilities')
    const found: Capability[] = []
    while (!list.atEnd && found.length < capabilityLimit) {
      const capability = list.expect(universal.sequence, 'capability')
      const encoding = encodingOf(capability)
      const oid = new DerReader(encoding).sequence('capability').oid('capability')
      const name = oidName(oid)
      found.push({ oid, encoding, ...(name ? { name } : {}) })
    }
    return success(found)
  } catch (error) {
    if (error instanceof MalformedDer) return failure({ code: 'malformed' })
    throw error
  }
}

/** Capabilities and ciphers in the order in which they are chosen. AES-128-CBC is the least that is ever written. */
const preference: readonly [OidName, ContentCipher][] = [
  ['aes256Gcm', 'aes-256-gcm'],
  ['aes192Gcm', 'aes-192-gcm'],
  ['aes128Gcm', 'aes-128-gcm'],
  ['aes256Cbc', 'aes-256-cbc'],
  ['aes192Cbc', 'aes-192-cbc'],
  ['aes128Cbc', 'aes-128-cbc'],
]

/**
 * The cipher that every one of these recipients reads (RFC 8551 §2.7), the strongest first. `undefined` stands for a recipient
 * who stated nothing: AES-256-CBC, which every S/MIME 4 program and nearly every older one knows. So does a list that has no
 * AES at all: nobody's word makes a letter weaker than that. Lists of AES without a common entry meet at AES-128-CBC, which
 * every S/MIME program with AES must read (RFC 5751 §2.7, RFC 8551 §2.7).
 */
export function cipherForAll(recipients: readonly (Uint8Array | undefined)[]): ContentCipher {
  const unstated: readonly OidName[] = ['aes256Cbc', 'aes128Cbc']
  const sets = recipients.map((der): ReadonlySet<OidName | undefined> => {
    const stated = der && parseCapabilities(der)
    const names = new Set(stated?.ok ? stated.value.map(({ name }) => name) : [])
    return preference.some(([name]) => names.has(name)) ? names.add('aes128Cbc') : new Set(unstated)
  })
  const common = preference.find(([name]) => sets.length > 0 && sets.every((names) => names.has(name)))
  return common?.[1] ?? 'aes-256-cbc'
}

/** The key transport that a recipient with an RSA key reads best: OAEP with SHA-256 where they stated just that (RFC 3560 §5). */
export function transportFor(capabilities: Uint8Array | undefined): NonNullable<CmsRecipient['transport']> {
  const stated = capabilities && parseCapabilities(capabilities)
  const oaep = oaepIdentifier('sha256')
  return stated?.ok && stated.value.some(({ encoding }) => equalBytes(encoding, oaep)) ? 'rsa-oaep' : 'rsa-pkcs1'
}
