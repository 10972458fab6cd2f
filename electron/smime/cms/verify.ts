/**
 * Verifying the signers of SignedData (RFC 5652 §5.4 to §5.6). The outcome says whether the signature belongs to the
 * content and the key; whether that key is trusted is the work of certificates/path and inspect.
 */

import { oids } from '../../asn1/oids.ts'
import type { SeekableBytes } from '../../base/seekableBytes.ts'
import type { Certificate } from '../../certificates/certificate.ts'
import { type Name, namesMatch } from '../../certificates/name.ts'
import { type Digest, startDigest } from '../../crypto/digest.ts'
import { digestByOid } from '../../crypto/digestOid.ts'
import { dsaKeyOf, withDsaParametersOf } from '../../crypto/dsa.ts'
import type { PostQuantum } from '../../crypto/postQuantum.ts'
import { type DigestName, schemeFits } from '../../crypto/privateKey.ts'
import { verifySignature } from '../../crypto/publicKey.ts'
import { digestTextOf } from './algorithms.ts'
import { type Attributes, encodingOfSole } from './attributes.ts'
import { cmsBudget } from './budget.ts'
import { type Chunks, chunksOf, collect } from './chunks.ts'
import type { SignedData } from './content.ts'
import { overBudget } from './failure.ts'
import { digestsDiffer, type ReadableScheme, schemeOf, signatureText } from './signatureScheme.ts'
import { identifierFacts, identifies, type ReadableSignerInfo, type SignerInfo } from './signerInfo.ts'
import {
  checkAlgorithmProtection,
  checkContentType,
  checkDer,
  checkMandatory,
  checkMayLackAttributes,
  checkMessageDigest,
  checkNotAttributes,
  checkNotUnsigned,
  checkSigningTime,
  checkSingle,
  contentTypeOf,
  digestOfAttributes,
  type Reason,
  signingTimeOf,
} from './signerRules.ts'
import { type CertificateHash, certificateHashesOf, hasHashes } from './signingCertificate.ts'

export type { SignedData } from './content.ts'

export interface SignerOutcome {
  /** `broken`: the content or the signature isn't what was signed. `malformed`: a rule of RFC 5652 is broken. */
  readonly state: 'verified' | 'broken' | 'malformed' | 'unsupported-algorithm' | 'no-certificate'
  readonly certificate?: Certificate
  readonly issuer?: string
  readonly serial?: string
  readonly keyIdentifier?: string
  /** "SHA-256". */
  readonly digest: string
  /** "RSA PKCS#1 v1.5", "ECDSA P-256". */
  readonly signature: string
  readonly scheme?: ReadableScheme
  readonly digestName?: DigestName
  /**
   * The key that verified it, where it took its parameters from another certificate of that name: whoever trusts the chain
   * compares them with those of the chain.
   */
  readonly inheritedKey?: Uint8Array
  /** As the signer claims it. */
  readonly signingTime?: Date
  /**
   * The digest of the content that was signed, where only the content differs: the signature over it verifies. Without that
   * anybody could have written it.
   */
  readonly signedDigest?: { readonly name: DigestName; readonly value: Uint8Array }
  readonly reasons: Reason[]
  readonly attributes: {
    /** DER SMIMECapabilities (RFC 8551 §2.5.2). Believe them only when `state` is `verified`. */
    readonly capabilities?: Uint8Array
    readonly contentType?: string
  }
}

interface ContentPass {
  readonly digests: ReadonlyMap<DigestName, Uint8Array>
  /** The bytes themselves, kept only for signers without attributes. */
  readonly content: Uint8Array | undefined
}

/** Chunks may be used again by whoever made them. */
async function* copiesOf(chunks: Chunks): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) yield Uint8Array.from(chunk)
}

async function passOver(
  content: Uint8Array | SeekableBytes | Chunks,
  signers: readonly SignerInfo[],
): Promise<ContentPass> {
  const running = new Map<DigestName, Digest>()
  let keep = false
  for (const signer of signers) {
    if ('malformed' in signer) continue
    if (!signer.signedAttributes) keep = true
    const name = digestByOid(signer.digestAlgorithm.oid)
    if (name && !running.has(name)) running.set(name, startDigest(name))
  }
  const kept = keep ? await collect(copiesOf(chunksOf(content)), cmsBudget.contentBytes) : undefined
  for await (const chunk of chunksOf(kept ?? content)) for (const digest of running.values()) digest.update(chunk)
  return { digests: new Map([...running].map(([name, digest]) => [name, digest.end()])), content: kept }
}

/** How many signatures may still be checked; all signers of a structure share it. */
interface CheckBudget {
  left: number
}

