/** What a profile knows of certificates, and how it judges them: its anchors, the issuers that it has met, and chains from both. */

import { base64Bytes } from '../../base/bytes.ts'
import type { AnchorSource } from '../../certificates/anchorSource.ts'
import { type Certificate, parseCertificate } from '../../certificates/certificate.ts'
import type { PathQuestion, PathResult, Purpose } from '../../certificates/path.ts'
import { mozillaRoots } from '../../certificates/roots/mozillaRoots.ts'
import { trustedAnchors, withAnchors } from '../../certificates/trustedAnchors.ts'
import type { ServiceContext } from '../context.ts'
import { validateFromCache } from '../revocation/revocation.ts'

/** The running sandbox's root, inside a sandbox profile only: a real profile must never trust it. */
export function sandboxAnchor(context: ServiceContext): Certificate | undefined {
  const { profile, sandbox } = context.application
  const anchor = profile.kind === 'sandbox' ? sandbox.state()?.anchor : undefined
  return anchor === undefined ? undefined : certificateFrom(base64Bytes(anchor))
}

/**
 * The roots that this profile trusts for mail, as decided now. Mozilla's count in a sandbox profile, too: real mail that
 * somebody opens there is judged as at home.
 */
export function anchorsOf(context: ServiceContext): AnchorSource {
  const { trust, rootLists } = context.application
  const sandbox = sandboxAnchor(context)
  return withAnchors(trustedAnchors(trust, rootLists), sandbox ? [sandbox] : [])
}

/** The intermediate CAs that this profile has come to know, for building chains. None is trusted for being known. */
export function knownIssuers(context: ServiceContext): Certificate[] {
  const { identities, trust } = context.application
  const own = identities.list().flatMap(({ chain }) => chain.map(certificateFrom))
  const all = [...own.filter((certificate) => certificate !== undefined), ...trust.issuers()]
  return [...new Map(all.map((certificate) => [certificate.sha256, certificate])).values()]
}

/** A certificate that this profile knows: of an identity, a contact, an anchor, or an issuer. */
export function knownCertificate(context: ServiceContext, sha256: string): Certificate | undefined {
  const { identities, addressBook } = context.application
  const der =
    identities.list().find((identity) => identity.sha256 === sha256)?.certificateDer ??
    addressBook.certificate(sha256)?.der
  if (der) return certificateFrom(der)
  return knownIssuers(context).find((certificate) => certificate.sha256 === sha256) ?? knownRoot(context, sha256)
}

/** A root of any source, trusted or not: the sandbox's, the person's own, a list's, or one that they distrust. */
export function knownRoot(context: ServiceContext, sha256: string): Certificate | undefined {
  const { trust, rootLists } = context.application
  const sandbox = sandboxAnchor(context)
  const own = [...(sandbox ? [sandbox] : []), ...trust.anchors().map(({ certificate }) => certificate)]
  const isMeant = (certificate: Certificate) => certificate.sha256 === sha256
  return (
    own.find(isMeant) ??
    mozillaRoots().root(sha256) ??
    rootLists.system().certificates.find(isMeant) ??
    rootLists.distrusted().find(({ certificate }) => isMeant(certificate))?.certificate
  )
}

export function certificateFrom(der: Uint8Array): Certificate | undefined {
  const parsed = parseCertificate(der)
  return parsed.ok ? parsed.value : undefined
}

/** What to ask of path validation for a certificate as this profile sees it. `others` came along with it. */
export function chainQuestion(
  context: ServiceContext,
  certificate: Certificate,
  at: Date,
  purpose: Purpose,
  others: readonly Certificate[] = [],
): PathQuestion {
  const postQuantum = context.application.experimental.postQuantum()
  return {
    leaf: certificate,
    intermediates: [...others, ...knownIssuers(context)],
    anchors: anchorsOf(context),
    at,
    purpose,
    postQuantum,
  }
}

/** The chain of a certificate, with what the profile's cache holds about revocations. */
export function chainOf(...asked: Parameters<typeof chainQuestion>): PathResult {
  const [context] = asked
  return validateFromCache(context, chainQuestion(...asked))
}
