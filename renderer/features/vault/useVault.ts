/** The lock's state, asked again whenever it changes. */

import { useQuery } from '@tanstack/react-query'
import { useApi } from '../../client/api.ts'

export function useVault() {
  const { query } = useApi()
  return useQuery(query.vault.state.queryOptions())
}
