/**
 * From the outbox to the submission server, and a copy into the folder for sent mail. A mail leaves the outbox when the
 * server has taken all of its messages; until then whatever failed is kept beside it.
 */

import type { SendEvent, SubmissionOutcome } from '../../../shared/contract/compose.ts'
import type { Failure } from '../../../shared/contract/errors.ts'
import { concatBytes } from '../../base/bytes.ts'
import { failure, type Result, success } from '../../base/result.ts'
import { largestMessage } from '../../mail/mailbox/session.ts'
import type { HeldMail, HeldMessage } from '../../mail/outbox.ts'
import { unlessDiskFull } from '../../storage/database.ts'
import type { Application, ServiceContext } from '../context.ts'
import { submissionOf, withMailbox } from './mailAccess.ts'

export type Emit = (event: SendEvent) => void

/** A window shows some tens of steps; more would only fill the wire. */
const progressSteps = 64

/** Hands a held mail in. Messages that an earlier try handed in are not sent again. */
export async function handIn(
  context: ServiceContext,
  mail: HeldMail,
  emit: Emit,
  signal: AbortSignal | undefined,
): Promise<Result<undefined, Failure>> {
  const { outbox } = context.application
  // Under way in another window: what is visible there needs no second telling here.
  if (!outbox.claim(mail.id)) return failure({ code: 'not-found', what: 'mail' })
  context.events.publish('outbox')
  let failed: Failure | undefined
  try {
    const handed = await submitAll(context, mail, emit, signal)
    if (!handed.ok) {
      failed = handed.error
      return handed
    }
    emit({ type: 'stage', stage: 'filing' })
    const filedInSent = await fileCopy(context, mail, signal)
    // Without room it stays in the list, as one of which everything was handed in.
    unlessDiskFull(() => outbox.discard(mail.id))
    emit({ type: 'done', messageId: mail.messageId, outcomes: handed.value, filedInSent })
    return success(undefined)
  } finally {
    // The reason is told; on a full disk it is not kept as well.
    unlessDiskFull(() => outbox.release(mail.id, failed?.code === 'cancelled' ? undefined : failed))
    context.events.publish('outbox')
  }
}

async function submitAll(
  context: ServiceContext,
  mail: HeldMail,
  emit: Emit,
  signal: AbortSignal | undefined,
): Promise<Result<SubmissionOutcome[], Failure>> {
  const { outbox } = context.application
  const messages = outbox.messages(mail.id)
  if (!messages.ok) return messages
  const submission = submissionOf(context, mail.accountId)
  if (!submission.ok) return submission
  const unmarked = unmarkedOf(context.application)
  const left = messages.value.filter(({ handedIn, position }) => !handedIn && !unmarked.has(`${mail.id}/${position}`))
  const total = left.reduce((sum, { size }) => sum + size, 0)
  const outcomes: SubmissionOutcome[] = []
  let before = 0
  for (const message of left) {
    const about = left.length > 1 && message.envelope.to.length === 1 ? { recipient: message.envelope.to[0] } : {}
    emit({ type: 'stage', stage: 'connecting', ...about })
    let told = -1
    const sent = await submission.value.submit({
      envelope: message.envelope,
      message: outbox.open(mail.id, message.position),
      size: message.size,
      signal,
      onProgress(bytes) {
        if (told < 0) emit({ type: 'stage', stage: 'sending', ...about })
        const step = Math.floor((bytes / Math.max(message.size, 1)) * progressSteps)
        if (step === told) return
        told = step
        emit({ type: 'progress', sent: before + bytes, total })
      },
    })
    if (!sent.ok) return sent
    const marked = unlessDiskFull(() => outbox.markHandedIn(mail.id, message.position))
    if (!marked.ok) unmarked.add(`${mail.id}/${message.position}`)
    outcomes.push(sent.value)
    before += message.size
  }
  return success(outcomes)
}

/** Messages that a server took while there was no room to write that down: another try must not send them twice. */
const unmarkedMessages = new WeakMap<Application, Set<string>>()

function unmarkedOf(application: Application): Set<string> {
  const known = unmarkedMessages.get(application) ?? new Set<string>()
  unmarkedMessages.set(application, known)
  return known
}

/** The mail is with the server by now, so a copy that can't be filed is told and not a failure. */
async function fileCopy(context: ServiceContext, mail: HeldMail, signal: AbortSignal | undefined): Promise<boolean> {
  const { outbox } = context.application
  const messages = outbox.messages(mail.id)
  const first: HeldMessage | undefined = messages.ok ? messages.value[0] : undefined
  if (!first || first.size > largestMessage) return false
  const pieces: Uint8Array[] = []
  for await (const piece of outbox.open(mail.id, first.position)) pieces.push(piece)
  const filed = await withMailbox(context, mail.accountId, signal, (mailbox) =>
    mailbox.fileInSent(concatBytes(...pieces)),
  )
  if (filed.ok) context.events.publish('mailbox')
  return filed.ok
}
