import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { failure, success } from '../base/result.ts'
import { type CaaRecord, systemDns } from '../net/dns.ts'
import { type TestCaa, testDns } from '../net/testDns.ts'
import { caaVerdict, lookUpIssueMail } from './caa.ts'

const mail = (value: string, flags = 0): TestCaa[number] => ({ flags, tag: 'issuemail', value })

async function asked(domain: string, records: Readonly<Record<string, TestCaa | 'refuse'>>) {
  return lookUpIssueMail(domain, systemDns(1000, await testDns(records)))
}

describe('looking for issuemail', () => {
  it('climbs to the first domain that has any record, and asks no further', async () => {
    const answer = await asked('mail.team.example.org', {
      'example.org': [mail('ca.example')],
      org: [mail(';')],
    })
    expect(answer).toEqual({
      state: 'restricted',
      at: 'example.org',
      issueMail: [{ issuer: 'ca.example', parameters: '' }],
      unknownCritical: [],
    })
  })

  it('stops at records that are about web servers only: they leave mail open, whatever stands above', async () => {
    const answer = await asked('team.example.org', {
      'team.example.org': [{ flags: 128, tag: 'issue', value: ';' }],
      'example.org': [mail(';')],
    })
    expect(answer).toEqual({ state: 'open', at: 'team.example.org' })
  })

  it('goes past a name that exists without records', async () => {
    const answer = await asked('team.example.org', { 'team.example.org': [], 'example.org': [mail(';')] })
    expect(answer).toMatchObject({ state: 'restricted', at: 'example.org' })
  })

  it('finds the domain open where there is no record at all', async () => {
    expect(await asked('example.org', { org: [] })).toEqual({ state: 'open' })
  })

  it('believes no resolver that denies every name up to the top level', async () => {
    const answer = await asked('example.org', {})
    expect(answer).toEqual({ state: 'unanswered', at: 'example.org', why: 'no-such-name' })
  })

  it('takes silence of the DNS neither for leave nor for a prohibition', async () => {
    const answer = await asked('team.example.org', { 'team.example.org': 'refuse', 'example.org': [mail(';')] })
    expect(answer).toEqual({ state: 'unanswered', at: 'team.example.org', why: 'no-network' })
    expect(caaVerdict(answer, ['ca.example'])).toBe('unanswered')
  })

  it('takes a tag in capitals for the same tag', async () => {
    const answer = await asked('example.org', { 'example.org': [{ flags: 0, tag: 'IssueMail', value: 'CA.example' }] })
    expect(caaVerdict(answer, ['ca.example'])).toBe('allowed')
  })

  it('is not deceived by a tag that is called like a field of the record', async () => {
    const answer = await asked('example.org', { 'example.org': [{ flags: 0, tag: 'critical', value: '0' }] })
    expect(caaVerdict(answer, ['ca.example'])).toBe('unknown-condition')
  })

  it('gives up on a domain deeper than any honest one', async () => {
    const deep = `${'a.'.repeat(40)}example.org`
    expect(await asked(deep, {})).toMatchObject({ state: 'unanswered', why: 'too-large' })
  })
})

describe('what issuemail means for an authority', () => {
  const own = ['ca.example', 'old-ca.example']
  it.each([
    [['ca.example'], 'allowed'],
    [['  old-CA.example  '], 'allowed'],
    [['other.example', 'ca.example'], 'allowed'],
    [['ca.example; account=7'], 'allowed-with-conditions'],
    [['ca.example; account=7; x='], 'allowed-with-conditions'],
    [['ca.example; account=7', 'ca.example'], 'allowed'],
    [['other.example'], 'forbidden'],
    [['ca.example.evil.example'], 'forbidden'],
    [[';'], 'nobody'],
    [[' '], 'nobody'],
    [[' ; policy=ev'], 'nobody'],
    // Against the grammar: like ";".
    [['ca.example account=7'], 'nobody'],
    [['ca.example; nonsense'], 'nobody'],
    [['ca_.example'], 'nobody'],
    [['ca..example'], 'nobody'],
  ])('%j: %s', async (values, verdict) => {
    const answer = await asked('example.org', { 'example.org': values.map((value) => mail(value)) })
    expect(caaVerdict(answer, own)).toBe(verdict)
  })

  it('is unknown for an authority whose name in such records nobody has told', async () => {
    const answer = await asked('example.org', { 'example.org': [mail('ca.example')] })
    expect(caaVerdict(answer, [])).toBe('name-not-known')
  })

  it('is a prohibition that holds for everybody even where no name is known', async () => {
    expect(caaVerdict(await asked('example.org', { 'example.org': [mail(';')] }), [])).toBe('nobody')
  })

  it('is unknown where a tag that must be understood is not, even beside a name', async () => {
    const records = [mail('ca.example'), { flags: 128, tag: 'tbs', value: 'Unknown' }]
    expect(caaVerdict(await asked('example.org', { 'example.org': records }), own)).toBe('unknown-condition')
  })

  it('passes over unknown tags that need not be understood', async () => {
    const records = [mail('ca.example'), { flags: 0, tag: 'tbs', value: 'Unknown' }]
    expect(caaVerdict(await asked('example.org', { 'example.org': records }), own)).toBe('allowed')
  })

  it('never breaks, and never lets an authority in that no value begins with', async () => {
    const value = fc.oneof(fc.string({ maxLength: 60 }), fc.stringMatching(/^[a-c.;= \t-]{0,40}$/))
    await fc.assert(
      fc.asyncProperty(fc.array(value, { minLength: 1, maxLength: 3 }), fc.nat(255), async (values, flags) => {
        const records: CaaRecord[] = values.map((text) => ({ flags, tag: 'issuemail', value: text }))
        const answer = await lookUpIssueMail('example.org', {
          caa: async (name) => (name === 'example.org' ? success(records) : failure({ code: 'no-such-name', name })),
        })
        const allowed = caaVerdict(answer, ['ca.example']).startsWith('allowed')
        expect(allowed && !values.some((text) => /^[ \t]*ca\.example/i.test(text))).toBe(false)
      }),
    )
  })
})
