/** One signer of a message: its chain, whether it may speak for the sender, and what follows for its signature. */

import type { SignerReport } from '../../shared/contract/report.ts'
import { equalBytes } from '../base/bytes.ts'
import type { Anchors } from '../certificates/anchorSource.ts'
import type { Certificate } from '../certificates/certificate.ts'
import { provenBy } from '../certificates/emailProfile.ts'
import {
  type PathBudget,
  type PathQuestion,
  type PathReason,
  type PathResult,
  validatePath,
} from '../certificates/path.ts'
import { workingPublicKey } from '../certificates/pathSignature.ts'
import type { PolicyInputs } from '../certificates/policies.ts'
import type { CheckedRevocation } from '../certificates/revocation/sources.ts'
import type { RevocationReason } from '../certificates/revocation/status.ts'
import { isWeakScheme } from '../certificates/strength.ts'
import { chainStateOf, instantText } from '../certificates/view.ts'
import { isWeakDigest } from '../crypto/digestOid.ts'
import type { PostQuantum } from '../crypto/postQuantum.ts'
import type { SignerOutcome } from '../smime/cms/verify.ts'
import type { OpenedSigner } from '../smime/open.ts'
import { type AddressMatch, matchAddresses } from './addressMatch.ts'
import { gravest, type SignatureVerdict } from './verdict.ts'

type Reason = SignerReport['reasons'][number]

export interface SignerFacts {
  readonly outcome: SignerOutcome
  readonly match: AddressMatch
  readonly coversMessage: boolean
  readonly path?: PathResult
  readonly state: SignatureVerdict
  readonly report: SignerReport
}

export interface SignerQuestion {
  readonly signer: OpenedSigner
  /** The From addresses. */
  readonly from: readonly string[]
  readonly anchors: Anchors
  /** Certificates known from elsewhere; those of the message are added. */
  readonly intermediates: readonly Certificate[]
  readonly at: Date
  /** The present; with `revocation`, nothing made later is believed. */
  readonly now: Date
  /** What was learnt about revocations; without it nobody was asked. */
  readonly revocation?: CheckedRevocation
  /** Whether a chain is worth less where nothing is known; otherwise that is only told. */
  readonly revocationRequired?: boolean
  /** Policies that the chain must hold for. */
  readonly policies?: PolicyInputs
  /** For the search of the chain. */
  readonly budget: PathBudget
  readonly postQuantum?: PostQuantum
}

/** Not wrong as far as anybody can tell, but not to be checked here. */
export function isUncheckable({ state }: SignerOutcome): boolean {
  return state === 'no-certificate' || state === 'unsupported-algorithm'
}

/** What a signature's own check says; where it verified, the certificate has the word. */
function stateOfOutcome({ state }: SignerOutcome): SignatureVerdict {
  switch (state) {
    case 'verified':
      return 'good'
    case 'no-certificate':
    case 'unsupported-algorithm':
      // Nobody could check it: no name may be given for it, not even "unknown issuer".
      return 'malformed'
    default:
      return state
  }
}

/**
 * A chain that doesn't hold means that nobody vouches for the certificate; only a false signature in it is a sign of
 * tampering. "Broken" is kept for what was changed.
 */
function stateOfPath({ state, reasons }: PathResult): SignatureVerdict {
  switch (state) {
    case 'valid':
      return 'good'
    case 'broken':
    case 'malformed':
    case 'over-budget':
      return reasons.some(({ code }) => code === 'bad-signature') ? 'broken' : 'unknown-issuer'
    default:
      return state
  }
}

/** An expired certificate says whether it was valid when the mail claims to have been signed. */
function reasonOfPath(path: PathResult, { code, link, data }: PathReason, signingTime: Date | undefined): Reason {
  const certificate = path.path[link]
  const within =
    code === 'expired' &&
    certificate !== undefined &&
    signingTime !== undefined &&
    signingTime >= certificate.notBefore &&
    signingTime <= certificate.notAfter
  const added = within ? { validWhenSigned: true, signingTime: instantText(signingTime) } : {}
  return { code, link, data: { ...data, ...added } }
}

function weaknessOf({ scheme, digestName, digest, signature }: SignerOutcome): Reason[] {
  const reasons: Reason[] = []
  if (digestName && isWeakDigest(digestName)) reasons.push({ code: 'weak-digest', data: { digest } })
  else if (scheme && isWeakScheme(scheme)) reasons.push({ code: 'weak-signature-scheme', data: { signature, digest } })
  return reasons
}

function addressReason(question: SignerQuestion, certificate: Certificate, match: AddressMatch): Reason[] {
  if (match.covered) return []
  if (question.from.length === 0) return [{ code: 'no-from-address', data: {} }]
  const addresses = [...match.missing]
  const emails = [...certificate.emails]
  return emails.length === 0
    ? [{ code: 'certificate-without-address', data: { addresses } }]
    : [{ code: 'address-not-in-certificate', data: { addresses, emails } }]
}

/** What the report says of any signer, whether or not its certificate is at hand. */
function commonOf({ outcome, coversMessage }: OpenedSigner) {
  const { signature, digest, signingTime, reasons } = outcome
  return {
    own: reasons.map(({ code, data }): Reason => ({ code, data: { ...data } })),
    partly: coversMessage ? [] : [{ code: 'signature-covers-part', data: {} }],
    report: {
      algorithm: [signature, digest].filter((text) => text !== '').join(', '),
      ...(signingTime ? { signingTime: instantText(signingTime) } : {}),
    },
  }
}

