/**
 * The stores in which a computer keeps its people's own certificates with their keys. Each has its own file beside this one:
 * it says what to run, and turns the answers into certificates and PKCS#12 files. Running is done by a `ToolMachine`.
 */

import type { Result } from '../../base/result.ts'

/** `nss`: shared by Chromium and Evolution on Linux; `gpgsm`: GnuPG's, as Kleopatra shows it. */
export type SystemStoreKind = 'nss' | 'gpgsm' | 'keychain' | 'windows'

export type SystemStoreFailure =
  | { readonly code: 'store-tools-missing'; readonly program: string }
  /** The store or its keys are under a password, and none was given. */
  | { readonly code: 'store-password-needed' }
  | { readonly code: 'wrong-store-password' }
  /** The system doesn't hand a key out: it lies on a card, or was put in so that it never leaves. `sha1`: which, where that is told. */
  | { readonly code: 'key-not-exportable'; readonly sha1?: string }
  /** The person or a rule of the computer said no. */
  | { readonly code: 'store-refused' }
  | { readonly code: 'store-unreadable'; readonly reason: string }

export interface StoredKey {
  readonly certificateDer: Uint8Array
  /** SHA-1 of the certificate in upper-case hexadecimal, by which these stores name it. */
  readonly sha1: string
  /** `unknown`: only taking it tells. */
  readonly exportable: 'yes' | 'no' | 'unknown'
}

/** A PKCS#12 file with what opens it. */
export interface KeyExport {
  readonly file: Uint8Array
  readonly password: string
}

export interface ExportedKeys {
  /** They may hold more than was asked for: some stores hand out everything that goes by one name, or everything. */
  readonly files: readonly KeyExport[]
  /** Certificates of the store that may complete the chains, as DER. */
  readonly issuers: readonly Uint8Array[]
}

export interface ExportRequest {
  /** Made up for this one export, of letters, digits, "-" and "_". */
  readonly oneTimePassword: string
  /** What the person typed for the store. */
  readonly storePassword: string | undefined
}

export interface SystemStore {
  readonly kind: SystemStoreKind
  /** The folder or keychain, for a person to recognize. */
  readonly place: string
  /** Whether the programs are there without which nothing below works. */
  hasTools(): Promise<boolean>
  /** The certificates whose key is there, at most `storedKeyLimit`. No password is needed to look. */
  list(): Promise<Result<StoredKey[], SystemStoreFailure>>
  export(chosen: readonly StoredKey[], request: ExportRequest): Promise<Result<ExportedKeys, SystemStoreFailure>>
}

/** A person has one to ten certificates of their own in a store. */
export const storedKeyLimit = 200
/** A person's store has tens of them, a company's some hundred; Windows brings some 50. */
export const issuerLimit = 2_000
/** An export of everything in a store: tens of keys with their chains. */
export const exportByteLimit = 8_388_608
/** The system asks the person, who may have to look for a password or a card. */
export const askingSeconds = 300
