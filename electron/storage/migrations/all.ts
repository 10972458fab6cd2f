/** Every step of the schema, in order. A step that was released is never changed: the next change is a new file. */

import type { Migration } from '../migrate.ts'
import { migration as profile } from './001_profile.ts'
import { migration as keystore } from './002_keystore.ts'
import { migration as contacts } from './003_contacts.ts'
import { migration as mail } from './004_mail.ts'
import { migration as enrolments } from './005_enrolments.ts'
import { migration as anchors } from './006_anchors.ts'
import { migration as settings } from './007_settings.ts'
import { migration as outboxClaims } from './008_outbox_claims.ts'
import { migration as trustDecisions } from './009_trust_decisions.ts'
import { migration as revocation } from './010_revocation.ts'
import { migration as backups } from './011_backups.ts'
import { migration as authorities } from './012_authorities.ts'
import { migration as acme } from './013_acme.ts'
import { migration as requests } from './014_requests.ts'
import { migration as restoredOrders } from './015_restored_orders.ts'
import { migration as wizardAnswers } from './016_wizard_answers.ts'
import { migration as compromisedKeys } from './017_compromised_keys.ts'
import { migration as accountContacts } from './018_account_contacts.ts'
import { migration as restoredAuthorities } from './019_restored_authorities.ts'

export const migrations: readonly Migration[] = [
  profile,
  keystore,
  contacts,
  mail,
  enrolments,
  anchors,
  settings,
  outboxClaims,
  trustDecisions,
  revocation,
  backups,
  authorities,
  acme,
  requests,
  restoredOrders,
  wizardAnswers,
  compromisedKeys,
  accountContacts,
  restoredAuthorities,
]
