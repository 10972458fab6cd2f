/** Challenge mails that a CA signs with S/MIME instead of DKIM (RFC 8823 §3.1 point 6). */

import { beforeAll, describe, expect, it } from 'vitest'
import { type ChallengeQuestion, readGenuineChallenge } from '../../acquisition/acme/challenge.ts'
import { utf8Bytes } from '../../base/bytes.ts'
import type { Certificate } from '../../certificates/certificate.ts'
import { type TestEntity, testAuthority, testPerson } from '../../certificates/testPki.ts'
import { clearSigned, cmsPart, crlf, opaque } from '../../smime/testMail.ts'
import type { ServiceContext } from '../context.ts'
import { testServices } from '../testServices.ts'
import { readSignedChallenge } from './signedChallenge.ts'

const caAddress = 'acme@ca.example'
const address = 'anna@sandbox.example'
const token = 'LgYemJLy3F1LDkiJrdIGbEzyFJyOyf6vBdyZ1TG3sME'
const validity = { notBefore: new Date(Date.now() - 86_400_000), notAfter: new Date(Date.now() + 86_400_000) }

let root: TestEntity
let ca: TestEntity
let other: TestEntity
let stranger: TestEntity

beforeAll(async () => {
  root = await testAuthority('Root', {}, validity)
  ca = await testPerson(caAddress, { issuer: root }, validity)
  other = await testPerson('acme@eve.example', { issuer: root }, validity)
  stranger = await testPerson(caAddress, { issuer: await testAuthority('Unknown', {}, validity) }, validity)
})

const fields = (subject = `ACME: ${token}`, more: readonly string[] = []) => [
  `From: <${caAddress}>`,
  `To: <${address}>`,
  `Subject: ${subject}`,
  'Message-ID: <1@ca.example>',
  'Auto-Submitted: auto-generated; type=acme',
  ...more,
]

/** The whole challenge as one message inside (RFC 8551 §3.1). */
const wrapped = (inside = fields()) =>
  crlf('Content-Type: message/rfc822', '', ...inside, 'Content-Type: text/plain', '', 'A challenge.')

const mail = (body: string, outside = fields()) => utf8Bytes(crlf(...outside, 'MIME-Version: 1.0', body))

async function judged(raw: Uint8Array, trusted: readonly Certificate[] = [root.certificate]) {
  const context: ServiceContext = await testServices()
  for (const certificate of trusted) context.application.trust.add(certificate, '')
  const question: ChallengeQuestion = {
    challengeFrom: caAddress,
    address,
    at: new Date(),
    resolveTxt: async () => {
      throw Object.assign(new Error('none'), { code: 'ENOTFOUND' })
    },
    readSigned: (bytes) => readSignedChallenge(context, bytes),
  }
  const read = await readGenuineChallenge(raw, question)
  return read === undefined || read === 'unanswered' ? read : read.ok ? read.value : read.error.reason
}

describe('a challenge mail that is signed with S/MIME', () => {
  it('is genuine when its sender’s certificate signed it with its header inside', async () => {
    expect(await judged(mail(await clearSigned(wrapped(), ca)))).toEqual({
      tokenPart1: token,
      from: caAddress,
      answerTo: [caAddress],
      to: [address],
      messageId: '<1@ca.example>',
    })
    expect(await judged(mail(cmsPart(await opaque(wrapped(), ca))))).toMatchObject({ tokenPart1: token })
  })

  it('is answered as its inside says: a token or a Reply-To that somebody put outside counts for nothing', async () => {
    const outside = fields('ACME: AAAAAAAAAAAAAAAAAAAAAAAAAAAAAA', ['Reply-To: <eve@eve.example>'])
    expect(await judged(mail(await clearSigned(wrapped(), ca), outside))).toMatchObject({
      tokenPart1: token,
      answerTo: [caAddress],
    })
  })

  it('is refused where the signature leaves the header outside', async () => {
    const text = crlf('Content-Type: text/plain', '', 'A challenge.')
    expect(await judged(mail(await clearSigned(text, ca)))).toBe('smime-header-open')
  })

  it('is refused where somebody else signed it', async () => {
    expect(await judged(mail(await clearSigned(wrapped(), other)))).toBe('smime-other-signer')
  })

  it('is refused where its sender stands only in the signer’s name: the standard asks for an alternative name', async () => {
    const subject = { commonName: 'CA', emailAddress: caAddress }
    const named = await testPerson(caAddress, { issuer: root }, { ...validity, subject, emails: [] })
    expect(await judged(mail(await clearSigned(wrapped(), named)))).toBe('smime-other-signer')
    const beside = await testPerson(caAddress, { issuer: root }, { ...validity, subject, emails: ['info@ca.example'] })
    expect(await judged(mail(await clearSigned(wrapped(), beside)))).toBe('smime-other-signer')
  })

  it('is refused where nobody trusted vouches for the signer', async () => {
    expect(await judged(mail(await clearSigned(wrapped(), stranger)))).toBe('smime-unknown-issuer')
    expect(await judged(mail(await clearSigned(wrapped(), ca)), [])).toBe('smime-unknown-issuer')
  })

  it('is refused where it was changed after signing', async () => {
    const signed = (await clearSigned(wrapped(), ca)).replace('A challenge.', 'A Challenge.')
    expect(await judged(mail(signed))).toBe('smime-not-good')
  })

  it('is refused where its inside breaks the rules that its outside keeps', async () => {
    const inside = fields().filter((line) => !line.startsWith('Auto-Submitted'))
    expect(await judged(mail(await clearSigned(wrapped(inside), ca)))).toBe('not-auto-submitted')
    const reply = fields(`Re: ACME: ${token}`)
    expect(await judged(mail(await clearSigned(wrapped(reply), ca)))).toBe('reply-subject')
  })
})
