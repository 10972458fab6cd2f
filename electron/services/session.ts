/**
 * One running Siegel: opens the profile, builds the stores from it, and swaps them when the sandbox is entered or left.
 * A profile that can't be opened leaves the session standing, so that the window can say what happened.
 */

import { join } from 'node:path'
import { createAcmeAccountStore } from '../acquisition/acmeAccounts.ts'
import { createOwnAuthorityStore } from '../acquisition/catalogue/ownAuthorities.ts'
import { createRenewalStore } from '../acquisition/renewalStore.ts'
import { createRequestStore } from '../acquisition/requests.ts'
import { createEnrolmentStore } from '../acquisition/store.ts'
import { createRevocationSources } from '../certificates/revocation/sourcesFetch.ts'
import { createRootLists } from '../certificates/rootLists.ts'
import { createTrustStore } from '../certificates/trust.ts'
import { createAddressBook } from '../contacts/addressBook.ts'
import { createIdentityStore } from '../keystore/identityStore.ts'
import { createVault } from '../keystore/vault.ts'
import { createAccountStore } from '../mail/accounts.ts'
import { createDraftStore } from '../mail/drafts.ts'
import { createOutbox } from '../mail/outbox.ts'
import { openProfile, type Profile, restoreProfileBackup } from '../storage/profile.ts'
import { refreshSystemRoots } from './certificates/systemRoots.ts'
import type { Application, ProfileTrouble, Runtime, ServiceContext } from './context.ts'
import { createEvents, type Events } from './events.ts'
import { createExperimentalAlgorithms } from './experimental.ts'
import { createHandover } from './files/handover.ts'
import { createOpenedMails } from './mail/openedMails.ts'
import { raise } from './raise.ts'
import { accountsOfSandbox } from './sandbox/sandboxAccounts.ts'
import { linkSandbox, noSandbox, type SandboxLink } from './sandbox/sandboxLink.ts'
import { createSettingsStore } from './settingsStore.ts'

export interface Session {
  readonly context: ServiceContext
  close(): Promise<void>
}

export interface SessionOptions {
  /** The profile's folder. A sandbox profile lies in its `sandbox` folder. */
  readonly home: string
  readonly runtime: Runtime
  /** Which of the two profiles is opened first. */
  readonly kind?: 'real' | 'sandbox'
  /** Where the sandbox's servers keep their state, when several profiles share them. */
  readonly sandboxFolder?: string
}

/** Where the sandbox profile of a home lies. */
export function sandboxHome(home: string): string {
  return join(home, 'sandbox')
}

export async function openSession(options: SessionOptions): Promise<Session> {
  const { home, runtime } = options
  const events = createEvents()
  let kind = options.kind ?? 'real'
  let application: Application | undefined
  let trouble: ProfileTrouble | undefined
  let renewals: { stop(): Promise<void> } | undefined

  async function open(): Promise<void> {
    const opened = await openProfile(kind === 'sandbox' ? sandboxHome(home) : home, { kind, clock: runtime.clock })
    trouble = opened.ok ? undefined : opened.error
    application = opened.ok ? buildApplication(opened.value, runtime, events, options.sandboxFolder) : undefined
    await application?.experimental.settle()
    if (application) await refreshSystemRoots(application.rootLists, runtime)
    // A command does one thing and ends.
    if (application && runtime.host !== 'cli') {
      const { watchRenewals } = await import('./rounds/renewalWatch.ts')
      renewals = watchRenewals(context)
    }
  }

  async function close(): Promise<void> {
    const closing = application
    await renewals?.stop()
    renewals = undefined
    application = undefined
    if (!closing) return
    closing.opened.closeAll()
    closing.revocation.fetcher.close()
    closing.vault.lock()
    await closing.sandbox.stop()
    await closing.profile.close()
  }

  const context: ServiceContext = {
    runtime,
    events,
    get application() {
      if (application) return application
      return raise(trouble ?? { code: 'profile-unusable', folder: home, reason: 'closed' })
    },
    get trouble() {
      return trouble
    },
    async switchTo(next) {
      await close()
      kind = next
      await open()
      events.publish('profile')
      if (trouble) raise(trouble)
    },
    async restoreBackup() {
      // Only a damaged database gives way; a good one holds what the copy doesn't have yet.
      if (trouble?.code !== 'database-damaged') return raise({ code: 'not-found', what: 'backup' })
      await close()
      const restored = await restoreProfileBackup(kind === 'sandbox' ? sandboxHome(home) : home, runtime.clock)
      if (!restored.ok) raise(restored.error)
      await open()
      events.publish('profile')
      if (trouble) raise(trouble)
    },
  }

  await open()
  return { context, close }
}

function buildApplication(
  profile: Profile,
  runtime: Runtime,
  events: Events,
  sandboxFolder: string | undefined,
): Application {
  const { clock, random } = runtime
  const { database } = profile
  const sandbox =
    profile.kind === 'sandbox'
      ? linkSandbox(runtime.sandboxServers, sandboxFolder ?? join(profile.folder, 'server'))
      : noSandbox
  const vault = createVault({
    database,
    clock,
    random,
    ...(runtime.osSecretStore ? { osSecretStore: runtime.osSecretStore } : {}),
    waitForTurn: runtime.waitForTurn,
  })
  const settings = createSettingsStore(database)
  const experimental = createExperimentalAlgorithms(
    () => runtime.experimentalAlgorithms === true || settings.get().experimentalAlgorithms,
  )
  const opened = createOpenedMails(random)
  const handover = createHandover({ spool: profile.spool, random })
  vault.onChange(() => {
    // Decrypted text must not outlive the lock.
    if (vault.state() !== 'unlocked') {
      opened.closeAll()
      handover.discardOffered().catch(() => runtime.log.warn({ code: 'spool-file-left' }))
    }
    events.publish('vault')
  })
  return {
    profile,
    vault,
    identities: createIdentityStore({ database, vault, clock, random, postQuantum: experimental.postQuantum }),
    addressBook: createAddressBook({ database, clock, random }),
    trust: createTrustStore({ database, clock }),
    rootLists: createRootLists({ database, clock }),
    revocation: createRevocationSources({
      database,
      clock,
      // Those alone that the running sandbox names: what a certificate says opens no other door of this machine.
      permitsLocal: (url) => runtime.localRevocationServers === true || namedBySandbox(sandbox, url),
    }),
    accounts: createAccountStore({
      database,
      vault,
      clock,
      random,
      virtualAccounts: () => accountsOfSandbox(sandbox.state()),
    }),
    outbox: createOutbox({ database, vault, clock, random }),
    drafts: createDraftStore({ database, vault, clock, random }),
    enrolments: createEnrolmentStore(database),
    requests: createRequestStore(database),
    ownAuthorities: createOwnAuthorityStore(database),
    acmeAccounts: createAcmeAccountStore(database),
    renewals: createRenewalStore(database),
    settings,
    experimental,
    opened,
    handover,
    sandbox,
  }
}

function namedBySandbox(sandbox: SandboxLink, url: string): boolean {
  const { revocationLists = [], ocspResponders = [] } = sandbox.state() ?? {}
  return revocationLists.includes(url) || ocspResponders.includes(url)
}
