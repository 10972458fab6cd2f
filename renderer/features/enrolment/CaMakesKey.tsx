/** Where the authority makes the key: what to do in its form, and the way to the file that it hands out. */

import { Button, Group } from '@mantine/core'
import { useNavigate } from '@tanstack/react-router'
import type { CatalogueEntry } from '../../../shared/contract/catalogue.ts'
import { useSay } from '../../client/words.ts'
import { AuthorityLinks } from './AuthorityFacts.tsx'
import type { Wizard } from './useWizard.ts'

const steps = ['one', 'two', 'three', 'four'] as const

export function CaMakesKey({ wizard, entry }: { readonly wizard: Wizard; readonly entry: CatalogueEntry }) {
  const say = useSay()
  const navigate = useNavigate()
  return (
    <div className="stack">
      <ol className="numbered stack-tight">
        {steps.map((step) => (
          <li key={step}>{say(`requests.caKey.${step}`, { address: wizard.value.address.trim() })}</li>
        ))}
      </ol>
      <AuthorityLinks entry={entry} />
      <Group justify="space-between">
        <Button variant="default" onClick={() => wizard.change({ step: 'where' })}>
          {say('ui.back')}
        </Button>
        <Button onClick={() => navigate({ to: '/import' })}>{say('requests.caKey.bring')}</Button>
      </Group>
    </div>
  )
}
