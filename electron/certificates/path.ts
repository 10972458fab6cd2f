/**
 * Paths from a certificate to a trust anchor: building (RFC 4158) and validation (RFC 5280 §6).
 *
 * Every way from the certificate upwards is tried until one is valid; among failures the least grave is told, since it
 * is the one that a person can do something about. Time is a parameter.
 */

import { equalBytes } from '../base/bytes.ts'
import type { PostQuantum } from '../crypto/postQuantum.ts'
import { checkAnchorRule } from './anchorRules.ts'
import { type AnchorSource, type Anchors, anchorSourceOf, bySubject } from './anchorSource.ts'
import { type Certificate, subjectKeyIdentifierOf } from './certificate.ts'
import { checkEndPurpose, checkIssuerPurpose, type Purpose } from './emailProfile.ts'
import { nameKey, namesMatch } from './name.ts'
import type { ComparisonBudget } from './nameConstraints.ts'
import { gravityOf, type PathReason, type PathState, reason, stateOf } from './pathReason.ts'
import { revocationReasons, type SearchLimits, statusesOf } from './pathRevocation.ts'
import { checkCertificate, checkIssuer } from './pathRules.ts'
import { checkSignature, type SignatureBudget, type SignatureOutcome, workingPublicKey } from './pathSignature.ts'
import { type PolicyInputs, processPolicies } from './policies.ts'
import { type CrlIndex, crlIndexOf } from './revocation/crlStatus.ts'
import type { RevocationDemand } from './revocation/evidence.ts'
import type { RevocationStatus } from './revocation/status.ts'
import { checkKeyStrength, checkSignatureStrength } from './strength.ts'

export type { Purpose } from './emailProfile.ts'
export type { PathReason, PathState } from './pathReason.ts'

/**
 * A mail brings its own intermediates, so its sender decides how many ways there are. Cross-signed CAs that all carry one
 * name and one key multiply at each step (CVE-2018-16875 and its kin in other verifiers).
 */
export interface PathBudget {
  /** Certificates in one path. Real paths have 2 to 5, NIST's suite up to 8. */
  readonly length: number
  /** Signature checks of certificates, revocation lists and OCSP answers, the expensive part: some 50 µs each. */
  readonly signatures: number
  /** Certificates looked at as the next issuer. */
  readonly steps: number
  /**
   * Comparisons of one name with one subtree of a name constraint, over all attempts: thousands of both, in CAs that
   * multiply, are how verifiers were slowed to minutes (webpki chose 250,000, too).
   */
  readonly comparisons: number
}

export const pathBudget: PathBudget = { length: 12, signatures: 100, steps: 5_000, comparisons: 250_000 }

export interface PathQuestion {
  readonly leaf: Certificate
  /** In any order, with any strangers among them. */
  readonly intermediates: readonly Certificate[]
  readonly anchors: Anchors
  readonly at: Date
  readonly purpose: Purpose
  /** Policies that the caller demands; none for mail. */
  readonly policies?: PolicyInputs
  readonly budget?: PathBudget
  /** Absent: nobody asks for revocations. */
  readonly revocation?: RevocationDemand
  /** Where the person wants experimental algorithms; without it their signatures are `unsupported-algorithm`. */
  readonly postQuantum?: PostQuantum
}

export interface PathResult {
  readonly state: PathState
  /** From the certificate to the last issuer that was found. */
  readonly path: readonly Certificate[]
  /** Whether the last certificate of the path is an anchor. */
  readonly anchored: boolean
  /** Empty exactly when the state is `valid`. */
  readonly reasons: readonly PathReason[]
  /**
   * One for each certificate of the path but the anchor. Empty where nothing was asked, and where the path doesn't hold: nobody
   * trusted says then who may revoke.
   */
  readonly revocation: readonly RevocationStatus[]
  /**
   * RFC 5280 §6.1.6: the user-constrained policy set, dotted OIDs. Only where the question or a certificate asks for policies
   * and the path ends in an anchor.
   */
  readonly policies?: readonly string[]
}

