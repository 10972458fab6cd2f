/** Opening a mail that somebody hands over as a file, and the parts of any opened mail. */

import { implement } from '@orpc/server'
import { contract } from '../../../shared/contract/contract.ts'
import { base64Bytes, latin1Text } from '../../base/bytes.ts'
import { spooledBytes } from '../../storage/spool.ts'
import type { ServiceContext } from '../context.ts'
import { orRaise, raise } from '../raise.ts'
import type { OpenedEntry } from './openedMails.ts'
import { openForReading } from './reading.ts'

const os = implement(contract.inspect).$context<ServiceContext>()

/** The contract's bound: nobody reads more than a megabyte of source. */
const shownSourceBytes = 1_048_576

function entryOf(context: ServiceContext, openedId: string): OpenedEntry {
  return context.application.opened.get(openedId) ?? raise({ code: 'not-found', what: 'mail' })
}

export const inspectProcedures = {
  open: os.open.handler(async ({ input, context }) => {
    const at = input.at === undefined ? {} : { at: new Date(input.at) }
    if ('bytes' in input.source) return orRaise(await openForReading(context, base64Bytes(input.source.bytes), at))
    const file = context.application.handover.take(input.source.spoolId) ?? raise({ code: 'not-found', what: 'file' })
    const release = () => file.discard()
    const opening = openForReading(context, spooledBytes(file), { ...at, release })
    return orRaise(
      await opening.catch(async (error: unknown) => {
        // Taken out of the handover, it is nobody else's to remove.
        await release()
        throw error
      }),
    )
  }),

  part: os.part.handler(async ({ input, context }) => {
    const { message } = entryOf(context, input.openedId)
    const part = message.parts.find(({ id }) => id === input.partId) ?? raise({ code: 'not-found', what: 'part' })
    const name = part.name ?? `part-${part.id}.${part.kind === 'html' ? 'html' : part.kind === 'text' ? 'txt' : 'bin'}`
    return orRaise(
      await context.application.handover.offer(
        { name: name.replace(/[\x00-\x1f\x7f]/g, '_').slice(0, 255), mediaType: part.mediaType.slice(0, 255) },
        part,
      ),
    )
  }),

  source: os.source.handler(async ({ input, context }) => {
    const { source } = entryOf(context, input.openedId)
    const shown = await source.read(0, Math.min(source.size, shownSourceBytes))
    return { text: latin1Text(shown), cut: source.size > shownSourceBytes }
  }),

  close: os.close.handler(({ input, context }) => {
    context.application.opened.close(input.openedId)
    return {}
  }),
}
