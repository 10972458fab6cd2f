/**
 * Every root that a profile trusts for mail, as path building asks for it: the person's own anchors, Mozilla's e-mail roots,
 * the operating system's. What a root may vouch for is decided here: a person's own decision about a root comes before a
 * list's, and a root that they distrust counts in no list and not as an anchor of theirs.
 */

import { hexText } from '../base/bytes.ts'
import type { AnchorRule } from './anchorRules.ts'
import { type AnchorSource, bySubject } from './anchorSource.ts'
import type { Certificate } from './certificate.ts'
import { nameKey } from './name.ts'
import type { RootLists } from './rootLists.ts'
import { mozillaRoots } from './roots/mozillaRoots.ts'
import type { TrustStore } from './trust.ts'

/** The profile's decisions as they are now; ask anew for later ones. */
export function trustedAnchors(trust: TrustStore, lists: RootLists): AnchorSource {
  const own = trust.anchors()
  const isDistrustedRoot = lists.isDistrusted()
  const [mozilla, system] = [lists.state('mozilla').trusted, lists.state('system').trusted]
  const ownRules = new Map<string, AnchorRule | undefined>(
    own.map(({ certificate, domains }) => [certificate.sha256, domains && { domains }]),
  )
  const ownByName = bySubject(own.map(({ certificate }) => certificate))
  const distrusted = new Set(lists.distrusted().map(({ certificate }) => keyHolder(certificate)))
  const isDistrusted = (certificate: Certificate) => distrusted.size > 0 && distrusted.has(keyHolder(certificate))

  function byName(key: string): readonly Certificate[] {
    const listed = [
      ...(mozilla ? mozillaRoots().byName(key) : []),
      ...(system ? (lists.system().byName.get(key) ?? []) : []),
    ]
    const trusted = [
      // A person may have chosen this certificate of a key, and another one not.
      ...(ownByName.get(key) ?? []).filter(({ sha256 }) => !isDistrustedRoot(sha256)),
      ...listed.filter((certificate) => !isDistrusted(certificate)),
    ]
    return [...new Map(trusted.map((certificate) => [certificate.sha256, certificate])).values()]
  }

  function ruleOf(sha256: string): AnchorRule | undefined {
    if (ownRules.has(sha256)) return ownRules.get(sha256)
    // Mozilla's date holds also where the system has the root without one: the system mostly has the same list, reduced.
    return mozilla ? mozillaRoots().ruleOf(sha256) : undefined
  }

  return { byName, ruleOf, isDistrusted }
}

/** A text that certificates share exactly when they give one key to one name. */
function keyHolder({ subject, publicKeyInfo }: Certificate): string {
  return `${nameKey(subject)} ${hexText(publicKeyInfo)}`
}

/** The same anchors and some more, which are trusted without limits: the sandbox's root, or one named for one mail. */
export function withAnchors(source: AnchorSource, more: readonly Certificate[]): AnchorSource {
  if (more.length === 0) return source
  const added = bySubject(more)
  const fingerprints = new Set(more.map(({ sha256 }) => sha256))
  return {
    byName: (key) => {
      const [first, then] = [added.get(key) ?? [], source.byName(key)]
      return [...first, ...then.filter(({ sha256 }) => !fingerprints.has(sha256))]
    },
    ruleOf: (sha256) => (fingerprints.has(sha256) ? undefined : source.ruleOf(sha256)),
    isDistrusted: (certificate) => source.isDistrusted?.(certificate) ?? false,
  }
}
