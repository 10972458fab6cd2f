import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { base64Text } from '../../base/bytes.ts'
import { failure, success } from '../../base/result.ts'
import type { Certificate } from '../../certificates/certificate.ts'
import { mozillaRoots } from '../../certificates/roots/mozillaRoots.ts'
import type { OperatingSystemStore } from '../../certificates/stores/operatingSystemStore.ts'
import { testAuthority, testNow, testPerson } from '../../certificates/testPki.ts'
import { openSession } from '../session.ts'
import { clientOf, failureOf, testPost, testRuntime, testServices } from '../testServices.ts'
import { chainOf } from './knownCertificates.ts'

const source = ({ der }: Certificate) => ({ bytes: base64Text(der) })

async function trusting(note = '') {
  const context = await testServices()
  const client = clientOf(context)
  const firm = await testAuthority('Firm')
  const { certificate } = firm
  await client.certificates.addAnchor({ source: source(certificate), sha256: certificate.sha256, note })
  const anna = await testPerson('anna@firm.example', { issuer: firm })
  const state = () => chainOf(context, anna.certificate, testNow, 'sign').state
  return { context, client, certificate, state }
}

/** One without a date, and the one that lasts longest. */
function mozillaRoot(): string {
  const { fingerprints, root, ruleOf } = mozillaRoots()
  const lasting = fingerprints.filter((each) => !ruleOf(each)).map((each) => ({ each, end: root(each)?.notAfter ?? 0 }))
  return lasting.sort((left, right) => Number(right.end) - Number(left.end))[0]?.each ?? ''
}

/** A session whose operating system trusts what `read` says at the time, and how often it was asked. */
async function systemTrusting(read: OperatingSystemStore['read']) {
  const home = await mkdtemp(join(tmpdir(), 'siegel-trust-'))
  let asked = 0
  const systemRoots = {
    read: () => {
      asked++
      return read()
    },
  }
  onTestFinished(() => rm(home, { recursive: true, force: true }))
  async function opened(at: string) {
    const session = await openSession({ home, runtime: testRuntime({ systemRoots, clock: () => new Date(at) }) })
    onTestFinished(() => session.close())
    return { context: session.context, client: clientOf(session.context), close: () => session.close() }
  }
  return { opened, times: () => asked }
}

describe('the overview', () => {
  it("lists Mozilla's roots from the start, and no decision", async () => {
    const { lists, roots, decisions } = await clientOf(await testServices()).trust.overview()
    expect(lists).toEqual([
      expect.objectContaining({ list: 'mozilla', trusted: true, roots: 88, distrusted: 0, version: '3.132' }),
      { list: 'system', trusted: false, roots: 0, distrusted: 0 },
    ])
    expect(roots).toHaveLength(88)
    expect(new Set(roots.flatMap(({ sources }) => sources))).toEqual(new Set(['mozilla']))
    expect(roots.filter(({ distrustAfter }) => distrustAfter)).toEqual([])
    expect(decisions).toEqual([])
  })

  it("says which of Mozilla's roots count for nothing issued later, and leaves out a date that the own trust overrides", async () => {
    const [client, sha256] = [clientOf(await testServices()), mozillaRoot()]
    const source = { bytes: base64Text(mozillaRoots().root(sha256)?.der ?? new Uint8Array()) }
    const asked = vi.spyOn(mozillaRoots(), 'ruleOf')
    asked.mockImplementation((each) =>
      each === sha256 ? { distrustAfter: new Date('2026-05-31T23:59:59Z') } : undefined,
    )
    onTestFinished(() => asked.mockRestore())
    const dates = async () => {
      const { roots } = await client.trust.overview()
      return roots.flatMap(({ certificate, distrustAfter }) =>
        distrustAfter ? [[certificate.sha256, distrustAfter]] : [],
      )
    }
    expect(await dates()).toEqual([[sha256, '2026-05-31T23:59:59.000Z']])
    await client.certificates.addAnchor({ source, sha256, note: '' })
    expect(await dates()).toEqual([])
  })

  it("has the sandbox's root in a sandbox, which nobody can change", async () => {
    const { context } = await testPost()
    const client = clientOf(context)
    const [root] = (await client.trust.overview()).roots
    expect(root).toMatchObject({ sources: ['sandbox'], domains: [] })
    const sha256 = root?.certificate.sha256 ?? ''
    expect(await failureOf(client.trust.setScope({ sha256, domains: [] }))).toMatchObject({ code: 'sandbox-only' })
    expect(await failureOf(client.trust.distrust({ sha256 }))).toMatchObject({ code: 'not-found' })
  })
})

