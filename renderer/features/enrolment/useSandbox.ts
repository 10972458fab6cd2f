/** Whether this is the sandbox, and who lives there. */

import { useQuery } from '@tanstack/react-query'
import { useApi } from '../../client/api.ts'

export function useSandbox() {
  const { query } = useApi()
  return useQuery(query.sandbox.status.queryOptions())
}
