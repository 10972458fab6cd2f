/**
 * Tells the privileged side that somebody is at the window, so that it locks itself after idleness and not in the middle
 * of reading. A hint at most twice a minute; what the vault does with it is its own affair.
 */

import { useEffect } from 'react'
import { useApi } from '../../client/api.ts'

const hintEveryMs = 30_000
const signs = ['pointerdown', 'keydown', 'wheel'] as const

export function useStillHere(): void {
  const { client } = useApi()
  useEffect(() => {
    let told = Number.NEGATIVE_INFINITY
    const tell = () => {
      const now = performance.now()
      if (now - told < hintEveryMs) return
      told = now
      // A lost connection shows itself elsewhere; a lost hint costs nothing.
      client.vault.stillHere().catch(() => undefined)
    }
    for (const sign of signs) window.addEventListener(sign, tell, { passive: true })
    return () => {
      for (const sign of signs) window.removeEventListener(sign, tell)
    }
  }, [client])
}
