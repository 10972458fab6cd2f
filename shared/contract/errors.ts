/**
 * Expected failures as they cross a transport: a code from a closed set and its data. The sentence and the next step for
 * each code stand in shared/words under `errors.<code>`; its placeholders are the names of the data.
 */

import { z } from 'zod'

const nothing = z.object({})

/** Every code that a procedure may answer with, and the data that its sentence needs. */
export const failureData = {
  // vault
  locked: nothing,
  'no-vault': nothing,
  'vault-exists': nothing,
  'wrong-passphrase': z.object({ retryAfterSeconds: z.number() }),
  'passphrase-too-short': z.object({ minimum: z.number() }),
  'passphrase-too-simple': nothing,
  'passphrase-guessed': nothing,
  'too-many-attempts': z.object({ retryAfterSeconds: z.number() }),
  'os-store-unavailable': nothing,
  'os-store-refused': nothing,
  'not-confirmed': nothing,
  // profile and files
  'database-damaged': z.object({ file: z.string(), backup: z.string().optional() }),
  'database-newer': z.object({ found: z.number(), known: z.number() }),
  'profile-unusable': z.object({ folder: z.string(), reason: z.string() }),
  'disk-full': nothing,
  'too-large': z.object({ limit: z.number(), size: z.number().optional() }),
  'too-many-files': z.object({ limit: z.number() }),
  'not-found': z.object({ what: z.string() }),
  'file-unreadable': z.object({ name: z.string() }),
  'file-changed': z.object({ name: z.string() }),
  // certificates and keys
  'not-a-certificate': nothing,
  'no-certificate-inside': nothing,
  'contains-private-key': nothing,
  'damaged-archive': nothing,
  'encrypted-archive': nothing,
  'archive-in-archive': nothing,
  'malformed-certificate': z.object({ reason: z.string() }),
  'not-a-crl': nothing,
  'malformed-crl': z.object({ reason: z.string() }),
  'unknown-critical-extension': z.object({ oid: z.string() }),
  'wrong-password': nothing,
  'password-needed': nothing,
  'damaged-file': nothing,
  'not-a-key-file': nothing,
  'unsupported-algorithm': z.object({ algorithm: z.string() }),
  /** Known, and computed only where the setting `experimentalAlgorithms` says so. */
  'experimental-algorithm': z.object({ algorithm: z.string() }),
  'over-budget': z.object({ limit: z.string() }),
  'key-without-certificate': nothing,
  'nss-tools-missing': nothing,
  'primary-password-needed': nothing,
  'wrong-primary-password': nothing,
  'thunderbird-store-unreadable': z.object({ reason: z.string() }),
  'thunderbird-running': nothing,
  'thunderbird-not-changed': z.object({ reason: z.string() }),
  'thunderbird-half-changed': z.object({ reason: z.string(), folder: z.string() }),
  'store-tools-missing': z.object({ program: z.string() }),
  'store-password-needed': nothing,
  'wrong-store-password': nothing,
  /** The person or a rule of the computer said no. */
  'store-refused': nothing,
  'store-unreadable': z.object({ reason: z.string() }),
  /** `name`: the certificates that may be meant. */
  'key-not-exportable': z.object({ name: z.string() }),
  'certificate-without-key': nothing,
  /** Both are there, but the key belongs to none of the certificates. */
  'key-of-another-certificate': nothing,
  /** It isn't the private half of the public one that stands beside it. */
  'broken-key': nothing,
  'identity-revoked': nothing,
  'already-known': z.object({ name: z.string() }),
  /** The entry of that name could be taken for the new one. */
  'name-taken': z.object({ name: z.string() }),
  'malformed-domain': z.object({ domain: z.string() }),
  'system-roots-unreadable': z.object({ reason: z.string() }),
  // backups
  'wrong-backup-passphrase': nothing,
  'not-a-backup': nothing,
  'backup-newer': nothing,
  'backup-of-other-kind': z.object({ kind: z.string() }),
  /** `keyId` names the paper key that opens it; empty where none does. */
  'other-paper-key': z.object({ keyId: z.string() }),
  'no-paper-key': nothing,
  'paper-key-group': z.object({ groups: z.string() }),
  'paper-key-length': z.object({ found: z.number(), expected: z.number() }),
  'paper-key-whole': nothing,
  // a CA of one's own
  'not-a-request': nothing,
  'request-not-signed': nothing,
  'request-without-address': nothing,
  'too-many-addresses': z.object({ count: z.number(), limit: z.number() }),
  'guessable-key': nothing,
  'weak-key': z.object({ algorithm: z.string() }),
  'address-outside-authority': z.object({ address: z.string(), permitted: z.string() }),
  'addresses-not-confirmed': z.object({ addresses: z.string() }),
  'authority-expired': z.object({ notAfter: z.string() }),
  'authority-name-taken': z.object({ name: z.string() }),
  /** `name` with those spelled. */
  'hidden-characters': z.object({ name: z.string() }),
  // addresses and contacts
  'malformed-address': z.object({ address: z.string() }),
  'nothing-to-undo': nothing,
  'not-signed': nothing,
  'signature-not-good': z.object({ state: z.string() }),
  // accounts, submission, mailbox
  'no-account': z.object({ address: z.string() }),
  'no-identity': z.object({ address: z.string() }),
  /** Every own certificate that would do was revoked by its issuer. */
  'own-certificate-revoked': z.object({ address: z.string() }),
  'own-key-compromised': z.object({ address: z.string() }),
  'no-network': z.object({ host: z.string() }),
  'connect-refused': z.object({ host: z.string(), port: z.number() }),
  timeout: z.object({ host: z.string(), seconds: z.number() }),
  'no-starttls': z.object({ host: z.string() }),
  'tls-failed': z.object({ host: z.string(), reason: z.string() }),
  'certificate-mismatch': z.object({ host: z.string(), names: z.string() }),
  'certificate-untrusted': z.object({ host: z.string(), reason: z.string() }),
  'certificate-expired': z.object({ host: z.string(), notAfter: z.string() }),
  'authentication-refused': z.object({ host: z.string(), user: z.string(), response: z.string() }),
  'authentication-unavailable': z.object({ host: z.string() }),
  'sender-refused': z.object({ response: z.string() }),
  'recipients-refused': z.object({ recipients: z.string(), response: z.string() }),
  'message-refused': z.object({ response: z.string() }),
  'message-too-large': z.object({ size: z.number(), limit: z.number() }),
  'protocol-violation': z.object({ host: z.string(), reason: z.string() }),
  'recipient-without-certificate': z.object({ addresses: z.string() }),
  'recipient-experimental': z.object({ addresses: z.string(), algorithm: z.string() }),
  'no-recipients': nothing,
  'answer-reveals': nothing,
  // enrolment
  'request-under-way': z.object({ address: z.string() }),
  'ca-unreachable': z.object({ host: z.string() }),
  'ca-refused': z.object({ problem: z.string(), detail: z.string() }),
  'ca-answer-unusable': z.object({ reason: z.string() }),
  /** It takes no requests for now; `retryAt` (an ISO time) is when it said to come back, or when Siegel thinks it worth while. */
  'ca-busy': z.object({ detail: z.string(), retryAt: z.string() }),
  /** People look at the order, or the CA is slow; an ISO time before which asking again is no use. */
  'order-processing': z.object({ host: z.string(), retryAt: z.string() }),
  /** The CA neither finished nor refused the order until its end (an ISO time). */
  'order-expired': z.object({ host: z.string(), expires: z.string() }),
  /** The same where it names no end, since it was last moved (an ISO time). */
  'order-without-end': z.object({ host: z.string(), since: z.string() }),
  /** Order and account came from a backup, and nobody has agreed to their server. */
  'server-from-backup': z.object({ host: z.string() }),
  'authority-from-backup': z.object({ name: z.string(), host: z.string() }),
  'terms-not-agreed': z.object({ host: z.string(), url: z.string() }),
  'external-account-required': z.object({ host: z.string() }),
  'no-challenge-pending': nothing,
  'not-a-challenge': nothing,
  'not-by-acme': nothing,
  'challenge-late': z.object({ minutes: z.number() }),
  /** Another order for the same address was open at the same CA each time. */
  'challenge-contested': z.object({ address: z.string() }),
  'challenge-forged': z.object({ reason: z.string(), from: z.string() }),
  'certificate-for-another-key': nothing,
  'request-answered': z.object({ address: z.string() }),
  'certificate-for-another-address': z.object({ addresses: z.string() }),
  /** What else speaks against a certificate that a CA issued. */
  'issued-for-authority': nothing,
  'issued-not-for-mail': nothing,
  'issued-expired': z.object({ notAfter: z.string() }),
  'issued-not-yet-valid': z.object({ notBefore: z.string() }),
  'issued-weak': z.object({ algorithm: z.string() }),
  'issued-without-issuer': z.object({ issuer: z.string() }),
  'issued-not-signed': z.object({ issuer: z.string() }),
  cancelled: nothing,
  'not-saved': z.object({ name: z.string() }),
  // sandbox
  'sandbox-only': nothing,
  'sandbox-not-running': nothing,
  'sandbox-port-taken': z.object({ port: z.number() }),
  'sandbox-cannot-start': z.object({ reason: z.string() }),
  // opening
  'not-a-message': nothing,
} as const

