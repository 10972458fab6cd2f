/** Whether a contact's certificate changed lately: a renewal mostly, an impostor seldom, worth a look in both cases. */

import type { ContactCertificate } from '../../../shared/contract/contacts.ts'

/** Long enough to be seen by whoever writes rarely, short enough not to become furniture. */
const month = 30 * 86_400_000

/** The newest certificate and the one seen before it for the same address, when the change is under a month old. */
export function latestChange(certificates: readonly ContactCertificate[], now: Date) {
  const bySight = [...certificates].sort((left, right) => right.firstSeen.localeCompare(left.firstSeen))
  const [after] = bySight
  if (!after || now.getTime() - new Date(after.firstSeen).getTime() > month) return undefined
  const before = bySight.slice(1).find((one) => {
    const sameAddress = one.certificate.emails.some((email) => after.certificate.emails.includes(email))
    return sameAddress && one.firstSeen !== after.firstSeen && !isPair(one, after)
  })
  return before ? { before, after } : undefined
}

/** One for signing and one for encryption, from the same issuer: two halves of one identity, and no change. */
function isPair(left: ContactCertificate, right: ContactCertificate): boolean {
  return (
    left.canEncrypt !== right.canEncrypt &&
    left.certificate.issuer === right.certificate.issuer &&
    left.state === 'valid' &&
    right.state === 'valid'
  )
}
