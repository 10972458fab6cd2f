/** External account binding (RFC 8555 §7.3.4): the account's public key, under a MAC with the key that the CA handed out. */

import { type FlattenedJWS, FlattenedSign, type JWK } from 'jose'
import { utf8Bytes } from '../../base/bytes.ts'

/** @param binding.hmacKey the decoded key, at least 16 bytes. */
export function externalAccountJws(
  newAccountUrl: string,
  publicJwk: JWK,
  binding: { readonly keyId: string; readonly hmacKey: Uint8Array },
): Promise<FlattenedJWS> {
  return new FlattenedSign(utf8Bytes(JSON.stringify(publicJwk)))
    .setProtectedHeader({ alg: 'HS256', kid: binding.keyId, url: newAccountUrl })
    .sign(binding.hmacKey)
}
