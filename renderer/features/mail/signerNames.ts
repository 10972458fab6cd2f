/** What the certificates of a signer's chain are called: a person's goes by the address that it proves, since a name in it may be nobody's. */

import type { SignerReport } from '../../../shared/contract/report.ts'

export function linkName({ chain, emails }: Pick<SignerReport, 'chain' | 'emails'>, link: number): string {
  const [address] = link === 0 ? emails : []
  return address ?? chain[link]?.name ?? ''
}

/** The name in the certificate, where it has one beside its addresses. */
export function claimedName({ chain, emails }: Pick<SignerReport, 'chain' | 'emails'>): string | undefined {
  const name = chain[0]?.name
  return name !== undefined && emails.length > 0 && !emails.includes(name) ? name : undefined
}
