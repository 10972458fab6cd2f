import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { allPhrases } from '../../../shared/words/words.ts'
import { catalogue } from '../../acquisition/catalogue/catalogue.ts'
import { expectSuccess } from '../../base/result.ts'
import { testAuthority } from '../../certificates/testPki.ts'
import { systemDns } from '../../net/dns.ts'
import { testDns } from '../../net/testDns.ts'
import { openSession } from '../session.ts'
import { clientOf, failureOf, testRuntime, testServices } from '../testServices.ts'

describe('the catalogue', () => {
  it('has links over https only, facts with a month, and words for each of its notes', () => {
    const words = allPhrases('en')
    for (const { id, links, asOf, directoryUrl, issues, unverified } of catalogue) {
      for (const { url } of links) expect(new URL(url).protocol, id).toBe('https:')
      expect(directoryUrl === undefined, id).toBe(issues !== 'acme')
      expect(asOf).toMatch(/^20\d\d-(0[1-9]|1[0-2])$/)
      for (const fact of unverified) expect(words.has(`catalogue.unverified.${fact}`)).toBe(true)
    }
    expect(new Set(catalogue.map(({ id }) => id)).size).toBe(catalogue.length)
  })

  it('computes from the roots of this profile whether an authority is trusted for mail', async () => {
    const context = await testServices()
    const client = clientOf(context)
    const trustOf = async (id: string) => (await client.catalogue.list()).find((entry) => entry.id === id)?.trust
    expect(await trustOf('castle')).toEqual({ state: 'no-root', roots: [] })
    expect(await trustOf('actalis')).toEqual({ state: 'trusted', roots: ['Actalis Authentication Root CA'] })

    const { roots } = await client.trust.overview()
    const actalis = roots.find(({ certificate }) => certificate.name === 'Actalis Authentication Root CA')
    await client.trust.distrust({ sha256: actalis!.certificate.sha256 })
    expect(await trustOf('actalis')).toEqual({ state: 'not-trusted', roots: [] })

    await client.trust.decideList({ list: 'mozilla', trusted: false })
    expect((await trustOf('harica'))?.state).toBe('not-trusted')
    const own = await testAuthority(
      'Own',
      {},
      { subject: { commonName: 'Own HARICA', organization: 'Hellenic Academic and Research Institutions CA' } },
    )
    expectSuccess(context.application.trust.add(own.certificate, '', ['example.org']))
    expect(await trustOf('harica')).toEqual({ state: 'limited', roots: ['Own HARICA'] })
  })
})

describe('own entries', () => {
  it('are added, listed first and removed', async () => {
    const client = clientOf(await testServices())
    const added = await client.catalogue.add({
      name: 'Company CA',
      issues: 'csr',
      url: 'https://ca.example.org/request',
    })
    expect((await client.catalogue.list())[0]).toEqual(added)
    expect(added).toMatchObject({ own: true, issues: 'csr', links: [{ kind: 'order' }] })
    expect(
      await failureOf(client.catalogue.add({ name: 'company ca ', issues: 'csr', url: 'https://x.example' })),
    ).toMatchObject({ code: 'name-taken', data: { name: 'Company CA' } })
    expect(
      await failureOf(client.catalogue.add({ name: 'Other', issues: 'csr', url: 'https://ca.example.org/request' })),
    ).toMatchObject({ code: 'already-known', data: { name: 'Company CA' } })
    await client.catalogue.remove({ id: added.id })
    expect((await client.catalogue.list()).some(({ own }) => own)).toBe(false)
    expect(await failureOf(client.catalogue.remove({ id: added.id }))).toMatchObject({ code: 'not-found' })
    expect(await failureOf(client.catalogue.remove({ id: 'harica' }))).toMatchObject({ code: 'not-found' })
  })

  it.each(['ＣＡＳＴＬＥ', 'CАSTLE', 'castle', 'sslcom', 'ActaIis'])(
    'are not called %s, which would be taken for an entry of the catalogue',
    async (name) => {
      const context = await testServices()
      const add = clientOf(context).catalogue.add({ name, issues: 'acme', url: 'https://ca.firm.example/d' })
      expect(await failureOf(add)).toMatchObject({ code: 'name-taken' })
      expect(context.application.ownAuthorities.list()).toEqual([])
    },
  )

  it('never take the place of an entry of the catalogue, not even with its id', async () => {
    const context = await testServices()
    context.application.ownAuthorities.add({
      id: 'castle',
      name: 'CASTLE',
      issues: 'csr',
      url: 'https://ca.evil.example/',
      createdAt: context.runtime.clock().toISOString(),
    })
    const opened = await clientOf(context).catalogue.openLink({ id: 'castle', kind: 'information' })
    expect(opened.url).toBe('https://acme.castle.cloud/')
  })

  const binding = { keyId: 'customer-7', hmacKey: 'c2VjcmV0IG9mIHRoZSBDQSBmb3IgdGhpcyBjdXN0b21lcg' }

  it('bind an account to the customer, and the key stays in the vault', async () => {
    const context = await testServices()
    const client = clientOf(context)
    const url = 'https://ca.example.org/acme/directory'
    const added = await client.catalogue.add({ name: 'Company', issues: 'acme', url, externalAccountBinding: binding })
    expect(added).toMatchObject({ bindingKeyId: 'customer-7', directoryUrl: url })
    expect(JSON.stringify(await client.catalogue.list())).not.toContain(binding.hmacKey)
    const [account] = context.application.acmeAccounts.list()
    expect(account).toMatchObject({ directory: url, bindingKeyId: 'customer-7' })
    expect(Buffer.from(account!.sealedBindingKey!).includes(binding.hmacKey)).toBe(false)
  })

  it('leave nothing behind where the vault is locked', async () => {
    const context = await testServices()
    context.application.vault.lock()
    const add = clientOf(context).catalogue.add({
      name: 'Company',
      issues: 'acme',
      url: 'https://ca.example.org/',
      externalAccountBinding: binding,
    })
    expect(await failureOf(add)).toMatchObject({ code: 'locked' })
    expect(context.application.ownAuthorities.list()).toEqual([])
    expect(context.application.acmeAccounts.list()).toEqual([])
  })

  it.each([
    'http://ca.example.org/',
    'https://user:secret@ca.example.org/',
    'file:///etc/passwd',
    'javascript:alert(1)',
  ])('are refused at %s', async (url) => {
    const context = await testServices()
    expect(await failureOf(clientOf(context).catalogue.add({ name: 'Bad', issues: 'csr', url }))).toBeDefined()
    expect(context.application.ownAuthorities.list()).toEqual([])
  })
})

