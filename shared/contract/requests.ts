/** Certificates by request file: made here, taken to the authority by the person, and joined with whatever comes back. */

import { oc } from '@orpc/contract'
import { z } from 'zod'
import { requestKeyType } from './catalogue.ts'
import { certificateSummary, certificateView, chainState } from './certificates.ts'
import { failures, keptFailure, mailServerFailures } from './errors.ts'
import { identity } from './identities.ts'
import { addressText, byteSource, fingerprint, identifier, instant, lineText, spooledFile } from './values.ts'

export const mailUse = z.enum(['both', 'sign', 'encrypt'])

export const certificateRequest = z.object({
  id: identifier,
  /** The same for the two requests of one person who wants separate keys. */
  pairId: identifier,
  name: z.string(),
  address: z.string(),
  use: mailUse,
  /** The catalogue's entry; empty where the person didn't say. */
  authority: z.string(),
  keyType: requestKeyType,
  state: z.enum(['waiting', 'done', 'cancelled']),
  keyDiscarded: z.boolean(),
  createdAt: instant,
  updatedAt: instant,
  identityId: identifier.optional(),
  renews: identifier.optional(),
  /** PKCS#10 as PEM. Nothing in it is secret. */
  pem: z.string(),
})
export type CertificateRequest = z.infer<typeof certificateRequest>

/** What speaks against a certificate of an answer; the words stand under `answer.concern`. */
export const answerConcern = z.object({
  code: z.enum([
    'other-key',
    'already-here',
    'other-address',
    'no-address',
    'expired',
    'not-yet-valid',
    'not-for-mail',
    'cannot-sign',
    'cannot-encrypt',
    'weak-key',
    'chain-unknown',
    'chain-unknown-by-mail',
    'chain-broken',
    'revoked',
    'key-discarded',
  ]),
  /** `stop`: it can't be taken. `ask`: only if the person wants it all the same. `tell`: good to know. */
  weight: z.enum(['stop', 'ask', 'tell']),
  data: z.record(z.string(), z.unknown()),
})
export type AnswerConcern = z.infer<typeof answerConcern>

export const answeredCertificate = z.object({
  certificate: certificateSummary,
  keyAlgorithm: z.string(),
  canSign: z.boolean(),
  canEncrypt: z.boolean(),
  /** The request that it answers. */
  requestId: identifier.optional(),
  /** The gravest first. */
  concerns: z.array(answerConcern),
  chain: chainState,
  /** What the linter says of it. */
  odd: certificateView.shape.odd,
})
export type AnsweredCertificate = z.infer<typeof answeredCertificate>

export const answerPreview = z.object({
  certificates: z.array(answeredCertificate),
  /** Certificates of issuers in the files. */
  issuers: z.number(),
  /** Files, by their place among the sources, that brought nothing, and why. */
  unreadable: z.array(keptFailure.extend({ source: z.number() })),
})
export type AnswerPreview = z.infer<typeof answerPreview>

/** A mail that brings a certificate for a key here. What it says of itself is what its sender wrote. */
export const answerMail = spooledFile.pick({ spoolId: true }).extend({
  subject: z.string(),
  from: z.string().optional(),
  date: z.string().optional(),
})
export type AnswerMail = z.infer<typeof answerMail>

export const answerSearch = z.object({
  /** The newest first; as many as `readAnswer` takes. */
  mails: z.array(answerMail),
  /** Mails that were read, and those that were passed over: too large, or too many. */
  looked: z.number(),
  passedOver: z.number(),
  folders: z.number(),
  /** The day from which mails were looked at: that of the oldest request that waits. */
  since: instant,
})
export type AnswerSearch = z.infer<typeof answerSearch>

/** An answer is a certificate, its issuers each in a file, and a mail: a dozen at most. */
export const answerSourceLimit = 20
const answerSources = z.array(byteSource).min(1).max(answerSourceLimit)

export const requestsContract = {
  /** The newest first. */
  list: oc.output(z.array(certificateRequest)),
  /** Makes the key, durable, and then the request; two of each for `separate`. Ed25519 only signs. */
  begin: oc
    .input(
      z
        .object({
          name: lineText.max(64),
          address: addressText,
          /** The catalogue's entry; empty where the person doesn't say. */
          authority: z.string().max(64),
          keyType: requestKeyType,
          purpose: z.enum(['both', 'separate', 'sign', 'encrypt']),
          /** The identity that the new one follows: it is retired when the new one is there. */
          renews: identifier.optional(),
        })
        .refine(({ keyType, purpose }) => keyType !== 'ed25519' || purpose === 'sign'),
    )
    .output(z.object({ requests: z.array(certificateRequest) }))
    .errors(failures('locked', 'no-vault', 'malformed-address', 'not-found', 'authority-from-backup', 'disk-full')),
  /** Offers the request as a `.csr` file to save. */
  save: oc
    .input(z.object({ id: identifier, format: z.enum(['pem', 'der']) }))
    .output(z.object({ spoolId: identifier, name: z.string(), size: z.number() }))
    .errors(failures('not-found', 'too-many-files', 'disk-full')),
  /** Gives a waiting request up. `keep`: an answer that comes after all is still joined; `discard`: the key is gone for good. */
  cancel: oc
    .input(z.object({ id: identifier, key: z.enum(['keep', 'discard']) }))
    .output(certificateRequest)
    .errors(failures('not-found', 'request-answered', 'disk-full')),
  /**
   * Looks in the mailbox of an address for mails, as old as the oldest of its open requests, that bring a certificate for a key
   * here. Nothing is taken, and the mailbox stays as it is. `not-found`: no request of this address is open.
   */
  searchMailbox: oc
    .input(z.object({ address: addressText }))
    .output(answerSearch)
    .errors(
      failures('not-found', 'no-account', 'locked', 'no-vault', 'disk-full', 'too-many-files', ...mailServerFailures),
    ),
  /** Looks at what the authority sent, all files together and in any order. Nothing is taken yet. */
  readAnswer: oc
    .input(z.object({ sources: answerSources }))
    .output(answerPreview)
    .errors(failures('not-found')),
  /** Joins the chosen certificates with their keys, all or none. */
  takeAnswer: oc
    .input(z.object({ sources: answerSources, certificates: z.array(fingerprint).min(1).max(20) }))
    .output(z.object({ identities: z.array(identity) }))
    .errors(failures('not-found', 'certificate-for-another-key', 'already-known', 'disk-full')),
}
