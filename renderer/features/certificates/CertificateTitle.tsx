/** The title of a certificate's page: the address that it proves, since a name in it may be nobody's; an authority's is its name. */

import type { CertificateView } from '../../../shared/contract/certificates.ts'
import { shownAddress } from '../../../shared/shownAddress.ts'
import { ForeignText } from '../../ui/ForeignText.tsx'

export function CertificateTitle({ view }: { readonly view: CertificateView }) {
  const [address] = view.certificateAuthority ? [] : view.emails
  return (
    <h1 className="detail-title">
      <ForeignText>{address === undefined ? view.name : shownAddress(address)}</ForeignText>
    </h1>
  )
}
