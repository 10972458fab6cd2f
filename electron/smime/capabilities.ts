/**
 * The SMIMECapabilities attribute (RFC 8551 §2.5.2): what this program reads, stated in every signature, and what the writer
 * of a received signature reads.
 */

import { derOid, derSequence, universal } from '../asn1/der.ts'
import { DerReader, encodingOf, MalformedDer } from '../asn1/derReader.ts'
import { type OidName, oidName, oids } from '../asn1/oids.ts'
import { failure, type Result, success } from '../base/result.ts'
import type { ContentCipher } from './cms/encrypt.ts'

/** Preferred first. AES-256-GCM with AES-256-CBC behind it for those who don't know AuthEnvelopedData. */
const read: readonly OidName[] = ['aes256Gcm', 'aes128Gcm', 'aes256Cbc', 'aes128Cbc']

/** DER SMIMECapabilities of this program. The AES capabilities have no parameters (RFC 3565 §4.1, RFC 5084 §5). */
export function ownCapabilities(): Uint8Array {
  return derSequence(...read.map((name) => derSequence(derOid(oids[name]))))
}

/** A list longer than this was made to waste time; programs state about a dozen. */
const capabilityLimit = 100

export interface Capability {
  readonly oid: string
  /** As in the table of OIDs, where it is there. */
  readonly name?: OidName
}

/** Reads a DER SMIMECapabilities in the order of preference; parameters are passed over. */
export function parseCapabilities(der: Uint8Array): Result<Capability[], { code: 'malformed' }> {
  try {
    const outer = new DerReader(der)
    const list = outer.sequence('capabilities')
    outer.end('capabilities')
    const found: Capability[] = []
    while (!list.atEnd && found.length < capabilityLimit) {
      const capability = list.expect(universal.sequence, 'capability')
      const oid = new DerReader(encodingOf(capability)).sequence('capability').oid('capability')
      const name = oidName(oid)
      found.push(name ? { oid, name } : { oid })
    }
    return success(found)
  } catch (error) {
    if (error instanceof MalformedDer) return failure({ code: 'malformed' })
    throw error
  }
}

/**
 * The cipher that every one of these recipients reads (RFC 8551 §2.7): AES-256-GCM when each stated it, else AES-256-CBC,
 * which every S/MIME 4 program and nearly every older one knows. `undefined` stands for a recipient who stated nothing.
 */
export function cipherForAll(recipients: readonly (Uint8Array | undefined)[]): ContentCipher {
  const allReadGcm = recipients.every((der) => {
    const stated = der && parseCapabilities(der)
    return stated?.ok === true && stated.value.some(({ name }) => name === 'aes256Gcm')
  })
  return allReadGcm && recipients.length > 0 ? 'aes-256-gcm' : 'aes-256-cbc'
}
