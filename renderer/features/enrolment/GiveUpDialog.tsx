/** Gives a request up; what becomes of its key is the person's own answer, and keeping it is the one that is chosen first. */

import { Radio } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import type { CertificateRequest } from '../../../shared/contract/requests.ts'
import { useApi } from '../../client/api.ts'
import { useSay } from '../../client/words.ts'
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'

interface GiveUpDialogProps {
  readonly request: CertificateRequest
  readonly onClose: () => void
}

export function GiveUpDialog({ request, onClose }: GiveUpDialogProps) {
  const say = useSay()
  const { query } = useApi()
  const [key, setKey] = useState<'keep' | 'discard'>('keep')
  const cancel = useMutation(query.requests.cancel.mutationOptions({ onSuccess: onClose }))
  return (
    <ConfirmDialog
      opened
      title={say('requests.giveUpTitle')}
      confirm={say('requests.giveUpDo')}
      busy={cancel.isPending}
      onConfirm={() => cancel.mutate({ id: request.id, key })}
      onClose={onClose}
    >
      <Radio.Group
        label={say('requests.giveUpText')}
        value={key}
        onChange={(value) => setKey(value === 'discard' ? 'discard' : 'keep')}
      >
        <div className="stack-tight choices">
          <Radio value="keep" label={say('requests.keepKey')} description={say('requests.keepKeyHint')} />
          <Radio value="discard" label={say('requests.discardKey')} description={say('requests.discardKeyHint')} />
        </div>
      </Radio.Group>
      {cancel.isError ? <ErrorNotice error={cancel.error} /> : null}
    </ConfirmDialog>
  )
}
