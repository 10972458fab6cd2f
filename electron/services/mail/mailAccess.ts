/**
 * The way from a service to an account's servers: its password from the vault, its root where the sandbox lends it. Sending
 * letters and answering a certificate authority's challenge both go through here.
 */

import type { SubmissionOutcome } from '../../../shared/contract/compose.ts'
import type { Failure } from '../../../shared/contract/errors.ts'
import { base64Bytes, utf8Text } from '../../base/bytes.ts'
import { failure, type Result, success } from '../../base/result.ts'
import type { AccountAccess } from '../../mail/accounts.ts'
import { type Mailbox, openMailbox } from '../../mail/mailbox/mailbox.ts'
import { type SubmissionInput, submit, type UnreadableMessage } from '../../mail/submission/submit.ts'
import type { ServiceContext } from '../context.ts'

export interface Submission {
  readonly account: AccountAccess['account']
  /** Hands one message in. A message that can't be read to its end because the vault was locked is `locked`. */
  submit(
    message: Pick<SubmissionInput, 'envelope' | 'message' | 'size' | 'eightBit' | 'signal' | 'onProgress'>,
  ): Promise<Result<SubmissionOutcome, Failure>>
}

/** The submission server of an account, ready to be used. Nothing is contacted yet. */
export function submissionOf(context: ServiceContext, accountId: string): Result<Submission, Failure> {
  const access = accessTo(context, accountId)
  if (!access.ok) return access
  const { account, password, ca } = access.value
  return success({
    account,
    async submit(message) {
      const sent = await submit({ account, password, ca, ...message })
      if (sent.ok) return sent
      return sent.error.code === 'message-unreadable' ? unreadable(context, sent.error) : failure(sent.error)
    },
  })
}

/** Connects to the mailbox of an account. The connection is the caller's: close it, or abort `signal`. */
export async function mailboxOf(
  context: ServiceContext,
  accountId: string,
  signal?: AbortSignal | undefined,
): Promise<Result<Mailbox, Failure>> {
  const access = accessTo(context, accountId)
  if (!access.ok) return access
  const opened = await openMailbox({ ...access.value, signal })
  return opened.ok ? opened : failure(withoutPassword(opened.error, access.value.password))
}

/**
 * A server can repeat the sign-in in its refusal, also in the base64 of AUTHENTICATE. What it says goes onto the screen and
 * into the database, where a password must not come.
 */
export function withoutPassword<Failed extends { readonly code: string }>(failed: Failed, password: string): Failed {
  if (!('response' in failed) || typeof failed.response !== 'string' || password === '') return failed
  const response = failed.response
    .replaceAll(password, '********')
    .replace(/[\w+/-]{4,}={0,2}/g, (token) => (utf8Text(base64Bytes(token)).includes(password) ? '********' : token))
  return { ...failed, response }
}

/** Runs something with the mailbox of an account and closes the connection. */
export async function withMailbox<Value, Failed extends { readonly code: string }>(
  context: ServiceContext,
  accountId: string,
  signal: AbortSignal | undefined,
  action: (mailbox: Mailbox) => Promise<Result<Value, Failed>>,
): Promise<Result<Value, Failure | Failed>> {
  const opened = await mailboxOf(context, accountId, signal)
  if (!opened.ok) return opened
  try {
    return await action(opened.value)
  } finally {
    await opened.value.close()
  }
}

/** The account that an address belongs to. */
export function accountFor(
  context: ServiceContext,
  address: string,
): Result<AccountAccess['account'], Extract<Failure, { code: 'no-account' }>> {
  const account = context.application.accounts.forAddress(address)
  return account ? success(account) : failure({ code: 'no-account', address })
}

/** Servers, password and root of an account. Not for logs, not for the window. */
export function accessTo(context: ServiceContext, accountId: string): Result<AccountAccess, Failure> {
  const { accounts, sandbox, profile } = context.application
  const access = accounts.access(accountId)
  if (access.ok) return access
  // An account of the sandbox is gone when its servers are.
  const lent = accountId.startsWith('sandbox:') && profile.kind === 'sandbox' && !sandbox.state()
  return lent ? failure({ code: 'sandbox-not-running' }) : access
}

function unreadable(context: ServiceContext, error: UnreadableMessage): Result<never, Failure> {
  const state = context.application.vault.state()
  if (state === 'unlocked') throw error.cause
  return failure({ code: state === 'none' ? 'no-vault' : 'locked' })
}
