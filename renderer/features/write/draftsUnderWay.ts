/**
 * Drafts that are being saved, whichever page began it: who leaves a letter and opens it again at once must find its last words,
 * and not save an earlier text over them.
 */

import type { QueryClient } from '@tanstack/react-query'

const underWay = new WeakMap<QueryClient, Promise<unknown>>()

export function trackSaving(client: QueryClient, saving: Promise<void>): void {
  underWay.set(client, Promise.all([underWay.get(client), saving]))
}

export async function draftsAreSaved(client: QueryClient): Promise<void> {
  await underWay.get(client)
}
