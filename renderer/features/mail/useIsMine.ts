/** Whether a mail came from one of the reader's own addresses. */

import { useQuery } from '@tanstack/react-query'
import type { OpenedMail } from '../../../shared/contract/report.ts'
import { useApi } from '../../client/api.ts'

export function useIsMine(mail: OpenedMail): boolean {
  const { query } = useApi()
  const identities = useQuery(query.identities.list.queryOptions())
  const own = new Set(identities.data?.flatMap(({ addresses }) => addresses.map((address) => address.toLowerCase())))
  return mail.from.length > 0 && mail.from.every(({ address }) => own.has(address.toLowerCase()))
}
