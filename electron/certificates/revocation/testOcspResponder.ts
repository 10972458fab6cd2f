/** OCSP answers for tests, signed by real keys, as odd as a test wants them (RFC 6960 §4.2). */

import {
  derBitString,
  derBoolean,
  derElement,
  derExplicit,
  derInteger,
  derNull,
  derOctetString,
  derOid,
  derSequence,
  universal,
} from '../../asn1/der.ts'
import { oids } from '../../asn1/oids.ts'
import { latin1Bytes } from '../../base/bytes.ts'
import { expectSuccess } from '../../base/result.ts'
import { digestOf } from '../../crypto/digest.ts'
import { defaultScheme, type SignatureScheme } from '../../crypto/privateKey.ts'
import { publicKeyBitsOf } from '../algorithms.ts'
import type { Certificate } from '../certificate.ts'
import { signatureAlgorithmDer } from '../issue.ts'
import type { SignatureBudget } from '../pathSignature.ts'
import { type TestEntity, testNow, testPerson } from '../testPki.ts'
import { type OcspResponse, parseOcspResponse } from './ocsp.ts'
import { type CertIdDigest, certIdDer } from './ocspCertId.ts'

const hour = 3_600_000

export interface TestAnswer {
  readonly certificate: Certificate
  readonly issuer: Certificate
  /** Good unless told otherwise; `reason` is CRLReason's number. */
  readonly status?: 'unknown' | { readonly revokedAt: Date; readonly reason?: number }
  /** An hour before `testNow` unless told otherwise. */
  readonly thisUpdate?: Date
  /** A day after `testNow` unless told otherwise. */
  readonly nextUpdate?: Date | 'none'
  /** DER of singleExtensions' members. */
  readonly extensions?: readonly Uint8Array[]
  readonly digest?: CertIdDigest
}

export interface TestResponse {
  readonly signer: TestEntity
  readonly answers: readonly TestAnswer[]
  readonly producedAt?: Date
  readonly responderId?: 'byName' | 'byKey' | Uint8Array
  /** Those that come with it, as DER. */
  readonly certificates?: readonly Uint8Array[]
  readonly nonce?: Uint8Array
  /** DER of responseExtensions' members. */
  readonly extensions?: readonly Uint8Array[]
  readonly scheme?: SignatureScheme
  /** Left out unless told otherwise, which is version 1. */
  readonly version?: number
}

export function generalizedTime(date: Date): Uint8Array {
  const text = `${date.toISOString().slice(0, 19).replaceAll(/[-:T]/g, '')}Z`
  return derElement(universal.generalizedTime, latin1Bytes(text))
}

export function testExtension(oid: string, value: Uint8Array, critical = false): Uint8Array {
  return derSequence(derOid(oid), ...(critical ? [derBoolean(true)] : []), derOctetString(value))
}

function certStatusDer(status: TestAnswer['status']): Uint8Array {
  if (status === undefined) return derElement(0x80)
  if (status === 'unknown') return derElement(0x82)
  const reason = derElement(universal.enumerated, Uint8Array.of(status.reason ?? 0))
  return derElement(
    0xa1,
    generalizedTime(status.revokedAt),
    ...(status.reason === undefined ? [] : [derExplicit(0, reason)]),
  )
}

function answerDer(answer: TestAnswer): Uint8Array {
  const next = answer.nextUpdate ?? new Date(testNow.getTime() + 24 * hour)
  return derSequence(
    certIdDer(answer.certificate, answer.issuer, answer.digest ?? 'sha1'),
    certStatusDer(answer.status),
    generalizedTime(answer.thisUpdate ?? new Date(testNow.getTime() - hour)),
    ...(next === 'none' ? [] : [derExplicit(0, generalizedTime(next))]),
    ...(answer.extensions ? [derExplicit(1, derSequence(...answer.extensions))] : []),
  )
}

function responderIdDer({ signer, responderId = 'byName' }: TestResponse): Uint8Array {
  if (responderId === 'byName') return derExplicit(1, signer.certificate.subject.der)
  if (responderId !== 'byKey') return responderId
  return derExplicit(2, derOctetString(digestOf('sha1', publicKeyBitsOf(signer.certificate.publicKeyInfo))))
}

/** The OCSPResponse around the DER of a BasicOCSPResponse. */
export function successfulResponseDer(basic: Uint8Array, type: string = oids.ocspBasic): Uint8Array {
  const bytes = derSequence(derOid(type), derOctetString(basic))
  return derSequence(derElement(universal.enumerated, Uint8Array.of(0)), derExplicit(0, bytes))
}

/** The DER of an OCSPResponse whose signature is right over what it says. */
export async function testResponseDer(response: TestResponse): Promise<Uint8Array> {
  const { signer, certificates, nonce } = response
  const extensions = [
    ...(nonce ? [testExtension(oids.ocspNonce, derOctetString(nonce))] : []),
    ...(response.extensions ?? []),
  ]
  const signed = derSequence(
    ...(response.version === undefined ? [] : [derExplicit(0, derInteger(response.version - 1))]),
    responderIdDer(response),
    generalizedTime(response.producedAt ?? new Date(testNow.getTime() - hour)),
    derSequence(...response.answers.map(answerDer)),
    ...(extensions.length > 0 ? [derExplicit(1, derSequence(...extensions))] : []),
  )
  const scheme = response.scheme ?? defaultScheme(signer.key.algorithm)
  return successfulResponseDer(
    derSequence(
      signed,
      signatureAlgorithmDer(scheme),
      derBitString(await signer.key.sign(scheme, signed)),
      ...(certificates ? [derExplicit(0, derSequence(...certificates))] : []),
    ),
  )
}

/** The same, read. */
export async function testResponse(response: TestResponse): Promise<OcspResponse> {
  return expectSuccess(parseOcspResponse(await testResponseDer(response)))
}

/** Room for so many signature checks, and nothing known yet. */
export function testSignatureBudget(left: number): SignatureBudget {
  return { left, outcomes: new Map() }
}

/** A responder to which `issuer` delegated its answers (RFC 6960 §4.2.2.2), with id-pkix-ocsp-nocheck unless told otherwise. */
export function testResponder(
  issuer: TestEntity,
  overrides: Parameters<typeof testPerson>[2] & { readonly noCheck?: false } = {},
): Promise<TestEntity> {
  const { noCheck, ...rest } = overrides
  const extensions = noCheck === false ? [] : [{ oid: oids.ocspNoCheck, critical: false, value: derNull() }]
  return testPerson(
    'responder@sandbox.example',
    { issuer },
    {
      subject: { commonName: 'Responder' },
      emails: [],
      keyUsage: ['digitalSignature'],
      extendedKeyUsage: [oids.ocspSigning],
      extensions,
      ...rest,
    },
  )
}
