import { beforeAll, describe, expect, it } from 'vitest'
import { derBoolean, derElement, derInteger, derNull, derSequence } from '../asn1/der.ts'
import { latin1Bytes } from '../base/bytes.ts'
import { expectSuccess } from '../base/result.ts'
import { parseCertificate } from './certificate.ts'
import { type PathQuestion, validatePath } from './path.ts'
import { type TestEntity, type TestOverrides, testAuthority, testNow, testPerson } from './testPki.ts'

let root: TestEntity
let middle: TestEntity
let anna: TestEntity

beforeAll(async () => {
  root = await testAuthority('Root')
  middle = await testAuthority('Middle', { issuer: root })
  anna = await testPerson('anna@sandbox.example', { issuer: middle })
})

function judge(leaf: TestEntity, question: Partial<PathQuestion> = {}) {
  return validatePath({
    leaf: leaf.certificate,
    intermediates: [middle.certificate],
    anchors: [root.certificate],
    at: testNow,
    purpose: 'sign',
    ...question,
  })
}

function codes(result: { reasons: readonly { code: string; link: number }[] }): string[] {
  return result.reasons.map(({ code, link }) => `${link} ${code}`)
}

/** A chain of root, the authority that `overrides` describe, and a person below it. */
async function below(overrides: TestOverrides, person: TestOverrides = {}) {
  const authority = await testAuthority('Odd', { issuer: root }, overrides)
  const leaf = await testPerson('anna@sandbox.example', { issuer: authority }, person)
  return judge(leaf, { intermediates: [authority.certificate] })
}

describe('a path to an anchor', () => {
  it('is found through an intermediate, whatever strangers are about', async () => {
    const stranger = await testAuthority('Middle')
    const result = judge(anna, { intermediates: [stranger.certificate, middle.certificate, anna.certificate] })
    expect(result.state).toBe('valid')
    expect(result.path.map(({ subject }) => subject.text)).toEqual(['CN=anna@sandbox.example', 'CN=Middle', 'CN=Root'])
    expect(result.anchored).toBe(true)
  })

  it('names the certificate that is missing', () => {
    const result = judge(anna, { intermediates: [] })
    expect(result).toMatchObject({ state: 'unknown-issuer', anchored: false })
    expect(result.reasons).toEqual([{ code: 'issuer-not-found', link: 0, data: { issuer: 'CN=Middle' } }])
  })

  it('ends at a root that nobody trusts', () => {
    const result = judge(anna, { anchors: [], intermediates: [middle.certificate, root.certificate] })
    expect(result.reasons).toEqual([{ code: 'root-not-trusted', link: 2, data: { subject: 'CN=Root' } }])
  })

  it('does not take a certificate that vouches for itself', async () => {
    const self = await testPerson('anna@sandbox.example')
    expect(judge(self)).toMatchObject({ state: 'unknown-issuer' })
  })

  it('takes another intermediate of the same name when the first one leads nowhere', async () => {
    const expired = await testAuthority('Middle', { issuer: root, keyOf: middle }, { notAfter: new Date('2026-02-01') })
    expect(judge(anna, { intermediates: [expired.certificate, middle.certificate] }).state).toBe('valid')
    expect(codes(judge(anna, { intermediates: [expired.certificate] }))).toEqual(['1 expired'])
  })

  it('notices a changed byte under the signature', () => {
    const der = Uint8Array.from(anna.certificate.der)
    const position = Buffer.from(der).indexOf('anna@sandbox')
    der[position] = 'e'.charCodeAt(0)
    const leaf = expectSuccess(parseCertificate(der))
    const result = validatePath({
      leaf,
      intermediates: [middle.certificate],
      anchors: [root.certificate],
      at: testNow,
      purpose: 'sign',
    })
    expect(result).toMatchObject({ state: 'broken' })
    expect(codes(result)).toEqual(['0 bad-signature'])
  })

  it('judges at the time that it is asked about, both ends included', () => {
    expect(judge(anna, { at: anna.certificate.notAfter }).state).toBe('valid')
    expect(judge(anna, { at: anna.certificate.notBefore }).state).toBe('valid')
    expect(judge(anna, { at: new Date(anna.certificate.notAfter.getTime() + 1000) }).state).toBe('expired')
    expect(judge(anna, { at: new Date('2025-12-31') }).state).toBe('not-yet-valid')
  })
})

