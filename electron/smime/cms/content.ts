/** What one layer of CMS turned out to hold. */

import type { SeekableBytes } from '../../base/seekableBytes.ts'
import type { Certificate } from '../../certificates/certificate.ts'
import type { ContentStore } from './contentStore.ts'
import type { RecipientFact } from './failure.ts'
import type { DecryptionKey } from './recipientKey.ts'
import type { SignerInfo } from './signerInfo.ts'

/** What reading a layer needs to know. */
export interface LayerOptions {
  readonly keys: readonly DecryptionKey[]
  readonly store: ContentStore
  /** Bytes of content, decrypted and unpacked. */
  readonly limit: number
}

export interface SignedData {
  /** Those that could be read; certificates of other formats are left out. */
  readonly certificates: readonly Certificate[]
  /** Plain names, as the structure announces them before the content. */
  readonly digestAlgorithms: string[]
  readonly signerInfos: readonly SignerInfo[]
  /** OID of the signed content's type. */
  readonly contentType: string
}

/** `contentType` is the dotted OID of what is inside; for S/MIME always id-data, whose bytes are a MIME entity. */
type LayerContent =
  | {
      readonly kind: 'signed'
      /** The eContent; undefined when the signature is detached or the structure only carries certificates. */
      readonly content: SeekableBytes | undefined
      readonly contentType: string
      readonly signedData: SignedData
    }
  | {
      readonly kind: 'enveloped' | 'auth-enveloped'
      readonly content: SeekableBytes
      readonly contentType: string
      /** "AES-256-GCM". */
      readonly cipher: string
      readonly authenticated: boolean
      readonly recipients: RecipientFact[]
    }
  | { readonly kind: 'compressed'; readonly content: SeekableBytes; readonly contentType: string }

/** `trailingBytes`: something follows the structure that no length in it counts. */
export type CmsContent = LayerContent & { readonly trailingBytes?: true }
