/** One thing that needs the person, with its one action. */

import { Button } from '@mantine/core'
import { useNavigate } from '@tanstack/react-router'
import { withShownAddresses } from '../../../shared/shownAddress.ts'
import { useSay } from '../../client/words.ts'
import { Notice } from '../../ui/Notice.tsx'
import { useVaultGate } from '../vault/VaultGate.tsx'
import type { Need } from './needs.ts'

export function NeedCard({ need }: { readonly need: Need }) {
  const say = useSay()
  const navigate = useNavigate()
  const gate = useVaultGate()
  const card = (level: 'caution' | 'bad' | 'neutral', data: Record<string, unknown>, act: () => void) => {
    const action = say(`home.need.${need.kind}.action`)
    // Two cards may want the same for two people.
    const whose = data['address'] ?? data['name']
    return (
      <Notice
        level={level}
        title={say(`home.need.${need.kind}.title`, data)}
        action={
          <Button
            onClick={act}
            aria-label={whose === undefined ? undefined : withShownAddresses(`${action}: ${whose}`)}
          >
            {action}
          </Button>
        }
      >
        {say(`home.need.${need.kind}.text`, data)}
      </Notice>
    )
  }
  switch (need.kind) {
    case 'held':
      return card('bad', { count: need.count }, () => navigate({ to: '/outbox' }))
    case 'key-compromised':
    case 'revoked': {
      const { addresses, id } = need.identity
      return card('bad', { address: addresses.join(', ') }, () => navigate({ to: '/enrol', search: { renew: id } }))
    }
    case 'expired':
    case 'expires': {
      const { certificate, addresses } = need.identity
      const data = { address: addresses.join(', '), count: need.days, date: certificate.notAfter }
      return card('caution', data, () =>
        need.byAcme
          ? navigate({ to: '/certificates', search: { identity: need.identity.id } })
          : navigate({ to: '/enrol', search: { renew: need.identity.id } }),
      )
    }
    case 'renewal-locked': {
      const address = need.identity.addresses.join(', ')
      return card('caution', { address }, () => gate.ensureOpen(say('home.need.renewal-locked.text')))
    }
    case 'backup-make':
    case 'backup-rehearse':
    case 'backup-renew':
      return card('caution', {}, () => navigate({ to: '/backup' }))
    case 'enrolment':
      return card('neutral', { address: need.enrolment.address }, () =>
        navigate({ to: '/enrol', search: { id: need.enrolment.id } }),
      )
    case 'request':
      return card('neutral', { address: need.request.address }, () =>
        navigate({ to: '/request', search: { id: need.request.pairId } }),
      )
    case 'contact-revoked':
    case 'changed':
      return card('caution', { name: need.contact.name || need.contact.addresses[0] }, () =>
        navigate({ to: '/contacts', search: { id: need.contact.id } }),
      )
    case 'no-certificate':
      return card('neutral', {}, () => navigate({ to: '/enrol', search: {} }))
    case 'no-account':
      return card('neutral', {}, () => navigate({ to: '/transport', search: { id: 'new' } }))
  }
}
