/**
 * Authenticating ACME requests (RFC 8555 §6.2 to §6.5): a flattened JWS whose protected header names this very URL, a nonce
 * that was given out and never used, and either a key or a known account. Everything else is refused, so that a client that
 * gets one of these wrong finds out here.
 */

import { calculateJwkThumbprint, decodeProtectedHeader, type FlattenedJWSInput, flattenedVerify, importJWK } from 'jose'
import { z } from 'zod'
import { base64urlText, utf8Text } from '../base/bytes.ts'
import type { Random } from '../base/random.ts'
import { AcmeProblem, malformed } from './acmeProblem.ts'

/** Given out and not used yet; a client that collects more has its oldest ones forgotten. */
const nonceLimit = 1_000
const algorithms = ['ES256', 'ES384', 'ES512', 'RS256', 'EdDSA']

export interface Nonces {
  give(): string
  /** Takes a nonce once. */
  take(nonce: string): boolean
}

export function createNonces(random: Random): Nonces {
  const open = new Set<string>()
  return {
    give() {
      const nonce = base64urlText(random(16))
      open.add(nonce)
      const [oldest] = open
      if (open.size > nonceLimit && oldest !== undefined) open.delete(oldest)
      return nonce
    },
    take: (nonce) => open.delete(nonce),
  }
}

const flattened = z.strictObject({ protected: z.string(), payload: z.string(), signature: z.string() })
const protectedHeader = z.object({
  alg: z.string(),
  nonce: z.string(),
  url: z.string(),
  jwk: z.record(z.string(), z.unknown()).optional(),
  kid: z.string().optional(),
  crit: z.never().optional(),
})

export interface Account {
  readonly url: string
  readonly jwk: Readonly<Record<string, unknown>>
  readonly thumbprint: string
  readonly status: 'valid' | 'deactivated'
  readonly contact: readonly string[]
}

export interface AcmeRequest {
  /** Undefined for POST-as-GET (§6.3). */
  readonly payload: unknown
  readonly isPostAsGet: boolean
  readonly jwk: Readonly<Record<string, unknown>>
  readonly thumbprint: string
  /** Present when the request named its account. */
  readonly account?: Account
}

export interface RequestRules {
  /** The complete URL that was asked. */
  readonly url: string
  readonly nonces: Nonces
  readonly accountOf: (url: string) => Account | undefined
  /** newAccount brings its key along; revokeCert takes both; everything else names the account (§6.2). */
  readonly signer: 'key' | 'account' | 'either'
}

/** Throws an AcmeProblem when the request isn't as it must be. */
export async function readAcmeRequest(body: Uint8Array, rules: RequestRules): Promise<AcmeRequest> {
  const jws = flattened.safeParse(jsonOf(body))
  if (!jws.success) throw malformed('The body is no flattened JWS.')
  const header = protectedHeader.safeParse(headerOf(jws.data))
  if (!header.success) throw malformed('The protected header lacks a field or has one too many.')
  const { alg, nonce, url, jwk, kid } = header.data
  // The nonce is used up whatever comes of the request.
  if (!rules.nonces.take(nonce)) throw new AcmeProblem(400, 'badNonce', 'The nonce is unknown or was used before.')
  if (!algorithms.includes(alg)) throw new AcmeProblem(400, 'badSignatureAlgorithm', `Use one of ${algorithms.join()}.`)
  if (url !== rules.url) throw new AcmeProblem(401, 'unauthorized', 'The URL in the header is another one.')
  if ((jwk === undefined) === (kid === undefined)) throw malformed('The header must have either jwk or kid.')
  if (rules.signer !== 'either' && (rules.signer === 'key') !== (jwk !== undefined)) {
    throw malformed(`This resource wants a ${rules.signer}.`)
  }

  const account = kid === undefined ? undefined : rules.accountOf(kid)
  if (kid !== undefined && !account) throw new AcmeProblem(400, 'accountDoesNotExist', 'No such account.')
  const key = jwk ?? account?.jwk ?? {}
  const bytes = await verified(jws.data, key, alg)
  const isPostAsGet = bytes.length === 0
  const payload = isPostAsGet ? undefined : jsonOf(bytes)
  if (!isPostAsGet && (typeof payload !== 'object' || payload === null)) throw malformed('The payload is no object.')
  const thumbprint = account?.thumbprint ?? (await calculateJwkThumbprint(key, 'sha256'))
  return { payload, isPostAsGet, jwk: key, thumbprint, ...(account ? { account } : {}) }
}

const innerHeader = z.object({
  alg: z.string(),
  url: z.string(),
  jwk: z.record(z.string(), z.unknown()),
  nonce: z.never().optional(),
})
const keyChange = z.object({ account: z.string(), oldKey: z.record(z.string(), z.unknown()) })

/** The inner JWS of a key change (§7.3.5): signed with the new key, naming the account and its old key. */
export async function readKeyChange(
  payload: unknown,
  { url, account }: { readonly url: string; readonly account: Account },
): Promise<Pick<Account, 'jwk' | 'thumbprint'>> {
  const jws = flattened.safeParse(payload)
  const header = jws.success ? innerHeader.safeParse(headerOf(jws.data)) : undefined
  if (!jws.success || !header?.success) throw malformed('The payload is no JWS of the new key.')
  const { alg, jwk } = header.data
  if (header.data.url !== url || !algorithms.includes(alg)) throw malformed('The inner header is another one.')
  const inner = keyChange.safeParse(jsonOf(await verified(jws.data, jwk, alg)))
  if (!inner.success || inner.data.account !== account.url) throw malformed('The inner JWS names another account.')
  if ((await calculateJwkThumbprint(inner.data.oldKey, 'sha256')) !== account.thumbprint) {
    throw malformed('The old key is another one.')
  }
  return { jwk, thumbprint: await calculateJwkThumbprint(jwk, 'sha256') }
}

async function verified(jws: FlattenedJWSInput, jwk: Record<string, unknown>, alg: string): Promise<Uint8Array> {
  if ('d' in jwk || jwk['kty'] === 'oct') throw new AcmeProblem(400, 'badPublicKey', 'That is no public key.')
  try {
    const { payload } = await flattenedVerify(jws, await importJWK(jwk, alg), { algorithms })
    return payload
  } catch {
    // jose says in many ways that the key doesn't fit or the signature doesn't verify; for the client it is one thing.
    throw malformed('The signature does not verify.')
  }
}

function headerOf(jws: FlattenedJWSInput): unknown {
  try {
    return decodeProtectedHeader(jws)
  } catch {
    return undefined
  }
}

function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(utf8Text(bytes))
  } catch {
    return undefined
  }
}
