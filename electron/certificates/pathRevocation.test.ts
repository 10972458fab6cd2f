import { beforeAll, describe, expect, it } from 'vitest'
import { derElement, derExplicit, derOid, derSequence, derUtf8String } from '../asn1/der.ts'
import { contentOf, soleElement } from '../asn1/derReader.ts'
import { oids } from '../asn1/oids.ts'
import { hexText } from '../base/bytes.ts'
import { expectSuccess } from '../base/result.ts'
import { type Certificate, parseCertificate } from './certificate.ts'
import { type PathQuestion, type PathResult, pathBudget, validatePath } from './path.ts'
import type { Crl } from './revocation/crl.ts'
import {
  directoryName,
  distributionPoints,
  flag,
  placeOf,
  reasonFlags,
  type TestList,
  testCrl,
  uriName,
} from './revocation/testCrl.ts'
import { testExtension, testResponse } from './revocation/testOcspResponder.ts'
import { type TestEntity, type TestOverrides, testAuthority, testNow, testPerson } from './testPki.ts'

let root: TestEntity
let middle: TestEntity
let anna: TestEntity
/** Says that the intermediate is good. */
let rootList: Crl

beforeAll(async () => {
  root = await testAuthority('Root')
  middle = await testAuthority('Middle', { issuer: root })
  anna = await testPerson('anna@sandbox.example', { issuer: middle })
  rootList = await testCrl({ signer: root, number: 1 })
})

const day = 86_400_000
const daysFromNow = (days: number) => new Date(testNow.getTime() + days * day)

function judge(
  leaf: TestEntity,
  crls: readonly Crl[],
  question: Partial<PathQuestion> = {},
  demand: Partial<NonNullable<PathQuestion['revocation']>> = {},
): PathResult {
  return validatePath({
    leaf: leaf.certificate,
    intermediates: [middle.certificate],
    anchors: [root.certificate],
    at: testNow,
    purpose: 'sign',
    revocation: { evidence: { crls: [rootList, ...crls], ocspResponses: [] }, mode: 'required', ...demand },
    ...question,
  })
}

/** What is found about the person: "valid", or the reasons as "0 revoked superseded". */
function outcome({ state, reasons }: PathResult): string {
  if (state === 'valid') return 'valid'
  return reasons.map(({ link, code, data }) => `${link} ${code} ${data['reason'] ?? data['why'] ?? ''}`.trim()).join()
}

/** A person with these distribution points below the intermediate, and what lists of it say. */
async function person(points: readonly (readonly Uint8Array[])[], overrides: TestOverrides = {}): Promise<TestEntity> {
  const extensions = [distributionPoints(...points)]
  return testPerson('anna@sandbox.example', { issuer: middle, keyOf: anna }, { extensions, ...overrides })
}

const lists = (...all: readonly Omit<TestList, 'signer'>[]) =>
  Promise.all(all.map((list) => testCrl({ signer: middle, ...list })))

const place = (name: string) => placeOf(uriName(`http://crl.example/${name}`))

/** Somebody else with a name, whose certificate claims the key of `genuine`: it has to be tried before it is known to be another. */
async function pretender({ certificate }: TestEntity): Promise<Certificate> {
  const other = (await testAuthority(certificate.subject.text.replace('CN=', ''))).certificate
  const identifier = (of: Certificate) => of.extensions.subjectKeyIdentifier ?? ''
  const der = hexText(other.der).replace(identifier(other), identifier(certificate))
  return expectSuccess(parseCertificate(Buffer.from(der, 'hex')))
}

