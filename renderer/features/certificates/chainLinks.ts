/** A chain as it is drawn: from the root down, each certificate with what is wrong at it, and what joins it to the next. */

import { type ChainState, clockReasons } from '../../../shared/contract/certificates.ts'

type Reason = ChainState['reasons'][number]

/** Reasons that lie between a certificate and its issuer; all others lie at the certificate itself. */
const between: ReadonlySet<string> = new Set([
  'issuer-not-found',
  'root-not-trusted',
  'bad-signature',
  'unsupported-algorithm',
  'weak-signature-algorithm',
  'search-limit',
])

/** Limits of the trust in a root: they part it from whatever it vouches for. */
const belowRoot: ReadonlySet<string> = new Set(['anchor-out-of-scope', 'distrusted-since'])

export interface ChainLink {
  readonly certificate: ChainState['chain'][number]
  /** What is wrong at the certificate itself. */
  readonly reasons: readonly Reason[]
  /** What joins it to whoever vouches for it; absent for a trusted root, which needs nobody. */
  readonly upwards?: { readonly broken: boolean; readonly reasons: readonly Reason[] }
  readonly kind: 'end' | 'authority' | 'root' | 'untrusted-root'
}

/** The first is the certificate in question, as in the contract; `isAuthority` tells whether that one is a CA's. */
export function chainLinks({ chain, clock, ...judged }: ChainState, isAuthority: boolean): ChainLink[] {
  // By a clock that is wrong nothing has ended or not begun.
  const reasons = judged.reasons.filter(({ code }) => !clock || !clockReasons.has(code))
  return chain.map((certificate, link) => {
    const isLast = link === chain.length - 1
    const liesAbove = ({ code, link: at = 0 }: Reason) =>
      belowRoot.has(code) ? at === link + 1 : between.has(code) && at === link
    const above = reasons.filter(liesAbove)
    return {
      certificate,
      // A limit of a root that is looked at by itself has nothing to be parted from.
      reasons: reasons.filter(
        ({ code, link: at = 0 }) => at === link && !between.has(code) && !(belowRoot.has(code) && link > 0),
      ),
      kind: kindOf(certificate, link === 0 && !isAuthority),
      ...(certificate.anchor ? {} : { upwards: { broken: isLast || above.length > 0, reasons: above } }),
    }
  })
}

function kindOf(certificate: ChainLink['certificate'], isPerson: boolean): ChainLink['kind'] {
  if (certificate.anchor) return 'root'
  if (isPerson) return 'end'
  return certificate.subject === certificate.issuer ? 'untrusted-root' : 'authority'
}