describe('leave of a mail domain', () => {
  async function check(records: Parameters<typeof testDns>[0], authority: string, address = 'anna@mail.example.org') {
    const home = await mkdtemp(join(tmpdir(), 'siegel-services-'))
    const session = await openSession({ home, runtime: testRuntime({ dns: systemDns(1000, await testDns(records)) }) })
    onTestFinished(async () => {
      await session.close()
      await rm(home, { recursive: true, force: true })
    })
    return clientOf(session.context).catalogue.checkDomain({ address, authority })
  }

  it('is given where the domain names the authority, and where it says nothing', async () => {
    const records = { 'example.org': [{ flags: 0, tag: 'issuemail', value: 'harica.gr' }] }
    expect(await check(records, 'harica')).toMatchObject({ verdict: 'allowed', at: 'example.org' })
    expect(await check({ org: [] }, 'harica')).toMatchObject({ verdict: 'allowed', issuers: [] })
  })

  it('is refused with whom it names instead', async () => {
    const records = { 'example.org': [{ flags: 0, tag: 'issuemail', value: 'harica.gr' }] }
    expect(await check(records, 'digicert')).toEqual({
      domain: 'mail.example.org',
      verdict: 'forbidden',
      at: 'example.org',
      issuers: ['harica.gr'],
      unknownConditions: [],
    })
  })

  it('is neither given nor refused where the DNS is silent', async () => {
    expect(await check({ 'mail.example.org': 'refuse' }, 'harica')).toMatchObject({ verdict: 'unanswered' })
  })

  it('is asked for an international domain in its ASCII form', async () => {
    const records = { 'xn--bcher-kva.example': [{ flags: 0, tag: 'issuemail', value: ';' }] }
    expect(await check(records, 'harica', 'anna@bücher.example')).toMatchObject({ verdict: 'nobody' })
  })
})

describe('a link of the catalogue', () => {
  it('is opened by the host, and only links that stand in it', async () => {
    const opened: string[] = []
    const home = await mkdtemp(join(tmpdir(), 'siegel-services-'))
    const openLink = async (url: string) => void opened.push(url)
    const session = await openSession({ home, runtime: testRuntime({ openLink }) })
    onTestFinished(async () => {
      await session.close()
      await rm(home, { recursive: true, force: true })
    })
    const client = clientOf(session.context)
    expect(await client.catalogue.openLink({ id: 'harica', kind: 'order' })).toMatchObject({ opened: true })
    expect(opened).toEqual(['https://cm.harica.gr/'])
    expect(await failureOf(client.catalogue.openLink({ id: 'sectigo', kind: 'information' }))).toMatchObject({
      code: 'not-found',
    })
    expect(opened).toHaveLength(1)
  })
})
