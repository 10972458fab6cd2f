/** Whether the line to the privileged side stands. */

import { useSyncExternalStore } from 'react'
import { useApi } from '../client/api.ts'

export function useConnectionState() {
  const { connection } = useApi()
  return useSyncExternalStore(connection.subscribe, connection.state)
}
