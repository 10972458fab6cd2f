/** Reading over IMAP. Each procedure has a connection of its own, which ends with it. */

import { implement } from '@orpc/server'
import { contract } from '../../../shared/contract/contract.ts'
import type { ServiceContext } from '../context.ts'
import { orRaise, raise } from '../raise.ts'
import { mailboxOf, withMailbox } from './mailAccess.ts'
import { openForReading } from './reading.ts'

const os = implement(contract.mailbox).$context<ServiceContext>()

export const mailboxProcedures = {
  folders: os.folders.handler(async ({ input, context, signal }) =>
    orRaise(await withMailbox(context, input.accountId, signal, (mailbox) => mailbox.folders())),
  ),

  list: os.list.handler(async ({ input, context, signal }) =>
    orRaise(await withMailbox(context, input.accountId, signal, (mailbox) => mailbox.list(input.folder, input))),
  ),

  open: os.open.handler(async ({ input, context, signal }) => {
    const fetched = await withMailbox(context, input.accountId, signal, (mailbox) =>
      mailbox.fetch(input.folder, input.uid),
    )
    return orRaise(await openForReading(context, orRaise(fetched)))
  }),

  watch: os.watch.handler(async function* ({ input, context, signal }) {
    const { vault } = context.application
    const end = new AbortController()
    const stop = () => end.abort()
    signal?.addEventListener('abort', stop, { once: true })
    // A locked vault must not go on being signed in.
    const forget = vault.onChange(() => {
      if (vault.state() === 'locked') stop()
    })
    try {
      if (signal?.aborted) return
      const mailbox = orRaise(await mailboxOf(context, input.accountId, end.signal))
      try {
        for await (const change of mailbox.watch(input.folder)) {
          if (change.ok) yield { type: 'changed' as const }
          else if (!end.signal.aborted) raise(change.error)
        }
      } finally {
        await mailbox.close()
      }
    } finally {
      forget()
      signal?.removeEventListener('abort', stop)
    }
  }),
}
