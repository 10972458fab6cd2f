/** Files handed over in pieces: in from the window (attachments, mails to inspect), out to it (exports, attachments). */

import { implement } from '@orpc/server'
import { contract } from '../../../shared/contract/contract.ts'
import { base64Bytes, base64Text } from '../../base/bytes.ts'
import { unlessDiskFull } from '../../storage/database.ts'
import type { ServiceContext } from '../context.ts'
import { orRaise, raise } from '../raise.ts'

const os = implement(contract.spool).$context<ServiceContext>()

export const spoolProcedures = {
  begin: os.begin.handler(async ({ input, context }) => {
    const file = orRaise(await context.application.handover.begin(input))
    return file
  }),
  append: os.append.handler(async ({ input, context }) => {
    const received = orRaise(
      await context.application.handover.append(input.spoolId, input.offset, base64Bytes(input.bytes)),
    )
    return { received }
  }),
  read: os.read.handler(async ({ input, context }) => {
    const piece = await context.application.handover.read(input.spoolId, input.offset, input.length)
    if (!piece) raise({ code: 'not-found', what: 'file' })
    return { bytes: base64Text(piece.bytes), end: piece.end }
  }),
  saved: os.saved.handler(({ input, context }) => {
    orRaise(unlessDiskFull(() => context.application.handover.saved(input.spoolId)))
    return {}
  }),
  discard: os.discard.handler(async ({ input, context }) => {
    await context.application.handover.discard(input.spoolId)
    return {}
  }),
}
