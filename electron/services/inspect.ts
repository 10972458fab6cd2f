/** Opening a mail that somebody hands over as a file, and the parts of any opened mail. */

import { implement } from '@orpc/server'
import { contract } from '../../shared/contract/contract.ts'
import { latin1Text } from '../base/bytes.ts'
import { bytesOf } from './byteSource.ts'
import type { ServiceContext } from './context.ts'
import type { OpenedEntry } from './openedMails.ts'
import { orRaise, raise } from './raise.ts'
import { openForReading } from './reading.ts'

const os = implement(contract.inspect).$context<ServiceContext>()

/** A mail is held in memory while it is open. No server takes larger ones. */
const mailByteLimit = 268_435_456
/** The contract's bound: nobody reads more than a megabyte of source. */
const shownSourceBytes = 1_048_576

function entryOf(context: ServiceContext, openedId: string): OpenedEntry {
  return context.application.opened.get(openedId) ?? raise({ code: 'not-found', what: 'mail' })
}

export const inspectProcedures = {
  open: os.open.handler(async ({ input, context }) => {
    const bytes = await bytesOf(context, input.source, mailByteLimit)
    const at = input.at === undefined ? {} : { at: new Date(input.at) }
    return orRaise(await openForReading(context, bytes, at))
  }),

  part: os.part.handler(async ({ input, context }) => {
    const { message } = entryOf(context, input.openedId)
    const part = message.parts.find(({ id }) => id === input.partId) ?? raise({ code: 'not-found', what: 'part' })
    const name = part.name ?? `part-${part.id}.${part.kind === 'html' ? 'html' : part.kind === 'text' ? 'txt' : 'bin'}`
    return orRaise(
      await context.application.handover.offer(
        { name: name.replace(/[\x00-\x1f\x7f]/g, '_').slice(0, 255), mediaType: part.mediaType.slice(0, 255) },
        part.content(),
      ),
    )
  }),

  source: os.source.handler(({ input, context }) => {
    const { source } = entryOf(context, input.openedId)
    return { text: latin1Text(source.subarray(0, shownSourceBytes)), cut: source.length > shownSourceBytes }
  }),

  close: os.close.handler(({ input, context }) => {
    context.application.opened.close(input.openedId)
    return {}
  }),
}
