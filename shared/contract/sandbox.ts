/** The sandbox: a CA and a mail server inside Siegel, on a profile of its own, for trying everything offline. */

import { oc } from '@orpc/contract'
import { z } from 'zod'
import { failures } from './errors.ts'

export const sandboxStatus = z.object({
  /** The open profile is a sandbox profile. */
  active: z.boolean(),
  /** Its servers answer. */
  running: z.boolean(),
  directoryUrl: z.string().optional(),
  submission: z.object({ host: z.string(), port: z.number() }).optional(),
  mailbox: z.object({ host: z.string(), port: z.number() }).optional(),
  /** The people with ready mailboxes; `playable` ones lend their account, the others only answer. */
  people: z.array(z.object({ name: z.string(), address: z.string(), playable: z.boolean() })),
})
export type SandboxStatus = z.infer<typeof sandboxStatus>

export const sandboxContract = {
  status: oc.output(sandboxStatus),
  /** Closes the open profile, opens the sandbox's and starts its servers. */
  enter: oc
    .output(sandboxStatus)
    .errors(
      failures(
        'sandbox-cannot-start',
        'sandbox-port-taken',
        'profile-unusable',
        'database-damaged',
        'database-newer',
        'disk-full',
      ),
    ),
  /** Stops the servers and opens the real profile again. */
  leave: oc.output(sandboxStatus).errors(failures('profile-unusable', 'database-damaged', 'database-newer')),
}