describe('an issuer', () => {
  it('must be a CA: a person cannot issue for others', async () => {
    const forged = await testPerson('chief@sandbox.example', { issuer: anna })
    const result = judge(forged, { intermediates: [anna.certificate, middle.certificate] })
    expect(result.state).toBe('broken')
    expect(codes(result)).toEqual(['1 not-a-ca', '1 missing-key-cert-sign'])
  })

  it('must be allowed to sign certificates', async () => {
    expect(codes(await below({ keyUsage: ['cRLSign'] }))).toEqual(['1 missing-key-cert-sign'])
  })

  it('keeps to its path length', async () => {
    const short = await testAuthority('Short', { issuer: root }, { ca: { pathLength: 0 } })
    const lower = await testAuthority('Lower', { issuer: short })
    const leaf = await testPerson('anna@sandbox.example', { issuer: lower })
    const result = judge(leaf, { intermediates: [short.certificate, lower.certificate] })
    expect(result.reasons).toEqual([{ code: 'path-too-long', link: 2, data: { allowed: 0, found: 1 } }])
  })

  it('for TLS may not issue for mail', async () => {
    expect(codes(await below({ extendedKeyUsage: ['1.3.6.1.5.5.7.3.1'] }))).toEqual(['1 issuer-purpose-not-email'])
  })

  it('with a critical extension that nobody knows is refused', async () => {
    const extensions = [{ oid: '1.2.3.4', critical: true, value: derNull() }]
    expect(codes(await below({ extensions }))).toEqual(['1 unknown-critical-extension'])
    expect(codes(await below({ extensions: [{ oid: '1.2.3.4', critical: false, value: derNull() }] }))).toEqual([])
  })

  it('with an extension that stands there twice is refused', async () => {
    const extensions = [{ oid: '2.5.29.19', critical: true, value: derSequence(derBoolean(true), derInteger(3)) }]
    expect(await below({ extensions })).toMatchObject({ state: 'malformed' })
  })
})

describe('name constraints', () => {
  const constraints = (part: number, ...bases: readonly string[]) => ({
    oid: '2.5.29.30',
    critical: true,
    value: derSequence(derElement(part, ...bases.map((base) => derSequence(derElement(0x81, latin1Bytes(base)))))),
  })
  const permitted = (...bases: readonly string[]) => ({ extensions: [constraints(0xa0, ...bases)] })
  const excluded = (...bases: readonly string[]) => ({ extensions: [constraints(0xa1, ...bases)] })

  it('permit a host exactly and a domain by its dot', async () => {
    expect((await below(permitted('sandbox.example'))).state).toBe('valid')
    expect((await below(permitted('.example'))).state).toBe('valid')
    expect(codes(await below(permitted('.sandbox.example')))).toEqual(['0 name-not-permitted'])
    expect(codes(await below(permitted('box.example')))).toEqual(['0 name-not-permitted'])
    expect((await below(permitted('other.example', 'anna@SANDBOX.example'))).state).toBe('valid')
  })

  it('that can not be read in a root are no freedom from them', async () => {
    const minimum = derElement(0x80, Uint8Array.of(1))
    const base = derSequence(derElement(0x81, latin1Bytes('permitted.example')), minimum)
    const value = derSequence(derElement(0xa0, base))
    const odd = await testAuthority('Odd', {}, { extensions: [{ oid: '2.5.29.30', critical: true, value }] })
    const leaf = await testPerson('anna@sandbox.example', { issuer: odd, keyOf: anna })
    expect(codes(judge(leaf, { anchors: [odd.certificate] }))).toEqual(['1 malformed-extension'])
  })

  it('exclude in every spelling of the host', async () => {
    expect(codes(await below(excluded('sandbox.example')))).toEqual(['0 name-not-permitted'])
    const emails = ['jürgen@bücher.example']
    expect(codes(await below(excluded('xn--bcher-kva.example'), { emails }))).toEqual(['0 name-not-permitted'])
  })

  it('exclude in every spelling that a sender is matched with', async () => {
    for (const email of ['anna@sandbox.example ', 'ANNA@sandbox.example', '"anna"@sandbox.example']) {
      const value = derSequence(derElement(0x81, latin1Bytes(email)))
      const person = { emails: [], extensions: [{ oid: '2.5.29.17', critical: false, value }] }
      const constraint = excluded(email.endsWith(' ') ? 'sandbox.example' : 'anna@sandbox.example')
      expect(codes(await below(constraint, person))).toEqual(['0 name-not-permitted'])
    }
    const emails = ['jürgen@mail.bücher.example']
    expect(codes(await below(excluded('.xn--bcher-kva.example'), { emails }))).toEqual(['0 name-not-permitted'])
  })

  it('with thousands of names in CAs that multiply are given up in time', async () => {
    const names = Array.from({ length: 15_000 }, (_, at) => `a${at}@b.example`)
    const wide = excluded(...Array.from({ length: 15 }, (_, at) => `x${at}.example`))
    const layer = async (name: string, issuers: readonly TestEntity[]) => {
      const [first, second] = await Promise.all([testAuthority(name), testAuthority(name)])
      const signed = [first, second].flatMap((keyOf) =>
        issuers.map((issuer) => testAuthority(name, { issuer, keyOf }, wide)),
      )
      return {
        authorities: [first, second],
        certificates: (await Promise.all(signed)).map((entry) => entry.certificate),
      }
    }
    const top = await layer('Top', [root])
    const middleLayer = await layer('Middle layer', top.authorities)
    const low = await layer('Low', middleLayer.authorities)
    const [issuer] = low.authorities
    if (!issuer) throw new Error('no issuer')
    const leaf = await testPerson('anna@b.example', { issuer, keyOf: anna }, { emails: names })
    const intermediates = [top, middleLayer, low].flatMap(({ certificates }) => certificates)
    expect(judge(leaf, { intermediates, anchors: [] })).toMatchObject({ state: 'over-budget' })
  })

  it('hold for an address in the subject, also beside alternative names of another kind', async () => {
    const hidden = { subject: { emailAddress: 'chief@bank.example' }, emails: [], dnsNames: ['a.example'] }
    expect(codes(await below(permitted('sandbox.example'), hidden))).toEqual(['0 name-not-permitted'])
  })
})

