/**
 * What opening a message yields: facts about its layers, signers, headers and parts. Judging them is the work of inspect/.
 */

import type { HiddenHeaders, Layer, Report } from '../../shared/contract/report.ts'
import type { Mailbox } from '../../shared/contract/values.ts'
import type { Certificate } from '../certificates/certificate.ts'
import type { PostQuantum } from '../crypto/postQuantum.ts'
import type { Spool } from '../storage/spool.ts'
import type { DecryptionKey } from './cms/read.ts'
import type { SignerOutcome } from './cms/verify.ts'

export type HeadersReport = Report['headers']
export type NamedField = HeadersReport['shown'][number]

/** A structural finding. The codes are listed in smime/notes.ts. */
export interface MessageNote {
  readonly code: string
  readonly severity: 'info' | 'warning' | 'error'
  readonly data: Record<string, unknown>
}

/** One piece of the message as a reader sees it. */
export interface OpenedPart {
  readonly id: string
  readonly kind: 'text' | 'html' | 'attachment'
  readonly mediaType: string
  /** A file name without folders and control characters. */
  readonly name?: string
  /** Bytes that `open` and `bytes` return. */
  readonly size: number
  /** Without angle brackets, for cid: references. */
  readonly contentId?: string
  /** A verified signature covers this part. */
  readonly covered: boolean
  /** Decoded bytes, piece by piece; text and HTML as UTF-8. */
  open(): AsyncIterable<Uint8Array>
  /** The same in one buffer: look at `size` first. */
  bytes(): Promise<Uint8Array>
}

export interface OpenedSigner {
  readonly outcome: SignerOutcome
  /** Index into `layers`. */
  readonly layer: number
  /** Its signature covers everything that is shown. */
  readonly coversMessage: boolean
  /** All certificates found in that layer, for building a chain. */
  readonly certificates: readonly Certificate[]
}

export interface OpenedMessage {
  /** After header protection. */
  readonly from: readonly Mailbox[]
  readonly to: readonly Mailbox[]
  readonly cc: readonly Mailbox[]
  readonly subject: string
  /** As in the header. */
  readonly date?: string
  readonly messageId?: string
  /** Outermost first. */
  readonly layers: readonly Layer[]
  readonly signers: readonly OpenedSigner[]
  readonly encryption: 'none' | 'decrypted' | 'no-key' | 'damaged' | 'malformed'
  /** Present when something was decrypted: whether the cipher proves that the content is unchanged. */
  readonly authenticated?: boolean
  /** Something that claims to be a signature could not be read. */
  readonly malformedSignature: boolean
  readonly headers: HeadersReport
  /** What stood only inside the envelope, for an answer that keeps it there. */
  readonly hidden: HiddenHeaders
  readonly outerHeaders: readonly NamedField[]
  readonly parts: readonly OpenedPart[]
  readonly notes: readonly MessageNote[]
  /** Removes what was decrypted into the spool; the parts can't be read afterwards. */
  discard(): Promise<void>
}

export type OpenError =
  | { readonly code: 'not-a-message' }
  | { readonly code: 'over-budget'; readonly limit: string }
  | { readonly code: 'disk-full' }

export interface OpenOptions {
  readonly keys: readonly DecryptionKey[]
  /** Where larger contents go; without it everything is in memory. */
  readonly spool?: Spool
  /**
   * Whether somebody who is trusted vouches for what a signer's certificate says; `others` came along with it. Asked only
   * where the sender inside isn't the one outside (RFC 9788 §4.4). Without it nobody is vouched for.
   */
  readonly isVouchedFor?: (certificate: Certificate, others: readonly Certificate[]) => boolean
  /** Where the person wants experimental algorithms; without it their signatures are `unsupported-algorithm`. */
  readonly postQuantum?: PostQuantum
}
