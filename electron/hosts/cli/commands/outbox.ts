/** `siegel outbox …`: letters that are sealed and could not be handed in yet. */

import { createRouterClient } from '@orpc/server'
import { composeProcedures } from '../../../services/mail/compose.ts'
import { failureText } from '../failure.ts'
import { day, table } from '../format.ts'
import { type CommandEnvironment, withUnlocked } from '../session.ts'
import { followSending } from './send.ts'

export async function listOutbox(environment: CommandEnvironment): Promise<undefined> {
  const { terminal } = environment
  const held = await withUnlocked(environment, ({ context }) =>
    createRouterClient(composeProcedures, { context }).outbox(),
  )
  if (terminal.json) terminal.value(held)
  else if (held.length === 0) terminal.note(terminal.words('cli.outbox.none'))
  else {
    for (const line of table(
      held.map(({ id, to, subject, createdAt }) => [id, day(createdAt), to.join(', '), subject]),
    )) {
      terminal.line(line)
    }
    for (const { id, failure } of held) if (failure) terminal.note(`${id}: ${failureText(terminal, failure)}`)
  }
}

export async function retryMail(environment: CommandEnvironment, id: string): Promise<number> {
  const { terminal, signal } = environment
  return withUnlocked(environment, async ({ context }) => {
    const compose = createRouterClient(composeProcedures, { context })
    return followSending(terminal, await compose.retry({ id }, { signal }))
  })
}

export async function discardMail(environment: CommandEnvironment, id: string): Promise<undefined> {
  const { terminal } = environment
  await withUnlocked(environment, ({ context }) => createRouterClient(composeProcedures, { context }).discard({ id }))
  if (terminal.json) terminal.value({ discarded: id })
  else terminal.note(terminal.words('cli.outbox.discarded'))
}
