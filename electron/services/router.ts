/**
 * Everything the contract offers, joined from the services. What the window asks for in its first moment is at hand; the
 * other areas bring along mail, TLS and certificate authorities, and are loaded with their first call.
 */

import { implement } from '@orpc/server'
import { contract } from '../../shared/contract/contract.ts'
import { appProcedures } from './app.ts'
import type { ServiceContext } from './context.ts'
import { sandboxProcedures } from './sandbox.ts'
import { spoolProcedures } from './spool.ts'
import { vaultProcedures } from './vault.ts'

const os = implement(contract).$context<ServiceContext>()

export const router = os.router({
  app: appProcedures,
  spool: spoolProcedures,
  vault: vaultProcedures,
  sandbox: sandboxProcedures,
  identities: os.identities.lazy(async () => ({ default: (await import('./identities.ts')).identitiesProcedures })),
  enrolment: os.enrolment.lazy(async () => ({ default: (await import('./enrolment.ts')).enrolmentProcedures })),
  renewal: os.renewal.lazy(async () => ({ default: (await import('./renewal.ts')).renewalProcedures })),
  requests: os.requests.lazy(async () => ({
    default: (await import('./certificateRequests.ts')).requestsProcedures,
  })),
  catalogue: os.catalogue.lazy(async () => ({ default: (await import('./catalogue.ts')).catalogueProcedures })),
  certificates: os.certificates.lazy(async () => ({
    default: (await import('./certificates.ts')).certificatesProcedures,
  })),
  thunderbird: os.thunderbird.lazy(async () => ({
    default: (await import('./thunderbird.ts')).thunderbirdProcedures,
  })),
  systemStores: os.systemStores.lazy(async () => ({
    default: (await import('./systemStores.ts')).systemStoresProcedures,
  })),
  trust: os.trust.lazy(async () => ({ default: (await import('./trust.ts')).trustProcedures })),
  backup: os.backup.lazy(async () => ({ default: (await import('./backup.ts')).backupProcedures })),
  authority: os.authority.lazy(async () => ({ default: (await import('./authority.ts')).authorityProcedures })),
  contacts: os.contacts.lazy(async () => ({ default: (await import('./contacts.ts')).contactsProcedures })),
  accounts: os.accounts.lazy(async () => ({ default: (await import('./accounts.ts')).accountsProcedures })),
  compose: os.compose.lazy(async () => ({ default: (await import('./compose.ts')).composeProcedures })),
  mailbox: os.mailbox.lazy(async () => ({ default: (await import('./mailbox.ts')).mailboxProcedures })),
  inspect: os.inspect.lazy(async () => ({ default: (await import('./inspect.ts')).inspectProcedures })),
})
