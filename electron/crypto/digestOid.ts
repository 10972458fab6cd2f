/**
 * The digests that Siegel computes (FIPS 180-4, RFC 1321), one plain entry each: the OID that structures name them with (RFC
 * 3279, 4055, 5754), the name that people know, the length, and what it is worth. A new one is one line here and one name in
 * digest.ts.
 */

import { oids } from '../asn1/oids.ts'
import type { DigestName } from './digest.ts'

interface DigestEntry {
  readonly oid: string
  readonly text: string
  readonly bytes: number
  /** `weak`: read in old mail, never written, and never good for a signature. */
  readonly strength: 'good' | 'weak'
}

const table: Readonly<Record<DigestName, DigestEntry>> = {
  // Collisions let one signature stand for two contents: MD5 since 2004, SHA-1 since 2017, with chosen prefixes since 2020.
  md5: { oid: oids.md5, text: 'MD5', bytes: 16, strength: 'weak' },
  sha1: { oid: oids.sha1, text: 'SHA-1', bytes: 20, strength: 'weak' },
  sha224: { oid: oids.sha224, text: 'SHA-224', bytes: 28, strength: 'good' },
  sha256: { oid: oids.sha256, text: 'SHA-256', bytes: 32, strength: 'good' },
  sha384: { oid: oids.sha384, text: 'SHA-384', bytes: 48, strength: 'good' },
  sha512: { oid: oids.sha512, text: 'SHA-512', bytes: 64, strength: 'good' },
}

const names = Object.keys(table) as DigestName[]
const byOid = new Map(names.map((name) => [table[name].oid, name]))

/** The digest that an OID means, if Siegel computes it. */
export function digestByOid(oid: string): DigestName | undefined {
  return byOid.get(oid)
}

export function digestText(name: DigestName): string {
  return table[name].text
}

export function digestBytes(name: DigestName): number {
  return table[name].bytes
}

export function isWeakDigest(name: DigestName): boolean {
  return table[name].strength === 'weak'
}
