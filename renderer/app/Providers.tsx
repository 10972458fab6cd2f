/** What every component may ask for: the contract's client, the words, the look. */

import { MantineProvider } from '@mantine/core'
import { Notifications } from '@mantine/notifications'
import { type QueryClient, QueryClientProvider, useQuery } from '@tanstack/react-query'
import { type ReactNode, useEffect, useSyncExternalStore } from 'react'
import { type Api, ApiProvider, useApi } from '../client/api.ts'
import { followChanges } from '../client/changes.ts'
import { chosenLanguage, LanguageProvider } from '../client/words.ts'
import { HandoffProvider } from '../features/handoff.tsx'
import { VaultGate } from '../features/vault/VaultGate.tsx'
import { cssVariables, theme } from '../ui/theme.ts'

interface ProvidersProps {
  readonly api: Api
  readonly queries: QueryClient
  readonly nonce: string
  readonly children: ReactNode
}

export function Providers({ api, queries, nonce, children }: ProvidersProps) {
  useEffect(() => {
    const stop = new AbortController()
    followChanges(api, queries, stop.signal)
    return () => stop.abort()
  }, [api, queries])
  return (
    <QueryClientProvider client={queries}>
      <ApiProvider value={api}>
        <Look nonce={nonce}>{children}</Look>
      </ApiProvider>
    </QueryClientProvider>
  )
}

function Look({ nonce, children }: { readonly nonce: string; readonly children: ReactNode }) {
  const { query } = useApi()
  const settings = useQuery(query.app.settings.queryOptions())
  const language = chosenLanguage(settings.data?.language)
  const systemDark = useSystemDark()
  const setting = settings.data?.theme ?? 'system'
  const scheme = setting === 'system' ? (systemDark ? 'dark' : 'light') : setting
  useEffect(() => {
    document.documentElement.lang = language
  }, [language])
  return (
    <LanguageProvider value={language}>
      <MantineProvider
        theme={theme}
        cssVariablesResolver={cssVariables}
        forceColorScheme={scheme}
        getStyleNonce={() => nonce}
        deduplicateCssVariables={false}
      >
        <Notifications position="bottom-right" limit={3} />
        <HandoffProvider>
          <VaultGate>{children}</VaultGate>
        </HandoffProvider>
      </MantineProvider>
    </LanguageProvider>
  )
}

const darkQuery = '(prefers-color-scheme: dark)'

function useSystemDark(): boolean {
  return useSyncExternalStore(
    (listener) => {
      const media = window.matchMedia(darkQuery)
      media.addEventListener('change', listener)
      return () => media.removeEventListener('change', listener)
    },
    () => window.matchMedia(darkQuery).matches,
  )
}
