/** What a stranger's mail may cost. The bounds are generous: without the care that is tested here, each takes minutes. */

import { describe, expect, it } from 'vitest'
import { latin1Bytes } from '../base/bytes.ts'
import { expectSuccess } from '../base/result.ts'
import { testNow } from '../certificates/testPki.ts'
import { openMessage } from '../smime/open.ts'
import { matchAddresses } from './addressMatch.ts'
import { reportOf } from './report.ts'

function secondsSince(started: number): number {
  return (performance.now() - started) / 1_000
}

describe('endless lists of addresses', () => {
  const list = (name: string) => Array.from({ length: 12_000 }, (_, at) => `${name}${at}@x.example`)

  it('are compared in time that grows with their length, not with its square', async () => {
    const fields = [`From: ${list('a').join(',\r\n ')}`, `Reply-To: ${list('r').join(',\r\n ')}`]
    const started = performance.now()
    const message = expectSuccess(await openMessage(latin1Bytes([...fields, '', 'text'].join('\r\n')), { keys: [] }))
    const report = reportOf({ message, anchors: [], intermediates: [], at: testNow, now: testNow })
    expect(secondsSince(started)).toBeLessThan(5)
    expect(report.findings.map(({ code }) => code)).toEqual(['several-from', 'reply-to-differs'])
  })

  it('match a certificate with as many', () => {
    const started = performance.now()
    expect(matchAddresses(list('a'), list('a').reverse())).toEqual({ covered: true, missing: [] })
    expect(secondsSince(started)).toBeLessThan(3)
  })
})
