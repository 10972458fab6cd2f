/** Every trusted root with where its trust comes from, and every decision that holds, as the contract lists them. */

import type { RootListState, TrustDecision, TrustedRoot } from '../../../shared/contract/trust.ts'
import type { Certificate } from '../../certificates/certificate.ts'
import { mozillaRoots } from '../../certificates/roots/mozillaRoots.ts'
import type { StoredAnchor } from '../../certificates/trust.ts'
import { instantText, summaryOf } from '../../certificates/view.ts'
import type { ServiceContext } from '../context.ts'
import { sandboxAnchor } from './knownCertificates.ts'

export function listStatesOf({ application: { rootLists } }: ServiceContext): RootListState[] {
  const isDistrusted = rootLists.isDistrusted()
  const { source, fingerprints } = mozillaRoots()
  const system = rootLists.state('system').trusted
  const { readAt, certificates } = system ? rootLists.system() : { certificates: [] }
  return [
    {
      list: 'mozilla',
      trusted: rootLists.state('mozilla').trusted,
      roots: fingerprints.length,
      distrusted: fingerprints.filter(isDistrusted).length,
      version: source.version,
      asOf: instantText(new Date(source.generated)),
    },
    {
      list: 'system',
      trusted: system,
      roots: certificates.length,
      distrusted: certificates.filter(({ sha256 }) => isDistrusted(sha256)).length,
      ...(readAt ? { asOf: instantText(readAt) } : {}),
    },
  ]
}

interface Entry {
  readonly certificate: Certificate
  readonly sources: TrustedRoot['sources']
  readonly own?: StoredAnchor
}

/** Roots of several sources once, with all of them. */
function entriesOf(context: ServiceContext): Entry[] {
  const { trust, rootLists } = context.application
  const entries = new Map<string, Entry>()
  const add = (certificate: Certificate, source: TrustedRoot['sources'][number], own?: StoredAnchor) => {
    const known = entries.get(certificate.sha256)
    const sources = [...(known?.sources ?? []), source]
    entries.set(certificate.sha256, { certificate, ...known, sources, ...(own ? { own } : {}) })
  }
  const sandbox = sandboxAnchor(context)
  if (sandbox) add(sandbox, 'sandbox')
  for (const own of trust.anchors()) add(own.certificate, 'own', own)
  const listed: [Certificate, 'mozilla' | 'system'][] = []
  const { fingerprints, root } = mozillaRoots()
  if (rootLists.state('mozilla').trusted) {
    for (const certificate of fingerprints.map(root)) if (certificate) listed.push([certificate, 'mozilla'])
  }
  if (rootLists.state('system').trusted) {
    for (const certificate of rootLists.system().certificates) listed.push([certificate, 'system'])
  }
  const named = listed.map((entry) => ({ entry, name: summaryOf(entry[0]).name }))
  named.sort((left, right) => left.name.localeCompare(right.name, 'en'))
  for (const { entry } of named) add(...entry)
  return [...entries.values()]
}

export function trustedRootsOf(context: ServiceContext): TrustedRoot[] {
  const distrusted = new Map(
    context.application.rootLists.distrusted().map((entry) => [entry.certificate.sha256, entry.distrustedAt]),
  )
  return entriesOf(context).map(({ certificate, sources, own }) => {
    const { sha256 } = certificate
    // The person's own anchor has no other limits than theirs.
    const date = sources.includes('mozilla') && !own ? mozillaRoots().ruleOf(sha256)?.distrustAfter : undefined
    const distrustedAt = sources.includes('sandbox') ? undefined : distrusted.get(sha256)
    return {
      certificate: summaryOf(certificate),
      sources: [...sources],
      note: own?.note ?? '',
      domains: [...(own?.domains ?? [])],
      ...(own ? { addedAt: instantText(own.addedAt) } : {}),
      ...(date ? { distrustAfter: instantText(date) } : {}),
      ...(distrustedAt ? { distrustedAt: instantText(distrustedAt) } : {}),
    }
  })
}

export function decisionsOf({ application: { trust, rootLists } }: ServiceContext): TrustDecision[] {
  const decisions: TrustDecision[] = []
  const about = (certificate: Certificate) => {
    const { sha256, name } = summaryOf(certificate)
    return { root: { sha256, name } }
  }
  for (const { certificate, addedAt, domainsSetAt } of trust.anchors()) {
    decisions.push({ kind: 'anchor-added', at: instantText(addedAt), ...about(certificate) })
    if (domainsSetAt) decisions.push({ kind: 'scope-set', at: instantText(domainsSetAt), ...about(certificate) })
  }
  for (const { certificate, distrustedAt } of rootLists.distrusted()) {
    decisions.push({ kind: 'root-distrusted', at: instantText(distrustedAt), ...about(certificate) })
  }
  for (const list of ['mozilla', 'system'] as const) {
    const { trusted, decidedAt } = rootLists.state(list)
    if (decidedAt) decisions.push({ kind: trusted ? 'list-trusted' : 'list-left', at: instantText(decidedAt), list })
  }
  return decisions.sort((left, right) => (left.at < right.at ? 1 : left.at > right.at ? -1 : 0))
}
