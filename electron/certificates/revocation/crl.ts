/**
 * Certificate revocation lists (RFC 5280 §5) as immutable values, and the files they come in.
 *
 * Reading is strict: a list that can't be read wholly says nothing about a certificate, since the entry that couldn't be read
 * may be its. Which list counts for a certificate is the work of crlStatus.ts; fetching is none of either's.
 */

import { universal } from '../../asn1/der.ts'
import { contentOf, DerReader, encodingOf, MalformedDer, timeOfElement } from '../../asn1/derReader.ts'
import { oids } from '../../asn1/oids.ts'
import { readPem } from '../../asn1/pem.ts'
import { equalBytes, hexText, latin1Text } from '../../base/bytes.ts'
import { failure, type Result, success } from '../../base/result.ts'
import { atOnce, inTurns, type Steps } from '../../base/turns.ts'
import { digestOf } from '../../crypto/digest.ts'
import { type SignatureAlgorithm, signatureAlgorithmOf } from '../algorithms.ts'
import { type DistributionPoint, type Extensions, extensionsOf } from '../extensions.ts'
import { bitStringOf } from '../fields.ts'
import { type Name, nameKey, nameOfField } from '../name.ts'
import { CrlEntries, TooManyEntries, UnknownEntryExtension } from './crlEntries.ts'
import {
  crlNumberOf,
  extensionValue,
  type IssuingDistributionPoint,
  issuingDistributionPointOf,
  unknownCriticalExtension,
} from './crlExtensions.ts'

export interface Crl {
  readonly der: Uint8Array
  /** SHA-256 of the DER, lower-case hexadecimal. */
  readonly sha256: string
  readonly issuer: Name
  readonly thisUpdate: Date
  /** RFC 5280 demands it, X.509 doesn't. */
  readonly nextUpdate?: Date
  readonly signatureAlgorithm: SignatureAlgorithm
  /** The bytes that are signed: DER TBSCertList. */
  readonly signedPart: Uint8Array
  readonly signatureValue: Uint8Array
  /** §5.2.3. */
  readonly number?: bigint
  /** §5.2.4: the list is a delta, and adds to complete ones from that number on. */
  readonly baseNumber?: bigint
  /** §5.2.5. */
  readonly issuingDistributionPoint?: IssuingDistributionPoint
  /** §5.2.1; hexadecimal. */
  readonly authorityKeyIdentifier?: string
  /** §5.2.6: where deltas are. */
  readonly freshestCrl: readonly DistributionPoint[]
  readonly entries: CrlEntries
}

export type CrlError =
  | { readonly code: 'not-a-crl' }
  /** `reason` names the part that could not be read. */
  | { readonly code: 'malformed-crl'; readonly reason: string }
  /** A condition that nobody here knows: the list must not be used (RFC 5280 §5.2 and §5.3). */
  | { readonly code: 'unknown-critical-extension'; readonly oid: string }
  | { readonly code: 'too-large'; readonly limit: number; readonly size: number }
  | { readonly code: 'over-budget'; readonly limit: string }

/** The largest lists in public use have about 20 MB; reading one of this size takes half a second. */
const crlByteLimit = 33_554_432
/** PEM takes a third more. */
const fileByteLimit = 50_331_648
/** NIST's suite has 173 lists. */
const crlCountLimit = 1_000

/** Fields that tell a list from other DER: what fails there is another kind of file. */
const tellingFields: ReadonlySet<string> = new Set(['certificateList', 'version', 'signatureAlgorithm', 'thisUpdate'])

/**
 * Reads one DER CertificateList. The value keeps views on `der`: don't change those bytes afterwards.
 * Errors: `not-a-crl`, `malformed-crl`, `unknown-critical-extension`, `too-large`, `over-budget` (entries).
 */
export function parseCrl(der: Uint8Array): Result<Crl, CrlError> {
  return atOnce(crlSteps(der))
}

/** The same for the largest lists, with turns for others. */
export function parseCrlInTurns(der: Uint8Array): Promise<Result<Crl, CrlError>> {
  return inTurns(crlSteps(der))
}

function* crlSteps(der: Uint8Array): Steps<Result<Crl, CrlError>> {
  if (der.length > crlByteLimit) return failure({ code: 'too-large', limit: crlByteLimit, size: der.length })
  try {
    return yield* crlOf(der)
  } catch (error) {
    if (error instanceof UnknownEntryExtension) return failure({ code: 'unknown-critical-extension', oid: error.oid })
    if (error instanceof TooManyEntries) return failure({ code: 'over-budget', limit: 'crl-entries' })
    if (!(error instanceof MalformedDer)) throw error
    return failure(
      tellingFields.has(error.what) ? { code: 'not-a-crl' } : { code: 'malformed-crl', reason: error.what },
    )
  }
}