describe('strangers that come along', () => {
  it('do not spend the checks that find a revocation', async () => {
    const crls = await lists({ entries: [{ of: anna.certificate, reason: 'keyCompromise' }] })
    const strangers = await Promise.all(Array.from({ length: 6 }, () => pretender(middle)))
    const intermediates = [middle.certificate, ...strangers]
    // From what doesn't even find the path to what would do for all.
    for (let signatures = 1; signatures < 14; signatures++) {
      const budget = { ...pathBudget, signatures }
      expect(judge(anna, crls, { intermediates, budget }, { mode: 'informative' }).state).not.toBe('valid')
    }
    expect(outcome(judge(anna, crls, { intermediates }))).toBe('0 revoked keyCompromise')
  })

  it("and pass themselves off as a list's signer end the search, and make nothing good", async () => {
    const signer = await testAuthority('Middle', { issuer: root })
    const list = await testCrl({ signer, entries: [{ of: anna.certificate }] })
    const judged = async (count: number) => {
      const strangers = await Promise.all(Array.from({ length: count }, () => pretender(signer)))
      const intermediates = [middle.certificate, ...strangers, signer.certificate]
      return judge(anna, [list], { intermediates }, { mode: 'informative' })
    }
    expect((await judged(2)).state).toBe('revoked')
    expect(outcome(await judged(6))).toBe('2 search-limit')
  })
})

describe('a path whose revocation is asked', () => {
  it('is valid where every list is at hand and none names a certificate', async () => {
    const result = judge(anna, await lists({}))
    expect(result.state).toBe('valid')
    expect(result.revocation).toEqual([
      { state: 'good', source: 'crl', thisUpdate: daysFromNow(-1 / 24), nextUpdate: daysFromNow(7) },
      { state: 'good', source: 'crl', thisUpdate: daysFromNow(-1 / 24), nextUpdate: daysFromNow(7) },
    ])
  })

  it('is revoked where a list names the person, with date, reason and source', async () => {
    const invalidityDate = daysFromNow(-30)
    const entries = [{ of: anna.certificate, reason: 'superseded' as const, invalidityDate }]
    const result = judge(anna, await lists({ entries }))
    expect(result.state).toBe('revoked')
    expect(result.reasons).toEqual([
      {
        code: 'revoked',
        link: 0,
        data: {
          revokedAt: daysFromNow(-1).toISOString(),
          reason: 'superseded',
          source: 'crl',
          invalidityDate: invalidityDate.toISOString(),
        },
      },
    ])
  })

  it('is revoked where a list names the CA', async () => {
    const revoked = await testCrl({ signer: root, number: 2, entries: [{ of: middle.certificate }] })
    expect(outcome(judge(anna, [revoked, ...(await lists({}))]))).toBe('1 revoked unspecified')
  })

  it('takes another way where one leads through a revoked CA', async () => {
    const second = await testAuthority('Middle', { issuer: root, keyOf: middle }, { notAfter: daysFromNow(60) })
    const revoked = await testCrl({ signer: root, number: 2, entries: [{ of: middle.certificate }] })
    const result = judge(anna, [revoked, ...(await lists({}))], {
      intermediates: [middle.certificate, second.certificate],
    })
    expect(result.state).toBe('valid')
    expect(result.path[1]?.sha256).toBe(second.certificate.sha256)
  })

  it('is worth less where nothing is known and something was required', () => {
    const result = judge(anna, [])
    expect(result.state).toBe('revocation-unknown')
    expect(result.reasons).toEqual([{ code: 'revocation-unknown', link: 0, data: { why: 'no-source' } }])
  })

  it('stays valid where nothing is known and that is only to be told', () => {
    const result = judge(anna, [], {}, { mode: 'informative' })
    expect(result).toMatchObject({ state: 'valid', reasons: [] })
    expect(result.revocation[0]).toEqual({ state: 'unknown', why: 'no-source' })
  })

  it('is revoked in either mode', async () => {
    const crls = await lists({ entries: [{ of: anna.certificate }] })
    expect(judge(anna, crls, {}, { mode: 'informative' }).state).toBe('revoked')
  })

  it("says nothing of revocation where nobody asks, and where it doesn't hold", async () => {
    const crls = await lists({ entries: [{ of: anna.certificate }] })
    const silent = validatePath({
      leaf: anna.certificate,
      intermediates: [middle.certificate],
      anchors: [root.certificate],
      at: testNow,
      purpose: 'sign',
    })
    expect(silent).toMatchObject({ state: 'valid', revocation: [] })
    expect(judge(anna, crls, { anchors: [] })).toMatchObject({ state: 'unknown-issuer', revocation: [] })
  })

  it('names the place that could be asked', async () => {
    const named = await person([[place('one')]])
    expect(outcome(judge(named, []))).toBe('0 revocation-unknown not-at-hand')
  })

  it('is judged at the time of signing: what was revoked later was good then, unless the key was lost', async () => {
    const at = daysFromNow(-10)
    const later = { of: anna.certificate, revokedAt: daysFromNow(-2) }
    const asked = async (entry: NonNullable<TestList['entries']>[number]) =>
      outcome(judge(anna, await lists({ entries: [entry] }), { at }, { now: testNow }))
    expect(await asked({ ...later, reason: 'superseded' })).toBe('valid')
    expect(await asked({ ...later, reason: 'keyCompromise' })).toBe('0 revoked keyCompromise')
    expect(await asked({ ...later, invalidityDate: daysFromNow(-11) })).toBe('0 revoked unspecified')
  })

  it('takes an OCSP answer where there is no list, and a revocation from either', async () => {
    const answers = [{ certificate: anna.certificate, issuer: middle.certificate }]
    const good = await testResponse({ signer: middle, answers })
    const asked = (crls: readonly Crl[]) => judge(anna, [], {}, { evidence: { crls, ocspResponses: [good] } })
    const result = asked([rootList])
    expect(result.state).toBe('valid')
    expect(result.revocation.map((status) => status.state === 'good' && status.source)).toEqual(['ocsp', 'crl'])
    const [list] = await lists({ entries: [{ of: anna.certificate, reason: 'superseded' }] })
    expect(outcome(asked(list ? [rootList, list] : []))).toBe('0 revoked superseded')
  })
})

