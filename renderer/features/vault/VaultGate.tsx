/**
 * Asks for the passphrase only where something needs it: the first key makes it be chosen, later work makes it be
 * entered. Lists stay visible all the while.
 */

import { useQueryClient } from '@tanstack/react-query'
import { createContext, type ReactNode, useCallback, useContext, useMemo, useRef, useState } from 'react'
import { useApi } from '../../client/api.ts'
import { ChoosePassphraseDialog } from './ChoosePassphraseDialog.tsx'
import { UnlockDialog } from './UnlockDialog.tsx'

interface Gate {
  /** Resolves to true once the vault is open; to false when the person turned back. `reason` is a sentence. */
  ensureOpen(reason: string): Promise<boolean>
  lock(): Promise<void>
}

const GateContext = createContext<Gate | undefined>(undefined)

export function useVaultGate(): Gate {
  const gate = useContext(GateContext)
  if (!gate) throw new Error('useVaultGate needs a VaultGate above it')
  return gate
}

interface Asking {
  readonly kind: 'choose' | 'unlock'
  readonly reason: string
}

export function VaultGate({ children }: { readonly children: ReactNode }) {
  const { client, query } = useApi()
  const queries = useQueryClient()
  const [asking, setAsking] = useState<Asking>()
  const answer = useRef<(opened: boolean) => void>(undefined)

  const ensureOpen = useCallback(
    async (reason: string) => {
      const { state } = await client.vault.state()
      if (state === 'unlocked') return true
      answer.current?.(false)
      setAsking({ kind: state === 'none' ? 'choose' : 'unlock', reason })
      return new Promise<boolean>((resolve) => {
        answer.current = resolve
      })
    },
    [client],
  )
  const lock = useCallback(async () => {
    queries.setQueryData(query.vault.state.queryKey(), await client.vault.lock())
  }, [client, query, queries])
  const gate = useMemo(() => ({ ensureOpen, lock }), [ensureOpen, lock])

  const finish = (opened: boolean) => {
    setAsking(undefined)
    answer.current?.(opened)
    answer.current = undefined
  }
  return (
    <GateContext value={gate}>
      {children}
      {asking?.kind === 'choose' ? <ChoosePassphraseDialog reason={asking.reason} onFinish={finish} /> : null}
      {asking?.kind === 'unlock' ? <UnlockDialog reason={asking.reason} onFinish={finish} /> : null}
    </GateContext>
  )
}