interface Search {
  readonly question: PathQuestion
  readonly budget: PathBudget
  readonly anchors: AnchorSource
  /** The intermediates by the comparable form of their name. */
  readonly candidates: ReadonlyMap<string, readonly Certificate[]>
  readonly crls: CrlIndex
  readonly spent: Spent
  /** Certificates whose revocation is being asked (pathRevocation.ts). */
  readonly pending: ReadonlySet<string>
  best: PathResult | undefined
}

/** What is left of the budget, shared by a search and those for the signers of revocation lists. */
interface Spent {
  readonly signatures: SignatureBudget
  /**
   * Checks for lists, OCSP answers and those who sign them. Kept apart: whoever brings as many strangers as the search can
   * bear must not have spent what finds that they were revoked.
   */
  readonly ofRevocation: SignatureBudget
  readonly names: ComparisonBudget
  readonly limits: SearchLimits
}

/** Builds and validates; answers with the valid path, or with the best of the failing ones and what fails in it. */
export function validatePath(question: PathQuestion): PathResult {
  const budget = question.budget ?? pathBudget
  const search: Search = {
    question,
    budget,
    anchors: anchorSourceOf(question.anchors),
    candidates: bySubject(question.intermediates),
    crls: crlIndexOf(question.revocation?.evidence.crls ?? []),
    spent: {
      signatures: { left: budget.signatures, outcomes: new Map() },
      ofRevocation: { left: budget.signatures, outcomes: new Map() },
      names: { comparisons: budget.comparisons },
      limits: { steps: budget.steps, exhausted: false },
    },
    pending: new Set(),
    best: undefined,
  }
  return searched(search)
}

function searched(search: Search): PathResult {
  extend(search, [search.question.leaf])
  const found = search.best ?? judged(search, [search.question.leaf], [])
  const told = found.reasons.some(({ code }) => code === 'search-limit')
  if (!isExhausted(search) || found.state === 'valid' || told) return found
  const reasons = [...found.reasons, searchLimit(found.path)]
  return { ...found, reasons, state: stateOf(reasons) }
}

function isExhausted({ spent }: Search): boolean {
  return spent.limits.exhausted || spent.signatures.left < 0
}

function searchLimit(path: readonly Certificate[]): PathReason {
  return reason('search-limit', path.length - 1, { limit: 'path-search' })
}

function isAnchor(search: Search, certificate: Certificate): boolean {
  return search.anchors.byName(nameKey(certificate.subject)).some(({ sha256 }) => sha256 === certificate.sha256)
}

/** Depth first. Returns true as soon as a valid path is found. */
function extend(search: Search, path: readonly Certificate[]): boolean {
  const last = path.at(-1)
  if (!last) return false
  if (isAnchor(search, last)) return offer(search, judged(search, path, []))
  if (search.anchors.isDistrusted?.(last)) {
    return offer(
      search,
      judged(search, path, [reason('root-not-trusted', path.length - 1, { subject: last.subject.text })]),
    )
  }
  const signatureReasons: PathReason[] = []
  let climbed = false
  for (const issuer of issuersOf(search, last)) {
    if (--search.spent.limits.steps < 0 || path.length >= search.budget.length) {
      search.spent.limits.exhausted = true
      break
    }
    if (loops(path, issuer)) continue
    const link = path.length - 1
    const outcome = checkIssued(search, last, issuer)
    if (outcome === 'exhausted') break
    // Without its parameters a key can be asked once the certificates above are known.
    if (outcome === 'verified' || outcome === 'without-parameters') {
      climbed = true
      if (extend(search, [...path, issuer])) return true
    } else if (outcome === 'unsupported') {
      signatureReasons.push(reason('unsupported-algorithm', link, { algorithm: last.signatureAlgorithm.name }))
    } else if (identifiesKeyOf(last, issuer) !== false) {
      signatureReasons.push(reason('bad-signature', link, { issuer: issuer.subject.text }))
    }
  }
  if (climbed) return false
  const [signatureReason] = signatureReasons
  return offer(search, judged(search, path, signatureReason ? [signatureReason] : endReasons(search, path)))
}