describe('the time of a list', () => {
  it('has to reach the time of judgement (RFC 5280 §5.1.2.5)', async () => {
    const ended = { thisUpdate: daysFromNow(-9), nextUpdate: daysFromNow(-2) }
    expect(outcome(judge(anna, await lists(ended)))).toBe('0 revocation-unknown outdated')
    expect(outcome(judge(anna, await lists(ended), { at: daysFromNow(-3) }, { now: testNow }))).toBe('valid')
  })

  it('is a day where the list says nothing of its end', async () => {
    const endless = (days: number) => lists({ thisUpdate: daysFromNow(-days), nextUpdate: 'none' })
    expect(outcome(judge(anna, await endless(0.9)))).toBe('valid')
    expect(outcome(judge(anna, await endless(1.1)))).toBe('0 revocation-unknown outdated')
  })

  it('that is over leaves what it revoked revoked, but not what it suspended', async () => {
    const ended = { thisUpdate: daysFromNow(-9), nextUpdate: daysFromNow(-2) }
    const of = anna.certificate
    const revokedAt = daysFromNow(-20)
    const asked = async (reason: 'superseded' | 'certificateHold') =>
      outcome(judge(anna, await lists({ ...ended, entries: [{ of, revokedAt, reason }] })))
    expect(await asked('superseded')).toBe('0 revoked superseded')
    expect(await asked('certificateHold')).toBe('0 revocation-unknown outdated')
  })

  it('is that of an entry whose date lies behind it: what a list revokes is revoked when it is made', async () => {
    const entry = { of: anna.certificate, reason: 'superseded' as const, revokedAt: daysFromNow(1 / 12) }
    expect(outcome(judge(anna, await lists({ entries: [entry] })))).toBe('0 revoked superseded')
    const before = { at: daysFromNow(-1) }
    expect(outcome(judge(anna, await lists({ entries: [entry] }), before, { now: testNow }))).toBe('valid')
  })

  it('is not believed when it lies in the future', async () => {
    expect(outcome(judge(anna, await lists({ thisUpdate: daysFromNow(1) })))).toBe('0 revocation-unknown outdated')
  })

  it('after the end of a certificate says nothing about it any more (§3.3)', async () => {
    const short = await testPerson('anna@sandbox.example', { issuer: middle }, { notAfter: daysFromNow(-3) })
    expect(outcome(judge(short, await lists({}), { at: daysFromNow(-4) }, { now: testNow }))).toBe(
      '0 revocation-unknown not-at-hand',
    )
  })

  it('decides between two of one scope: the newer one counts, by its number', async () => {
    const of = anna.certificate
    const older = { number: 1, thisUpdate: daysFromNow(-2), entries: [{ of, reason: 'certificateHold' as const }] }
    expect(outcome(judge(anna, await lists(older, { number: 2 })))).toBe('valid')
    expect(outcome(judge(anna, await lists({ number: 1 }, { ...older, number: 2 })))).toBe('0 revoked certificateHold')
  })
})

