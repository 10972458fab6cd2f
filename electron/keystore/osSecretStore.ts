/**
 * The port to the operating system's secret store. A host implements it (Electron's safeStorage, a keyring); a store that
 * keeps secrets without encryption must answer `available` with false.
 */

import type { Result } from '../base/result.ts'

export type OsStoreFailure = { readonly code: 'os-store-unavailable' } | { readonly code: 'os-store-refused' }

export interface OsSecretStore {
  available(): Promise<boolean>
  /** Bytes that only this user of this computer can reveal again. The caller wipes what it handed in. */
  protect(bytes: Uint8Array): Promise<Result<Uint8Array, OsStoreFailure>>
  reveal(protectedBytes: Uint8Array): Promise<Result<Uint8Array, OsStoreFailure>>
}
