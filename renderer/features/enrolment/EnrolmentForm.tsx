/** The questions of the wizard: who, where from, which key. */

import { Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import type { CatalogueEntry } from '../../../shared/contract/catalogue.ts'
import { useApi } from '../../client/api.ts'
import { useSay } from '../../client/words.ts'
import { Loading } from '../../ui/Loading.tsx'
import { CaMakesKey } from './CaMakesKey.tsx'
import { Key } from './Key.tsx'
import { RequestKey } from './RequestKey.tsx'
import type { Wizard } from './useWizard.ts'
import { Where } from './Where.tsx'
import { Who } from './Who.tsx'

export function EnrolmentForm({ wizard }: { readonly wizard: Wizard }) {
  const say = useSay()
  const heading = useRef<HTMLHeadingElement>(null)
  const { renews, address } = wizard.value
  const { entry, isKnown } = useChosenEntry(wizard)
  const step = wizard.value.step === 'key' && isKnown && lacksSource(wizard, entry) ? 'where' : wizard.value.step
  const shown = useRef(step)
  useEffect(() => {
    // A new question takes the focus, so that a screen reader reads it; the first one doesn't.
    if (shown.current !== step) heading.current?.focus()
    shown.current = step
  }, [step])
  const words = step === 'key' ? wordsOfKey(entry) : `enrol.${step}`
  return (
    <div className="stack">
      {wizard.resumed ? (
        <div className="row row-apart row-wrap">
          <p className="soft" role="status">
            {say('enrol.resumed')}
          </p>
          <Button variant="subtle" size="compact-sm" onClick={wizard.beginAnew}>
            {say('enrol.anew')}
          </Button>
        </div>
      ) : null}
      {renews === undefined ? null : <p>{say('enrol.renewing', { address })}</p>}
      <h2 ref={heading} tabIndex={-1}>
        {say(`${words}.title`, { name: entry?.name })}
      </h2>
      <p className="soft">{say(`${words}.text`)}</p>
      {step === 'who' ? <Who wizard={wizard} /> : null}
      {step === 'where' ? <Where wizard={wizard} /> : null}
      {step === 'key' && isKnown ? <KeyStep wizard={wizard} entry={entry} /> : null}
      {isKnown ? null : <Loading label={say('enrol.opening')} />}
    </div>
  )
}

/** Not yet known only while the question that is on depends on it. */
function useChosenEntry({ value: { ca, authority, step } }: Wizard): { entry?: CatalogueEntry; isKnown: boolean } {
  const { query } = useApi()
  const catalogue = useQuery(query.catalogue.list.queryOptions())
  const isKnown = step !== 'key' || ca !== 'catalogue' || !catalogue.isPending
  const entry = ca === 'catalogue' ? catalogue.data?.find(({ id }) => id === authority) : undefined
  return entry ? { entry, isKnown } : { isKnown }
}

/** An own authority may have been taken out of the catalogue since it was chosen. */
function lacksSource({ value: { ca } }: Wizard, entry: CatalogueEntry | undefined): boolean {
  return ca === 'catalogue' && entry === undefined
}

function wordsOfKey(entry: CatalogueEntry | undefined): string {
  if (entry?.issues === 'csr') return 'requests.key'
  return entry?.issues === 'ca-makes-key' ? 'requests.caKey' : 'enrol.key'
}

interface KeyStepProps {
  readonly wizard: Wizard
  readonly entry: CatalogueEntry | undefined
}

function KeyStep({ wizard, entry }: KeyStepProps) {
  if (entry?.issues === 'csr') return <RequestKey wizard={wizard} entry={entry} />
  if (entry?.issues === 'ca-makes-key') return <CaMakesKey wizard={wizard} entry={entry} />
  return <Key wizard={wizard} directoryUrl={entry?.directoryUrl ?? wizard.value.directoryUrl} />
}
