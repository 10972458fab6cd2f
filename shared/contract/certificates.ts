/** A certificate as people see it, and the anchors they trust. */

import { oc } from '@orpc/contract'
import { z } from 'zod'
import { certificateComparison, certificateReference } from './certificateComparison.ts'
import { certificateFileFailures, failures } from './errors.ts'
import { byteSource, fingerprint, identifier, instant, lineText } from './values.ts'

export const certificateSummary = z.object({
  sha256: z.string(),
  subject: z.string(),
  /** The common name, else the first address, else the whole subject: what a list shows. */
  name: z.string(),
  emails: z.array(z.string()),
  issuer: z.string(),
  issuerName: z.string(),
  serial: z.string(),
  notBefore: instant,
  notAfter: instant,
})
export type CertificateSummary = z.infer<typeof certificateSummary>

export const namePart = z.object({ oid: z.string(), label: z.string(), value: z.string() })

export const certificateView = certificateSummary.extend({
  version: z.number(),
  subjectParts: z.array(namePart),
  issuerParts: z.array(namePart),
  sha1: z.string(),
  key: z.object({
    algorithm: z.string(),
    bits: z.number().optional(),
    curve: z.string().optional(),
    keyIdentifier: z.string(),
  }),
  signatureAlgorithm: z.string(),
  keyUsage: z.array(z.string()),
  extendedKeyUsage: z.array(z.object({ oid: z.string(), name: z.string() })),
  certificateAuthority: z.boolean(),
  pathLength: z.number().optional(),
  policies: z.array(
    z.object({
      oid: z.string(),
      name: z.string().optional(),
      /** S/MIME Baseline Requirements: what was verified, and how strict the profile is. */
      validation: z.enum(['mailbox', 'organization', 'sponsor', 'individual']).optional(),
      profile: z.enum(['legacy', 'multipurpose', 'strict']).optional(),
    }),
  ),
  crlUrls: z.array(z.string()),
  ocspUrls: z.array(z.string()),
  issuerUrls: z.array(z.string()),
  canSign: z.boolean(),
  canEncrypt: z.boolean(),
  /**
   * What the issuer vouches for by the policy that the certificate states, if one believes the issuer: an address and no
   * name, an organization, a person of an organization, or a person.
   */
  proves: z.enum(['address', 'organization', 'person-of-organization', 'person']),
  /** What is unusual, the gravest first and each code once; the words stand under `odd`. `section` is where the rule stands. */
  odd: z.array(
    z.object({
      code: z.string(),
      severity: z.enum(['info', 'warning', 'error']),
      section: z.string(),
      data: z.record(z.string(), z.unknown()),
    }),
  ),
  extensions: z.array(
    z.object({
      oid: z.string(),
      name: z.string(),
      critical: z.boolean(),
      /** What it says, where it is decoded; the words for the labels stand under `certs.fact`. */
      facts: z.array(z.object({ label: z.string(), value: z.string() })),
      hex: z.string(),
    }),
  ),
  pem: z.string(),
})
export type CertificateView = z.infer<typeof certificateView>

/** What is known of a certificate's revocation. `source` is a list (CRL) or a service that was asked (OCSP). */
const revocationStatus = z.discriminatedUnion('state', [
  z.object({
    state: z.literal('good'),
    source: z.enum(['crl', 'ocsp']),
    thisUpdate: instant,
    /** Until when the source means it to be used. */
    nextUpdate: instant.optional(),
  }),
  z.object({
    state: z.literal('revoked'),
    source: z.enum(['crl', 'ocsp']),
    revokedAt: instant,
    /** CRLReason's name; the words stand under `revocationReasons`. */
    reason: z.string(),
    /** Since when the key may have been in other hands. */
    invalidityDate: instant.optional(),
  }),
  z.object({
    state: z.literal('unknown'),
    /** A code with words under `revocationGaps`. */
    why: z.string(),
    /** Who was to be asked, and since when there has been no answer. */
    host: z.string().optional(),
    since: instant.optional(),
    /** The date of the last list or answer, which has run out. */
    lastGood: instant.optional(),
  }),
])
export type ShownRevocation = z.infer<typeof revocationStatus>