/** A path that stops before an anchor: whose certificate is missing, or which root isn't trusted. */
function endReasons(search: Search, path: readonly Certificate[]): PathReason[] {
  const last = path.at(-1)
  if (!last || isExhausted(search)) return []
  const link = path.length - 1
  if (!last.selfIssued) return [reason('issuer-not-found', link, { issuer: last.issuer.text })]
  // Its own name as issuer and no other certificate of that name: a root. A signature that fails under its own key was altered.
  const outcome = checkIssued(search, last, last)
  if (outcome === 'failed' && identifiesKeyOf(last, last) !== false) {
    return [reason('bad-signature', link, { issuer: last.issuer.text })]
  }
  return [reason('root-not-trusted', link, { subject: last.subject.text })]
}

function offer(search: Search, result: PathResult): boolean {
  const { best } = search
  const better =
    !best ||
    gravityOf(result.state) < gravityOf(best.state) ||
    (result.state === best.state && result.path.length > best.path.length)
  if (better) search.best = result
  return result.state === 'valid'
}

/** Anchors first, then those whose key identifier fits, then the freshest: the likely path is tried first. */
function issuersOf(search: Search, certificate: Certificate): Certificate[] {
  const key = nameKey(certificate.issuer)
  const anchors = search.anchors.byName(key)
  const trusted = new Set(anchors.map(({ sha256 }) => sha256))
  const others = (search.candidates.get(key) ?? []).filter(({ sha256 }) => !trusted.has(sha256))
  const rank = (issuer: Certificate): number => {
    const fits = identifiesKeyOf(certificate, issuer)
    const valid = search.question.at >= issuer.notBefore && search.question.at <= issuer.notAfter
    return (fits === false ? 4 : 0) + (trusted.has(issuer.sha256) ? 0 : 2) + (valid ? 0 : 1)
  }
  return [...anchors, ...others]
    .filter(({ sha256 }) => sha256 !== certificate.sha256)
    .map((issuer) => ({ issuer, rank: rank(issuer) }))
    .sort((left, right) => left.rank - right.rank || right.issuer.notAfter.getTime() - left.issuer.notAfter.getTime())
    .map(({ issuer }) => issuer)
}

/** RFC 4158 §2.4.2: the same name with the same key twice in a path is a loop, whatever else differs. */
function loops(path: readonly Certificate[], issuer: Certificate): boolean {
  return path.some(
    (certificate) =>
      equalBytes(certificate.publicKeyInfo, issuer.publicKeyInfo) && namesMatch(certificate.subject, issuer.subject),
  )
}

/** Whether the authority key identifier names that issuer's key; undefined when it doesn't say. */
function identifiesKeyOf(certificate: Certificate, issuer: Certificate): boolean | undefined {
  const stated = certificate.extensions.authorityKeyIdentifier?.keyIdentifier
  if (stated === undefined) return undefined
  return stated === Buffer.from(subjectKeyIdentifierOf(issuer)).toString('hex')
}

/** RFC 5280 §6.1.3(a)(1). */
function checkIssued({ spent, question }: Search, certificate: Certificate, issuer: Certificate): SignatureOutcome {
  // The two algorithm fields must agree (RFC 5280 §4.1.1.2): only the inner one is signed.
  if (certificate.oddities.some(({ code }) => code === 'inconsistent-algorithms')) return 'failed'
  return checkSignature(certificate, issuer, spent.signatures, question.postQuantum)
}

/** The same for signatures that had to wait for the parameters of their key (§6.1.4(d) to (f)). */
function checkInherited({ spent, question }: Search, path: readonly Certificate[]): PathReason[] {
  return path.slice(0, -1).flatMap((certificate, link): PathReason[] => {
    const issuer = path[link + 1]
    if (!issuer || !certificate.signatureAlgorithm.dsa) return []
    const key = workingPublicKey(path, link + 1)
    const { name } = certificate.signatureAlgorithm
    if (!key) return [reason('unsupported-algorithm', link, { algorithm: name })]
    const outcome = checkSignature(certificate, issuer, spent.signatures, question.postQuantum, key)
    if (outcome === 'exhausted') return [searchLimit(path)]
    return outcome === 'verified' ? [] : [reason('bad-signature', link, { issuer: issuer.subject.text })]
  })
}