describe('the scope of a list (RFC 5280 §6.3.3 (b))', () => {
  it('may be users or CAs alone, and never attributes', async () => {
    const about = async (number: number) => outcome(judge(anna, await lists({ scope: [flag(number)] })))
    expect(await about(1)).toBe('valid')
    expect(await about(2)).toBe('0 revocation-unknown no-source')
    expect(await about(5)).toBe('0 revocation-unknown no-source')
  })

  it('of a place concerns the certificates that name that place (b)(2)(i)', async () => {
    const named = await person([[place('one')]])
    expect(outcome(judge(named, await lists({ scope: [place('one')] })))).toBe('valid')
    expect(outcome(judge(named, await lists({ scope: [place('two')] })))).toBe('0 revocation-unknown not-at-hand')
    expect(outcome(judge(anna, await lists({ scope: [place('one')] })))).toBe('0 revocation-unknown no-source')
  })

  it('compares the host of a place without regard to case, and the rest with it (§7.4)', async () => {
    const named = await person([[placeOf(uriName('HTTP://CRL.example/One'))]])
    expect(outcome(judge(named, await lists({ scope: [placeOf(uriName('http://crl.EXAMPLE/One'))] })))).toBe('valid')
    expect(outcome(judge(named, await lists({ scope: [placeOf(uriName('http://crl.example/one'))] })))).toBe(
      '0 revocation-unknown not-at-hand',
    )
  })

  it("may be a name below the issuer's (§4.2.1.13)", async () => {
    const part = derSequence(derOid('2.5.4.3'), derUtf8String('Part 1'))
    const relative = derExplicit(0, derElement(0xa1, part))
    const issuer = contentOf(soleElement(middle.certificate.subject.der, 'name'))
    const full = derExplicit(4, derSequence(issuer, derElement(0x31, part)))
    const named = await person([[relative]])
    expect(outcome(judge(named, await lists({ scope: [relative] })))).toBe('valid')
    expect(outcome(judge(named, await lists({ scope: [placeOf(full)] })))).toBe('valid')
    expect(outcome(judge(named, await lists({ scope: [place('one')] })))).toBe('0 revocation-unknown no-source')
  })

  it("that is a broken name below the issuer's is none", async () => {
    const named = await person([[derExplicit(0, derElement(0xa1, derUtf8String('no attribute')))]])
    expect(outcome(judge(named, await lists({ scope: [place('one')] })))).toBe('0 revocation-unknown no-source')
  })

  it("is another issuer's only where the certificate names that one, and the list says that it is indirect (b)(1)", async () => {
    const operator = await testAuthority('Operator', { issuer: root })
    const named = await person([[derElement(0xa2, directoryName(operator.certificate))]])
    const asked = async (leaf: TestEntity, list: Omit<TestList, 'signer'>) => {
      const crl = await testCrl({ signer: operator, ...list })
      return outcome(judge(leaf, [crl], { intermediates: [middle.certificate, operator.certificate] }))
    }
    const revoked = { of: named.certificate, issuer: middle.certificate, reason: 'superseded' as const }
    expect(await asked(named, { scope: [flag(4)] })).toBe('valid')
    expect(await asked(named, { scope: [flag(4)], entries: [revoked] })).toBe('0 revoked superseded')
    // The same number of another issuer.
    expect(await asked(named, { scope: [flag(4)], entries: [{ of: named.certificate }] })).toBe('valid')
    expect(await asked(named, {})).toBe('0 revocation-unknown no-source')
    expect(await asked(anna, { scope: [flag(4)] })).toBe('0 revocation-unknown no-source')
  })
})

