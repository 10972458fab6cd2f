/** The vault's lock as the window and the terminal turn it. */

import { implement } from '@orpc/server'
import { contract } from '../../shared/contract/contract.ts'
import type { VaultState } from '../../shared/contract/vault.ts'
import { requireStrength, wordsOfPerson } from './chosenPassphrase.ts'
import type { ServiceContext } from './context.ts'
import { orRaise } from './raise.ts'

const os = implement(contract.vault).$context<ServiceContext>()

export const vaultProcedures = {
  state: os.state.handler(({ context }) => stateOf(context)),
  expectedWords: os.expectedWords.handler(({ context }) => wordsOfPerson(context)),
  create: os.create.handler(async ({ input, context }) => {
    await requireStrength(context, 'vault', input.passphrase, input.allowWeak)
    orRaise(await context.application.vault.create(input.passphrase))
    return stateOf(context)
  }),
  unlock: os.unlock.handler(async ({ input, context }) => {
    orRaise(await context.application.vault.unlock(input.passphrase))
    return stateOf(context)
  }),
  unlockFromOsStore: os.unlockFromOsStore.handler(async ({ context }) => {
    orRaise(await context.application.vault.unlockFromOsStore())
    return stateOf(context)
  }),
  lock: os.lock.handler(({ context }) => {
    context.application.vault.lock()
    return stateOf(context)
  }),
  changePassphrase: os.changePassphrase.handler(async ({ input, context }) => {
    await requireStrength(context, 'vault', input.next)
    orRaise(await context.application.vault.changePassphrase(input.current, input.next))
    context.application.profile.renewBackup()
    return stateOf(context)
  }),
  setOsStore: os.setOsStore.handler(async ({ input, context }) => {
    orRaise(await context.application.vault.setOsStore(input.enabled))
    return stateOf(context)
  }),
  setAutoLock: os.setAutoLock.handler(({ input, context }) => {
    orRaise(context.application.vault.setAutoLock(input.minutes))
    return stateOf(context)
  }),
  stillHere: os.stillHere.handler(({ context }) => {
    context.application.vault.touch()
    return {}
  }),
}

async function stateOf(context: ServiceContext): Promise<VaultState> {
  const { vault } = context.application
  const retryAt = vault.retryAt()
  return {
    state: vault.state(),
    autoLockMinutes: vault.autoLockMinutes(),
    osStore: await vault.osStore(),
    ...(retryAt ? { retryAt: retryAt.toISOString() } : {}),
  }
}
