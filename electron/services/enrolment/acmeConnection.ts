/** The way from a service to a CA's ACME server: where its directory is, and with which roots its TLS is checked. */

import type { Failure } from '../../../shared/contract/errors.ts'
import type { AcmeConnection, HttpsExchange } from '../../acquisition/acme/transport.ts'
import { failure, type Result, success } from '../../base/result.ts'
import { request } from '../../net/https.ts'
import type { ServiceContext } from '../context.ts'
import type { SandboxState } from '../sandbox/sandboxLink.ts'

/** What an account or an enrolment calls the sandbox's CA: it says at each start where it is. */
export const sandboxDirectory = 'sandbox'

/** The running sandbox, inside a sandbox profile only. */
export function sandboxState(context: ServiceContext): SandboxState | undefined {
  const { profile, sandbox } = context.application
  return profile.kind === 'sandbox' ? sandbox.state() : undefined
}

/** How to talk to the CA of a directory: its URL, or 'sandbox'. */
export function acmeConnection(
  context: ServiceContext,
  directory: string,
  signal?: AbortSignal,
): Result<AcmeConnection, Extract<Failure, { code: 'sandbox-not-running' }>> {
  const sandbox = directory === sandboxDirectory ? sandboxState(context) : undefined
  if (directory === sandboxDirectory && !sandbox) return failure({ code: 'sandbox-not-running' })
  const exchange: HttpsExchange = (question) => request({ ...question, ...(sandbox ? { ca: sandbox.caPem } : {}) })
  const { language } = context.application.settings.get()
  return success({
    directoryUrl: sandbox?.directoryUrl ?? directory,
    program: { version: context.runtime.version, language: language === 'system' ? systemLanguage() : language },
    exchange,
    clock: context.runtime.clock,
    ...(signal ? { signal } : {}),
  })
}

function systemLanguage(): string {
  return Intl.DateTimeFormat().resolvedOptions().locale
}
