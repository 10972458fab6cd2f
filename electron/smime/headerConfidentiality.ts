/**
 * What everybody on the way is told (RFC 9788 §3): a header confidentiality policy turns the writer's envelope into the one
 * outside. An answer also hides what the letter it answers had hidden (RFC 9788 §6.1), however weak the policy: otherwise
 * the answer tells the post what its first writer kept from it.
 *
 * Dates need no rule here: every date is written in UTC (RFC 9788 §3.2.2 wants that outside). Keywords and Comments, which
 * each policy hides, are never written.
 */

import type { HiddenHeaders } from '../../shared/contract/report.ts'
import type { Mailbox } from '../../shared/contract/values.ts'
import { addressMatcher } from '../mime/address.ts'
import { type Envelope, envelopeFields } from '../mime/build.ts'
import { messageIdsText, type OutgoingField } from '../mime/headerText.ts'

/**
 * RFC 9788 §3.2: `baseline` (hcp_baseline) hides the subject; `shy` (hcp_shy) the names beside the addresses as well; `none`
 * (hcp_no_confidentiality) nothing.
 */
export type HeaderPolicy = 'none' | 'baseline' | 'shy'

/** What stands for a confidential subject (RFC 9788 §3.2.1). */
export const hiddenSubject = '[...]'

/** The outer header's fields for an encrypted message. */
export function outsideFields(envelope: Envelope, policy: HeaderPolicy, hidden?: HiddenHeaders): OutgoingField[] {
  return envelopeFields(outsideEnvelope(envelope, policy, hidden))
}

function outsideEnvelope(envelope: Envelope, policy: HeaderPolicy, hidden?: HiddenHeaders): Envelope {
  const { from, to, cc = [], subject, inReplyTo, references } = envelope
  const nameless = policy === 'shy' || hidden?.names === true
  const named = ({ name, address }: Mailbox): Mailbox => (nameless || !name ? { address } : { name, address })
  const isHidden = addressMatcher(hidden?.addresses ?? [])
  const told = (mailboxes: readonly Mailbox[]) => mailboxes.filter(({ address }) => !isHidden(address)).map(named)
  return {
    ...envelope,
    // A message has an author (RFC 5322 §3.6.2), and the server asks for the address: only the name can be hidden.
    from: named(from),
    to: told(to),
    cc: told(cc),
    subject: policy === 'none' && !hidden?.subject ? subject : hiddenSubject,
    ...(inReplyTo === undefined ? {} : { inReplyTo: withoutIds(inReplyTo, hidden) }),
    ...(references === undefined ? {} : { references: withoutIds(references, hidden) }),
  }
}

/** An identifier that stood only inside would tie the answer to a letter that nobody on the way has seen. */
function withoutIds(text: string, hidden: HiddenHeaders | undefined): string {
  const ids = new Set(hidden?.messageIds)
  return messageIdsText(text)
    .split(' ')
    .filter((id) => !ids.has(id))
    .join(' ')
}
