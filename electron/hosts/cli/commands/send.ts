/** `siegel send`: seals a letter and hands it to the account's server, with the outcome of the conversation. */

import { createRouterClient } from '@orpc/server'
import type { SendEvent, SubmissionOutcome } from '../../../../shared/contract/compose.ts'
import type { SpooledFile } from '../../../../shared/contract/values.ts'
import type { ServiceContext } from '../../../services/context.ts'
import { composeProcedures } from '../../../services/mail/compose.ts'
import { attachmentOf } from '../files.ts'
import { headerChoices, type LetterOptions, mailboxesOf, senderOf, signatureChoicesOf, textOf } from '../letter.ts'
import { type CommandEnvironment, withUnlocked } from '../session.ts'
import { CommandFailure, exitCode, type Terminal } from '../terminal.ts'

export async function sendMail(environment: CommandEnvironment, options: LetterOptions): Promise<number> {
  const { terminal } = environment
  const { address: from } = senderOf(options.from)
  const recipients = { to: mailboxesOf(options.to), cc: mailboxesOf(options.cc), bcc: mailboxesOf(options.bcc) }
  const signature = signatureChoicesOf(options, terminal)
  const text = await textOf(options.text)
  return withUnlocked(environment, async ({ context }) => {
    const attachments: SpooledFile[] = []
    for (const file of options.attach ?? []) attachments.push(await handOver(context, file))
    const compose = createRouterClient(composeProcedures, { context })
    const before = new Set((await compose.outbox()).map(({ id }) => id))
    const events = await compose.send(
      {
        from,
        ...recipients,
        subject: options.subject,
        text,
        attachments,
        sign: options.sign ?? false,
        encrypt: options.encrypt ?? false,
        ...signature,
        ...headerChoices(options),
      },
      { signal: environment.signal },
    )
    try {
      return await followSending(terminal, events)
    } catch (error) {
      // The same command again would send it twice.
      const held = (await compose.outbox()).find(({ id }) => !before.has(id))
      if (held) terminal.note(terminal.words('cli.send.held', { id: held.id }))
      throw error
    }
  })
}

/** Tells the stages of a sending letter; answers with the exit code of its outcome. */
export async function followSending(terminal: Terminal, events: AsyncIterable<SendEvent>): Promise<number> {
  for await (const event of events) {
    if (event.type === 'done') return tellOutcome(terminal, event)
    if (event.type === 'stage') terminal.note(terminal.words(`cli.send.stage.${event.stage}`))
  }
  throw new CommandFailure('cancelled')
}

/** Hands a file of this computer to the service, piece by piece. */
export async function handOver(context: ServiceContext, file: string): Promise<SpooledFile> {
  const { handover } = context.application
  const { name, mediaType, size, open } = await attachmentOf(file)
  const begun = await handover.begin({ name, mediaType, size })
  if (!begun.ok) throw failureFrom(begun.error)
  let offset = 0
  for await (const piece of open()) {
    const appended = await handover.append(begun.value.spoolId, offset, piece)
    if (!appended.ok) throw failureFrom(appended.error)
    offset = appended.value
  }
  return begun.value
}

function failureFrom({
  code,
  ...data
}: {
  code: 'too-large' | 'too-many-files' | 'not-found' | 'disk-full'
}): CommandFailure {
  return new CommandFailure(code, data)
}

function tellOutcome(terminal: Terminal, done: Extract<SendEvent, { type: 'done' }>): number {
  if (terminal.json)
    terminal.value({ messageId: done.messageId, outcomes: done.outcomes, filedInSent: done.filedInSent })
  else for (const outcome of done.outcomes) for (const line of outcomeLines(terminal, outcome)) terminal.line(line)
  return done.outcomes.some(({ rejected }) => rejected.length > 0) ? exitCode.failed : exitCode.done
}

export function outcomeLines(terminal: Terminal, outcome: SubmissionOutcome): string[] {
  const { tls, rejected, accepted } = outcome
  return [
    terminal.words('cli.send.handed-in', {
      server: tls.serverName,
      tls: tls.protocol,
      cipher: tls.cipher,
      secrecy: terminal.words(tls.forwardSecrecy ? 'cli.send.forward-secret' : 'cli.send.not-forward-secret'),
    }),
    ...accepted.map((address) => terminal.words('cli.send.accepted', { address })),
    ...rejected.map(({ address, response }) => terminal.words('cli.send.rejected', { address, response })),
  ]
}
