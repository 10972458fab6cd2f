/** The other certificates that this profile knows of the same holder: what a renewal is compared with. */

import { useQuery } from '@tanstack/react-query'
import type { CertificateSummary } from '../../../shared/contract/certificates.ts'
import { useApi } from '../../client/api.ts'

/** Those with an address in common; the newest first. Nothing while they are being asked for. */
export function useSameHolder(certificate: CertificateSummary): readonly CertificateSummary[] | undefined {
  const { query } = useApi()
  const identities = useQuery(query.identities.list.queryOptions())
  const contacts = useQuery(query.contacts.list.queryOptions({ input: {} }))
  if (!identities.data || !contacts.data) return undefined
  const known = [
    ...identities.data.map((identity) => identity.certificate),
    ...contacts.data.flatMap((contact) => contact.certificates.map((entry) => entry.certificate)),
  ]
  const addresses = new Set(certificate.emails.map((email) => email.toLowerCase()))
  const others = known.filter(
    ({ sha256, emails }) => sha256 !== certificate.sha256 && emails.some((email) => addresses.has(email.toLowerCase())),
  )
  const once = [...new Map(others.map((other) => [other.sha256, other])).values()]
  return once.sort((left, right) => right.notBefore.localeCompare(left.notBefore))
}
