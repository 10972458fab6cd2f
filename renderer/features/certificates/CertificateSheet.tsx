/** A certificate as it explains itself: the answers, the drawing of its chain, and every field below. */

import type { CertificateView, ChainState } from '../../../shared/contract/certificates.ts'
import { CertificateAnswers } from './CertificateAnswers.tsx'
import { CertificateFields } from './CertificateFields.tsx'
import { ChainDrawing } from './ChainDrawing.tsx'

interface CertificateSheetProps {
  readonly view: CertificateView
  readonly chain: ChainState
  /** Opens another certificate of the chain. */
  readonly onOpen: (sha256: string) => void
}

export function CertificateSheet({ view, chain, onOpen }: CertificateSheetProps) {
  return (
    <div className="certificate">
      <div className="certificate-columns">
        <CertificateAnswers view={view} chain={chain} />
        <ChainDrawing chain={chain} isAuthority={view.certificateAuthority} onOpen={onOpen} />
      </div>
      <CertificateFields view={view} />
    </div>
  )
}
