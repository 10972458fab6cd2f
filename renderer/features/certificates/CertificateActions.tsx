/** What can be done with any certificate: save it as a file, compare it with another. */

import { Button } from '@mantine/core'
import { useState } from 'react'
import type { CertificateSummary } from '../../../shared/contract/certificates.ts'
import { useSay } from '../../client/words.ts'
import { CompareDialog } from './CompareDialog.tsx'
import { SaveCertificateDialog } from './SaveCertificateDialog.tsx'

interface CertificateActionsProps {
  readonly certificate: CertificateSummary
  /** The file that is open here and holds it. */
  readonly file?: File
}

export function CertificateActions({ certificate, file }: CertificateActionsProps) {
  const say = useSay()
  const [open, setOpen] = useState<'save' | 'compare'>()
  const close = () => setOpen(undefined)
  return (
    <>
      <Button variant="default" onClick={() => setOpen('save')}>
        {say('certs.saveAs')}
      </Button>
      <Button variant="default" onClick={() => setOpen('compare')}>
        {say('certs.compareWith')}
      </Button>
      {open === 'save' ? (
        <SaveCertificateDialog certificate={{ sha256: certificate.sha256, file }} onClose={close} />
      ) : null}
      {open === 'compare' ? (
        <CompareDialog certificate={certificate} inFile={file !== undefined} onClose={close} />
      ) : null}
    </>
  )
}