describe('the reasons of a list (RFC 5280 §6.3.3 (d) and (e))', () => {
  const compromise = reasonFlags(3, 1, 2)
  const others = reasonFlags(3, 3, 4, 5, 6, 7, 8)

  it('have to add up to all', async () => {
    expect(outcome(judge(anna, await lists({ scope: [compromise] })))).toBe('0 revocation-unknown partial')
    expect(outcome(judge(anna, await lists({ scope: [compromise] }, { scope: [others] })))).toBe('valid')
  })

  it("don't hinder a revocation that is listed", async () => {
    const entries = [{ of: anna.certificate, reason: 'keyCompromise' as const }]
    expect(outcome(judge(anna, await lists({ scope: [compromise], entries })))).toBe('0 revoked keyCompromise')
  })

  it("are those that the certificate's own point allows", async () => {
    const flags = (...bits: readonly number[]) => reasonFlags(1, ...bits)
    const named = await person([
      [place('one'), flags(1, 2)],
      [place('two'), flags(3, 4, 5, 6, 7, 8)],
    ])
    const [one, two] = await lists({ scope: [place('one')] }, { scope: [place('two')] })
    if (!one || !two) throw new Error('two lists')
    expect(outcome(judge(named, [one]))).toBe('0 revocation-unknown partial')
    expect(outcome(judge(named, [one, two]))).toBe('valid')
  })
})

describe('a delta (RFC 5280 §5.2.4)', () => {
  const complete = { number: 5, thisUpdate: daysFromNow(-3) }
  const delta = { number: 7, base: 4 }

  it('adds a revocation to its complete list', async () => {
    const entries = [{ of: anna.certificate, reason: 'superseded' as const }]
    expect(outcome(judge(anna, await lists(complete, { ...delta, entries })))).toBe('0 revoked superseded')
  })

  it('takes back a suspension', async () => {
    const of = anna.certificate
    const held = { ...complete, entries: [{ of, reason: 'certificateHold' as const }] }
    const back = { ...delta, entries: [{ of, reason: 'removeFromCRL' as const }] }
    expect(outcome(judge(anna, await lists(held)))).toBe('0 revoked certificateHold')
    expect(outcome(judge(anna, await lists(held, back)))).toBe('valid')
  })

  it('renews a complete list that has run out', async () => {
    const ended = { ...complete, nextUpdate: daysFromNow(-1) }
    expect(outcome(judge(anna, await lists(ended)))).toBe('0 revocation-unknown outdated')
    expect(outcome(judge(anna, await lists(ended, delta)))).toBe('valid')
  })

  it('alone says nothing', async () => {
    expect(outcome(judge(anna, await lists(delta)))).toBe('0 revocation-unknown no-source')
  })

  it('counts only for a list that reached its base, is older, and of one scope', async () => {
    const entries = [{ of: anna.certificate }]
    const asked = async (first: Omit<TestList, 'signer'>, second: Omit<TestList, 'signer'>) =>
      outcome(judge(anna, await lists(first, { ...second, entries })))
    expect(await asked(complete, { number: 7, base: 6 })).toBe('valid')
    expect(await asked(complete, { number: 5, base: 4 })).toBe('valid')
    expect(await asked(complete, { ...delta, scope: [flag(1)] })).toBe('valid')
    const identifier = testExtension(oids.authorityKeyIdentifier, derSequence(derElement(0x80, Uint8Array.of(1))))
    expect(await asked(complete, { ...delta, extensions: [identifier] })).toBe('valid')
  })

  it('of somebody else is not believed', async () => {
    const stranger = await testAuthority('Middle')
    const forged = await testCrl({ signer: stranger, ...delta, entries: [{ of: anna.certificate }] })
    expect(outcome(judge(anna, [...(await lists(complete)), forged]))).toBe('valid')
  })
})