export const chainState = z.object({
  /** From the certificate to the root, as far as it is known. */
  chain: z.array(certificateSummary.extend({ anchor: z.boolean() })),
  state: z.enum([
    'valid',
    'unknown-issuer',
    'expired',
    'not-yet-valid',
    'wrong-purpose',
    'weak-algorithm',
    'broken',
    'malformed',
    'revoked',
    'revocation-unknown',
    'over-budget',
  ]),
  reasons: z.array(
    z.object({ code: z.string(), link: z.number().optional(), data: z.record(z.string(), z.unknown()) }),
  ),
  /** Why this computer's clock can't be right, where it is the clock that ends or begins something: nothing is then known of that. */
  clock: z
    .object({ code: z.enum(['clock-behind', 'clock-ahead']), data: z.record(z.string(), z.unknown()) })
    .optional(),
  /** For each certificate of the chain but the root; empty where nothing is known of any, or the chain doesn't hold anyway. */
  revocation: z.array(revocationStatus),
})
export type ChainState = z.infer<typeof chainState>

/** Reasons that rest on this computer's clock. */
export const clockReasons: ReadonlySet<string> = new Set(['expired', 'not-yet-valid'])

export const shownCertificate = z.object({ certificate: certificateView, chain: chainState })
export type ShownCertificate = z.infer<typeof shownCertificate>

export const anchor = z.object({
  certificate: certificateSummary,
  note: z.string(),
  addedAt: instant,
  /** The sandbox's own root: present in sandbox profiles only, and not removable there. */
  sandbox: z.boolean(),
  /** The mail domains that it counts for (`trust.setScope`). Empty: all. */
  domains: z.array(z.string()),
})
export type Anchor = z.infer<typeof anchor>

/** A person's anchor rarely counts for more than their company's domains; each is compared with each address. */
export const domainLimit = 50

export const certificatesContract = {
  /** Every certificate in a file (DER, PEM, PKCS#7), each with its chain as this profile sees it. */
  show: oc
    .input(z.object({ source: byteSource, at: instant.optional() }))
    .output(z.object({ certificates: z.array(shownCertificate) }))
    .errors(failures(...certificateFileFailures)),
  /** A certificate this profile knows (identity, contact, anchor, or part of a chain). */
  get: oc
    .input(z.object({ sha256: fingerprint }))
    .output(shownCertificate)
    .errors(failures('not-found')),
  /** Offers the certificate as a file to save. DER holds one certificate; `withChain` then changes nothing. */
  export: oc
    .input(
      z.object({
        certificate: certificateReference,
        format: z.enum(['pem', 'der', 'pkcs7']),
        withChain: z.boolean().default(false),
      }),
    )
    .output(z.object({ spoolId: identifier, name: z.string(), size: z.number() }))
    .errors(failures(...certificateFileFailures, 'too-many-files', 'disk-full')),
  /** What differs between two certificates, such as before and after a renewal. */
  compare: oc
    .input(z.object({ left: certificateReference, right: certificateReference }))
    .output(z.object({ left: certificateSummary, right: certificateSummary, comparison: certificateComparison }))
    .errors(failures(...certificateFileFailures)),
  /** The person's own anchors and the sandbox's; `trust.overview` has the roots of the lists, too. */
  anchors: oc.output(z.array(anchor)),
  /**
   * Trusts a root for e-mail. `sha256` repeats the fingerprint that the person was shown and confirmed; `domains` limits it
   * from the start, as `trust.setScope` does later.
   */
  addAnchor: oc
    .input(
      z.object({
        source: byteSource,
        sha256: fingerprint,
        note: lineText,
        domains: z.array(z.string().max(255)).max(domainLimit).default([]),
      }),
    )
    .output(anchor)
    .errors(failures(...certificateFileFailures, 'not-confirmed', 'already-known', 'malformed-domain')),
  removeAnchor: oc
    .input(z.object({ sha256: fingerprint }))
    .output(z.object({}))
    .errors(failures('not-found', 'sandbox-only')),
}
