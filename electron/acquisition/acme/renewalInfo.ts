/**
 * When a CA would like a certificate to be renewed (RFC 9773, ACME Renewal Information). A CA that has to revoke many
 * certificates says so here, days before, and nobody's mail is left without a seal.
 */

import { base64urlText, hexBytes } from '../../base/bytes.ts'
import type { Random } from '../../base/random.ts'
import { failure, type Result, success } from '../../base/result.ts'
import type { Certificate } from '../../certificates/certificate.ts'
import type { AcmeError } from './errors.ts'
import { renewalInfoSchema } from './resources.ts'
import { type AcmeTransport, readJson } from './transport.ts'

export interface RenewalWindow {
  readonly start: Date
  readonly end: Date
  /** A page that says why, when the CA gives one; always https. */
  readonly explanationUrl?: string
}

/** The CA's wish; without Retry-After the caller decides when to ask again. */
export type RenewalInfo = RenewalWindow & { readonly retryAfterSeconds?: number }

/**
 * RFC 9773 §4.1: the issuer's key identifier and the serial number's content octets, both base64url, joined by a dot.
 * Undefined when the certificate doesn't name its issuer's key: such a one has no identifier.
 */
export function renewalIdentifier(certificate: Certificate): string | undefined {
  const keyIdentifier = certificate.extensions.authorityKeyIdentifier?.keyIdentifier
  if (keyIdentifier === undefined || keyIdentifier === '') return undefined
  return `${base64urlText(hexBytes(keyIdentifier))}.${base64urlText(certificate.written.serialNumber)}`
}

/** Asks for the window; undefined when the CA has no such service or the certificate no identifier. */
export async function readRenewalInfo(
  transport: AcmeTransport,
  certificate: Certificate,
): Promise<Result<RenewalInfo | undefined, AcmeError>> {
  const base = transport.directory.renewalInfo
  const identifier = renewalIdentifier(certificate)
  if (base === undefined || identifier === undefined) return success(undefined)
  const answer = await transport.get(`${base.replace(/\/$/, '')}/${identifier}`)
  if (!answer.ok) return answer
  const window = windowOf(readJson(answer.value.body))
  if (!window) return failure({ code: 'ca-answer-unusable', reason: 'renewal-info' })
  const { retryAfterSeconds } = answer.value
  return success({ ...window, ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }) })
}

function windowOf(value: unknown): RenewalWindow | undefined {
  const parsed = renewalInfoSchema.safeParse(value)
  if (!parsed.success) return undefined
  const { suggestedWindow, explanationURL } = parsed.data
  const [start, end] = [suggestedWindow.start, suggestedWindow.end].map(instantOf)
  // RFC 9773 §4.2: a window that ends before it begins is no window.
  if (!start || !end || end <= start) return undefined
  const isLink = explanationURL !== undefined && URL.canParse(explanationURL) && /^https:/i.test(explanationURL)
  return { start, end, ...(isLink ? { explanationUrl: explanationURL } : {}) }
}

/** RFC 3339 with its zone: a time of no place could be off by a day. */
function instantOf(text: string): Date | undefined {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/i.test(text)) return undefined
  const date = new Date(text)
  return Number.isNaN(date.getTime()) ? undefined : date
}

/** A moment of the window, by chance (RFC 9773 §4.2): otherwise everybody's renewal would come at its start. */
export function momentIn({ start, end }: RenewalWindow, random: Random): Date {
  const [a = 0, b = 0, c = 0, d = 0] = random(4)
  const share = (a * 2 ** 24 + b * 2 ** 16 + c * 2 ** 8 + d) / 2 ** 32
  return new Date(start.getTime() + Math.floor(share * (end.getTime() - start.getTime())))
}

/** Without a word from the CA the last third of the validity is the time, as CAs recommend. */
export function lastThirdOf({ notBefore, notAfter }: Pick<Certificate, 'notBefore' | 'notAfter'>): Date {
  const third = (notAfter.getTime() - notBefore.getTime()) / 3
  return new Date(notAfter.getTime() - third)
}
