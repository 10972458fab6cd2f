/**
 * The key of an ACME account (RFC 8555 §6.2): it signs every request, and its thumbprint ties the answer to a challenge to
 * the account (§8.1). It is an ES256 key, which every ACME server must take.
 *
 * It is no certificate key: it lives as PKCS#8, sealed by whoever stores it, and is imported for one conversation.
 */

import { calculateJwkThumbprint, exportJWK, FlattenedSign, importPKCS8, type JWK } from 'jose'
import { base64Text } from '../../base/bytes.ts'

const algorithm = 'ES256'

/** Whoever signs a request: an account's key, or a certificate's own key for revoking it (§7.6). */
export interface RequestSigner {
  /**
   * A flattened JWS over `payload` (RFC 8555 §6.2), as UTF-8 JSON. Without `accountUrl` the public key itself stands in the
   * header, as newAccount wants it. An empty payload makes a POST-as-GET (§6.3).
   */
  sign(payload: Uint8Array, header: RequestHeader): Promise<Uint8Array>
}

export interface RequestHeader {
  readonly url: string
  /** Absent in the inner JWS of a key change only (§7.3.5). */
  readonly nonce?: string
  readonly accountUrl?: string
}

export interface AccountKey extends RequestSigner {
  readonly publicJwk: JWK
  /** SHA-256 of the public key's canonical JSON, base64url (RFC 7638). */
  readonly thumbprint: string
}

/** Takes a P-256 private key as DER PKCS#8. Throws when it isn't one: only keys that Siegel made come here. */
export async function openAccountKey(pkcs8: Uint8Array): Promise<AccountKey> {
  const pem = `-----BEGIN PRIVATE KEY-----\n${base64Text(pkcs8)}\n-----END PRIVATE KEY-----`
  // Extractable only until the public half is taken out of it.
  const { kty, crv, x, y } = await exportJWK(await importPKCS8(pem, algorithm, { extractable: true }))
  const publicJwk = { kty, crv, x, y } as JWK
  const key = await importPKCS8(pem, algorithm)
  return {
    publicJwk,
    thumbprint: await calculateJwkThumbprint(publicJwk, 'sha256'),
    async sign(payload, { url, nonce, accountUrl }) {
      const holder = accountUrl === undefined ? { jwk: publicJwk } : { kid: accountUrl }
      const jws = await new FlattenedSign(payload)
        .setProtectedHeader({ alg: algorithm, ...(nonce === undefined ? {} : { nonce }), url, ...holder })
        .sign(key)
      return new TextEncoder().encode(JSON.stringify(jws))
    },
  }
}
