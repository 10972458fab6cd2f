/** Why the keys in a file can't be had, whatever its format is. */

export type KeyFileFailure =
  | { readonly code: 'password-needed' }
  | { readonly code: 'wrong-password' }
  | { readonly code: 'damaged-file' }
  | { readonly code: 'unsupported-algorithm'; readonly algorithm: string }
  | { readonly code: 'over-budget'; readonly limit: string }
  | { readonly code: 'too-large'; readonly limit: number; readonly size: number }

/** Why something under a password can't be decrypted. */
export type PasswordEncryptionFailure =
  | { readonly code: 'unsupported-algorithm'; readonly algorithm: string }
  | { readonly code: 'over-budget'; readonly limit: string }
  /** Wrong password or damaged bytes. */
  | { readonly code: 'not-decrypted' }
