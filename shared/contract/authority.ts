/** A small CA of one's own for a family or an office: certificates for others from their requests, and for oneself. */

import { oc } from '@orpc/contract'
import { z } from 'zod'
import { certificateSummary } from './certificates.ts'
import { failures } from './errors.ts'
import { addressText, byteSource, fingerprint, identifier, instant, lineText, passphrase } from './values.ts'

/** What a person can say about why; RFC 5280 §5.3.1 has more, for other kinds of CAs. */
export const ownRevocationReason = z.enum([
  'unspecified',
  'keyCompromise',
  'affiliationChanged',
  'superseded',
  'cessationOfOperation',
])
export type OwnRevocationReason = z.infer<typeof ownRevocationReason>

export const issuedCertificate = z.object({
  certificate: certificateSummary,
  keyAlgorithm: z.string(),
  issuedAt: instant,
  revokedAt: instant.optional(),
  reason: ownRevocationReason.optional(),
  /** It belongs to an identity of this profile. */
  own: z.boolean(),
  /** It ends with its root, maybe sooner than was asked for. */
  endsWithRoot: z.boolean(),
})
export type IssuedCertificate = z.infer<typeof issuedCertificate>

export const authority = z.object({
  id: identifier,
  certificate: certificateSummary,
  keyAlgorithm: z.string(),
  /** Addresses and domains that it may vouch for, ".example.org" for every host below; empty: all. */
  permitted: z.array(z.string()),
  createdAt: instant,
  /** This profile trusts its root. */
  trusted: z.boolean(),
  /** The newest first. */
  issued: z.array(issuedCertificate),
})
export type Authority = z.infer<typeof authority>

export const requestView = z.object({
  /** The name that the request asks for; it may be empty. */
  name: z.string(),
  /** The request asks for a name that isn't certified: some of its characters can't be seen, or turn others around. */
  nameLeftOut: z.boolean(),
  addresses: z.array(z.string()),
  keyAlgorithm: z.string(),
  /** SHA-256 of the public key (DER SubjectPublicKeyInfo): what the person can read out who made the request. */
  keySha256: fingerprint,
  /** The certificate will sign, and others will encrypt to it. */
  signs: z.boolean(),
  encrypts: z.boolean(),
  /** Names in the request that are no mail addresses. They are not certified. */
  otherNames: z.number(),
})
export type RequestView = z.infer<typeof requestView>

const offeredFile = z.object({ spoolId: identifier, name: z.string(), size: z.number() })
const fileFailures = failures('too-many-files', 'disk-full')
const signing = failures('locked', 'no-vault', 'not-found')
const requestFailures = failures(
  'not-a-request',
  'request-not-signed',
  'request-without-address',
  'too-many-addresses',
  'weak-key',
  'guessable-key',
  'unsupported-algorithm',
  'address-outside-authority',
  'too-large',
  'not-found',
)
/** Of one certificate: nobody checks more of them with whoever asks. */
export const mostAuthorityAddresses = 100

/** Five years: what is issued by hand is renewed by hand, and nobody remembers for longer. */
const validDays = z.number().int().min(1).max(1826)

export const authorityContract = {
  list: oc.output(z.array(authority)),
  create: oc
    .input(
      z.object({
        name: lineText.min(1).max(64),
        organization: lineText.max(64).optional(),
        /** Addresses ("anna@example.org"), domains ("example.org") or all hosts below one (".example.org"). */
        permitted: z.array(z.string().max(255)).max(100),
        years: z.number().int().min(1).max(20),
        keyType: z.enum(['ec-p256', 'rsa-3072']),
      }),
    )
    .output(authority)
    .errors(
      failures('locked', 'no-vault', 'malformed-domain', 'authority-name-taken', 'hidden-characters', 'disk-full'),
    ),
  /** Shows what a request asks for before anything is signed. PEM or DER. */
  previewRequest: oc
    .input(z.object({ authorityId: identifier, source: byteSource }))
    .output(requestView)
    .errors(requestFailures),
  issue: oc
    .input(
      z.object({
        authorityId: identifier,
        source: byteSource,
        /** The addresses that the person has checked: no others are certified than these, and all of the request's. */
        addresses: z.array(addressText).min(1).max(mostAuthorityAddresses),
        name: lineText.max(64),
        days: validDays,
      }),
    )
    .output(issuedCertificate)
    .errors({
      ...requestFailures,
      ...signing,
      ...failures('addresses-not-confirmed', 'authority-expired', 'hidden-characters', 'disk-full'),
    }),
  /** A key made here and its certificate: an identity at once. */
  issueOwn: oc
    .input(z.object({ authorityId: identifier, name: lineText.max(64), address: addressText, days: validDays }))
    .output(z.object({ issued: issuedCertificate, identityId: identifier }))
    .errors({
      ...signing,
      ...failures(
        'malformed-address',
        'address-outside-authority',
        'authority-expired',
        'hidden-characters',
        'disk-full',
      ),
    }),
  /** A certificate that was issued and the root, for its owner: PKCS#7. Without `sha256` the root alone, PEM. */
  certificateFile: oc
    .input(z.object({ authorityId: identifier, sha256: fingerprint.optional() }))
    .output(offeredFile)
    .errors({ ...fileFailures, ...failures('not-found') }),
  /** Takes effect where the next revocation list is read. A certificate that is revoked stays as it is. */
  revoke: oc
    .input(z.object({ authorityId: identifier, sha256: fingerprint, reason: ownRevocationReason, passphrase }))
    .output(issuedCertificate)
    .errors({ ...signing, ...failures('wrong-passphrase', 'too-many-attempts', 'disk-full') }),
  /** A new revocation list, DER, good for so many days. */
  revocationList: oc
    .input(z.object({ authorityId: identifier, days: z.number().int().min(1).max(366) }))
    .output(offeredFile.extend({ number: z.number(), nextUpdate: instant, revoked: z.number() }))
    .errors({ ...signing, ...fileFailures }),
}
