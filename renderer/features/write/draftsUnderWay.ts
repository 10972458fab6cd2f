/**
 * Drafts that are being saved, whichever page began it: who leaves a letter and opens it again at once must find its last words,
 * and not save an earlier text over them.
 */

import type { QueryClient } from '@tanstack/react-query'

const underWay = new WeakMap<QueryClient, Promise<void>>()

export function trackSaving(client: QueryClient, saving: Promise<void>): void {
  const before = underWay.get(client)
  underWay.set(
    client,
    saving.then(() => before),
  )
}

export async function draftsAreSaved(client: QueryClient): Promise<void> {
  await underWay.get(client)
}
