/**
 * What an authority sent back, judged against the keys and requests of this profile: for which key and address it is, whether
 * it serves for mail, and whether its chain holds. Files are looked at together, so that issuers in one complete the chain of
 * a certificate in another.
 */

import type { Failure } from '../../../shared/contract/errors.ts'
import type { AnswerConcern, AnswerPreview } from '../../../shared/contract/requests.ts'
import type { ByteSource } from '../../../shared/contract/values.ts'
import { answerByteLimit, readAnswer } from '../../acquisition/answers.ts'
import { readCertificateRequest } from '../../acquisition/csr.ts'
import type { StoredRequest } from '../../acquisition/requests.ts'
import type { Certificate } from '../../certificates/certificate.ts'
import { allowsEmail } from '../../certificates/emailProfile.ts'
import { keyAlgorithmText } from '../../certificates/keyAlgorithmText.ts'
import type { PathResult } from '../../certificates/path.ts'
import { isWeakKey } from '../../certificates/strength.ts'
import { instantText, summaryOf } from '../../certificates/view.ts'
import { samePublicKey } from '../../keystore/certificateKey.ts'
import { addressMatcher } from '../../mime/address.ts'
import type { ServiceContext } from '../context.ts'
import { bytesOf } from '../files/byteSource.ts'
import { canEncrypt, canSign, judgeAt } from '../judge.ts'
import { mailKeyFor } from '../mailKeys.ts'
import { validateAndAsk } from '../revocation/revocation.ts'
import { missingIssuers } from './missingIssuers.ts'

export interface JudgedCertificate {
  readonly certificate: Certificate
  readonly keyId?: string
  /** The newest request for that key. */
  readonly request?: StoredRequest
  readonly concerns: readonly AnswerConcern[]
  readonly path: PathResult
}

export interface JudgedAnswer {
  readonly certificates: readonly JudgedCertificate[]
  readonly issuers: readonly Certificate[]
  readonly unreadable: AnswerPreview['unreadable']
  readonly gaps: Awaited<ReturnType<typeof validateAndAsk>>['gaps']
}

export async function judgeAnswer(context: ServiceContext, sources: readonly ByteSource[]): Promise<JudgedAnswer> {
  const { found, unreadable } = await readAll(context, sources)
  const isOwn = ({ der }: Certificate) => mailKeyFor(context, der) !== undefined
  // Some make their own certificate and mark it as an authority's: it is for a key here all the same.
  const isIssuer = (one: Certificate) => one.extensions.basicConstraints?.ca === true && !isOwn(one)
  const issuers = found.filter(isIssuer)
  const leaves = found.filter((one) => !isIssuer(one))
  const judge = judgeAt(context, context.runtime.clock())
  const fromMailbox = sources.some(
    (source) => 'spoolId' in source && context.application.handover.get(source.spoolId)?.offered === true,
  )
  // Only for what can be taken: whoever sends a stranger's certificate doesn't make this machine ask about it.
  const mine = leaves.filter(isOwn)
  const missing = await missingIssuers(
    context,
    mine.map((leaf) => judge.question(leaf, issuers)),
  )
  const complete = [...issuers, ...missing]
  const asked = await validateAndAsk(
    context,
    mine.map((leaf) => judge.question(leaf, complete)),
  )
  const certificates = leaves.map((leaf) => {
    const path = asked.paths[mine.indexOf(leaf)] ?? judge.chain(leaf, complete)
    return judged(context, leaf, path, fromMailbox)
  })
  return { certificates, issuers, unreadable, gaps: asked.gaps }
}

async function readAll(context: ServiceContext, sources: readonly ByteSource[]) {
  const found = new Map<string, Certificate>()
  const unreadable: AnswerPreview['unreadable'] = []
  for (const [source, given] of sources.entries()) {
    const read = await readAnswer(await bytesOf(context, given, answerByteLimit))
    if (read.ok) for (const certificate of read.value) found.set(certificate.sha256, certificate)
    else unreadable.push({ source, ...failureParts(read.error) })
  }
  return { found: [...found.values()], unreadable }
}

function failureParts({ code, ...data }: Failure) {
  return { code, data }
}

