/**
 * The spelling of a mail address inside an order and a certificate request: the domain in its ASCII form, which is what
 * both rfc822Name (RFC 5280 §4.2.1.6) and SmtpUTF8Mailbox (RFC 9598 §3) hold. The local part stays as typed.
 */

import { domainToASCII } from 'node:url'
import { shownText } from '../../shared/shownText.ts'
import { isAddress } from '../mime/address.ts'

/**
 * Undefined when the text isn't an address that a CA can certify. Quoted local parts are refused: no CA takes them. So is an
 * asterisk, which no order may have (RFC 8823 §3), and what hides or turns the rest around: a certificate vouches for what people read.
 */
export function certificateAddress(text: string): string | undefined {
  const address = text.trim()
  if (address.startsWith('"') || address.includes('*') || !isAddress(address) || shownText(address) !== address)
    return undefined
  const at = address.lastIndexOf('@')
  return `${address.slice(0, at)}@${domainToASCII(address.slice(at + 1)).toLowerCase()}`
}
