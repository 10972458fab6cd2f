/**
 * Which of the chains that a CA offers for one certificate is kept (RFC 8555 §7.4.2): the same certificate may be vouched
 * for by roots of different age, and only one that reaches a root trusted here is of use to the person.
 */

import type { Certificate } from '../../certificates/certificate.ts'

/** The first chain that is vouched for here, else the one the CA prefers. All of them hold the same first certificate. */
export function preferredChain(
  chains: readonly (readonly Certificate[])[],
  isTrusted: (chain: readonly Certificate[]) => boolean,
): readonly Certificate[] | undefined {
  const [preferred] = chains
  // An alternate for another certificate is an answer to a question that nobody asked.
  const same = chains.filter(([leaf]) => leaf?.sha256 === preferred?.[0]?.sha256)
  return same.find(isTrusted) ?? preferred
}
