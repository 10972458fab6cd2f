/** Opening a mail that somebody hands over as a file, and the parts of any opened mail. */

import { oc } from '@orpc/contract'
import { z } from 'zod'
import { failures } from './errors.ts'
import { openedMail } from './report.ts'
import { byteSource, identifier, instant, lineText } from './values.ts'

export const inspectContract = {
  open: oc
    .input(z.object({ source: byteSource, fileName: lineText.optional(), at: instant.optional() }))
    .output(openedMail)
    .errors(failures('not-a-message', 'over-budget', 'too-large', 'not-found', 'disk-full')),
  /** One part's decoded bytes, as a spooled file to be read in pieces. */
  part: oc
    .input(z.object({ openedId: identifier, partId: identifier }))
    .output(z.object({ spoolId: identifier, name: z.string(), mediaType: z.string(), size: z.number() }))
    .errors(failures('not-found', 'too-many-files', 'disk-full')),
  /** The raw source, at most 1 MiB of it, as ISO 8859-1 text. */
  source: oc
    .input(z.object({ openedId: identifier }))
    .output(z.object({ text: z.string(), cut: z.boolean() }))
    .errors(failures('not-found')),
  close: oc.input(z.object({ openedId: identifier })).output(z.object({})),
}