describe('a CA that demands a policy', () => {
  const demands = { oid: '2.5.29.36', critical: true, value: derSequence(derElement(0x80, Uint8Array.of(0))) }

  it('gets it from every certificate below, or refuses them', async () => {
    const authority = { policies: ['1.2.3'], extensions: [demands] }
    expect((await below(authority, { policies: ['1.2.3'] })).state).toBe('valid')
    expect(codes(await below(authority, { policies: ['1.2.4'] }))).toEqual(['0 explicit-policy-required'])
    expect(codes(await below(authority))).toEqual(['0 explicit-policy-required'])
    expect((await below({ policies: ['2.5.29.32.0'], extensions: [demands] }, { policies: ['1.2.4'] })).state).toBe(
      'valid',
    )
  })
})

describe('the purpose', () => {
  it.each([
    [{ extendedKeyUsage: ['1.3.6.1.5.5.7.3.1'] }, 'sign', ['0 purpose-not-email']],
    [{ extendedKeyUsage: ['2.5.29.37.0'] }, 'sign', []],
    [{ extendedKeyUsage: [] }, 'encrypt', []],
    [{ keyUsage: ['nonRepudiation'] }, 'sign', []],
    [{ keyUsage: ['keyAgreement'] }, 'sign', ['0 key-usage-forbids-signing']],
    [{ keyUsage: ['digitalSignature'] }, 'encrypt', ['0 key-usage-forbids-encryption']],
    [{ keyUsage: ['digitalSignature'] }, 'any', []],
  ] as const)('%j for %s gives %j', async (overrides, purpose, expected) => {
    const leaf = await testPerson('anna@sandbox.example', { issuer: middle, keyOf: anna }, overrides)
    expect(codes(judge(leaf, { purpose }))).toEqual(expected)
  })
})

describe('the strength', () => {
  it('of SHA-1 no longer counts below a root', async () => {
    const leaf = await testPerson(
      'anna@sandbox.example',
      { issuer: middle },
      { scheme: { kind: 'ecdsa', digest: 'sha1' } },
    )
    expect(judge(leaf)).toMatchObject({ state: 'weak-algorithm' })
    expect(codes(judge(leaf))).toEqual(['0 weak-signature-algorithm'])
  })
})

describe('the search', () => {
  it('gives up on a thicket of cross-signed CAs instead of running for ever', async () => {
    const thicket: TestEntity[] = []
    const first = await testAuthority('Thicket')
    for (let index = 0; index < 40; index++) thicket.push(await testAuthority('Thicket', { issuer: first }))
    // Every one is signed by the same key under one name, and none leads to an anchor.
    const leaf = await testPerson('anna@sandbox.example', { issuer: first })
    const result = judge(leaf, {
      intermediates: [...thicket.map(({ certificate }) => certificate), first.certificate],
      budget: { length: 12, signatures: 20, steps: 100, comparisons: 1_000 },
    })
    expect(result.state).toBe('over-budget')
  })

  it('does not walk in circles', async () => {
    const one = await testAuthority('One')
    const two = await testAuthority('Two', { issuer: one })
    const circle = await testAuthority('One', { issuer: two, keyOf: one })
    const leaf = await testPerson('anna@sandbox.example', { issuer: two })
    expect(judge(leaf, { intermediates: [two.certificate, circle.certificate] }).state).toBe('unknown-issuer')
  })
})
