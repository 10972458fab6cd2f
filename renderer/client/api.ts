/** The contract as the window calls it: a typed client, and the same as queries for TanStack Query. */

import { createORPCClient } from '@orpc/client'
import type { ContractRouterClient } from '@orpc/contract'
import { createTanstackQueryUtils } from '@orpc/tanstack-query'
import { createContext, useContext } from 'react'
import type { contract } from '../../shared/contract/contract.ts'
import type { Connection } from './line.ts'

export type Client = ContractRouterClient<typeof contract>
type Queries = ReturnType<typeof createTanstackQueryUtils<Client>>

export interface Api {
  readonly connection: Connection
  readonly client: Client
  readonly query: Queries
}

export function createApi(connection: Connection): Api {
  const client: Client = createORPCClient(connection.link)
  return { connection, client, query: createTanstackQueryUtils(client) }
}

const ApiContext = createContext<Api | undefined>(undefined)
export const ApiProvider = ApiContext.Provider

export function useApi(): Api {
  const api = useContext(ApiContext)
  if (!api) throw new Error('useApi needs an ApiProvider above it')
  return api
}
