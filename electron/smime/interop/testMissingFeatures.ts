/**
 * What the other programs are known not to do, each with a piece of what they say then. The run holds them to it: a cell that
 * works all the same, or fails with other words, fails the test, so that nobody's mistake hides behind this list.
 */

import type { Action, Row } from './testCells.ts'

export interface MissingFeature {
  /** The peer's name begins with it. */
  readonly peer: string
  readonly actions: readonly Action[]
  readonly rows: (row: Row) => boolean
  /** A note under the table. */
  readonly feature: string
  readonly evidence: string
}

const elliptic = ['p256', 'p384', 'p521']
const gcm = (row: Row) => row.kind === 'encryption' && row.cipher === 'aes-256-gcm'
const oaep = (row: Row) => row.kind === 'encryption' && row.transport === 'rsa-oaep'
const keyed =
  (...names: string[]) =>
  (row: Row) =>
    names.includes(row.key)

/** The first that fits counts. */
export const missingFeatures: readonly MissingFeature[] = [
  {
    peer: 'OpenSSL 3.0',
    actions: ['sign', 'verify'],
    rows: keyed('ed25519'),
    feature: 'no Ed25519 in CMS',
    evidence: 'invalid digest',
  },
  {
    peer: 'OpenSSL 3.0',
    actions: ['encrypt'],
    rows: keyed('x25519'),
    feature: 'no X25519 in CMS',
    evidence: 'operation not supported for this keytype',
  },
  {
    peer: 'OpenSSL 3.0',
    actions: ['decrypt'],
    rows: keyed('x25519'),
    feature: 'no X25519 in CMS',
    evidence: 'no matching recipient',
  },
  {
    peer: 'gpgsm 2.2',
    actions: ['sign'],
    rows: (row) => row.kind === 'signature' && row.padding === 'pss',
    feature: 'writes no RSASSA-PSS',
    evidence: 'wrote RSA PKCS#1 v1.5',
  },
  {
    peer: 'gpgsm 2.2',
    actions: ['sign'],
    rows: keyed('ed25519'),
    feature: 'writes no Ed25519',
    evidence: 'ksba_cms_build failed: Invalid OID string',
  },
  {
    peer: 'gpgsm 2.2',
    actions: ['encrypt'],
    rows: gcm,
    feature: 'no AES-GCM',
    evidence: 'selected cipher algorithm is invalid',
  },
  {
    peer: 'gpgsm 2.2',
    actions: ['encrypt'],
    rows: oaep,
    feature: 'no RSAES-OAEP',
    evidence: 'wrote RSA PKCS#1 v1.5, AES-256-CBC',
  },
  {
    peer: 'gpgsm 2.2',
    actions: ['verify'],
    rows: keyed('p521', 'ed25519'),
    feature: 'verifies no P-521 and no Ed25519',
    evidence: 'DSA requires the hash length',
  },
  { peer: 'gpgsm 2.2', actions: ['decrypt'], rows: gcm, feature: 'no AES-GCM', evidence: 'error getting IV' },
  {
    peer: 'gpgsm 2.2',
    actions: ['decrypt'],
    rows: oaep,
    feature: 'no RSAES-OAEP',
    evidence: 'error getting encrypted session key',
  },
  {
    peer: 'gpgsm 2.2',
    actions: ['encrypt'],
    rows: keyed(...elliptic, 'x25519'),
    feature: 'refuses certificates for key agreement',
    evidence: 'Wrong key usage',
  },
  {
    peer: 'gpgsm 2.2',
    actions: ['decrypt'],
    rows: keyed(...elliptic),
    feature: 'no ECDH in CMS',
    evidence: 'decrypting session key failed: Invalid session key',
  },
  {
    peer: 'gpgsm 2.2',
    actions: ['decrypt'],
    rows: keyed('x25519'),
    feature: 'no X25519 in CMS',
    evidence: 'error getting encrypted session key',
  },
  {
    peer: 'NSS 3.8',
    actions: ['sign', 'decrypt'],
    rows: keyed('ed25519', 'x25519'),
    feature: 'imports no Ed25519 or X25519 private key',
    evidence: 'Error attempting to import private key',
  },
  {
    peer: 'NSS 3.8',
    actions: ['encrypt'],
    rows: keyed('x25519'),
    feature: 'takes no X25519 certificate',
    evidence: 'SEC_ERROR_ADDING_CERT',
  },
  {
    peer: 'NSS 3.8',
    actions: ['verify'],
    rows: keyed('ed25519'),
    feature: 'verifies no Ed25519',
    evidence: 'ProcessingError',
  },
  // With a key for RSASSA-PSS alone it leaves out the parameters, which RFC 4055 §3.1 demands: openssl refuses that, too.
  {
    peer: 'NSS 3.8',
    actions: ['sign'],
    rows: (row) => row.kind === 'signature' && row.padding === 'pss',
    feature: 'writes no RSASSA-PSS',
    evidence: 'wrote RSA PKCS#1 v1.5',
  },
  {
    peer: 'NSS 3.8',
    actions: ['decrypt'],
    rows: gcm,
    feature: 'no AES-GCM',
    evidence: 'SEC_ERROR_UNRECOGNIZED_OID',
  },
  {
    peer: 'NSS 3.8',
    actions: ['decrypt'],
    rows: oaep,
    feature: 'no RSAES-OAEP',
    evidence: 'SEC_ERROR_UNSUPPORTED_KEYALG',
  },
  {
    peer: 'NSS 3.8',
    actions: ['encrypt'],
    rows: keyed(...elliptic),
    feature: 'no ECDH in CMS',
    evidence: 'cannot create CMS recipientInfo object',
  },
  {
    peer: 'NSS 3.8',
    actions: ['encrypt'],
    rows: oaep,
    feature: 'no RSAES-OAEP',
    evidence: 'wrote RSA PKCS#1 v1.5, AES-128-CBC',
  },
  {
    peer: 'NSS 3.8',
    actions: ['encrypt'],
    rows: gcm,
    feature: 'no AES-GCM',
    evidence: 'wrote RSA PKCS#1 v1.5, AES-128-CBC',
  },
  {
    peer: 'NSS 3.8',
    actions: ['decrypt'],
    rows: keyed(...elliptic),
    feature: 'no ECDH in CMS',
    evidence: 'SEC_ERROR_BAD_DER',
  },
  {
    peer: 'Bouncy Castle 1.72',
    actions: ['encrypt'],
    rows: keyed('x25519'),
    feature: 'no X25519 with HKDF (RFC 8418)',
    evidence: 'Unknown key agreement algorithm',
  },
  {
    peer: 'Bouncy Castle 1.72',
    actions: ['decrypt'],
    rows: keyed('x25519'),
    feature: 'no X25519 with HKDF (RFC 8418)',
    evidence: 'cannot create key agreement',
  },
]
