/** `siegel seal`: writes a signed or encrypted mail into a file, ready to be sent by any program. */

import { success } from '../../../base/result.ts'
import { withSealed } from '../../../services/mail/sealing.ts'
import { attachmentOf, writeOutput } from '../files.ts'
import { headerChoices, type LetterOptions, mailboxesOf, senderOf, signatureChoicesOf, textOf } from '../letter.ts'
import { type CommandEnvironment, withUnlocked } from '../session.ts'
import { CommandFailure } from '../terminal.ts'

export async function sealMail(
  environment: CommandEnvironment,
  options: LetterOptions & { out: string },
): Promise<undefined> {
  const { terminal, signal } = environment
  const input = {
    from: senderOf(options.from),
    to: mailboxesOf(options.to),
    cc: mailboxesOf(options.cc),
    bcc: [],
    subject: options.subject,
    text: await textOf(options.text),
    attachments: await Promise.all((options.attach ?? []).map(attachmentOf)),
    sign: options.sign ?? false,
    encrypt: options.encrypt ?? false,
    ...signatureChoicesOf(options, terminal),
    ...headerChoices(options),
  }
  const sealed = await withUnlocked(environment, ({ context }) =>
    withSealed(context, input, async ({ messageId, messages }) => {
      // Without blind recipients there is one message.
      for (const { content } of messages) await writeOutput(options.out, content, { signal })
      return success(messageId)
    }),
  )
  if (!sealed.ok) {
    const { code, ...data } = sealed.error
    throw new CommandFailure(code, data)
  }
  if (terminal.json) terminal.value({ file: options.out, messageId: sealed.value })
}