interface Findings {
  /** A rule of the structure is broken. */
  readonly malformed: Reason[]
  /** The structure is right and says something else than the content. */
  readonly broken: Reason[]
}

function findingsWithAttributes(
  attributes: Attributes,
  signer: ReadableSignerInfo,
  contentType: string,
  digest: Uint8Array | undefined,
): Findings {
  const found = [
    ...checkContentType(attributes, contentType),
    ...(digest ? checkMessageDigest(attributes, digest) : []),
    ...checkSigningTime(attributes),
    ...checkAlgorithmProtection(attributes, signer),
  ]
  return {
    malformed: [
      ...checkMandatory(attributes),
      ...checkSingle(attributes),
      ...found.filter(({ code }) => code === 'malformed-attribute'),
    ],
    broken: found.filter(({ code }) => code !== 'malformed-attribute'),
  }
}

function stateOf(
  { malformed, broken }: Findings,
  supported: boolean,
  known: boolean,
  verified: boolean,
): SignerOutcome['state'] {
  if (malformed.length > 0) return 'malformed'
  if (broken.length > 0) return 'broken'
  if (!supported) return 'unsupported-algorithm'
  if (!known) return 'no-certificate'
  return verified ? 'verified' : 'broken'
}

function outcomeOf(
  signer: ReadableSignerInfo,
  contentType: string,
  pass: ContentPass,
  certificates: readonly Certificate[],
  checks: CheckBudget,
  postQuantum: PostQuantum | undefined,
): SignerOutcome {
  const digestName = digestByOid(signer.digestAlgorithm.oid)
  const schemeOutcome = schemeOf(signer.signatureAlgorithm, digestName)
  const scheme = schemeOutcome.kind === 'scheme' ? schemeOutcome.scheme : undefined
  const attributes = signer.signedAttributes
  const content = pass.content ?? new Uint8Array()
  const findings: Findings = attributes
    ? findingsWithAttributes(attributes, signer, contentType, digestName && pass.digests.get(digestName))
    : { malformed: [...checkMayLackAttributes(contentType), ...checkNotAttributes(content)], broken: [] }
  findings.malformed.push(...checkNotUnsigned(signer))
  if (schemeOutcome.kind === 'malformed') {
    findings.malformed.push({ code: 'malformed-field', data: { field: 'signatureAlgorithm' } })
  }
  if (scheme && digestName && digestsDiffer(scheme, digestName)) {
    findings.malformed.push({ code: 'inconsistent-algorithms', data: {} })
  }

  const hashes = certificateHashesOf(attributes)
  if ('malformed' in hashes) {
    findings.malformed.push({ code: 'malformed-attribute', data: { attribute: hashes.malformed } })
  }
  const candidates = candidatesFor(signer, certificates, 'malformed' in hashes ? [] : hashes)
  const signed = attributes ? attributes.encodings : [content]
  const computable = scheme !== undefined && (scheme.kind !== 'ml-dsa' || postQuantum !== undefined)
  const verifiedBy = computable
    ? candidates.find((candidate) => {
        const publicKeyInfo = signingKeyOf(candidate, certificates)
        if (!publicKeyInfo) return false
        return signed.some((bytes) => {
          checks.left -= scheme.kind === 'dsa' ? dsaChecks : 1
          if (checks.left < 0) throw overBudget('signatures')
          return verifySignature(publicKeyInfo, scheme, bytes, signer.signature, postQuantum)
        })
      })
    : undefined
  const certificate = verifiedBy ?? candidates[0]
  const usedKey = verifiedBy && signingKeyOf(verifiedBy, certificates)
  const inheritedKey = usedKey !== verifiedBy?.publicKeyInfo ? usedKey : undefined
  // Without attributes the digest is only the signature's own; with them the content hangs on digestAlgorithm.
  const supported =
    computable &&
    (certificate === undefined || signingKeyOf(certificate, certificates) !== undefined) &&
    (digestName !== undefined || attributes === undefined)
  const state = stateOf(findings, supported, certificate !== undefined, verifiedBy !== undefined)
  const reasons = [...findings.malformed, ...findings.broken]
  if (supported && certificate && !verifiedBy) reasons.push(whyNot(scheme, certificate))
  if (!certificate && certificates.some((other) => identifies(signer.identifier, other))) {
    reasons.push({ code: 'certificate-hash-mismatch', data: {} })
  }

  const onlyContentDiffers = verifiedBy && reasons.every(({ code }) => code === 'digest-mismatch')
  const signedDigest =
    attributes && onlyContentDiffers && state === 'broken' ? digestOfAttributes(attributes) : undefined
  const signingTime = attributes && signingTimeOf(attributes)
  const capabilities = attributes && encodingOfSole(attributes, oids.smimeCapabilities)
  const stated = attributes && contentTypeOf(attributes)
  return {
    state,
    ...(certificate ? { certificate } : {}),
    ...identifierFacts(signer.identifier),
    digest: digestTextOf(signer.digestAlgorithm.oid),
    signature: signatureText(scheme, signer.signatureAlgorithm, certificate),
    ...(scheme ? { scheme } : {}),
    ...(inheritedKey ? { inheritedKey } : {}),
    // RFC 9882 §3.3: without attributes ML-DSA signs the content itself, and the digest named beside it means nothing.
    ...(digestName && !(scheme?.kind === 'ml-dsa' && !attributes) ? { digestName } : {}),
    ...(signingTime ? { signingTime } : {}),
    ...(signedDigest && digestName ? { signedDigest: { name: digestName, value: signedDigest } } : {}),
    reasons: [...reasons, ...(attributes ? checkDer(attributes) : [])],
    attributes: { ...(capabilities ? { capabilities } : {}), ...(stated ? { contentType: stated } : {}) },
  }
}