describe('the signer of a list (RFC 5280 §6.3.3 (f) and (g))', () => {
  const notTrusted = '0 revocation-unknown not-trusted'

  it('may not be anybody of that name', async () => {
    const stranger = await testAuthority('Middle')
    const list = await testCrl({ signer: stranger })
    expect(outcome(judge(anna, [list], { intermediates: [middle.certificate, stranger.certificate] }))).toBe(notTrusted)
  })

  it('must be allowed to sign lists', async () => {
    const authority = await testAuthority('Odd', { issuer: root }, { keyUsage: ['keyCertSign'] })
    const leaf = await testPerson('anna@sandbox.example', { issuer: authority })
    const list = await testCrl({ signer: authority })
    expect(outcome(judge(leaf, [list], { intermediates: [authority.certificate] }))).toBe(notTrusted)
  })

  it('may be another key of the CA, below the same anchor', async () => {
    const desk = await testAuthority('Middle', { issuer: root }, { keyUsage: ['cRLSign'] })
    const list = await testCrl({ signer: desk, entries: [{ of: anna.certificate }] })
    const intermediates = [middle.certificate, desk.certificate]
    expect(outcome(judge(anna, [list], { intermediates }))).toBe('0 revoked unspecified')
    expect(outcome(judge(anna, [list]))).toBe(notTrusted)
  })

  it('may not be below another anchor, though that one is trusted, too', async () => {
    const other = await testAuthority('Other root')
    const desk = await testAuthority('Middle', { issuer: other })
    const list = await testCrl({ signer: desk })
    const asked = judge(anna, [list, await testCrl({ signer: other })], {
      intermediates: [middle.certificate, desk.certificate],
      anchors: [root.certificate, other.certificate],
    })
    expect(outcome(asked)).toBe(notTrusted)
  })

  it('may not be revoked itself', async () => {
    const desk = await testAuthority('Middle', { issuer: root }, { keyUsage: ['cRLSign'] })
    const list = await testCrl({ signer: desk })
    const intermediates = [middle.certificate, desk.certificate]
    expect(outcome(judge(anna, [list], { intermediates }))).toBe('valid')
    const revoked = await testCrl({ signer: root, number: 2, entries: [{ of: desk.certificate }] })
    expect(outcome(judge(anna, [list, revoked], { intermediates }))).toBe(notTrusted)
  })

  it('may not have run out, unless only afterwards', async () => {
    const desk = await testAuthority('Middle', { issuer: root }, { keyUsage: ['cRLSign'], notAfter: daysFromNow(-5) })
    const list = await testCrl({ signer: desk, thisUpdate: daysFromNow(-7) })
    const then = await testCrl({ signer: root, thisUpdate: daysFromNow(-7) })
    const intermediates = [middle.certificate, desk.certificate]
    expect(outcome(judge(anna, [list], { intermediates }))).toBe(notTrusted)
    const earlier = judge(anna, [list, then], { intermediates, at: daysFromNow(-6) }, { now: testNow })
    expect(outcome(earlier)).toBe('valid')
  })

  it('may vouch for itself in a list for which the CA named it (NIST 4.14.30)', async () => {
    const name = derSequence(derElement(0x31, derSequence(derOid('2.5.4.3'), derUtf8String('Desk'))))
    const points = distributionPoints([derElement(0xa2, derExplicit(4, name))])
    const desk = await testAuthority('Desk', { issuer: middle }, { keyUsage: ['cRLSign'], extensions: [points] })
    const leaf = await person([[derElement(0xa2, derExplicit(4, name))]])
    const list = await testCrl({ signer: desk, scope: [flag(4)] })
    const intermediates = [middle.certificate, desk.certificate]
    expect(outcome(judge(leaf, [list], { intermediates }))).toBe('valid')
  })

  it('signs as strongly as the CA signed the certificate', async () => {
    const scheme = { kind: 'ecdsa', digest: 'sha1' } as const
    expect(outcome(judge(anna, await lists({ scheme })))).toBe(notTrusted)
    const weak = await testPerson('anna@sandbox.example', { issuer: middle }, { scheme })
    expect(outcome(judge(weak, await lists({ scheme })))).toBe('0 weak-signature-algorithm')
  })

  it('did not sign what was changed', async () => {
    const [list] = await lists({})
    if (!list) throw new Error('a list')
    const changed = { ...list, sha256: 'changed', signedPart: Uint8Array.from([...list.signedPart, 0]) }
    expect(outcome(judge(anna, [changed]))).toBe(notTrusted)
  })
})

