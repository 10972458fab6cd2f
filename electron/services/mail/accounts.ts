/** The user's mail accounts: adding, changing, and proving that both servers let them in. */

import { implement } from '@orpc/server'
import type { AccountProof } from '../../../shared/contract/accounts.ts'
import { contract } from '../../../shared/contract/contract.ts'
import type { Failure } from '../../../shared/contract/errors.ts'
import type { Result } from '../../base/result.ts'
import { proveMailbox } from '../../mail/mailbox/mailbox.ts'
import { proveSubmission } from '../../mail/submission/submit.ts'
import { isAddress } from '../../mime/address.ts'
import type { TlsFacts } from '../../net/tls.ts'
import type { ServiceContext } from '../context.ts'
import { orRaise, raise } from '../raise.ts'
import { accessTo, withoutPassword } from './mailAccess.ts'
import { suggestedServers } from './mailProviders.ts'

const os = implement(contract.accounts).$context<ServiceContext>()

export const accountsProcedures = {
  list: os.list.handler(({ context }) => context.application.accounts.list()),

  suggest: os.suggest.handler(({ input }) => {
    if (!isAddress(input.address)) raise({ code: 'malformed-address', address: input.address })
    return suggestedServers(input.address)
  }),

  add: os.add.handler(({ input, context }) => {
    const account = orRaise(context.application.accounts.add(input))
    context.events.publish('accounts')
    return account
  }),

  update: os.update.handler(({ input, context }) => {
    const { id, ...settings } = input
    const account = orRaise(context.application.accounts.update(id, settings))
    context.events.publish('accounts')
    return account
  }),

  remove: os.remove.handler(({ input, context }) => {
    orRaise(context.application.accounts.remove(input.id))
    context.events.publish('accounts')
    return {}
  }),

  test: os.test.handler(async ({ input, context, signal }) => {
    const access = accessTo(context, input.id)
    // The servers of an account that the sandbox lends are gone, and the account with them.
    if (!access.ok && access.error.code === 'sandbox-not-running') raise({ code: 'not-found', what: 'account' })
    const signIn = { ...orRaise(access), signal }
    const [submission, mailbox] = await Promise.all([proveSubmission(signIn), proveMailbox(signIn)])
    const proof = {
      at: context.runtime.clock().toISOString(),
      submission: proofOf(submission, signIn.password),
      mailbox: proofOf(mailbox, signIn.password),
    }
    const account = context.application.accounts.recordProof(input.id, proof)
    if (!account) raise({ code: 'not-found', what: 'account' })
    context.events.publish('accounts')
    return account
  }),
}

function proofOf(outcome: Result<TlsFacts, Failure>, password: string): AccountProof['submission'] {
  if (outcome.ok) return { ok: true, tls: outcome.value }
  const { code, ...data } = withoutPassword(outcome.error, password)
  return { ok: false, failure: { code, data } }
}
