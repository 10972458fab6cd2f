import { describe, expect, it } from 'vitest'
import { derElement, derInteger, derOid, derSequence } from '../asn1/der.ts'
import { oids } from '../asn1/oids.ts'
import { type PathResult, validatePath } from './path.ts'
import type { PolicyInputs } from './policies.ts'
import { type TestEntity, type TestOverrides, testAuthority, testNow, testPerson } from './testPki.ts'

const anyPolicy = '2.5.29.32.0'
const [one, two, three] = ['1.2.3.1', '1.2.3.2', '1.2.3.3'] as const

function mappings(...pairs: readonly (readonly [issuer: string, subject: string])[]) {
  const value = derSequence(...pairs.map(([issuer, subject]) => derSequence(derOid(issuer), derOid(subject))))
  return { oid: oids.policyMappings, critical: true, value }
}

function inhibitAnyPolicy(skip: number) {
  return { oid: oids.inhibitAnyPolicy, critical: true, value: derInteger(skip) }
}

function constraints(number: 0 | 1, skip: number) {
  return {
    oid: oids.policyConstraints,
    critical: true,
    value: derSequence(derElement(0x80 | number, Uint8Array.of(skip))),
  }
}

/** A chain of a root, CAs with these settings from the top down, and a person with these policies. */
async function judge(
  authorities: readonly (TestOverrides & { readonly name?: string })[],
  policies: readonly string[],
  inputs: PolicyInputs = { explicit: true },
): Promise<PathResult> {
  const root = await testAuthority('Root')
  const chain: TestEntity[] = [root]
  for (const [index, { name = `CA ${index}`, ...overrides }] of authorities.entries()) {
    chain.push(await testAuthority(name, { issuer: chain.at(-1) ?? root }, overrides))
  }
  const leaf = await testPerson('anna@sandbox.example', { issuer: chain.at(-1) ?? root }, { policies })
  return validatePath({
    leaf: leaf.certificate,
    intermediates: chain.slice(1).map(({ certificate }) => certificate),
    anchors: [root.certificate],
    at: testNow,
    purpose: 'sign',
    policies: inputs,
  })
}

/** The policies that are left, or what is wrong. */
async function outcome(...question: Parameters<typeof judge>): Promise<string> {
  const { state, policies, reasons } = await judge(...question)
  return state === 'valid' ? (policies ?? []).toSorted().join() : reasons.map(({ code }) => code).join()
}

const refused = 'explicit-policy-required'

describe('the policies of a path (RFC 5280 §6.1.6)', () => {
  it('are those that all its certificates share', async () => {
    expect(await outcome([{ policies: [one, two] }], [two, three])).toBe(two)
    expect(await outcome([{ policies: [one] }], [two])).toBe(refused)
    expect(await outcome([{}], [two])).toBe(refused)
  })

  it('are limited to what the caller accepts (§6.1.1 (c), §6.1.5 (g))', async () => {
    const both = [{ policies: [one, two] }]
    expect(await outcome(both, [one, two], { explicit: true, initial: [two] })).toBe(two)
    expect(await outcome(both, [one, two], { explicit: true, initial: [three] })).toBe(refused)
  })

  it('are all that the caller accepts where every certificate says any (§6.1.5 (g)(iii)(3))', async () => {
    const any = [{ policies: [anyPolicy] }]
    expect(await outcome(any, [anyPolicy])).toBe(anyPolicy)
    expect(await outcome(any, [anyPolicy], { explicit: true, initial: [one, two] })).toBe(`${one},${two}`)
    expect(await outcome(any, [one])).toBe(one)
    expect(await outcome([{ policies: [one] }], [anyPolicy])).toBe(one)
  })

  it('may be none where nobody demands one, and are computed where somebody asks', async () => {
    expect(await judge([{}], [one], {})).toMatchObject({ state: 'valid', policies: [] })
  })

  it("are those of the anchor's domain where a CA maps them (§6.1.4 (b))", async () => {
    const mapping = { policies: [one], extensions: [mappings([one, two])] }
    expect(await outcome([mapping], [two])).toBe(one)
    expect(await outcome([mapping], [one])).toBe(refused)
    expect(await outcome([mapping], [two], { explicit: true, inhibitMapping: true })).toBe(refused)
    expect(await outcome([{ policies: [one], extensions: [constraints(1, 0)] }, mapping], [two])).toBe(refused)
  })

  it("can't be mapped from or to any policy (§6.1.4 (a))", async () => {
    const wrong = { policies: [one], extensions: [mappings([one, anyPolicy])] }
    expect(await outcome([wrong], [one])).toContain('malformed-extension')
  })

  it("don't grow from any policy once that is inhibited, save in self-issued certificates (§6.1.3 (d)(2))", async () => {
    const any = { policies: [anyPolicy] }
    expect(await outcome([any], [one], { explicit: true, inhibitAny: true })).toBe(refused)
    const inhibited = { name: 'CA', policies: [one], extensions: [inhibitAnyPolicy(0)] }
    expect(await outcome([inhibited, any], [one])).toBe(refused)
    expect(await outcome([inhibited, { ...any, name: 'CA' }], [one])).toBe(one)
  })

  it('are demanded by a CA as many certificates further down as it says (§6.1.4 (i))', async () => {
    const demand = (skip: number) => ({ policies: [one], extensions: [constraints(0, skip)] })
    expect(await outcome([demand(1), { policies: [one] }], [two], {})).toBe(refused)
    expect(await outcome([demand(5), { policies: [one] }], [two], {})).toBe('')
  })

  it('stay few where CAs map each onto each (RFC 9618, CVE-2023-0464)', async () => {
    const many = Array.from({ length: 25 }, (_, index) => `1.2.4.${index}`)
    const each = many.flatMap((issuer) => many.map((subject) => [issuer, subject] as const))
    const authority = { policies: many, extensions: [mappings(...each)] }
    // As a tree they would be 25 to the power of nine, and this would not end.
    const result = await judge(new Array(9).fill(authority), many)
    expect(result.policies).toHaveLength(25)
  })
})
