/** What is sealed, and how: the input of smime/seal.ts. */

import type { HiddenHeaders } from '../../shared/contract/report.ts'
import type { Mailbox } from '../../shared/contract/values.ts'
import type { Random } from '../base/random.ts'
import type { Certificate } from '../certificates/certificate.ts'
import type { PostQuantum } from '../crypto/postQuantum.ts'
import type { PrivateKeyHandle } from '../crypto/privateKey.ts'
import type { ContentCipher } from './cms/encrypt.ts'
import type { CmsRecipient } from './cms/recipientWriter.ts'
import type { CmsSigner } from './cms/sign.ts'
import type { HeaderPolicy } from './headerConfidentiality.ts'

export interface LetterAttachment {
  readonly name: string
  readonly mediaType: string
  /** Bytes that `open` yields. */
  readonly size: number
  /** Called once per sealing, or more often where a message is both hashed and written. */
  open(): AsyncIterable<Uint8Array>
}

/** A mail before it is sealed. It has no Bcc: the field is never written (RFC 5322 §3.6.3); seal one message per Bcc recipient. */
export interface Letter {
  readonly from: Mailbox
  readonly to: readonly Mailbox[]
  readonly cc: readonly Mailbox[]
  readonly subject: string
  readonly date: Date
  /** With angle brackets. */
  readonly messageId: string
  readonly inReplyTo?: string
  readonly references?: string
  readonly text: string
  readonly attachments: readonly LetterAttachment[]
}

export interface LetterSigner {
  readonly certificate: Certificate
  /** Further certificates for the receiver, without the root. */
  readonly chain: readonly Certificate[]
  readonly key: PrivateKeyHandle
}

export interface SealOptions {
  readonly sign?: LetterSigner & {
    /** Others who sign the same content beside the first. */
    readonly alsoBy?: readonly LetterSigner[]
    readonly signingTime: Date
    /** As strong as each key where it is missing: SHA-256, for ECDSA the curve's. Some keys prescribe their own. */
    readonly digest?: CmsSigner['digest']
    /** For RSA keys; PKCS#1 v1.5 where it is missing. */
    readonly padding?: 'pkcs1' | 'pss'
    /** application/pkcs7-mime signed-data instead of multipart/signed; readers without S/MIME then see nothing. */
    readonly opaque?: boolean
  }
  /** Signs what was signed and encrypted once more (RFC 2634 §1.1), so that nobody on the way can replace the envelope unseen. */
  readonly tripleWrap?: boolean
  /** For experimental recipients; without it they are `unsupported-algorithm`. */
  readonly postQuantum?: PostQuantum
  readonly encrypt?: {
    readonly recipients: readonly CmsRecipient[]
    readonly cipher: ContentCipher
  }
  /** RFC 9788; on unless false, and never for a message that is neither signed nor encrypted. */
  readonly headerProtection?: boolean
  /** What the outer header of an encrypted message hides; `baseline` without it. */
  readonly headerPolicy?: HeaderPolicy
  /** What the letter that is answered hid: hidden outside here too, whatever the policy (RFC 9788 §6.1). */
  readonly answered?: HiddenHeaders
  /** Repeats hidden fields at the start of an encrypted text, for readers that don't know protected headers. */
  readonly legacyDisplay?: boolean
  readonly random: Random
}

export type SealError =
  | { readonly code: 'unsupported-algorithm'; readonly algorithm: string }
  | { readonly code: 'malformed-address'; readonly address: string }
