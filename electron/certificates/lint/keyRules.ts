/** Quality of the key and of the signature: S/MIME BR §6.1.5, §6.1.6 and §7.1.3, RFC 8551 §4.2, RFC 5480, RFC 8410, RFC 4055. */

import { universal } from '../../asn1/der.ts'
import { contentOf, DerReader, soleElement } from '../../asn1/derReader.ts'
import { oids } from '../../asn1/oids.ts'
import { hexText } from '../../base/bytes.ts'
import { digestBytes, digestText } from '../../crypto/digestOid.ts'
import { otherCurveName } from '../../crypto/keyInfo.ts'
import { publicKeyBitsOf } from '../algorithms.ts'
import { isWeakKey, isWeakScheme, leastRsaBits } from '../strength.ts'
import { hasCloseFactors, hasRocaFingerprint, rsaBitLimit, smallFactorOf } from './rsaModulus.ts'
import { boundBy, found, type Linted, type LintRule } from './rule.ts'

interface RsaPublicKey {
  readonly bits: number
  /** Content octets of the INTEGERs. */
  readonly modulus: Uint8Array
  readonly exponent: Uint8Array
}

/** RFC 8017 §A.1.1. That it can be read is known from reading the certificate (algorithms.ts). */
function rsaKeyOf({ certificate: { keyAlgorithm, publicKeyInfo } }: Linted): RsaPublicKey | undefined {
  if (keyAlgorithm.kind !== 'rsa') return undefined
  const reader = DerReader.inside(soleElement(publicKeyBitsOf(publicKeyInfo), 'publicKey'))
  const modulus = contentOf(reader.expect(universal.integer, 'publicKey'))
  const exponent = contentOf(reader.expect(universal.integer, 'publicKey'))
  return { bits: keyAlgorithm.bits, modulus, exponent }
}

const bigInteger = (content: Uint8Array) => BigInt(`0x0${hexText(content)}`)

/** The modulus as a number, where it is short enough to compute with. */
function modulusOf(linted: Linted): bigint | undefined {
  const key = rsaKeyOf(linted)
  return key && key.bits <= rsaBitLimit ? bigInteger(key.modulus) : undefined
}

/** The exponent as a number; one of more than 256 bits counts as the least that is as even or odd (S/MIME BR §6.1.6). */
function exponentOf(linted: Linted): bigint | undefined {
  const exponent = rsaKeyOf(linted)?.exponent
  if (!exponent || exponent.length <= 33) return exponent && bigInteger(exponent)
  return (1n << 256n) + BigInt((exponent.at(-1) ?? 0) & 1)
}

function aboutExponent(linted: Linted, isOdd: (exponent: bigint) => boolean) {
  const exponent = exponentOf(linted)
  return found(exponent !== undefined && isOdd(exponent), { exponent: String(exponent ?? '') })
}

const isUseless = (exponent: bigint) => exponent < 3n || exponent % 2n === 0n

const rsaRules: readonly LintRule[] = [
  {
    code: 'weak-key',
    severity: 'error',
    section: 'RFC 8551 §4.2',
    find: ({ certificate: { keyAlgorithm } }) =>
      keyAlgorithm.kind === 'rsa'
        ? found(isWeakKey(keyAlgorithm), { bits: keyAlgorithm.bits, least: leastRsaBits })
        : undefined,
  },
  {
    code: 'huge-key',
    severity: 'warning',
    section: 'S/MIME BR §6.1.5',
    find: (linted) => {
      const bits = rsaKeyOf(linted)?.bits ?? 0
      return found(bits > rsaBitLimit, { bits, most: rsaBitLimit })
    },
  },
  {
    code: 'uneven-key-length',
    severity: boundBy('error', 'info'),
    section: 'S/MIME BR §6.1.5',
    find: (linted) => {
      const bits = rsaKeyOf(linted)?.bits ?? 0
      return found(bits % 8 !== 0, { bits })
    },
  },
  {
    code: 'negative-modulus',
    severity: 'error',
    section: 'RFC 8017 §A.1.1',
    find: (linted) => found((rsaKeyOf(linted)?.modulus[0] ?? 0) >= 0x80),
  },
  {
    code: 'exponent-without-use',
    severity: 'error',
    section: 'S/MIME BR §6.1.6',
    find: (linted) => aboutExponent(linted, isUseless),
  },
  {
    code: 'small-exponent',
    severity: 'info',
    section: 'S/MIME BR §6.1.6',
    find: (linted) => aboutExponent(linted, (exponent) => !isUseless(exponent) && exponent < 65_537n),
  },
  {
    code: 'large-exponent',
    severity: 'warning',
    section: 'S/MIME BR §6.1.6',
    find: (linted) => found((exponentOf(linted) ?? 0n) >= 1n << 256n),
  },
  {
    code: 'small-factor',
    severity: 'error',
    section: 'S/MIME BR §6.1.6',
    find: (linted) => {
      const modulus = modulusOf(linted)
      const factor = modulus === undefined ? undefined : smallFactorOf(modulus)
      return found(factor !== undefined, { factor })
    },
  },
  {
    code: 'close-factors',
    severity: 'error',
    section: 'S/MIME BR §6.1.1.3',
    find: (linted) => {
      const modulus = modulusOf(linted)
      return found(modulus !== undefined && hasCloseFactors(modulus))
    },
  },
  {
    code: 'roca-key',
    severity: 'error',
    section: 'CVE-2017-15361',
    find: (linted) => {
      const modulus = modulusOf(linted)
      return found(modulus !== undefined && hasRocaFingerprint(modulus))
    },
  },
]

