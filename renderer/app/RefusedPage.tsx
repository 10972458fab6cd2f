/** The address was used before, or its Siegel has ended: nothing here can be shown, only how to come back. */

import { useSay } from '../client/words.ts'
import { EmptyState } from '../ui/EmptyState.tsx'

export function RefusedPage() {
  const say = useSay()
  return (
    <main className="page">
      <h1 className="visually-hidden">{say('app.name')}</h1>
      <EmptyState page drawing="letter" title={say('frame.refusedTitle')}>
        {say('frame.refused')}
      </EmptyState>
    </main>
  )
}
