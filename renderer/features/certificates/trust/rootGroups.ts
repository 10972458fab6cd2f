/** The roots of the list by where their trust comes from, narrowed by what somebody searches. */

import type { TrustedRoot } from '../../../../shared/contract/trust.ts'

/** A root of several sources stands under the first of them. */
export const rootSources = ['own', 'sandbox', 'mozilla', 'system'] as const
export type RootSource = (typeof rootSources)[number]

export interface RootGroup {
  readonly source: RootSource
  readonly roots: readonly TrustedRoot[]
}

/** Every word must occur in the name, the subject, the note, a domain or the fingerprint. Groups without roots are left out. */
export function rootGroups(roots: readonly TrustedRoot[], search: string): RootGroup[] {
  const words = search
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '')
  const found = roots.filter((root) => {
    const text = textOf(root)
    return words.every((word) => text.includes(word))
  })
  return rootSources
    .map((source) => ({ source, roots: found.filter((root) => sourceOf(root) === source) }))
    .filter((group) => group.roots.length > 0)
}

function sourceOf({ sources }: TrustedRoot): RootSource | undefined {
  return rootSources.find((source) => sources.includes(source))
}

function textOf({ certificate, note, domains }: TrustedRoot): string {
  return [certificate.name, certificate.subject, note, ...domains, certificate.sha256].join('\n').toLowerCase()
}