describe("the scope of a person's anchor", () => {
  it('is set, shown and lifted, and chains follow at once', async () => {
    const { client, certificate, state } = await trusting('by telephone')
    const { sha256 } = certificate
    expect(state()).toBe('valid')
    const limited = await client.trust.setScope({
      sha256,
      domains: ['Other.example', '.firm.example', '.firm.example '],
    })
    expect(limited).toMatchObject({
      sources: ['own'],
      note: 'by telephone',
      domains: ['other.example', '.firm.example'],
      addedAt: expect.any(String),
    })
    expect(state()).toBe('unknown-issuer')
    expect(await client.certificates.anchors()).toMatchObject([{ domains: ['other.example', '.firm.example'] }])
    const kinds = (await client.trust.overview()).decisions.map(({ kind, root }) => [kind, root?.name])
    expect(kinds.sort()).toEqual([
      ['anchor-added', 'Firm'],
      ['scope-set', 'Firm'],
    ])
    await client.trust.setScope({ sha256, domains: ['firm.example'] })
    expect(state()).toBe('valid')
    expect((await client.trust.setScope({ sha256, domains: [] })).domains).toEqual([])
    expect((await client.trust.overview()).decisions.map(({ kind }) => kind)).toEqual(['anchor-added'])
  })

  it('takes domains only, and of an anchor that is there', async () => {
    const { client, certificate } = await trusting()
    const { sha256 } = certificate
    expect(await failureOf(client.trust.setScope({ sha256, domains: ['firm.example', 'anna@firm.example'] }))).toEqual({
      code: 'malformed-domain',
      data: { domain: 'anna@firm.example' },
    })
    expect(await failureOf(client.trust.setScope({ sha256: mozillaRoot(), domains: [] }))).toEqual({
      code: 'not-found',
      data: { what: 'anchor' },
    })
  })
})

describe('a root of a list', () => {
  it('is distrusted and trusted again, and stays to be seen', async () => {
    const client = clientOf(await testServices())
    const sha256 = mozillaRoot()
    const stateOfRoot = async () => (await client.certificates.get({ sha256 })).chain.state
    expect(await stateOfRoot()).toBe('valid')
    await client.trust.distrust({ sha256 })
    expect(await stateOfRoot()).toBe('unknown-issuer')
    const { lists, roots, decisions } = await client.trust.overview()
    expect(lists[0]).toMatchObject({ roots: 88, distrusted: 1 })
    const root = roots.find(({ certificate }) => certificate.sha256 === sha256)
    expect(root).toMatchObject({ sources: ['mozilla'], distrustedAt: expect.any(String) })
    expect(decisions).toEqual([
      { kind: 'root-distrusted', at: root?.distrustedAt, root: { sha256, name: root?.certificate.name } },
    ])
    await client.trust.trustAgain({ sha256 })
    expect(await stateOfRoot()).toBe('valid')
    expect(await failureOf(client.trust.trustAgain({ sha256 }))).toMatchObject({ code: 'not-found' })
  })

  it('has to be one', async () => {
    const { client, certificate } = await trusting()
    expect(await failureOf(client.trust.distrust({ sha256: certificate.sha256 }))).toMatchObject({ code: 'not-found' })
  })
})

