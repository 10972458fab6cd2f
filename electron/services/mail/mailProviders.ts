/**
 * A guess for the servers of an address, from its domain alone. Looking a domain up at some directory would tell a stranger
 * who is setting up mail; a person sees the guess and can change it.
 */

import { domainToASCII } from 'node:url'
import type { ServerSettings } from '../../../shared/contract/accounts.ts'

type Server = Pick<ServerSettings, 'host' | 'port' | 'security'>

interface Provider {
  readonly domains: readonly string[]
  readonly submission: Server
  readonly mailbox: Server
}

const tls = (host: string): Server => ({ host, port: 465, security: 'tls' })
const startTls = (host: string): Server => ({ host, port: 587, security: 'starttls' })
const imap = (host: string): Server => ({ host, port: 993, security: 'tls' })

/** As the providers document them. */
const providers: readonly Provider[] = [
  {
    domains: ['gmx.de', 'gmx.net', 'gmx.at', 'gmx.ch', 'gmx.com', 'gmx.eu', 'gmx.org', 'gmx.info'],
    submission: startTls('mail.gmx.net'),
    mailbox: imap('imap.gmx.net'),
  },
  { domains: ['web.de', 'email.de'], submission: startTls('smtp.web.de'), mailbox: imap('imap.web.de') },
  {
    domains: ['t-online.de', 'magenta.de'],
    submission: tls('securesmtp.t-online.de'),
    mailbox: imap('secureimap.t-online.de'),
  },
  {
    domains: ['posteo.de', 'posteo.net', 'posteo.org', 'posteo.eu', 'posteo.at', 'posteo.ch'],
    submission: tls('posteo.de'),
    mailbox: imap('posteo.de'),
  },
  { domains: ['mailbox.org'], submission: tls('smtp.mailbox.org'), mailbox: imap('imap.mailbox.org') },
  { domains: ['freenet.de'], submission: startTls('mx.freenet.de'), mailbox: imap('mx.freenet.de') },
  { domains: ['online.de', '1und1.de'], submission: tls('smtp.ionos.de'), mailbox: imap('imap.ionos.de') },
  {
    domains: ['arcor.de', 'vodafone.de', 'vodafonemail.de'],
    submission: startTls('mail.vodafone.de'),
    mailbox: imap('imap.vodafone.de'),
  },
  { domains: ['bluewin.ch'], submission: tls('smtpauths.bluewin.ch'), mailbox: imap('imaps.bluewin.ch') },
  { domains: ['gmail.com', 'googlemail.com'], submission: tls('smtp.gmail.com'), mailbox: imap('imap.gmail.com') },
  {
    domains: ['outlook.com', 'outlook.de', 'hotmail.com', 'hotmail.de', 'live.com', 'live.de', 'msn.com'],
    submission: startTls('smtp-mail.outlook.com'),
    mailbox: imap('outlook.office365.com'),
  },
  {
    domains: ['icloud.com', 'me.com', 'mac.com'],
    submission: startTls('smtp.mail.me.com'),
    mailbox: imap('imap.mail.me.com'),
  },
  {
    domains: ['yahoo.com', 'yahoo.de', 'yahoo.fr', 'yahoo.co.uk', 'ymail.com'],
    submission: tls('smtp.mail.yahoo.com'),
    mailbox: imap('imap.mail.yahoo.com'),
  },
  { domains: ['aol.com', 'aol.de'], submission: tls('smtp.aol.com'), mailbox: imap('imap.aol.com') },
  {
    domains: ['fastmail.com', 'fastmail.fm'],
    submission: tls('smtp.fastmail.com'),
    mailbox: imap('imap.fastmail.com'),
  },
  { domains: ['orange.fr', 'wanadoo.fr'], submission: tls('smtp.orange.fr'), mailbox: imap('imap.orange.fr') },
  { domains: ['free.fr'], submission: tls('smtp.free.fr'), mailbox: imap('imap.free.fr') },
  { domains: ['laposte.net'], submission: tls('smtp.laposte.net'), mailbox: imap('imap.laposte.net') },
  { domains: ['libero.it'], submission: tls('smtp.libero.it'), mailbox: imap('imapmail.libero.it') },
  { domains: ['seznam.cz', 'email.cz'], submission: tls('smtp.seznam.cz'), mailbox: imap('imap.seznam.cz') },
]

/** Settings to begin with; RFC 8314 §3 prefers TLS from the first byte, so the guess for any other domain does. */
export function suggestedServers(address: string): { submission: ServerSettings; mailbox: ServerSettings } {
  const domain = domainToASCII(address.slice(address.lastIndexOf('@') + 1)).toLowerCase()
  const known = providers.find(({ domains }) => domains.includes(domain))
  const submission = known?.submission ?? tls(`smtp.${domain}`)
  const mailbox = known?.mailbox ?? imap(`imap.${domain}`)
  return { submission: { ...submission, user: address }, mailbox: { ...mailbox, user: address } }
}
