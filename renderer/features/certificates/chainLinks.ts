/** A chain as it is drawn: from the root down, each certificate with what is wrong at it, and what joins it to the next. */

import type { ChainState } from '../../../shared/contract/certificates.ts'

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

export interface ChainLink {
  readonly certificate: ChainState['chain'][number]
  /** What is wrong at the certificate itself. */
  readonly reasons: readonly Reason[]
  /** What joins it to whoever vouches for it; absent for a trusted root, which needs nobody. */
  readonly upwards?: { readonly broken: boolean; readonly reasons: readonly Reason[] }
  readonly kind: 'end' | 'authority' | 'root' | 'untrusted-root'
}

/** The first is the certificate in question, as in the contract. */
export function chainLinks({ chain, reasons }: ChainState): ChainLink[] {
  return chain.map((certificate, link) => {
    const here = reasons.filter((reason) => (reason.link ?? 0) === link)
    const above = here.filter(({ code }) => between.has(code))
    const isLast = link === chain.length - 1
    return {
      certificate,
      reasons: here.filter(({ code }) => !between.has(code)),
      kind: kindOf(certificate, link),
      ...(certificate.anchor ? {} : { upwards: { broken: isLast || above.length > 0, reasons: above } }),
    }
  })
}

function kindOf(certificate: ChainLink['certificate'], link: number): ChainLink['kind'] {
  if (certificate.anchor) return 'root'
  if (link === 0) return 'end'
  return certificate.subject === certificate.issuer ? 'untrusted-root' : 'authority'
}
