import { beforeAll, describe, expect, it } from 'vitest'
import { type AnchorRule, checkAnchorRule, mailDomainOf } from './anchorRules.ts'
import type { AnchorSource } from './anchorSource.ts'
import { nameKey } from './name.ts'
import { pathBudget, validatePath } from './path.ts'
import { type TestEntity, type TestOverrides, testAuthority, testNotBefore, testNow, testPerson } from './testPki.ts'

let root: TestEntity
let anna: TestEntity

beforeAll(async () => {
  root = await testAuthority('Root')
  anna = await testPerson('anna@sandbox.example', { issuer: root })
})

function trusted(rule: AnchorRule): AnchorSource {
  return {
    byName: (key) => (key === nameKey(root.certificate.subject) ? [root.certificate] : []),
    ruleOf: (sha256) => (sha256 === root.certificate.sha256 ? rule : undefined),
  }
}

function judge(rule: AnchorRule, leaf = anna, at = testNow) {
  const question = { leaf: leaf.certificate, intermediates: [], at, purpose: 'sign' } as const
  return validatePath({ ...question, anchors: trusted(rule) })
}

async function person(overrides: TestOverrides) {
  return testPerson('anna@sandbox.example', { issuer: root, keyOf: anna }, overrides)
}

describe('an anchor without limits', () => {
  it('is found by its name and counts', () => {
    expect(judge({})).toMatchObject({ state: 'valid', anchored: true })
  })

  it('is the certificate itself where that is trusted', () => {
    const self = { leaf: root.certificate, intermediates: [], at: testNow, purpose: 'any' } as const
    expect(validatePath({ ...self, anchors: trusted({}) })).toMatchObject({ state: 'valid', anchored: true })
  })
})

describe('an anchor that is distrusted after a date', () => {
  it('still counts for what began on that date or before', () => {
    expect(judge({ distrustAfter: testNotBefore }).state).toBe('valid')
  })

  it('counts for nothing that began later, whenever it is looked at', () => {
    const result = judge({ distrustAfter: new Date(testNotBefore.getTime() - 1_000) })
    expect(result.state).toBe('unknown-issuer')
    expect(result.reasons).toEqual([
      {
        code: 'distrusted-since',
        link: 1,
        data: { subject: 'CN=Root', date: '2025-12-31T23:59:59.000Z', notBefore: '2026-01-01T00:00:00.000Z' },
      },
    ])
  })
})

describe('an anchor with domains', () => {
  it.each([
    [['sandbox.example'], 'valid'],
    [['SANDBOX.example'], 'valid'],
    [['.example'], 'valid'],
    [['other.example', 'sandbox.example'], 'valid'],
    // As RFC 5280 §4.2.1.10 has it: with a dot only what lies below, without one only itself.
    [['.sandbox.example'], 'unknown-issuer'],
    [['example'], 'unknown-issuer'],
    [['box.example'], 'unknown-issuer'],
    [[], 'unknown-issuer'],
  ])('%j makes the path %s', (domains, state) => {
    expect(judge({ domains }).state).toBe(state)
  })

  it('names the address that lies outside', () => {
    expect(judge({ domains: ['firm.example'] }).reasons).toEqual([
      {
        code: 'anchor-out-of-scope',
        link: 1,
        data: { subject: 'CN=Root', address: 'anna@sandbox.example', domains: ['firm.example'] },
      },
    ])
  })

  it('has to cover every address, in the subject too, and in every spelling of a host', async () => {
    const two = await person({ emails: ['anna@sandbox.example', 'chief@bank.example'] })
    expect(judge({ domains: ['sandbox.example'] }, two).state).toBe('unknown-issuer')
    const hidden = await person({ subject: { emailAddress: 'chief@bank.example' } })
    expect(judge({ domains: ['sandbox.example'] }, hidden).state).toBe('unknown-issuer')
    const umlaut = await person({ emails: ['jürgen@bücher.example'] })
    expect(judge({ domains: ['xn--bcher-kva.example'] }, umlaut).state).toBe('valid')
    expect(judge({ domains: ['bücher.example'] }, umlaut).state).toBe('valid')
  })

  it('does not keep out a certificate that speaks for no address', async () => {
    const middle = await testAuthority('Middle', { issuer: root })
    const question = { leaf: middle.certificate, intermediates: [], at: testNow, purpose: 'any' } as const
    expect(validatePath({ ...question, anchors: trusted({ domains: ['firm.example'] }) }).state).toBe('valid')
  })

  it('is given up on where somebody states more addresses than are compared', async () => {
    const emails = Array.from({ length: 6_000 }, (_, at) => `a${at}@sandbox.example`)
    const many = await person({ emails })
    const domains = Array.from({ length: 50 }, (_, at) => `d${at}.example`)
    const budget = { comparisons: pathBudget.comparisons }
    const reason = checkAnchorRule([many.certificate, root.certificate], { domains }, budget)
    expect(reason).toEqual({ code: 'search-limit', link: 1, data: { limit: 'anchor-domains' } })
  })
})

describe('a domain that a person types', () => {
  it.each([
    ['Example.ORG ', 'example.org'],
    ['.example.org', '.example.org'],
    ['bücher.example', 'bücher.example'],
    ['intranet', 'intranet'],
    ['anna@example.org', undefined],
    ['example..org', undefined],
    ['two words', undefined],
    ['.', undefined],
    ['', undefined],
    ['exa<mple', undefined],
  ])('%j is %j', (text, domain) => {
    expect(mailDomainOf(text)).toBe(domain)
  })
})
