/** Whom the profile trusts to vouch for mail, and the decisions about it. */

import { implement } from '@orpc/server'
import { contract } from '../../../shared/contract/contract.ts'
import type { TrustedRoot } from '../../../shared/contract/trust.ts'
import { mailDomainOf } from '../../certificates/anchorRules.ts'
import { mozillaRoots } from '../../certificates/roots/mozillaRoots.ts'
import type { ServiceContext } from '../context.ts'
import { orRaise, raise } from '../raise.ts'
import { knownRoot, sandboxAnchor } from './knownCertificates.ts'
import { systemRootsOf } from './systemRoots.ts'
import { decisionsOf, listStatesOf, trustedRootsOf } from './trustOverview.ts'

const os = implement(contract.trust).$context<ServiceContext>()

function isInList(context: ServiceContext, sha256: string): boolean {
  const { rootLists } = context.application
  if (mozillaRoots().fingerprints.includes(sha256)) return true
  return rootLists.system().certificates.some((certificate) => certificate.sha256 === sha256)
}

function trustedRootOf(context: ServiceContext, sha256: string): TrustedRoot {
  const root = trustedRootsOf(context).find(({ certificate }) => certificate.sha256 === sha256)
  return root ?? raise({ code: 'not-found', what: 'anchor' })
}

/** Domains as a person typed them, each once; undefined for none. Ends the procedure with `malformed-domain`. */
export function scopeOf(typed: readonly string[]): readonly string[] | undefined {
  const domains = typed.map((text) => mailDomainOf(text) ?? raise({ code: 'malformed-domain', domain: text }))
  return domains.length > 0 ? [...new Set(domains)] : undefined
}

export const trustProcedures = {
  overview: os.overview.handler(({ context }) => ({
    lists: listStatesOf(context),
    roots: trustedRootsOf(context),
    decisions: decisionsOf(context),
  })),

  setScope: os.setScope.handler(({ input, context }) => {
    if (sandboxAnchor(context)?.sha256 === input.sha256) return raise({ code: 'sandbox-only' })
    const changed = context.application.trust.setDomains(input.sha256, scopeOf(input.domains))
    if (!changed) return raise({ code: 'not-found', what: 'anchor' })
    context.events.publish('anchors')
    return trustedRootOf(context, input.sha256)
  }),

  distrust: os.distrust.handler(({ input, context }) => {
    const root = isInList(context, input.sha256) ? knownRoot(context, input.sha256) : undefined
    if (!root) return raise({ code: 'not-found', what: 'anchor' })
    context.application.rootLists.distrust(root)
    context.events.publish('anchors')
    return {}
  }),

  trustAgain: os.trustAgain.handler(({ input, context }) => {
    if (!context.application.rootLists.trustAgain(input.sha256)) return raise({ code: 'not-found', what: 'anchor' })
    context.events.publish('anchors')
    return {}
  }),

  decideList: os.decideList.handler(async ({ input, context }) => {
    const { rootLists } = context.application
    const roots = input.list === 'system' && input.trusted ? orRaise(await systemRootsOf(context.runtime)) : undefined
    if (roots) rootLists.keepSystem(roots)
    rootLists.decide(input.list, input.trusted)
    context.events.publish('anchors')
    return listStatesOf(context)
  }),

  readSystem: os.readSystem.handler(async ({ context }) => {
    const { rootLists } = context.application
    if (rootLists.state('system').trusted) {
      rootLists.keepSystem(orRaise(await systemRootsOf(context.runtime)))
      context.events.publish('anchors')
    }
    return listStatesOf(context)
  }),
}
