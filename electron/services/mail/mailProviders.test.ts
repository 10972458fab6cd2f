import { describe, expect, it } from 'vitest'
import { suggestedServers } from './mailProviders.ts'

describe('a guess for the servers of an address', () => {
  it('knows large providers', () => {
    expect(suggestedServers('anna@GMX.de')).toEqual({
      submission: { host: 'mail.gmx.net', port: 587, security: 'starttls', user: 'anna@GMX.de' },
      mailbox: { host: 'imap.gmx.net', port: 993, security: 'tls', user: 'anna@GMX.de' },
    })
    expect(suggestedServers('a@posteo.de').submission).toMatchObject({ host: 'posteo.de', port: 465, security: 'tls' })
  })

  it('is the usual names with TLS from the first byte for any other domain', () => {
    expect(suggestedServers('anna@bücher.example')).toEqual({
      submission: { host: 'smtp.xn--bcher-kva.example', port: 465, security: 'tls', user: 'anna@bücher.example' },
      mailbox: { host: 'imap.xn--bcher-kva.example', port: 993, security: 'tls', user: 'anna@bücher.example' },
    })
  })

  it('is not fooled by a domain that begins like a known one', () => {
    expect(suggestedServers('a@gmx.de.attacker.example').submission.host).toBe('smtp.gmx.de.attacker.example')
  })
})
