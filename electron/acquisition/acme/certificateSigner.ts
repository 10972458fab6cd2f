/**
 * Requests that a certificate's own private key signs (RFC 8555 §7.6): whoever holds the key may revoke, also without the
 * account that ordered.
 */

import { exportJWK, importSPKI } from 'jose'
import { universal } from '../../asn1/der.ts'
import { contentOf, DerReader, MalformedDer } from '../../asn1/derReader.ts'
import { writePem } from '../../asn1/pem.ts'
import { base64urlText, utf8Bytes } from '../../base/bytes.ts'
import { failure, type Result, success } from '../../base/result.ts'
import type { KeyAlgorithm, PrivateKeyHandle, SignatureScheme } from '../../crypto/privateKey.ts'
import type { RequestSigner } from './accountKey.ts'

interface JwsAlgorithm {
  readonly alg: string
  readonly scheme: SignatureScheme
  /** Bytes of each of the two numbers of an ECDSA signature (RFC 7518 §3.4). */
  readonly numberBytes?: number
}

/** The JWS algorithm of a key (RFC 7518 §3.1); of these ACME servers must take ES256 only (RFC 8555 §6.2). */
function jwsAlgorithmOf(algorithm: KeyAlgorithm): JwsAlgorithm | undefined {
  if (algorithm.kind === 'rsa') return { alg: 'RS256', scheme: { kind: 'rsa-pkcs1', digest: 'sha256' } }
  if (algorithm.kind === 'ed25519') return { alg: 'EdDSA', scheme: { kind: 'ed25519' } }
  if (algorithm.kind !== 'ec') return undefined
  const ecdsa = (alg: string, digest: 'sha256' | 'sha384' | 'sha512', numberBytes: number): JwsAlgorithm => ({
    alg,
    scheme: { kind: 'ecdsa', digest },
    numberBytes,
  })
  if (algorithm.curve === 'P-256') return ecdsa('ES256', 'sha256', 32)
  return algorithm.curve === 'P-384' ? ecdsa('ES384', 'sha384', 48) : ecdsa('ES512', 'sha512', 66)
}

/** `unsupported-algorithm`: JWS has no name for signatures of this kind of key. */
export async function certificateSigner(
  key: PrivateKeyHandle,
): Promise<Result<RequestSigner, { readonly code: 'unsupported-algorithm'; readonly algorithm: string }>> {
  const algorithm = jwsAlgorithmOf(key.algorithm)
  if (!algorithm) return failure({ code: 'unsupported-algorithm', algorithm: key.algorithm.kind })
  const { alg, scheme, numberBytes } = algorithm
  const jwk = await exportJWK(await importSPKI(writePem('PUBLIC KEY', key.publicKeyInfo), alg, { extractable: true }))
  return success({
    async sign(payload, { url, nonce }) {
      const header = { alg, ...(nonce === undefined ? {} : { nonce }), url, jwk }
      const input = `${base64urlText(utf8Bytes(JSON.stringify(header)))}.${base64urlText(payload)}`
      const signature = await key.sign(scheme, utf8Bytes(input))
      const [protectedHeader, body] = input.split('.')
      return utf8Bytes(
        JSON.stringify({
          protected: protectedHeader,
          payload: body,
          signature: base64urlText(numberBytes === undefined ? signature : twoNumbers(signature, numberBytes)),
        }),
      )
    },
  })
}

/** ECDSA-Sig-Value as JWS writes it: r and s, big-endian and of full length. */
function twoNumbers(der: Uint8Array, bytes: number): Uint8Array {
  const numbers = new DerReader(der).sequence('signature')
  const joined = new Uint8Array(2 * bytes)
  for (const end of [bytes, 2 * bytes]) {
    const content = contentOf(numbers.expect(universal.integer, 'signature'))
    // DER puts a zero in front of a number whose first bit is set.
    const number = content[0] === 0 ? content.subarray(1) : content
    if (number.length > bytes) throw new MalformedDer('signature')
    joined.set(number, end - number.length)
  }
  return joined
}
