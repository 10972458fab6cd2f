/**
 * The way from a sandbox profile to its servers. The servers run in this process (the window) or in another one
 * (`siegel sandbox`); either way the state file in the sandbox's own folder says where they are. A real profile has a link
 * that is never connected, so that nothing of the sandbox can leak into real trust.
 *
 * The servers themselves are a port: electron/sandbox implements it and the hosts bring it along.
 */

import type { Result } from '../../base/result.ts'
import { failure } from '../../base/result.ts'

/** Where the sandbox's servers are and who lives there. Made anew at each start; the passwords are random. */
export interface SandboxState {
  readonly directoryUrl: string
  /** Roots for the servers' TLS certificates, PEM. */
  readonly caPem: string
  /** The root that is an anchor for e-mail in sandbox profiles, DER as base64. */
  readonly anchor: string
  /** Where its revocation lists are, complete addresses on this machine. */
  readonly revocationLists?: readonly string[] | undefined
  /** Where its OCSP responders are. */
  readonly ocspResponders?: readonly string[] | undefined
  readonly smtp: { readonly host: string; readonly port: number }
  readonly imap: { readonly host: string; readonly port: number }
  readonly people: readonly {
    readonly name: string
    readonly address: string
    readonly user: string
    readonly password: string
    /** Lends its account to the person; the others only write and answer. */
    readonly playable: boolean
  }[]
  /** TXT records of the sandbox's domain, for checking its DKIM signatures: name → strings. */
  readonly txtRecords: Readonly<Record<string, readonly string[]>>
}

export type SandboxError =
  | { readonly code: 'sandbox-port-taken'; readonly port: number }
  | { readonly code: 'sandbox-cannot-start'; readonly reason: string }

export interface SandboxServers {
  start(folder: string): Promise<Result<{ readonly state: SandboxState; stop(): Promise<void> }, SandboxError>>
  /** The state of servers that another process runs; undefined when that process is gone. */
  readState(folder: string): SandboxState | undefined
}

export interface SandboxLink {
  /** Where the servers are, or undefined when none answer or the profile is a real one. */
  state(): SandboxState | undefined
  start(): Promise<Result<SandboxState, SandboxError>>
  stop(): Promise<void>
}

/** The link of a real profile. */
export const noSandbox: SandboxLink = {
  state: () => undefined,
  start: async () => failure({ code: 'sandbox-cannot-start', reason: 'real-profile' }),
  stop: async () => {},
}

/** Uses servers that another process runs, or starts them here. `folder` is the sandbox's own. */
export function linkSandbox(servers: SandboxServers, folder: string): SandboxLink {
  let running: { readonly state: SandboxState; stop(): Promise<void> } | undefined
  const state = () => running?.state ?? servers.readState(folder)
  return {
    state,
    async start() {
      const present = state()
      if (present) return { ok: true, value: present }
      const started = await servers.start(folder)
      if (!started.ok) return started
      running = started.value
      return { ok: true, value: running.state }
    },
    async stop() {
      const stopping = running
      running = undefined
      await stopping?.stop()
    },
  }
}
