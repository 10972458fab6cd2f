/** Revocation lists for tests, signed by real keys, as odd as a test wants them (RFC 5280 §5). */

import {
  derBitString,
  derElement,
  derElementOf,
  derExplicit,
  derInteger,
  derSequence,
  derUtcOrGeneralizedTime,
  universal,
} from '../../asn1/der.ts'
import { oids } from '../../asn1/oids.ts'
import { latin1Bytes } from '../../base/bytes.ts'
import { expectSuccess } from '../../base/result.ts'
import { defaultScheme, type SignatureScheme } from '../../crypto/privateKey.ts'
import type { Certificate } from '../certificate.ts'
import { signatureAlgorithmDer } from '../issue.ts'
import { type TestEntity, testNow } from '../testPki.ts'
import { type Crl, parseCrl } from './crl.ts'
import { type RevocationReason, revocationReasons } from './status.ts'
import { generalizedTime, testExtension } from './testOcspResponder.ts'

const day = 86_400_000

export interface TestEntry {
  /** A certificate, or the content octets of its number. */
  readonly of: Certificate | Uint8Array
  /** A day before `testNow` unless told otherwise. */
  readonly revokedAt?: Date
  readonly reason?: RevocationReason
  readonly invalidityDate?: Date
  /** The issuer of this entry and those that follow. */
  readonly issuer?: Certificate
  /** DER of further extensions. */
  readonly extensions?: readonly Uint8Array[]
}

export interface TestList {
  readonly signer: TestEntity
  readonly entries?: readonly TestEntry[]
  /** An hour before `testNow` unless told otherwise. */
  readonly thisUpdate?: Date
  /** A week after `testNow` unless told otherwise. */
  readonly nextUpdate?: Date | 'none'
  readonly number?: number
  readonly base?: number
  /** DER of the members of an IssuingDistributionPoint. */
  readonly scope?: readonly Uint8Array[]
  /** DER of further extensions. */
  readonly extensions?: readonly Uint8Array[]
  readonly scheme?: SignatureScheme
  readonly version?: 1 | 2
}

export function directoryName({ subject }: Certificate): Uint8Array {
  return derExplicit(4, subject.der)
}

export function uriName(uri: string): Uint8Array {
  return derElement(0x86, latin1Bytes(uri))
}

/** `[n]` of an IssuingDistributionPoint that is true. */
export function flag(number: number): Uint8Array {
  return derElement(0x80 | number, Uint8Array.of(0xff))
}

/** The DistributionPointName of full names, for a DistributionPoint or an IssuingDistributionPoint. */
export function placeOf(...names: readonly Uint8Array[]): Uint8Array {
  return derExplicit(0, derExplicit(0, ...names))
}

/** ReasonFlags (RFC 5280 §4.2.1.13) under `[n]`, of bits 1 to 8. */
export function reasonFlags(number: number, ...bits: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(2)
  for (const bit of bits) bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) | (0x80 >> (bit & 7))
  return derElement(0x80 | number, Uint8Array.of(7), bytes)
}

/** A certificate's crlDistributionPoints; each point is the DER of its members. */
export function distributionPoints(...points: readonly (readonly Uint8Array[])[]) {
  const value = derSequence(...points.map((members) => derSequence(...members)))
  return { oid: oids.crlDistributionPoints, critical: false, value }
}

function serialDer(of: TestEntry['of']): Uint8Array {
  if (of instanceof Uint8Array) return derElement(universal.integer, of)
  return derInteger(Buffer.from(of.serialNumber, 'hex'))
}

function entryDer({ of, revokedAt, reason, invalidityDate, issuer, extensions = [] }: TestEntry): Uint8Array {
  const all = [...extensions]
  if (reason !== undefined) {
    const number = Uint8Array.of(revocationReasons.indexOf(reason))
    all.push(testExtension(oids.reasonCode, derElement(universal.enumerated, number)))
  }
  if (invalidityDate) all.push(testExtension(oids.invalidityDate, generalizedTime(invalidityDate)))
  if (issuer) all.push(testExtension(oids.certificateIssuer, derSequence(directoryName(issuer)), true))
  return derSequence(
    serialDer(of),
    derUtcOrGeneralizedTime(revokedAt ?? new Date(testNow.getTime() - day)),
    ...(all.length > 0 ? [derSequence(...all)] : []),
  )
}

export async function crlDer(list: TestList): Promise<Uint8Array> {
  const { signer, entries = [], number, base, scope, nextUpdate, version = 2 } = list
  const scheme = list.scheme ?? defaultScheme(signer.key.algorithm)
  const algorithm = signatureAlgorithmDer(scheme)
  const extensions = [...(list.extensions ?? [])]
  if (number !== undefined) extensions.push(testExtension(oids.cRLNumber, derInteger(number)))
  if (base !== undefined) extensions.push(testExtension(oids.deltaCRLIndicator, derInteger(base), true))
  if (scope) extensions.push(testExtension(oids.issuingDistributionPoint, derSequence(...scope), true))
  const next = nextUpdate ?? new Date(testNow.getTime() + 7 * day)
  const signed = derSequence(
    ...(version === 2 ? [derInteger(1)] : []),
    algorithm,
    signer.certificate.subject.der,
    derUtcOrGeneralizedTime(list.thisUpdate ?? new Date(testNow.getTime() - day / 24)),
    ...(next === 'none' ? [] : [derUtcOrGeneralizedTime(next)]),
    ...(entries.length > 0 ? [derElementOf(universal.sequence, entries.map(entryDer))] : []),
    ...(extensions.length > 0 ? [derExplicit(0, derSequence(...extensions))] : []),
  )
  return derSequence(signed, algorithm, derBitString(await signer.key.sign(scheme, signed)))
}

export async function testCrl(list: TestList): Promise<Crl> {
  return expectSuccess(parseCrl(await crlDer(list)))
}
