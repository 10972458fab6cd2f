import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { expectSuccess } from '../base/result.ts'
import { testProfile } from '../storage/testProfile.ts'
import type { AnchorSource } from './anchorSource.ts'
import type { Certificate } from './certificate.ts'
import { nameKey } from './name.ts'
import { validatePath } from './path.ts'
import { createRootLists } from './rootLists.ts'
import { mozillaRoots } from './roots/mozillaRoots.ts'
import { testAuthority, testNow, testPerson } from './testPki.ts'
import { createTrustStore } from './trust.ts'
import { trustedAnchors, withAnchors } from './trustedAnchors.ts'

let seconds = 0
const tick = () => new Date(Date.parse('2026-06-01T12:00:00Z') + seconds++ * 1_000)

async function stores() {
  const { database } = await testProfile()
  const made = () => ({
    trust: createTrustStore({ database, clock: tick }),
    lists: createRootLists({ database, clock: tick }),
  })
  return { ...made(), again: made }
}

function isTrusted(source: AnchorSource, { sha256, subject }: Certificate): boolean {
  return source.byName(nameKey(subject)).some((anchor) => anchor.sha256 === sha256)
}

/** A root of Mozilla's list. */
function mozillaRoot(index = 0): Certificate {
  const { fingerprints, root } = mozillaRoots()
  const found = root(fingerprints[index] ?? '')
  if (!found) throw new Error('no such root')
  return found
}

/** One more, with a date until the test's end: the list of today has none. */
function datedMozillaRoot(): Certificate {
  const certificate = mozillaRoot(1)
  const rule = { distrustAfter: new Date('2026-05-31T23:59:59Z') }
  const asked = vi.spyOn(mozillaRoots(), 'ruleOf')
  asked.mockImplementation((sha256) => (sha256 === certificate.sha256 ? rule : undefined))
  onTestFinished(() => asked.mockRestore())
  return certificate
}

describe("Mozilla's roots", () => {
  it('count from the start, with their dates, until the person leaves the list', async () => {
    const { trust, lists, again } = await stores()
    expect(lists.state('mozilla')).toEqual({ trusted: true })
    const [plain, dated] = [mozillaRoot(), datedMozillaRoot()]
    const before = trustedAnchors(trust, lists)
    expect([isTrusted(before, plain), before.ruleOf(plain.sha256)]).toEqual([true, undefined])
    expect(before.ruleOf(dated.sha256)?.distrustAfter).toBeInstanceOf(Date)
    lists.decide('mozilla', false)
    const kept = again()
    expect(kept.lists.state('mozilla')).toEqual({ trusted: false, decidedAt: expect.any(Date) })
    expect(isTrusted(trustedAnchors(kept.trust, kept.lists), plain)).toBe(false)
  })

  it('can be distrusted one by one, and trusted again', async () => {
    const { trust, lists, again } = await stores()
    const root = mozillaRoot()
    lists.distrust(root)
    const kept = again()
    expect(isTrusted(trustedAnchors(kept.trust, kept.lists), root)).toBe(false)
    expect(kept.lists.distrusted()).toEqual([{ certificate: root, distrustedAt: expect.any(Date) }])
    expect(lists.trustAgain(root.sha256)).toBe(true)
    expect(lists.trustAgain(root.sha256)).toBe(false)
    expect(isTrusted(trustedAnchors(trust, lists), root)).toBe(true)
  })
})

describe("the person's own anchors", () => {
  it('count for the domains that they are limited to', async () => {
    const { trust, lists, again } = await stores()
    const { certificate } = await testAuthority('Firm')
    expectSuccess(trust.add(certificate, ''))
    expect(trust.setDomains(certificate.sha256, ['firm.example'])).toBe(true)
    const kept = again()
    const limited = trustedAnchors(kept.trust, kept.lists)
    expect([isTrusted(limited, certificate), limited.ruleOf(certificate.sha256)]).toEqual([
      true,
      { domains: ['firm.example'] },
    ])
    expect(kept.trust.anchors()).toMatchObject([{ domains: ['firm.example'], domainsSetAt: expect.any(Date) }])
    expect(trust.setDomains(certificate.sha256, undefined)).toBe(true)
    expect(trustedAnchors(trust, lists).ruleOf(certificate.sha256)).toBeUndefined()
    expect(trust.anchors()[0]).not.toHaveProperty('domainsSetAt')
    expect(trust.setDomains('00', [])).toBe(false)
  })

  it("come before a list's dates, and take back that a root was distrusted", async () => {
    const { trust, lists } = await stores()
    const root = datedMozillaRoot()
    lists.distrust(root)
    expectSuccess(trust.add(root, 'we know them'))
    const source = trustedAnchors(trust, lists)
    expect([isTrusted(source, root), source.ruleOf(root.sha256)]).toEqual([true, undefined])
    expect(lists.distrusted()).toEqual([])
    expect(source.byName(nameKey(root.subject)).filter(({ sha256 }) => sha256 === root.sha256)).toHaveLength(1)
  })

  it('count for nothing while the person distrusts the root', async () => {
    const { trust, lists } = await stores()
    const root = mozillaRoot()
    expectSuccess(trust.add(root, ''))
    lists.distrust(root)
    expect(isTrusted(trustedAnchors(trust, lists), root)).toBe(false)
  })
})

