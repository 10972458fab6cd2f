/** Which certificate to compare with: one of the same holder that is known, or one out of a second file. */

import { Button, Group, Modal, Radio } from '@mantine/core'
import { useNavigate } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import type { CertificateSummary } from '../../../shared/contract/certificates.ts'
import { dateText } from '../../../shared/words/words.ts'
import { useLanguage, useSay } from '../../client/words.ts'
import { FileButton } from '../../ui/FileButton.tsx'
import { Loading } from '../../ui/Loading.tsx'
import { useHandoff } from '../handoff.tsx'
import { useSameHolder } from './useSameHolder.ts'

interface CompareDialogProps {
  readonly certificate: CertificateSummary
  /** It stands in the file that is open here. */
  readonly inFile: boolean
  readonly onClose: () => void
}

export function CompareDialog({ certificate, inFile, onClose }: CompareDialogProps) {
  const say = useSay()
  const language = useLanguage()
  const navigate = useNavigate()
  const { give } = useHandoff()
  const others = useSameHolder(certificate)
  const [chosen, setChosen] = useState<string>()
  const left = { left: certificate.sha256, ...(inFile ? { leftIn: 'file' } : {}) }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const right = chosen ?? others?.[0]?.sha256
    if (right !== undefined) navigate({ to: '/compare', search: { ...left, right } })
  }
  const takeFile = (file: File) => {
    give({ comparedCertificate: file })
    navigate({ to: '/compare', search: { ...left, rightIn: 'file' } })
  }
  return (
    <Modal
      opened
      onClose={onClose}
      title={say('compare.chooseTitle')}
      closeButtonProps={{ 'aria-label': say('ui.close') }}
    >
      <form className="stack" onSubmit={submit}>
        <p>{say('compare.chooseText')}</p>
        {others === undefined ? <Loading label={say('certs.loading')} /> : null}
        {others?.length === 0 ? <p className="soft">{say('compare.noHistory')}</p> : null}
        {others && others.length > 0 ? (
          <Radio.Group label={say('compare.history')} value={chosen ?? others[0]?.sha256 ?? ''} onChange={setChosen}>
            <div className="stack-tight choices">
              {others.map(({ sha256, issuerName, notBefore, notAfter }) => (
                <Radio
                  key={sha256}
                  value={sha256}
                  label={`${dateText(language, new Date(notBefore), 'short')} – ${dateText(language, new Date(notAfter), 'short')}`}
                  description={issuerName}
                />
              ))}
            </div>
          </Radio.Group>
        ) : null}
        <Group justify="space-between">
          <FileButton
            variant={others?.length === 0 ? 'filled' : 'default'}
            accept=".cer,.crt,.der,.pem,.p7b,.p7c"
            onFiles={([file]) => file && takeFile(file)}
          >
            {say('compare.fromFile')}
          </FileButton>
          {others && others.length > 0 ? <Button type="submit">{say('compare.open')}</Button> : null}
        </Group>
      </form>
    </Modal>
  )
}