describe('a list', () => {
  it('of Mozilla is left and trusted again', async () => {
    const client = clientOf(await testServices())
    const left = await client.trust.decideList({ list: 'mozilla', trusted: false })
    expect(left[0]).toMatchObject({ trusted: false, roots: 88 })
    const { roots, decisions } = await client.trust.overview()
    expect(roots).toEqual([])
    expect(decisions).toEqual([{ kind: 'list-left', at: expect.any(String), list: 'mozilla' }])
    await client.trust.decideList({ list: 'mozilla', trusted: true })
    expect((await client.trust.overview()).decisions).toMatchObject([{ kind: 'list-trusted' }])
  })

  it('of the operating system is read when it is trusted, kept, and read again once a day', async () => {
    let held = [(await testAuthority('First')).certificate]
    const { opened, times } = await systemTrusting(async () => success(held))
    const first = await opened('2026-06-01T12:00:00Z')
    expect(times()).toBe(0)
    const [, system] = await first.client.trust.decideList({ list: 'system', trusted: true })
    expect(system).toEqual({
      list: 'system',
      trusted: true,
      roots: 1,
      distrusted: 0,
      asOf: '2026-06-01T12:00:00.000Z',
    })
    await first.close()
    const names = async ({ client }: typeof first) =>
      (await client.trust.overview()).roots
        .filter(({ sources }) => sources.includes('system'))
        .map(({ certificate }) => certificate.name)
    held = [(await testAuthority('Second')).certificate]
    const soon = await opened('2026-06-02T11:00:00Z')
    expect([times(), await names(soon)]).toEqual([1, ['First']])
    await soon.client.trust.readSystem()
    expect([times(), await names(soon)]).toEqual([2, ['Second']])
    await soon.close()
    const later = await opened('2026-06-04T12:00:00Z')
    expect([times(), await names(later)]).toEqual([3, ['Second']])
    await later.client.trust.decideList({ list: 'system', trusted: false })
    expect([await names(later), (await later.client.trust.readSystem())[1]?.roots, times()]).toEqual([[], 0, 3])
  })

  it('that can not be read is not trusted; one that was read before stays', async () => {
    const { certificate } = await testAuthority('First')
    let works = false
    const { opened } = await systemTrusting(async () =>
      works ? success([certificate]) : failure({ code: 'system-roots-unreadable', reason: 'slow' }),
    )
    const first = await opened('2026-06-01T12:00:00Z')
    const trust = () => first.client.trust.decideList({ list: 'system', trusted: true })
    expect(await failureOf(trust())).toEqual({ code: 'system-roots-unreadable', data: { reason: 'slow' } })
    expect((await first.client.trust.overview()).lists[1]).toMatchObject({ trusted: false })
    works = true
    await trust()
    await first.close()
    works = false
    const later = await opened('2026-06-05T12:00:00Z')
    expect((await later.client.trust.overview()).lists[1]).toMatchObject({ trusted: true, roots: 1 })
    expect(await failureOf(later.client.trust.readSystem())).toMatchObject({ data: { reason: 'slow' } })
  })

  it('of the operating system is missing where no host asks for it', async () => {
    const client = clientOf(await testServices())
    expect(await failureOf(client.trust.decideList({ list: 'system', trusted: true }))).toEqual({
      code: 'system-roots-unreadable',
      data: { reason: 'missing' },
    })
  })
})

describe('an anchor that is added with domains', () => {
  it('is limited from the start', async () => {
    const client = clientOf(await testServices())
    const { certificate } = await testAuthority('Firm')
    const added = await client.certificates.addAnchor({
      source: source(certificate),
      sha256: certificate.sha256,
      note: '',
      domains: ['Firm.example', '.firm.example'],
    })
    expect(added.domains).toEqual(['firm.example', '.firm.example'])
    const { roots, decisions } = await client.trust.overview()
    expect(roots.find(({ sources }) => sources.includes('own'))?.domains).toEqual(['firm.example', '.firm.example'])
    expect(decisions.map(({ kind }) => kind).sort()).toEqual(['anchor-added', 'scope-set'])
  })

  it('is not trusted at all when one of them is none', async () => {
    const client = clientOf(await testServices())
    const { certificate } = await testAuthority('Firm')
    const adding = client.certificates.addAnchor({
      source: source(certificate),
      sha256: certificate.sha256,
      note: '',
      domains: ['anna@firm.example'],
    })
    expect(await failureOf(adding)).toEqual({ code: 'malformed-domain', data: { domain: 'anna@firm.example' } })
    expect((await client.trust.overview()).decisions).toEqual([])
  })
})
