/**
 * The rows of the interoperability matrix: every way to sign, and every way to manage a content key with a CBC and with a
 * GCM cipher. A cell is a row, a peer and who writes; what a peer is known not to do stands in testMissingFeatures.ts.
 */

import type { CmsSigner } from '../cms/sign.ts'

export type KeyName = 'rsa' | 'p256' | 'p384' | 'p521' | 'ed25519' | 'x25519'

export interface SignatureRow {
  readonly kind: 'signature'
  readonly name: string
  readonly key: KeyName
  readonly padding: 'pkcs1' | 'pss'
  readonly digest: CmsSigner['digest']
}

export interface EncryptionRow {
  readonly kind: 'encryption'
  readonly name: string
  readonly key: KeyName
  readonly transport: 'rsa-pkcs1' | 'rsa-oaep'
  readonly cipher: 'aes-256-cbc' | 'aes-256-gcm'
}

export type Row = SignatureRow | EncryptionRow

export const signatureRows: readonly SignatureRow[] = (
  [
    ['RSA PKCS#1 v1.5', 'rsa', 'sha256'],
    ['RSA-PSS', 'rsa', 'sha256'],
    ['ECDSA P-256', 'p256', 'sha256'],
    ['ECDSA P-384', 'p384', 'sha384'],
    ['ECDSA P-521', 'p521', 'sha512'],
    ['Ed25519', 'ed25519', 'sha512'],
  ] as const
).map(([name, key, digest]) => ({
  kind: 'signature',
  name,
  key,
  padding: name === 'RSA-PSS' ? 'pss' : 'pkcs1',
  digest,
}))

export const encryptionRows: readonly EncryptionRow[] = (
  [
    ['RSA PKCS#1 v1.5', 'rsa'],
    ['RSA-OAEP', 'rsa'],
    ['ECDH P-256', 'p256'],
    ['ECDH P-384', 'p384'],
    ['ECDH P-521', 'p521'],
    ['X25519', 'x25519'],
  ] as const
).flatMap(([name, key]) =>
  (['aes-256-cbc', 'aes-256-gcm'] as const).map((cipher) => ({
    kind: 'encryption' as const,
    name: `${name}, ${modeOf(cipher)}`,
    key,
    transport: name === 'RSA-OAEP' ? ('rsa-oaep' as const) : ('rsa-pkcs1' as const),
    cipher,
  })),
)

export function modeOf(cipher: EncryptionRow['cipher']): 'CBC' | 'GCM' {
  return cipher === 'aes-256-cbc' ? 'CBC' : 'GCM'
}

/** How the content key reaches its reader, in the words of Siegel's report. */
export function methodOf({ name }: EncryptionRow): string {
  return name.split(',', 1)[0] ?? ''
}

/** What the peer does: with `sign` and `encrypt` Siegel reads what the peer wrote, else the other way round. */
export const actionsOf = { signature: ['sign', 'verify'], encryption: ['encrypt', 'decrypt'] } as const
export type Action = (typeof actionsOf)[Row['kind']][number]
