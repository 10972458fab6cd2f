/**
 * The process that enrolment.test.ts kills: opens a sandbox profile, unlocks it and follows one enrolment to its end. It
 * prints a line when the work begins, so that the killer knows, and one at each step.
 *
 * Arguments: the profile's home, the sandbox's folder, the passphrase, the enrolment's id.
 */

import { call } from '@orpc/server'
import { systemClock } from '../base/clock.ts'
import { createLog } from '../base/log.ts'
import { systemRandom } from '../base/random.ts'
import { expectSuccess } from '../base/result.ts'
import { sandboxServers } from '../sandbox/servers.ts'
import { enrolmentProcedures } from './enrolment.ts'
import { openSession } from './session.ts'

const [home = '', sandboxFolder = '', passphrase = '', id = ''] = process.argv.slice(2)

const clock = systemClock
const random = systemRandom
const session = await openSession({
  home,
  sandboxFolder,
  kind: 'sandbox',
  runtime: {
    host: 'cli',
    version: '0.0.0',
    clock,
    random,
    log: createLog({ level: 'silent' }),
    sandboxServers: sandboxServers({ clock, random }),
  },
})
expectSuccess(await session.context.application.vault.unlock(passphrase))
process.stdout.write('ready\n')
for await (const event of await call(enrolmentProcedures.follow, { id }, { context: session.context })) {
  process.stdout.write(`${event.type} ${'step' in event ? event.step : ''}\n`)
}
await session.close()
