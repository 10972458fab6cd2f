/** Why the keys in a file can't be had, whatever its format is. */

export type KeyFileFailure =
  | { readonly code: 'password-needed' }
  | { readonly code: 'wrong-password' }
  | { readonly code: 'damaged-file' }
  | { readonly code: 'unsupported-algorithm'; readonly algorithm: string }
  | { readonly code: 'over-budget'; readonly limit: string }
  | { readonly code: 'too-large'; readonly limit: number; readonly size: number }