function judged(
  context: ServiceContext,
  certificate: Certificate,
  path: PathResult,
  fromMailbox: boolean,
): JudgedCertificate {
  const { identities, requests } = context.application
  const keyId = mailKeyFor(context, certificate.der)
  const stop = (code: AnswerConcern['code'], data: Record<string, unknown> = {}): JudgedCertificate => ({
    certificate,
    concerns: [{ code, weight: 'stop', data }],
    path,
  })
  if (keyId === undefined) {
    const given = requests.list().find((one) => one.keyDiscarded && isFor(one, certificate))
    if (given) return stop('key-discarded', { date: given.updatedAt })
    return stop('other-key', { addresses: certificate.emails.join(', ') })
  }
  if (identities.list().some(({ sha256 }) => sha256 === certificate.sha256)) {
    return stop('already-here', { name: summaryOf(certificate).name })
  }
  const ofKey = requests.list().filter((one) => one.keyId === keyId)
  const request = ofKey.find(({ state }) => state === 'waiting') ?? ofKey[0]
  const concerns = [
    ...concernsAboutAddress(certificate, request),
    ...concernsAboutTime(certificate, context.runtime.clock()),
    ...concernsAboutUse(certificate, request),
    ...concernsAboutChain(path, fromMailbox),
  ].sort((left, right) => weights.indexOf(left.weight) - weights.indexOf(right.weight))
  return { certificate, keyId, ...(request ? { request } : {}), concerns, path }
}

const weights: readonly AnswerConcern['weight'][] = ['stop', 'ask', 'tell']

function isFor({ request }: StoredRequest, { publicKeyInfo }: Certificate): boolean {
  const read = readCertificateRequest(request)
  return read.ok && samePublicKey(read.value.publicKeyInfo, publicKeyInfo)
}

function concernsAboutAddress({ emails }: Certificate, request: StoredRequest | undefined): AnswerConcern[] {
  if (emails.length === 0) return [{ code: 'no-address', weight: 'ask', data: {} }]
  if (!request || addressMatcher(emails)(request.address)) return []
  return [{ code: 'other-address', weight: 'ask', data: { addresses: emails.join(', '), wanted: request.address } }]
}

function concernsAboutTime({ notBefore, notAfter }: Certificate, now: Date): AnswerConcern[] {
  if (notAfter < now) return [{ code: 'expired', weight: 'ask', data: { notAfter: instantText(notAfter) } }]
  return notBefore > now ? [{ code: 'not-yet-valid', weight: 'tell', data: { notBefore: instantText(notBefore) } }] : []
}

function concernsAboutUse(certificate: Certificate, request: StoredRequest | undefined): AnswerConcern[] {
  const concerns: AnswerConcern[] = []
  const [signs, encrypts] = [canSign(certificate), canEncrypt(certificate)]
  const use = request?.use ?? 'both'
  if (!allowsEmail(certificate) || !(signs || encrypts))
    concerns.push({ code: 'not-for-mail', weight: 'ask', data: {} })
  else if (use !== 'encrypt' && !signs) concerns.push({ code: 'cannot-sign', weight: 'tell', data: {} })
  else if (use !== 'sign' && !encrypts) concerns.push({ code: 'cannot-encrypt', weight: 'tell', data: {} })
  if (isWeakKey(certificate.keyAlgorithm)) {
    concerns.push({ code: 'weak-key', weight: 'ask', data: { key: keyAlgorithmText(certificate) } })
  }
  return concerns
}

function concernsAboutChain({ state, path }: PathResult, fromMailbox: boolean): AnswerConcern[] {
  switch (state) {
    case 'unknown-issuer': {
      const last = path.at(-1)
      const data = { issuer: last ? summaryOf(last).issuerName : '' }
      // A file was chosen by the person. A mail may be anybody's who has seen the request: that certificate would sign from then on.
      if (fromMailbox) return [{ code: 'chain-unknown-by-mail', weight: 'ask', data }]
      return [{ code: 'chain-unknown', weight: 'tell', data }]
    }
    case 'revoked':
      return [{ code: 'revoked', weight: 'ask', data: {} }]
    case 'broken':
    case 'malformed':
    case 'weak-algorithm':
    case 'over-budget':
      return [{ code: 'chain-broken', weight: 'ask', data: { state } }]
    default:
      // Said already: time and purpose are the certificate's own.
      return []
  }
}
