/** Limiting one's own root to the domains that it is for. */

import { Button, Group, Modal } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import type { TrustedRoot } from '../../../../shared/contract/trust.ts'
import { useApi } from '../../../client/api.ts'
import { useSay } from '../../../client/words.ts'
import { ErrorNotice } from '../../../ui/ErrorNotice.tsx'
import { DomainsField, domainsOf } from './DomainsField.tsx'

interface ScopeDialogProps {
  readonly root: TrustedRoot
  readonly onClose: () => void
}

export function ScopeDialog({ root, onClose }: ScopeDialogProps) {
  const say = useSay()
  const { query } = useApi()
  const [domains, setDomains] = useState(root.domains.join('\n'))
  const set = useMutation(query.trust.setScope.mutationOptions({ onSuccess: onClose }))
  const submit = (event: FormEvent) => {
    event.preventDefault()
    set.mutate({ sha256: root.certificate.sha256, domains: domainsOf(domains) })
  }
  return (
    <Modal opened onClose={onClose} title={say('trust.limit')} closeButtonProps={{ 'aria-label': say('ui.close') }}>
      <form className="stack" onSubmit={submit}>
        <p>{say('trust.limitText', { name: root.certificate.name })}</p>
        <DomainsField value={domains} onChange={setDomains} />
        {set.isError ? <ErrorNotice error={set.error} /> : null}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {say('ui.cancel')}
          </Button>
          <Button type="submit" loading={set.isPending}>
            {say('ui.save')}
          </Button>
        </Group>
      </form>
    </Modal>
  )
}
