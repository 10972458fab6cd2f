/**
 * Trusted roots as path building asks for them: by name, so that a list of hundreds is never read for one chain. An anchor
 * may be trusted with limits (anchorRules.ts).
 */

import type { AnchorRule } from './anchorRules.ts'
import type { Certificate } from './certificate.ts'
import { nameKey } from './name.ts'

export interface AnchorSource {
  /** The anchors whose subject has that comparable form (`nameKey`). */
  byName(key: string): readonly Certificate[]
  /** The limits of an anchor, by its SHA-256 (lower-case hexadecimal); undefined when it is trusted without any. */
  ruleOf(sha256: string): AnchorRule | undefined
  /**
   * Whether a certificate has the name and the key of a root that the person distrusts. No path leads on from it: that another
   * root vouches for it (a cross certificate) doesn't bring it back. Absent: nobody is distrusted.
   */
  isDistrusted?(certificate: Certificate): boolean
}

/** A few anchors as they are, trusted without limits, or a source of many. */
export type Anchors = readonly Certificate[] | AnchorSource

/** Certificates by the comparable form of their subject, each once. */
export function bySubject(certificates: readonly Certificate[]): Map<string, Certificate[]> {
  const names = new Map<string, Certificate[]>()
  for (const certificate of new Map(certificates.map((entry) => [entry.sha256, entry])).values()) {
    const key = nameKey(certificate.subject)
    const sameName = names.get(key)
    if (sameName) sameName.push(certificate)
    else names.set(key, [certificate])
  }
  return names
}

export function anchorSourceOf(anchors: Anchors): AnchorSource {
  if ('byName' in anchors) return anchors
  const names = bySubject(anchors)
  return { byName: (key) => names.get(key) ?? [], ruleOf: () => undefined }
}