function factsWithoutCertificate({ signer, from }: SignerQuestion): SignerFacts {
  const { outcome, coversMessage } = signer
  const { issuer, serial, keyIdentifier } = outcome
  const { own, partly, report } = commonOf(signer)
  const state = stateOfOutcome(outcome)
  const data = {
    ...(issuer ? { issuer } : {}),
    ...(serial ? { serial } : {}),
    ...(keyIdentifier ? { keyIdentifier } : {}),
  }
  const reasons = [...own, { code: 'signer-certificate-missing', data }, ...partly]
  const nobody = {
    emails: [],
    subject: '',
    issuer: issuer ?? '',
    serial: serial ?? '',
    sha256: '',
    chain: [],
    revocation: [],
  }
  return {
    outcome,
    coversMessage,
    match: { covered: false, missing: from },
    state,
    report: { ...report, ...nobody, state, reasons },
  }
}

function pathAt({ signer, revocation, ...question }: SignerQuestion, leaf: Certificate, at: Date): PathResult {
  const { anchors, budget, now, policies, postQuantum } = question
  const intermediates = [...signer.certificates, ...question.intermediates]
  const mode = question.revocationRequired ? 'required' : 'informative'
  const demand: PathQuestion['revocation'] = revocation && { evidence: revocation.evidence, mode, now }
  const trusted = { anchors, at, budget, policies, postQuantum, revocation: demand }
  return validatePath({ ...trusted, leaf, intermediates, purpose: 'sign' })
}

/** The signer says when; who signs with a stolen key says what suits them, so that this excuses little. */
function stateAtSigning(question: SignerQuestion, certificate: Certificate): PathResult['state'] | undefined {
  const { state, signingTime } = question.signer.outcome
  if (state !== 'verified' || !signingTime || signingTime > question.now) return undefined
  return pathAt(question, certificate, signingTime).state
}

/** Reasons for which a certificate ends and nobody else has its key (RFC 5280 §5.3.1). */
const harmlessReasons: ReadonlySet<unknown> = new Set<RevocationReason>([
  'affiliationChanged',
  'superseded',
  'cessationOfOperation',
])

function isHarmless({ reasons }: PathResult): boolean {
  return reasons.every(({ code, data }) => code !== 'revoked' || harmlessReasons.has(data['reason']))
}

/**
 * RFC 5280 §6.1.4(e): a DSA key without parameters has those of its chain. A mail can bring another certificate of the issuer's
 * name with parameters that make forging easy.
 */
function hasForeignKey({ inheritedKey }: SignerOutcome, { path, anchored }: PathResult): boolean {
  if (!inheritedKey || !anchored) return false
  const working = workingPublicKey(path, 0)
  return working === undefined || !equalBytes(working, inheritedKey)
}

function factsWithCertificate(question: SignerQuestion, certificate: Certificate): SignerFacts {
  const { signer, from, at } = question
  const { outcome, coversMessage } = signer
  const { own, partly, report } = commonOf(signer)
  const path = pathAt(question, certificate, at)
  const { chain, revocation } = chainStateOf(path, question.revocation?.gaps)
  const atSigning = stateAtSigning(question, certificate)
  const match = matchAddresses(from, certificate.emails)
  const weakness = weaknessOf(outcome)
  const foreign = hasForeignKey(outcome, path)
  // A signature that isn't verified says nothing about the certificate's owner, so its own state stands alone.
  const state = gravest(
    outcome.state === 'verified'
      ? [
          foreign ? 'broken' : 'good',
          stateOfPath(path),
          match.covered ? 'good' : 'address-mismatch',
          weakness.length > 0 ? 'weak-algorithm' : 'good',
        ]
      : [stateOfOutcome(outcome)],
  )
  const reasons = [
    ...own,
    ...(foreign ? [{ code: 'signature-mismatch', data: {} }] : []),
    ...addressReason(question, certificate, match),
    ...weakness,
    ...path.reasons.map((entry) => reasonOfPath(path, entry, outcome.signingTime)),
    ...partly,
  ]
  // A revocation must not hide that the certificate is somebody else's.
  const isOwn = match.covered || from.length === 0
  const revokedSince = state === 'revoked' && atSigning === 'valid' && isOwn && isHarmless(path)
  const vouchedFor = !['broken', 'unknown-issuer', 'revoked'].includes(stateOfPath(path))
  const isProof = outcome.state === 'verified' && vouchedFor && certificate.emails.length > 0
  return {
    outcome,
    coversMessage,
    match,
    path,
    state,
    report: {
      ...report,
      ...(atSigning === undefined ? {} : { atSigning }),
      ...(revokedSince ? { revokedSince } : {}),
      ...(isProof ? { proves: provenBy(certificate) } : {}),
      emails: [...certificate.emails],
      subject: certificate.subject.text,
      issuer: certificate.issuer.text,
      serial: certificate.serialNumber,
      sha256: certificate.sha256,
      chain,
      revocation,
      state,
      reasons,
    },
  }
}

export function signerFactsOf(question: SignerQuestion): SignerFacts {
  const { certificate } = question.signer.outcome
  return certificate ? factsWithCertificate(question, certificate) : factsWithoutCertificate(question)
}
