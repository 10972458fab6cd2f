/** Everything the contract offers, joined from the services. */

import { implement } from '@orpc/server'
import { contract } from '../../shared/contract/contract.ts'
import { accountsProcedures } from './accounts.ts'
import { appProcedures } from './app.ts'
import { certificatesProcedures } from './certificates.ts'
import { composeProcedures } from './compose.ts'
import { contactsProcedures } from './contacts.ts'
import type { ServiceContext } from './context.ts'
import { enrolmentProcedures } from './enrolment.ts'
import { identitiesProcedures } from './identities.ts'
import { inspectProcedures } from './inspect.ts'
import { mailboxProcedures } from './mailbox.ts'
import { sandboxProcedures } from './sandbox.ts'
import { spoolProcedures } from './spool.ts'
import { vaultProcedures } from './vault.ts'

export const router = implement(contract).$context<ServiceContext>().router({
  app: appProcedures,
  spool: spoolProcedures,
  vault: vaultProcedures,
  identities: identitiesProcedures,
  enrolment: enrolmentProcedures,
  certificates: certificatesProcedures,
  contacts: contactsProcedures,
  accounts: accountsProcedures,
  compose: composeProcedures,
  mailbox: mailboxProcedures,
  inspect: inspectProcedures,
  sandbox: sandboxProcedures,
})