export type FailureCode = keyof typeof failureData
const failureCode = z.enum(Object.keys(failureData) as [FailureCode, ...FailureCode[]])
/** A failure that is kept with what failed, to be told later. */
export const keptFailure = z.object({ code: failureCode, data: z.record(z.string(), z.unknown()) })

/** An expected failure as a value: its code, and its data beside it. */
export type Failure = {
  [Code in FailureCode]: { readonly code: Code } & DataOf<z.infer<(typeof failureData)[Code]>>
}[FailureCode]
/** zod infers `Record<string, never>` for an empty object, which would forbid the code beside it. */
type DataOf<Data> = string extends keyof Data ? unknown : Data

type ErrorItems<Code extends FailureCode> = { [Key in Code]: { status: 422; data: (typeof failureData)[Key] } }

/** Whatever talks to a mail server: the way there, TLS, signing in. */
export const mailServerFailures = [
  'no-network',
  'connect-refused',
  'timeout',
  'no-starttls',
  'tls-failed',
  'certificate-mismatch',
  'certificate-untrusted',
  'certificate-expired',
  'authentication-refused',
  'authentication-unavailable',
  'protocol-violation',
  'sandbox-not-running',
] as const

/** Whatever reads certificates from a file. */
export const certificateFileFailures = [
  'not-a-certificate',
  'no-certificate-inside',
  'contains-private-key',
  'malformed-certificate',
  'too-large',
  'over-budget',
  'not-found',
] as const

/** Of a passphrase that is chosen (passphrases.ts). */
export const weakPassphrase = ['passphrase-too-short', 'passphrase-too-simple', 'passphrase-guessed'] as const

/** The errors of one procedure, for `oc.errors(…)`. */
export function failures<Code extends FailureCode>(...codes: readonly Code[]): ErrorItems<Code> {
  return Object.fromEntries(codes.map((code) => [code, { status: 422, data: failureData[code] }])) as ErrorItems<Code>
}
