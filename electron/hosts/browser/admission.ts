/**
 * Who may speak with the browser host. Every web page that the person has open can send requests to 127.0.0.1, and a name
 * of an attacker's can be made to point there (DNS rebinding), so each request proves three things:
 *
 * - Host is the very address that was printed: a rebound name carries its own.
 * - Origin, where a page of elsewhere would show, is our own.
 * - the session, which only the holder of the one-time token of the address could open.
 *
 * Cookies are shared by all ports of a host. Other programs of the same person could read it, and they could read the
 * profile as well; programs of other people can't be reached by a page of ours.
 */

import type { IncomingMessage } from 'node:http'
import { utf8Bytes } from '../../base/bytes.ts'
import type { Random } from '../../base/random.ts'
import { equalSecrets } from '../../crypto/constantTime.ts'
import { randomId } from '../../crypto/identifier.ts'

export interface Admission {
  /** The secret part of the address. */
  readonly token: string
  isOurHost(request: IncomingMessage): boolean
  /** `required`: a request that changes something must name its origin; reading a file needn't. */
  isOurOrigin(request: IncomingMessage, options: { readonly required: boolean }): boolean
  hasSession(request: IncomingMessage): boolean
  /** The cookie for the first one that shows the token; undefined for everybody else. */
  exchange(token: string): string | undefined
}

export function createAdmission(port: number, random: Random): Admission {
  const host = `127.0.0.1:${port}`
  const cookieName = `siegel-${port}`
  const token = randomId(random)
  const session = randomId(random)
  let tokenUsed = false
  return {
    token,
    isOurHost: (request) => request.headers.host === host,
    isOurOrigin(request, { required }) {
      const { origin } = request.headers
      return origin === undefined ? !required : origin === `http://${host}`
    },
    hasSession(request) {
      const value = cookieOf(request, cookieName)
      return value !== undefined && equalSecrets(utf8Bytes(value), utf8Bytes(session))
    },
    exchange(shown) {
      if (!equalSecrets(utf8Bytes(shown), utf8Bytes(token)) || tokenUsed) return undefined
      tokenUsed = true
      return `${cookieName}=${session}; HttpOnly; SameSite=Strict; Path=/`
    },
  }
}

function cookieOf(request: IncomingMessage, name: string): string | undefined {
  for (const pair of (request.headers.cookie ?? '').split(';')) {
    const [key, value] = pair.trim().split('=', 2)
    if (key === name) return value
  }
  return undefined
}