/** Why a signature that could be computed isn't the certificate's: a key of another kind can't have made it at all. */
function whyNot(scheme: ReadableScheme, { keyAlgorithm }: Certificate): Reason {
  if (keyAlgorithm.kind === 'unsupported' || (scheme.kind !== 'dsa' && schemeFits(keyAlgorithm, scheme))) {
    return { code: 'signature-mismatch', data: {} }
  }
  return { code: 'key-of-another-kind', data: {} }
}

/** A check of DSA takes some milliseconds. */
const dsaChecks = 8
/** Certificates above the signer's that may have the parameters of its key. */
const mostInheritance = 8

/**
 * The signer's key; a DSA key may have its parameters from a CA above it (RFC 3279 §2.3.2), and is undefined where that CA isn't
 * here. Undefined as well for keys that nobody here computes with.
 */
function signingKeyOf(
  { keyAlgorithm, publicKeyInfo, issuer: issuerName }: Certificate,
  certificates: readonly Certificate[],
): Uint8Array | undefined {
  if (keyAlgorithm.kind !== 'unsupported' || dsaKeyOf(publicKeyInfo) === 'complete') return publicKeyInfo
  let name: Name | undefined = issuerName
  for (let step = 0; name && step < mostInheritance; step++) {
    const above: Name = name
    const issuer: Certificate | undefined = certificates.find(({ subject }) => namesMatch(subject, above))
    const inherited = issuer && withDsaParametersOf(publicKeyInfo, issuer.publicKeyInfo)
    if (inherited) return inherited
    name = issuer?.issuer
  }
  return undefined
}

function candidatesFor(
  signer: ReadableSignerInfo,
  certificates: readonly Certificate[],
  hashes: readonly CertificateHash[],
): Certificate[] {
  const found: Certificate[] = []
  for (const certificate of certificates) {
    if (found.length === cmsBudget.candidatesPerSigner) break
    if (found.some(({ sha256 }) => sha256 === certificate.sha256)) continue
    if (identifies(signer.identifier, certificate) && hasHashes(certificate, hashes)) found.push(certificate)
  }
  return found
}

function malformedOutcome(field: string): SignerOutcome {
  return {
    state: 'malformed',
    digest: '',
    signature: '',
    reasons: [{ code: 'malformed-field', data: { field } }],
    attributes: {},
  }
}

/**
 * One outcome per SignerInfo, in order. `content` is the eContent, or for a detached signature exactly the signed bytes;
 * it is read once, piece by piece, and held only where a signer signed it without attributes. `extraCertificates` are tried after those of the message. Throws CmsFailure: `over-budget` when more
 * signatures would have to be checked than honest signers need.
 */
export async function verifySigners(
  signedData: SignedData,
  content: Chunks | SeekableBytes | Uint8Array,
  options: { readonly extraCertificates?: readonly Certificate[]; readonly postQuantum?: PostQuantum | undefined } = {},
): Promise<SignerOutcome[]> {
  const pass = await passOver(content, signedData.signerInfos)
  const checks: CheckBudget = { left: cmsBudget.signatureChecks }
  const certificates = [...signedData.certificates, ...(options.extraCertificates ?? [])]
  return signedData.signerInfos.map((signer) =>
    'malformed' in signer
      ? malformedOutcome(signer.malformed)
      : outcomeOf(signer, signedData.contentType, pass, certificates, checks, options.postQuantum),
  )
}