function judged(search: Search, path: readonly Certificate[], before: readonly PathReason[]): PathResult {
  const { at, purpose } = search.question
  const last = path.at(-1)
  const anchored = last !== undefined && isAnchor(search, last)
  const reasons = [...before]
  // A path that ends without an anchor is never valid. It has a reason by now, unless the search was given up in its middle.
  if (!anchored && before.length === 0) reasons.push(searchLimit(path))
  if (anchored) reasons.push(...checkInherited(search, path))
  path.forEach((certificate, link) => {
    const atAnchor = anchored && link === path.length - 1
    reasons.push(
      ...(link === 0 || !atAnchor ? checkCertificate(certificate, link, at) : anchorReasons(certificate, link, at)),
    )
    if (link === 0) reasons.push(...checkEndPurpose(certificate, purpose))
    else reasons.push(...checkIssuer(path, link, atAnchor, search.spent.names))
    const others = [
      link === 0 || atAnchor ? undefined : checkIssuerPurpose(certificate, link, purpose),
      // A root vouches for itself by being an anchor, not by its signature.
      atAnchor || (certificate.selfIssued && link === path.length - 1)
        ? undefined
        : checkSignatureStrength(certificate, link),
      checkKeyStrength(certificate, link),
    ]
    reasons.push(...others.filter((entry) => entry !== undefined))
  })
  const policies = anchored ? processPolicies(path, search.question.policies) : undefined
  if (policies?.reason) reasons.push(policies.reason)
  const rule = anchored ? search.anchors.ruleOf(last.sha256) : undefined
  const outside = rule && checkAnchorRule(path, rule, search.spent.names)
  if (outside) reasons.push(outside)
  const { statuses: revocation, complete } = anchored ? revocationOf(search, path, reasons) : notAsked
  reasons.push(...revocationReasons(revocation, search.question.revocation?.mode ?? 'informative', at))
  if (!complete) reasons.push(reason('search-limit', path.length - 1, { limit: 'revocation-lists' }))
  return {
    state: stateOf(reasons),
    path,
    anchored,
    reasons,
    revocation,
    ...(policies ? { policies: policies.policies } : {}),
  }
}

interface Revocations {
  readonly statuses: readonly RevocationStatus[]
  /** Whether all evidence was looked at, so that "unknown" isn't for want of budget: a stranger may have spent it. */
  readonly complete: boolean
}

const notAsked: Revocations = { statuses: [], complete: true }

/** A path that doesn't hold gives nobody a say about revocation. */
function revocationOf(search: Search, path: readonly Certificate[], reasons: readonly PathReason[]): Revocations {
  const { question, crls, spent, pending, candidates } = search
  const demand = question.revocation
  if (!demand || gravityOf(stateOf(reasons)) > gravityOf('revoked')) return notAsked
  const { limits, names, ofRevocation } = spent
  const before = limits.exhausted
  limits.exhausted = false
  const statuses = statusesOf(
    {
      demand,
      crls,
      at: question.at,
      signatures: ofRevocation,
      names,
      limits,
      postQuantum: question.postQuantum,
      certificatesOf: (name) => candidates.get(name) ?? [],
      isValid: (signer, anchor, at, others) => isValidSigner(search, signer, anchor, at, others),
      pending,
    },
    path,
  )
  const complete = !limits.exhausted && ofRevocation.left >= 0 && names.comparisons >= 0
  limits.exhausted ||= before
  return { statuses, complete }
}

/** RFC 5280 §6.3.3 (f): the signer of a list has a path of its own, to the same anchor and for any purpose. */
function isValidSigner(
  search: Search,
  signer: Certificate,
  anchor: Certificate,
  at: Date,
  pending: ReadonlySet<string>,
): boolean {
  const { policies: _, ...question } = search.question
  const own: Search = {
    ...search,
    question: { ...question, leaf: signer, at, purpose: 'any' },
    anchors: anchorSourceOf([anchor]),
    spent: { ...search.spent, signatures: search.spent.ofRevocation },
    pending,
    best: undefined,
  }
  return searched(own).state === 'valid'
}

/** An anchor is trusted by name and key (§6.1.1(d)); that a root has run out is still worth refusing, as other verifiers do. */
function anchorReasons(anchor: Certificate, link: number, at: Date): PathReason[] {
  return checkCertificate(anchor, link, at).filter(({ code }) => code === 'expired' || code === 'not-yet-valid')
}