/** Octets of one coordinate. */
const coordinates: Readonly<Record<string, number>> = { 'P-256': 32, 'P-384': 48, 'P-521': 66 }

/** RFC 5480 §2.2: a point is 04 and both coordinates, or 02 or 03 and one. RFC 8410 §4: 32 octets. */
function pointForm({
  certificate: { keyAlgorithm, publicKeyInfo },
}: Linted): 'whole' | 'compressed' | 'none' | undefined {
  const bits = publicKeyBitsOf(publicKeyInfo)
  if (keyAlgorithm.kind === 'ed25519' || keyAlgorithm.kind === 'x25519') return bits.length === 32 ? 'whole' : 'none'
  if (keyAlgorithm.kind !== 'ec') return undefined
  const octets = coordinates[keyAlgorithm.curve] ?? 0
  if (bits[0] === 0x04 && bits.length === 1 + 2 * octets) return 'whole'
  return (bits[0] === 0x02 || bits[0] === 0x03) && bits.length === 1 + octets ? 'compressed' : 'none'
}

/** Arcs of SEC 2, ANSI X9.62 and RFC 5639: binary fields, which NIST SP 800-186 deprecates, and fewer than 224 bits. */
const deprecatedCurve =
  /^1\.2\.840\.10045\.3\.(0\.\d+|1\.[1-3])$|^1\.3\.132\.0\.([1-9]|1[5-9]|2\d|3[016-9])$|^1\.3\.36\.3\.3\.2\.8\.1\.1\.[1-4]$/

function unsupportedKey({ certificate: { keyAlgorithm } }: Linted): string | undefined {
  return keyAlgorithm.kind === 'unsupported' ? keyAlgorithm.oid : undefined
}

const curveRules: readonly LintRule[] = [
  {
    code: 'malformed-point',
    severity: 'error',
    section: 'RFC 5480 §2.2',
    find: (linted) => found(pointForm(linted) === 'none'),
  },
  {
    code: 'compressed-point',
    severity: 'info',
    section: 'RFC 5480 §2.2',
    find: (linted) => found(pointForm(linted) === 'compressed'),
  },
  {
    code: 'explicit-curve',
    severity: 'error',
    section: 'RFC 5480 §2.1.1',
    find: (linted) => found(unsupportedKey(linted) === oids.ecPublicKey),
  },
  {
    code: 'deprecated-curve',
    severity: 'error',
    section: 'S/MIME BR §6.1.5',
    find: (linted) => {
      const oid = unsupportedKey(linted) ?? ''
      return found(deprecatedCurve.test(oid), { curve: otherCurveName(oid) })
    },
  },
  {
    code: 'unsupported-key',
    severity: 'warning',
    section: 'S/MIME BR §6.1.5',
    find: (linted) => {
      const oid = unsupportedKey(linted)
      const told = oid === undefined || oid === oids.ecPublicKey || deprecatedCurve.test(oid)
      return found(!told, { algorithm: otherCurveName(oid ?? '') })
    },
  },
]

const signatureRules: readonly LintRule[] = [
  {
    code: 'weak-signature-algorithm',
    severity: 'error',
    section: 'RFC 8550 §4.3',
    // A root's signature over itself proves nothing, so its digest says nothing either.
    find: ({ certificate: { signatureAlgorithm }, role }) =>
      found(role !== 'root' && signatureAlgorithm.scheme !== undefined && isWeakScheme(signatureAlgorithm.scheme), {
        algorithm: signatureAlgorithm.name,
      }),
  },
  {
    code: 'unsupported-signature-algorithm',
    severity: 'warning',
    section: 'S/MIME BR §7.1.3.2',
    find: ({ certificate: { signatureAlgorithm }, role }) =>
      found(role !== 'root' && !signatureAlgorithm.scheme && !signatureAlgorithm.dsa, {
        algorithm: signatureAlgorithm.name,
      }),
  },
  {
    code: 'withdrawn-signature-algorithm',
    severity: 'error',
    section: 'FIPS 186-5 §1',
    find: ({ certificate: { signatureAlgorithm }, role }) =>
      found(role !== 'root' && signatureAlgorithm.dsa !== undefined, { algorithm: signatureAlgorithm.name }),
  },
  {
    code: 'unusual-pss-parameters',
    severity: boundBy('error', 'info'),
    section: 'RFC 4055 §3.1',
    find: ({ certificate: { signatureAlgorithm } }) => {
      const { scheme } = signatureAlgorithm
      if (scheme?.kind !== 'rsa-pss') return undefined
      const { digest, mgfDigest, saltLength } = scheme
      return found(digest !== mgfDigest || saltLength !== digestBytes(digest), {
        digest: digestText(digest),
        mgfDigest: digestText(mgfDigest),
        saltLength,
      })
    },
  },
]

export const keyRules: readonly LintRule[] = [...rsaRules, ...curveRules, ...signatureRules]
