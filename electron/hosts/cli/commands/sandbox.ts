/** `siegel sandbox`: runs the embedded CA and mail server until Ctrl+C, for every Siegel that uses this profile. */

import { join } from 'node:path'
import { sandboxHome } from '../../../services/session.ts'
import { createRuntime } from '../../runtime.ts'
import { type CommandEnvironment, homeOf } from '../session.ts'
import { CommandFailure } from '../terminal.ts'

export async function runSandbox(environment: CommandEnvironment): Promise<undefined> {
  const { terminal, signal } = environment
  const home = homeOf(environment.options)
  const { sandboxServers } = createRuntime({ host: 'cli', home })
  const folder = join(sandboxHome(home), 'server')
  if (sandboxServers.readState(folder)) {
    terminal.note(terminal.words('cli.sandbox.already'))
    return
  }
  const started = await sandboxServers.start(folder)
  if (!started.ok) {
    const { code, ...data } = started.error
    throw new CommandFailure(code, data)
  }
  const { directoryUrl, smtp, imap, people } = started.value.state
  if (terminal.json) {
    // Passwords stay in the sandbox's own folder; a script reads them there.
    terminal.value({ folder, directoryUrl, smtp, imap, people: people.map(({ name, address }) => ({ name, address })) })
  } else {
    terminal.line(terminal.words('cli.sandbox.directory', { url: directoryUrl }))
    terminal.line(terminal.words('cli.sandbox.smtp', smtp))
    terminal.line(terminal.words('cli.sandbox.imap', imap))
    for (const { name, address } of people) terminal.line(`  ${name} <${address}>`)
    terminal.note(terminal.words('cli.sandbox.running', { folder }))
  }
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
  await started.value.stop()
}
