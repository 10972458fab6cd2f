/** Why there is no session with a mail server, be it for handing in or for reading. */

import type { ConnectFailure } from '../net/connectFailure.ts'

export type SignInFailure =
  | ConnectFailure
  | { readonly code: 'no-starttls'; readonly host: string }
  | { readonly code: 'authentication-refused'; readonly host: string; readonly user: string; readonly response: string }
  | { readonly code: 'authentication-unavailable'; readonly host: string }
