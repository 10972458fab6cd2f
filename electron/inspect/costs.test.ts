/** What a stranger's mail may cost. No clock is asked: without the care that is tested here, each takes longer than a test may. */

import { describe, expect, it } from 'vitest'
import { latin1Bytes } from '../base/bytes.ts'
import { expectSuccess } from '../base/result.ts'
import { testNow } from '../certificates/testPki.ts'
import { openMessage } from '../smime/open.ts'
import { matchAddresses } from './addressMatch.ts'
import { reportOf } from './report.ts'

describe('endless lists of addresses', () => {
  const list = (name: string, length: number) => Array.from({ length }, (_, at) => `${name}${at}@x.example`)

  it('are compared in time that grows with their length, not with its square', async () => {
    const fields = [`From: ${list('a', 12_000).join(',\r\n ')}`, `Reply-To: ${list('r', 12_000).join(',\r\n ')}`]
    const message = expectSuccess(await openMessage(latin1Bytes([...fields, '', 'text'].join('\r\n')), { keys: [] }))
    const report = reportOf({ message, anchors: [], intermediates: [], at: testNow, now: testNow })
    expect(report.findings.map(({ code }) => code)).toEqual(['several-from', 'reply-to-differs'])
  })

  it('match a certificate with as many', () => {
    const many = list('a', 200_000)
    expect(matchAddresses(many, many.toReversed())).toEqual({ covered: true, missing: [] })
  })
})
