/**
 * Everything the contract offers, joined from the services. What the window asks for in its first moment is at hand; the
 * other areas bring along mail, TLS and certificate authorities, and are loaded with their first call.
 */

import { implement } from '@orpc/server'
import { contract } from '../../shared/contract/contract.ts'
import { appProcedures } from './app.ts'
import type { ServiceContext } from './context.ts'
import { spoolProcedures } from './files/spool.ts'
import { sandboxProcedures } from './sandbox/sandbox.ts'
import { vaultProcedures } from './vault.ts'

const os = implement(contract).$context<ServiceContext>()

export const router = os.router({
  app: appProcedures,
  spool: spoolProcedures,
  vault: vaultProcedures,
  sandbox: sandboxProcedures,
  identities: os.identities.lazy(async () => ({
    default: (await import('./identities/identities.ts')).identitiesProcedures,
  })),
  enrolment: os.enrolment.lazy(async () => ({
    default: (await import('./enrolment/enrolment.ts')).enrolmentProcedures,
  })),
  renewal: os.renewal.lazy(async () => ({ default: (await import('./enrolment/renewal.ts')).renewalProcedures })),
  wizard: os.wizard.lazy(async () => ({ default: (await import('./enrolment/wizard.ts')).wizardProcedures })),
  requests: os.requests.lazy(async () => ({
    default: (await import('./requests/certificateRequests.ts')).requestsProcedures,
  })),
  catalogue: os.catalogue.lazy(async () => ({
    default: (await import('./enrolment/catalogue.ts')).catalogueProcedures,
  })),
  certificates: os.certificates.lazy(async () => ({
    default: (await import('./certificates/certificates.ts')).certificatesProcedures,
  })),
  thunderbird: os.thunderbird.lazy(async () => ({
    default: (await import('./identities/thunderbird.ts')).thunderbirdProcedures,
  })),
  systemStores: os.systemStores.lazy(async () => ({
    default: (await import('./identities/systemStores.ts')).systemStoresProcedures,
  })),
  trust: os.trust.lazy(async () => ({ default: (await import('./certificates/trust.ts')).trustProcedures })),
  backup: os.backup.lazy(async () => ({ default: (await import('./backup/backup.ts')).backupProcedures })),
  authority: os.authority.lazy(async () => ({
    default: (await import('./authority/authority.ts')).authorityProcedures,
  })),
  contacts: os.contacts.lazy(async () => ({ default: (await import('./mail/contacts.ts')).contactsProcedures })),
  accounts: os.accounts.lazy(async () => ({ default: (await import('./mail/accounts.ts')).accountsProcedures })),
  compose: os.compose.lazy(async () => ({ default: (await import('./mail/compose.ts')).composeProcedures })),
  mailbox: os.mailbox.lazy(async () => ({ default: (await import('./mail/mailbox.ts')).mailboxProcedures })),
  inspect: os.inspect.lazy(async () => ({ default: (await import('./mail/inspect.ts')).inspectProcedures })),
})
