/** The whole contract: what the privileged side offers, area by area. */

import { oc } from '@orpc/contract'
import { accountsContract } from './accounts.ts'
import { appContract, spoolContract } from './app.ts'
import { authorityContract } from './authority.ts'
import { backupContract } from './backup.ts'
import { catalogueContract } from './catalogue.ts'
import { certificatesContract } from './certificates.ts'
import { composeContract } from './compose.ts'
import { contactsContract } from './contacts.ts'
import { enrolmentContract } from './enrolment.ts'
import { failures } from './errors.ts'
import { identitiesContract } from './identities.ts'
import { inspectContract } from './inspect.ts'
import { mailboxContract } from './mailbox.ts'
import { renewalContract } from './renewal.ts'
import { requestsContract } from './requests.ts'
import { sandboxContract } from './sandbox.ts'
import { systemStoresContract } from './systemStores.ts'
import { thunderbirdContract } from './thunderbird.ts'
import { trustContract } from './trust.ts'
import { vaultContract } from './vault.ts'
import { wizardContract } from './wizard.ts'

/** Any procedure can meet a profile that isn't open, and any write a full disk. */
const profileFailures = failures('database-damaged', 'database-newer', 'profile-unusable', 'disk-full')

export const contract = oc.errors(profileFailures).router({
  app: appContract,
  spool: spoolContract,
  vault: vaultContract,
  identities: identitiesContract,
  enrolment: enrolmentContract,
  renewal: renewalContract,
  wizard: wizardContract,
  requests: requestsContract,
  catalogue: catalogueContract,
  certificates: certificatesContract,
  contacts: contactsContract,
  accounts: accountsContract,
  compose: composeContract,
  mailbox: mailboxContract,
  inspect: inspectContract,
  sandbox: sandboxContract,
  systemStores: systemStoresContract,
  thunderbird: thunderbirdContract,
  trust: trustContract,
  backup: backupContract,
  authority: authorityContract,
})
