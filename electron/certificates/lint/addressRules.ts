/** Mail addresses that are not what they seem: look-alike letters, internationalized domains (RFC 9598), and too many of them. */

import { isAddress } from '../../mime/address.ts'
import { latinLookAlike, mixesScripts, unicodeHost } from '../../mime/lookAlike.ts'
import { statedAddresses } from '../certificate.ts'
import { alternativeNames, found, foundValues, type LintRule, shownValue, shownValues } from './rule.ts'

/** The certificate of a person names one mailbox or a few; one that speaks for more is a server's or a whole department's. */
const usualNames = 20

const hostOf = (address: string) => address.slice(address.lastIndexOf('@') + 1)

const isAscii = (text: string) => /^[\x00-\x7f]*$/.test(text)

const hasALabel = (host: string) => /(^|\.)xn--/i.test(host)

/** A domain in A-labels that decodes to something else than itself. */
function decodes(host: string): boolean {
  return unicodeHost(host).toLowerCase() !== host.toLowerCase() && !hasALabel(unicodeHost(host))
}

export const addressRules: readonly LintRule[] = [
  {
    code: 'malformed-address',
    severity: 'warning',
    section: 'RFC 5280 §4.2.1.6',
    find: ({ certificate }) =>
      foundValues(
        'emails',
        statedAddresses(certificate).filter((email) => !isAddress(email)),
      ),
  },
  {
    code: 'mixed-scripts',
    severity: 'warning',
    section: 'UTS #39 §5.1',
    find: ({ certificate }) => foundValues('emails', certificate.emails.filter(mixesScripts)),
  },
  {
    code: 'look-alike-address',
    severity: 'warning',
    section: 'UTS #39 §4',
    find: ({ certificate }) => {
      const email = certificate.emails.find((address) => latinLookAlike(address) !== undefined)
      const like = email === undefined ? undefined : latinLookAlike(email)
      return found(like !== undefined, { email: shownValue(email ?? ''), like: shownValue(like ?? '') })
    },
  },
  {
    code: 'internationalized-domain',
    severity: 'info',
    section: 'RFC 9598 §3',
    find: ({ certificate }) => {
      const emails = certificate.emails.filter((email) => hasALabel(hostOf(email)) && decodes(hostOf(email)))
      return found(emails.length > 0, {
        emails: shownValues(emails),
        domains: shownValues(emails.map((email) => unicodeHost(hostOf(email)))),
      })
    },
  },
  {
    code: 'undecodable-domain',
    severity: 'warning',
    section: 'RFC 5890 §2.3.2.1',
    find: ({ certificate }) =>
      foundValues(
        'emails',
        certificate.emails.filter((email) => hasALabel(hostOf(email)) && !decodes(hostOf(email))),
      ),
  },
  {
    code: 'unicode-domain',
    severity: 'info',
    section: 'RFC 9598 §3',
    find: ({ certificate }) =>
      foundValues(
        'emails',
        certificate.emails.filter((email) => !isAscii(hostOf(email))),
      ),
  },
  {
    code: 'needless-utf8-mailbox',
    severity: 'info',
    section: 'RFC 9598 §3',
    find: ({ certificate }) => {
      const names = alternativeNames(certificate).filter(({ kind }) => kind === 'smtpUtf8Mailbox')
      const needless = names
        .map(({ value }) => value)
        .filter((value) => isAscii(value.slice(0, value.lastIndexOf('@'))))
      return foundValues('emails', needless)
    },
  },
  {
    code: 'many-names',
    severity: 'warning',
    section: 'RFC 5280 §4.2.1.6',
    find: ({ certificate }) => {
      const count = alternativeNames(certificate).length
      return found(count > usualNames, { count })
    },
  },
]
