/** What changed on the privileged side: each topic makes the questions old that depend on it. */

import type { QueryClient } from '@tanstack/react-query'
import type { Topic } from '../../shared/contract/app.ts'
import type { Api } from './api.ts'

/** The key under which mails opened from files are kept. */
export const openedFileKey = ['opened-file'] as const

type Area = Exclude<keyof Api['query'], 'key'>

/** Whose answers a topic changes. `profile` swaps everything and has no row. */
const areasOf: Readonly<Record<Exclude<Topic, 'profile'>, readonly Area[]>> = {
  vault: ['vault', 'identities', 'compose', 'inspect'],
  identities: ['identities', 'renewal', 'compose', 'contacts', 'certificates', 'backup', 'authority'],
  requests: ['requests'],
  catalogue: ['catalogue'],
  enrolments: ['enrolment', 'renewal'],
  contacts: ['contacts', 'compose', 'certificates'],
  accounts: ['accounts', 'compose', 'mailbox'],
  outbox: ['compose'],
  drafts: ['compose'],
  mailbox: ['mailbox'],
  anchors: ['certificates', 'trust', 'identities', 'contacts', 'compose', 'authority'],
  backups: ['backup'],
  authorities: ['authority'],
  settings: ['app', 'renewal'],
  sandbox: ['sandbox', 'accounts', 'certificates', 'trust', 'compose'],
}

/** Follows the changes until the signal ends it, and starts again whenever the line was lost. */
export async function followChanges(api: Api, queries: QueryClient, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      await followOnce(api, queries, signal)
    } catch {
      // The line went down; the next round waits for it and everything is asked again.
    }
    if (!signal.aborted) await pause(500)
    await queries.invalidateQueries()
  }
}

async function followOnce(api: Api, queries: QueryClient, signal: AbortSignal): Promise<void> {
  for await (const { topic } of await api.client.app.events(undefined, { signal })) await forget(api, queries, topic)
}

async function forget(api: Api, queries: QueryClient, topic: Topic): Promise<void> {
  if (topic === 'profile') {
    await queries.resetQueries()
    return
  }
  if (topic === 'vault') await forgetSecrets(api, queries)
  await Promise.all(areasOf[topic].map((area) => queries.invalidateQueries({ queryKey: api.query[area].key() })))
}

/** What was decrypted must not stay on screen when the lock closes: an old answer is dropped before a new one is asked. */
async function forgetSecrets(api: Api, queries: QueryClient): Promise<void> {
  const secret = [api.query.mailbox.open.key(), api.query.compose.drafts.key(), openedFileKey]
  await Promise.all(secret.map((queryKey) => queries.resetQueries({ queryKey })))
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds)
  })
}