describe("the operating system's roots", () => {
  it('count only where the person wants them, as they were read last', async () => {
    const { trust, lists, again } = await stores()
    const [first, second] = [(await testAuthority('First')).certificate, (await testAuthority('Second')).certificate]
    expect(lists.state('system')).toEqual({ trusted: false })
    lists.keepSystem([first])
    expect(isTrusted(trustedAnchors(trust, lists), first)).toBe(false)
    lists.decide('system', true)
    expect(isTrusted(trustedAnchors(trust, lists), first)).toBe(true)
    // By another process on the same profile.
    again().lists.keepSystem([second])
    const later = trustedAnchors(trust, lists)
    expect([isTrusted(later, first), isTrusted(later, second)]).toEqual([false, true])
  })

  it('are forgotten when the list is left', async () => {
    const { lists } = await stores()
    lists.keepSystem([(await testAuthority('First')).certificate])
    lists.decide('system', true)
    expect(lists.system().certificates).toHaveLength(1)
    lists.decide('system', false)
    expect(lists.system()).toEqual({ certificates: [], byName: new Map() })
    expect(lists.systemReadAt()).toBeUndefined()
  })

  it('have the dates that Mozilla gives them', async () => {
    const { trust, lists } = await stores()
    const root = datedMozillaRoot()
    lists.keepSystem([root])
    lists.decide('system', true)
    expect(trustedAnchors(trust, lists).ruleOf(root.sha256)?.distrustAfter).toBeInstanceOf(Date)
  })
})

describe('a root that the person distrusts', () => {
  it('does not come back by another certificate for its key, from a list or from another root', async () => {
    const { trust, lists } = await stores()
    const [left, trusted] = [await testAuthority('Left'), await testAuthority('Trusted')]
    const renewed = await testAuthority('Left', { keyOf: left })
    const crossed = await testAuthority('Left', { keyOf: left, issuer: trusted })
    const anna = await testPerson('anna@sandbox.example', { issuer: left })
    lists.keepSystem([left, trusted, renewed].map(({ certificate }) => certificate))
    lists.decide('system', true)
    const judged = () =>
      validatePath({
        leaf: anna.certificate,
        intermediates: [crossed.certificate],
        anchors: trustedAnchors(trust, lists),
        at: testNow,
        purpose: 'sign',
      })
    expect(judged().state).toBe('valid')
    lists.distrust(left.certificate)
    expect(judged()).toMatchObject({ state: 'unknown-issuer', reasons: [{ code: 'root-not-trusted', link: 1 }] })
    expectSuccess(trust.add(renewed.certificate, 'this one'))
    expect(judged().state).toBe('valid')
  })
})

describe('anchors for one mail', () => {
  it('come on top, without limits', async () => {
    const { trust, lists } = await stores()
    const [firm, other] = [(await testAuthority('Firm')).certificate, (await testAuthority('Firm')).certificate]
    expectSuccess(trust.add(firm, ''))
    trust.setDomains(firm.sha256, ['firm.example'])
    const source = trustedAnchors(trust, lists)
    const more = withAnchors(source, [firm, other])
    expect(more.byName(nameKey(firm.subject)).map(({ sha256 }) => sha256)).toEqual([firm.sha256, other.sha256])
    expect(more.ruleOf(firm.sha256)).toBeUndefined()
    expect(source.ruleOf(firm.sha256)).toEqual({ domains: ['firm.example'] })
    expect(withAnchors(source, [])).toBe(source)
  })
})
