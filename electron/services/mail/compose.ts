/** Writing letters: who can read them, sealing and handing in, the outbox and the drafts. */

import { implement } from '@orpc/server'
import type { Draft, SendEvent } from '../../../shared/contract/compose.ts'
import { contract } from '../../../shared/contract/contract.ts'
import type { HeldMail } from '../../mail/outbox.ts'
import type { ServiceContext } from '../context.ts'
import { eventsOf } from '../eventChannel.ts'
import { orRaise, raise } from '../raise.ts'
import { handIn } from './handingIn.ts'
import { completionsFor, recipientStates } from './recipientStates.ts'
import { sealIntoOutbox } from './sealing.ts'
import { sendersOf } from './senders.ts'

const os = implement(contract.compose).$context<ServiceContext>()

export const composeProcedures = {
  senders: os.senders.handler(({ context }) => sendersOf(context)),

  complete: os.complete.handler(({ input, context }) => completionsFor(context, input.query)),

  recipients: os.recipients.handler(({ input, context }) => recipientStates(context, input.addresses)),

  send: os.send.handler(async function* ({ input, context, signal }) {
    yield { type: 'stage' as const, stage: 'sealing' as const }
    const id = orRaise(await sealIntoOutbox(context, input))
    context.events.publish('outbox')
    yield* deliver(context, id, signal)
  }),

  outbox: os.outbox.handler(({ context }) => context.application.outbox.list().map(shownMail)),

  retry: os.retry.handler(async function* ({ input, context, signal }) {
    const { vault } = context.application
    if (vault.state() !== 'unlocked') raise({ code: vault.state() === 'none' ? 'no-vault' : 'locked' })
    yield* deliver(context, input.id, signal)
  }),

  discard: os.discard.handler(({ input, context }) => {
    const { outbox } = context.application
    // Its server is being told it right now: half of it must not be taken for the whole.
    if (outbox.get(input.id)?.state === 'sending') raise({ code: 'not-found', what: 'mail' })
    if (!outbox.discard(input.id)) raise({ code: 'not-found', what: 'mail' })
    context.events.publish('outbox')
    return {}
  }),

  saveDraft: os.saveDraft.handler(({ input, context }) => {
    const id = orRaise(context.application.drafts.save(input.draft, input.id))
    context.events.publish('drafts')
    return { id }
  }),

  drafts: os.drafts.handler(({ context }) =>
    orRaise(context.application.drafts.list()).map((saved) => ({
      ...saved,
      draft: withPresentFiles(context, saved.draft),
    })),
  ),

  discardDraft: os.discardDraft.handler(({ input, context }) => {
    if (!context.application.drafts.discard(input.id)) raise({ code: 'not-found', what: 'draft' })
    context.events.publish('drafts')
    return {}
  }),
}

async function* deliver(
  context: ServiceContext,
  id: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<SendEvent, void> {
  const mail = context.application.outbox.get(id) ?? raise({ code: 'not-found', what: 'mail' })
  yield* eventsOf<SendEvent>(async (emit) => {
    const handed = await handIn(context, mail, emit, signal)
    // Whoever cancelled has left; the mail is in the outbox.
    if (!handed.ok && handed.error.code !== 'cancelled') raise(handed.error)
  })
}

function shownMail({ id, subject, to, createdAt, state, failure }: HeldMail) {
  if (!failure) return { id, subject, to: [...to], createdAt, state }
  const { code, ...data } = failure
  return { id, subject, to: [...to], createdAt, state, failure: { code, data } }
}

/** Attachments lie in the spool, which a restart empties: what is gone is not offered again. */
function withPresentFiles(context: ServiceContext, draft: Partial<Draft>): Partial<Draft> {
  if (!draft.attachments) return draft
  const { handover } = context.application
  return { ...draft, attachments: draft.attachments.filter(({ spoolId }) => handover.get(spoolId) !== undefined) }
}