function* crlOf(der: Uint8Array): Steps<Result<Crl, CrlError>> {
  const file = new DerReader(der)
  const outer = file.sequence('certificateList')
  const signedPart = outer.expect(universal.sequence, 'certificateList')
  const outerAlgorithm = outer.expect(universal.sequence, 'signatureAlgorithm')
  const signatureValue = bitStringOf(outer.expect(universal.bitString, 'signature'), 'signature')
  outer.end('signature')
  file.end('signature')

  const fields = DerReader.inside(signedPart)
  const version = fields.optional(universal.integer, 'version')
  if (version && (contentOf(version).length !== 1 || contentOf(version)[0] !== 1)) throw new MalformedDer('version')
  const innerAlgorithm = fields.expect(universal.sequence, 'signatureAlgorithm')
  const issuer = nameOfField(fields.any('issuer'))
  const thisUpdate = timeOfElement(fields.any('thisUpdate'), 'thisUpdate')
  const isTime = fields.nextTag === universal.utcTime || fields.nextTag === universal.generalizedTime
  const nextUpdate = isTime ? timeOfElement(fields.any('nextUpdate'), 'nextUpdate') : undefined
  const revoked = fields.optional(universal.sequence, 'revokedCertificates')
  const extensionField = fields.optional(0xa0, 'crlExtensions')
  fields.end('tbsCertList')
  // §5.1.1.2: only the inner one is signed.
  if (!equalBytes(encodingOf(outerAlgorithm), encodingOf(innerAlgorithm))) throw new MalformedDer('algorithms')
  // §5.1.2.1: extensions are version 2.
  if (extensionField && !version) throw new MalformedDer('version-2')

  const extensions = extensionField ? extensionsIn(DerReader.inside(extensionField)) : noExtensions
  const unknown = unknownCriticalExtension(extensions)
  if (unknown !== undefined) return failure({ code: 'unknown-critical-extension', oid: unknown })
  const entries = yield* CrlEntries.reading(der, {
    start: revoked?.contentStart ?? 0,
    end: revoked?.contentEnd ?? 0,
    issuerKey: nameKey(issuer),
    withExtensions: version !== undefined,
  })
  const own = ownExtensions(extensions, issuer)
  // §5.3.3: a list that doesn't say that it speaks for others can't.
  if (entries.namesIssuers && !own.issuingDistributionPoint?.indirect) throw new MalformedDer('certificateIssuer')
  return success({
    der,
    sha256: hexText(digestOf('sha256', der)),
    issuer,
    thisUpdate,
    ...(nextUpdate ? { nextUpdate } : {}),
    signatureAlgorithm: signatureAlgorithmOf(DerReader.inside(outerAlgorithm)),
    signedPart: encodingOf(signedPart),
    signatureValue,
    ...own,
    entries,
  })
}

const noExtensions: Extensions = { all: [], malformed: [] }

function extensionsIn(field: DerReader): Extensions {
  const extensions = extensionsOf(field.sequence('crlExtensions'))
  field.end('crlExtensions')
  if (extensions.malformed.length > 0) throw new MalformedDer('crlExtensions')
  return extensions
}

function ownExtensions(extensions: Extensions, issuer: Name) {
  const number = extensionValue(extensions, oids.cRLNumber)
  const base = extensionValue(extensions, oids.deltaCRLIndicator)
  const point = extensionValue(extensions, oids.issuingDistributionPoint)
  const keyIdentifier = extensions.authorityKeyIdentifier?.keyIdentifier
  return {
    ...(number ? { number: crlNumberOf(number) } : {}),
    ...(base ? { baseNumber: crlNumberOf(base) } : {}),
    ...(point ? { issuingDistributionPoint: issuingDistributionPointOf(point, issuer) } : {}),
    ...(keyIdentifier === undefined ? {} : { authorityKeyIdentifier: keyIdentifier }),
    freshestCrl: extensions.freshestCrl ?? [],
  }
}

/** Reads every list of a file: DER, or PEM with any number of blocks. Errors as `parseCrl`'s. */
export function readCrls(bytes: Uint8Array): Result<readonly Crl[], CrlError> {
  return atOnce(fileSteps(bytes))
}

/** The same for the largest lists, with turns for others. */
export function readCrlsInTurns(bytes: Uint8Array): Promise<Result<readonly Crl[], CrlError>> {
  return inTurns(fileSteps(bytes))
}

function* fileSteps(bytes: Uint8Array): Steps<Result<readonly Crl[], CrlError>> {
  if (bytes.length > fileByteLimit) return failure({ code: 'too-large', limit: fileByteLimit, size: bytes.length })
  const isBinary = bytes[0] === universal.sequence
  const read = isBinary ? yield* crlSteps(bytes) : undefined
  if (read?.ok) return success([read.value])
  // A SEQUENCE's identifier is also the digit "0", and text may begin with one.
  const blocks = readPem(latin1Text(bytes)).filter(({ label }) => label === 'X509 CRL' || label === 'CRL')
  if (blocks.length === 0) return read ?? failure({ code: 'not-a-crl' })
  if (blocks.length > crlCountLimit) return failure({ code: 'over-budget', limit: 'crls' })
  const lists: Crl[] = []
  for (const block of blocks) {
    const list = yield* crlSteps(block.bytes)
    yield
    if (!list.ok) return list
    lists.push(list.value)
  }
  return success(lists)
}
