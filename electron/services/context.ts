/**
 * What every service is handed: the machine below (time, randomness, log, the operating system's secret store) and the
 * open profile with the stores made from it. `session.ts` builds both; services only read them.
 */

import type { Failure } from '../../shared/contract/errors.ts'
import type { Reminder } from '../../shared/contract/renewal.ts'
import type { AcmeAccountStore } from '../acquisition/acmeAccounts.ts'
import type { OwnAuthorityStore } from '../acquisition/catalogue/ownAuthorities.ts'
import type { RenewalStore } from '../acquisition/renewalStore.ts'
import type { RequestStore } from '../acquisition/requests.ts'
import type { EnrolmentStore } from '../acquisition/store.ts'
import type { ThunderbirdMachine } from '../acquisition/thunderbird/machine.ts'
import type { ToolMachine } from '../acquisition/toolMachine.ts'
import type { Clock } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import type { Random } from '../base/random.ts'
import type { RevocationSources } from '../certificates/revocation/sourcesFetch.ts'
import type { RootLists } from '../certificates/rootLists.ts'
import type { OperatingSystemStore } from '../certificates/stores/operatingSystemStore.ts'
import type { TrustStore } from '../certificates/trust.ts'
import type { AddressBook } from '../contacts/addressBook.ts'
import type { IdentityStore } from '../keystore/identityStore.ts'
import type { OsSecretStore, Vault } from '../keystore/vault.ts'
import type { AccountStore } from '../mail/accounts.ts'
import type { DraftStore } from '../mail/drafts.ts'
import type { Outbox } from '../mail/outbox.ts'
import type { Dns } from '../net/dns.ts'
import type { Profile } from '../storage/profile.ts'
import type { Events } from './events.ts'
import type { ExperimentalAlgorithms } from './experimental.ts'
import type { Handover } from './files/handover.ts'
import type { OpenedMails } from './mail/openedMails.ts'
import type { SandboxLink, SandboxServers } from './sandbox/sandboxLink.ts'
import type { SettingsStore } from './settingsStore.ts'

/** What a host brings along. */
export interface Runtime {
  readonly host: 'desktop' | 'browser' | 'cli'
  readonly version: string
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly osSecretStore?: OsSecretStore
  /** Waits for another run's attempt at the passphrase; absent where a person sees the wait and tries again. */
  readonly waitForTurn?: (seconds: number) => Promise<void>
  /** The roots that the operating system trusts; absent where Siegel knows no way to ask for them. */
  readonly systemRoots?: OperatingSystemStore
  /** Thunderbird's profiles on this computer; absent where there are none to be asked for. */
  readonly thunderbird?: () => Promise<ThunderbirdMachine>
  /** The tools by which the computer's own stores of certificates are read; absent where none may be. */
  readonly tools?: () => Promise<ToolMachine>
  readonly sandboxServers: SandboxServers
  /** Tells the person that a certificate comes to its end, outside of the window; absent where the host has no way to. */
  readonly remind?: (reminder: Reminder, language: 'system' | 'en' | 'de') => void
  /** In place of the operating system's resolvers: for tests. */
  readonly dns?: Dns
  /** Opens an address in the system's browser; absent where the window does that itself, or nobody can. */
  readonly openLink?: (url: string) => Promise<void>
  /** Lets lists and answers about revocation be fetched from this machine: for tests, no host does. */
  readonly localRevocationServers?: boolean
  /** Leave for experimental algorithms for as long as this process runs, whatever the setting says. */
  readonly experimentalAlgorithms?: boolean
}

/** One open profile and the stores made from it. */
export interface Application {
  readonly profile: Profile
  readonly vault: Vault
  readonly identities: IdentityStore
  readonly addressBook: AddressBook
  readonly trust: TrustStore
  /** Mozilla's and the operating system's roots. */
  readonly rootLists: RootLists
  /** Revocation lists and answers: those that are kept, and the fetching of others. */
  readonly revocation: RevocationSources
  readonly accounts: AccountStore
  readonly outbox: Outbox
  readonly drafts: DraftStore
  readonly enrolments: EnrolmentStore
  /** Requests that left as a file. */
  readonly requests: RequestStore
  /** Authorities that the person added to the catalogue. */
  readonly ownAuthorities: OwnAuthorityStore
  readonly acmeAccounts: AcmeAccountStore
  readonly renewals: RenewalStore
  readonly settings: SettingsStore
  readonly experimental: ExperimentalAlgorithms
  readonly opened: OpenedMails
  /** Files on their way in or out. */
  readonly handover: Handover
  /** The sandbox's servers, run by this process or by another one, where this is a sandbox profile. */
  readonly sandbox: SandboxLink
}

/** A profile that can't be used: said in the window instead of a crash. */
export type ProfileTrouble = Extract<
  Failure,
  { code: 'database-damaged' | 'database-newer' | 'profile-unusable' | 'disk-full' }
>

export interface ServiceContext {
  readonly runtime: Runtime
  readonly events: Events
  /** The profile that is open now; it changes when the sandbox is entered or left. */
  readonly application: Application
  /** Why no profile is open, where that is so; `application` then ends the procedure with it. */
  readonly trouble: ProfileTrouble | undefined
  /** Closes the open profile and opens the one of that kind. */
  switchTo(kind: 'real' | 'sandbox'): Promise<void>
  /** Puts a damaged database aside and opens the last good copy. */
  restoreBackup(): Promise<void>
}
