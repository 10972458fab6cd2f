/** `siegel open`: decrypts a mail and unpacks it into a folder, with the verdict beside it. */

import { utf8Bytes } from '../../../base/bytes.ts'
import { openForReading } from '../../../services/mail/reading.ts'
import { openInput, writeBeside } from '../files.ts'
import { verdictText } from '../reportText.ts'
import { type CommandEnvironment, withSessionUnlockedIfPossible } from '../session.ts'
import { CommandFailure, exitCode } from '../terminal.ts'

export async function openMail(environment: CommandEnvironment, file: string, folder: string): Promise<number> {
  const { terminal } = environment
  const { source, close } = await openInput(file)
  return withSessionUnlockedIfPossible(environment, async ({ context }) => {
    const opened = await openForReading(context, source, { release: close })
    if (!opened.ok) {
      const { code, ...data } = opened.error
      throw new CommandFailure(code, data)
    }
    const mail = opened.value
    const entry = context.application.opened.get(mail.openedId)
    if (!entry) throw new CommandFailure('not-found', { what: 'mail' })
    const written: string[] = []
    for (const part of entry.message.parts) {
      const name = part.name ?? { text: 'text.txt', html: 'text.html', attachment: 'attachment' }[part.kind]
      written.push(await writeBeside(folder, name, part.open()))
    }
    const headers = mail.report.headers.shown.map(({ name, value }) => `${name}: ${value}`).join('\n')
    written.push(await writeBeside(folder, 'headers.txt', utf8Bytes(`${headers}\n`)))
    written.push(await writeBeside(folder, 'report.json', utf8Bytes(`${JSON.stringify(mail.report, undefined, 2)}\n`)))
    if (terminal.json) terminal.value({ file, files: written, subject: mail.subject, ...mail.report })
    else {
      for (const line of verdictText(terminal, mail)) terminal.note(line)
      for (const name of written) terminal.line(name)
    }
    const { encryption } = mail.report.verdict
    // What could not be decrypted was not opened, whatever else was written.
    return encryption === 'none' || encryption === 'decrypted' ? exitCode.done : exitCode.failed
  })
}
