/**
 * For tests: a private key as gpg-agent keeps it, a canonical S-expression. gpgsm 2.2 is no reliable reader of PKCS#12 files: it
 * takes no elliptic key (and dies over one now and then), but it signs with one that its agent holds.
 */

import { createPrivateKey, type JsonWebKey } from 'node:crypto'
import { asBuffer, concatBytes, utf8Bytes } from '../base/bytes.ts'

type Expression = string | Uint8Array | readonly Expression[]

function canonical(expression: Expression): Uint8Array {
  if (typeof expression === 'string') return canonical(utf8Bytes(expression))
  if (expression instanceof Uint8Array) return concatBytes(utf8Bytes(`${expression.length}:`), expression)
  return concatBytes(utf8Bytes('('), ...expression.map(canonical), utf8Bytes(')'))
}

/** `pkcs8` holds an RSA key, or one on P-256, P-384 or P-521, of Ed25519 or of X25519. */
export function agentKey(pkcs8: Uint8Array): Uint8Array {
  const jwk = createPrivateKey({ key: asBuffer(pkcs8), format: 'der', type: 'pkcs8' }).export({ format: 'jwk' })
  return canonical(['private-key', jwk.kty === 'RSA' ? rsaKey(jwk) : ellipticKey(jwk)])
}

function bytesOf(text: string | undefined): Buffer {
  return Buffer.from(text ?? '', 'base64url')
}

/** libgcrypt's u is the inverse of p modulo q, the JWK's qi that of q modulo p: the primes change places. */
function rsaKey({ n, e, d, p, q, qi }: JsonWebKey): Expression {
  const number = (text: string | undefined) => concatBytes(Uint8Array.of(0), bytesOf(text))
  const named = { n, e, d, p: q, q: p, u: qi }
  return ['rsa', ...Object.entries(named).map(([name, text]) => [name, number(text)])]
}

function ellipticKey({ kty, crv, x, y, d }: JsonWebKey): Expression {
  const fields = (curve: string, point: Uint8Array, secret: Uint8Array, ...flags: Expression[]) => [
    ...['ecc', ['curve', curve], ...flags],
    ...[
      ['q', point],
      ['d', secret],
    ],
  ]
  // 0x04: both coordinates follow; 0x40: a native point does.
  if (kty === 'EC') return fields(`NIST ${crv}`, concatBytes(Uint8Array.of(4), bytesOf(x), bytesOf(y)), bytesOf(d))
  const point = concatBytes(Uint8Array.of(0x40), bytesOf(x))
  if (crv === 'Ed25519') return fields('Ed25519', point, bytesOf(d), ['flags', 'eddsa'])
  // RFC 7748 writes the scalar with its least octet first, libgcrypt with its greatest.
  return fields('Curve25519', point, bytesOf(d).reverse(), ['flags', 'djb-tweak'])
}
