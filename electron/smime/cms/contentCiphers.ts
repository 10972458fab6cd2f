/**
 * The content encryption algorithms of CMS (RFC 3370 §5, 3565, 5084), one plain entry each: what its OID means, what it is
 * called, how its parameters look, and what it is worth. One that isn't computed has a name only. A new one is one line.
 */

import { oids } from '../../asn1/oids.ts'
import type { CipherName } from '../../crypto/contentCipher.ts'

export interface ContentCipherEntry {
  readonly oid: string
  /** "AES-256-GCM". */
  readonly text: string
  /** `weak`: read for old mail, never written, and said in the report. */
  readonly strength: 'good' | 'weak'
  /** How it is computed, if it is. */
  readonly cipher?: CipherName | 'rc2-cbc'
  /** An OCTET STRING with the vector (RFC 3370 §5.1), GCMParameters (RFC 5084 §3.2), or RC2CBCParameter (RFC 3370 §5.2). */
  readonly parameters?: 'iv' | 'gcm' | 'rc2'
  readonly written?: true
}

const table: readonly ContentCipherEntry[] = [
  {
    oid: oids.aes128Cbc,
    text: 'AES-128-CBC',
    strength: 'good',
    cipher: 'aes-128-cbc',
    parameters: 'iv',
    written: true,
  },
  {
    oid: oids.aes192Cbc,
    text: 'AES-192-CBC',
    strength: 'good',
    cipher: 'aes-192-cbc',
    parameters: 'iv',
    written: true,
  },
  {
    oid: oids.aes256Cbc,
    text: 'AES-256-CBC',
    strength: 'good',
    cipher: 'aes-256-cbc',
    parameters: 'iv',
    written: true,
  },
  {
    oid: oids.aes128Gcm,
    text: 'AES-128-GCM',
    strength: 'good',
    cipher: 'aes-128-gcm',
    parameters: 'gcm',
    written: true,
  },
  {
    oid: oids.aes192Gcm,
    text: 'AES-192-GCM',
    strength: 'good',
    cipher: 'aes-192-gcm',
    parameters: 'gcm',
    written: true,
  },
  {
    oid: oids.aes256Gcm,
    text: 'AES-256-GCM',
    strength: 'good',
    cipher: 'aes-256-gcm',
    parameters: 'gcm',
    written: true,
  },
  // 64-bit blocks repeat within one long mail (SWEET32, 2016).
  { oid: oids.tripleDesCbc, text: '3DES-CBC', strength: 'weak', cipher: '3des-cbc', parameters: 'iv' },
  { oid: oids.rc2Cbc, text: 'RC2-CBC', strength: 'weak', cipher: 'rc2-cbc', parameters: 'rc2' },
  { oid: oids.rc4, text: 'RC4', strength: 'weak' },
  { oid: oids.desCbc, text: 'DES-CBC', strength: 'weak' },
  { oid: oids.aes128Ccm, text: 'AES-128-CCM', strength: 'good' },
  { oid: oids.aes256Ccm, text: 'AES-256-CCM', strength: 'good' },
  { oid: oids.chacha20Poly1305, text: 'ChaCha20-Poly1305', strength: 'good' },
]

const byOid = new Map(table.map((entry) => [entry.oid, entry]))

/** What Siegel writes. */
export type ContentCipher = Exclude<CipherName, '3des-cbc'>

export function contentCipherByOid(oid: string): ContentCipherEntry | undefined {
  return byOid.get(oid)
}

export function oidOfContentCipher(cipher: ContentCipher): string {
  const entry = table.find((each) => each.cipher === cipher)
  if (!entry?.written) throw new RangeError(cipher)
  return entry.oid
}

/** Whether a report's cipher, named as here, protects little today. */
export function isWeakCipher(text: string): boolean {
  return table.some((entry) => entry.strength === 'weak' && text.startsWith(entry.text))
}
