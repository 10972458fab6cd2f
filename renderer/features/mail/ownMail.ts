/**
 * Whether a mail is the reader's own: sealed by the address of the account whose mailbox is being read, as in its Sent
 * folder or in a letter to oneself. A profile may hold several people; another one's letter is not one's own.
 */

import type { OpenedMail } from '../../../shared/contract/report.ts'

export function isOwnMail(mail: Pick<OpenedMail, 'from' | 'report'>, account: string | undefined): boolean {
  if (account === undefined || mail.from.length === 0) return false
  const own = account.toLowerCase()
  const isOwn = (address: string) => address.toLowerCase() === own
  return (
    mail.from.every(({ address }) => isOwn(address)) &&
    mail.report.signers.some(({ state, emails }) => state === 'good' && emails.some(isOwn))
  )
}
