/** The accounts that a running sandbox lends: those of its playable people, with the root that its servers' TLS needs. */

import type { VirtualAccount } from '../../mail/accounts.ts'
import type { SandboxState } from './sandboxLink.ts'

export function accountsOfSandbox(state: SandboxState | undefined): VirtualAccount[] {
  if (!state) return []
  return state.people
    .filter((person) => person.playable)
    .map((person) => ({
      account: {
        id: `sandbox:${person.user}`,
        name: person.name,
        address: person.address,
        submission: { host: state.smtp.host, port: state.smtp.port, security: 'starttls' as const, user: person.user },
        mailbox: { host: state.imap.host, port: state.imap.port, security: 'tls' as const, user: person.user },
        sandbox: true,
      },
      password: person.password,
      ca: state.caPem,
    }))
}
