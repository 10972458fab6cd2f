/** Goes into the sandbox; language and look come along, since the sandbox is a profile of its own. */

import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useApi } from '../../client/api.ts'

export function useEnterSandbox(onEntered: () => void) {
  const { client } = useApi()
  const queries = useQueryClient()
  return useMutation({
    mutationFn: async () => {
      const { language, theme } = await client.app.settings()
      await client.sandbox.enter()
      await client.app.changeSettings({ language, theme })
    },
    onSuccess: async () => {
      await queries.resetQueries()
      onEntered()
    },
  })
}
