import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { transportOf } from './transport.ts'

const received = (value: string) => ({ name: 'Received', value })

describe('the way that a header claims', () => {
  it.each([
    [
      'Postfix',
      'from mail.sandbox.example (mail.sandbox.example [192.0.2.1]) (using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)) (No client certificate requested) by mx.example.org (Postfix) with ESMTPS id 4Y for <a@example.org>; Tue, 2 Jun 2026 10:00:00 +0200',
      {
        from: 'mail.sandbox.example',
        by: 'mx.example.org',
        protocol: 'ESMTPS',
        tls: 'TLS 1.3, TLS_AES_256_GCM_SHA384',
        time: 'Tue, 2 Jun 2026 10:00:00 +0200',
      },
    ],
    [
      'Exchange',
      'from AM0.example (2603::1) by DB9.example (2603::2) with Microsoft SMTP Server (version=TLS1_2, cipher=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384) id 15.20; Tue, 2 Jun 2026 08:00:00 +0000',
      {
        from: 'AM0.example',
        by: 'DB9.example',
        protocol: 'Microsoft',
        tls: 'TLS 1.2, TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384',
        time: 'Tue, 2 Jun 2026 08:00:00 +0000',
      },
    ],
    [
      'a local hand-over',
      'by mx.example.org (Postfix, from userid 1000) id 3; 2 Jun 2026 10:00:00 +0200',
      { by: 'mx.example.org', time: '2 Jun 2026 10:00:00 +0200' },
    ],
    ['nonsense', '(((', {}],
  ])('is read as %s writes it', (_, value, hop) => {
    expect(transportOf([received(value)])).toEqual({ hops: [hop] })
  })

  it('takes what stands in a comment for no clause', () => {
    const [hop] = transportOf([received('from a.example (from evil.example by evil.example) by b.example; x')]).hops
    expect(hop).toMatchObject({ from: 'a.example', by: 'b.example' })
  })

  it('tells results with the server that claims them, of the last server only', () => {
    const results = (value: string) => ({ name: 'authentication-results', value })
    expect(
      transportOf([
        results(
          'mx.example.org 1; spf=pass (ok; really) smtp.mailfrom=a@b.example; dkim=fail header.d=x; dkim=pass header.d=b.example',
        ),
        results('mx.example.org; dmarc=pass header.from=b.example; arc=none'),
        results('evil.example; dmarc=fail; arc=pass; spf=fail'),
      ]),
    ).toEqual({ hops: [], spf: 'pass', dkim: 'pass', dmarc: 'pass', arc: 'none', claimedBy: 'mx.example.org' })
  })

  it('never fails, and stays short', () => {
    const text = fc.stringMatching(/^[ -~;()=]*$/)
    fc.assert(
      fc.property(
        fc.array(fc.record({ name: fc.constantFrom('Received', 'Authentication-Results'), value: text })),
        (fields) => {
          expect(transportOf(fields).hops.length).toBeLessThanOrEqual(100)
        },
      ),
    )
    // Were each "from" gone through to the field's end, this would not come back.
    transportOf(Array.from({ length: 1_000 }, () => received('from by '.repeat(20_000))))
  })
})