describe('the search for signers of lists', () => {
  it("ends among CAs that sign each other's lists without end", async () => {
    const desks: TestEntity[] = []
    const nameOf = (index: number) => ({ commonName: `Desk ${index}` })
    const nameDer = (index: number) =>
      derSequence(derElement(0x31, derSequence(derOid('2.5.4.3'), derUtf8String(nameOf(index).commonName))))
    const signedBy = (index: number) => distributionPoints([derElement(0xa2, derExplicit(4, nameDer(index)))])
    for (let index = 0; index < 20; index++) {
      const extensions = [signedBy(index + 1)]
      desks.push(await testAuthority(nameOf(index).commonName, { issuer: middle }, { extensions }))
    }
    const crls = await Promise.all(desks.map((signer) => testCrl({ signer, scope: [flag(4)] })))
    const leaf = await testPerson('anna@sandbox.example', { issuer: middle }, { extensions: [signedBy(0)] })
    const intermediates = [middle, ...desks].map(({ certificate }) => certificate)
    expect(outcome(judge(leaf, crls, { intermediates }))).toBe('0 revocation-unknown not-trusted')
  })

  it("gives up on a thicket of signers of one name, all of one CA, with lists that they didn't sign", async () => {
    const desks = await Promise.all(
      Array.from({ length: 40 }, () => testAuthority('Middle', { issuer: root }, { keyUsage: ['cRLSign'] })),
    )
    const stranger = await testAuthority('Middle')
    const crls = await Promise.all(
      Array.from({ length: 40 }, (_, index) => testCrl({ signer: stranger, number: index + 1 })),
    )
    const intermediates = [middle, ...desks].map(({ certificate }) => certificate)
    const result = judge(anna, crls, { intermediates })
    expect(result.state).toBe('over-budget')
    expect(result.reasons.map(({ code }) => code)).toContain('search-limit')
  })

  it('gives up on thousands of points and lists', async () => {
    const points = Array.from({ length: 900 }, (_, index) => [place(String(index))])
    const leaf = await person(points)
    const scope = [placeOf(...Array.from({ length: 2_000 }, (_, index) => uriName(`http://other.example/${index}`)))]
    const crls = await lists(...Array.from({ length: 50 }, (_, index) => ({ number: index, scope })))
    const result = judge(leaf, crls)
    expect(result.state).toBe('over-budget')
  })
})
