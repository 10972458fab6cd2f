/** After sending: what became of the letter, and what can be done next. */

import { Button, Group } from '@mantine/core'
import { useNavigate } from '@tanstack/react-router'
import { useSay } from '../../client/words.ts'
import { Drawing } from '../../ui/Drawing.tsx'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { drawingOf, kindOf, type Letter, recipientsOf } from './letter.ts'
import { Outcomes } from './Outcomes.tsx'
import type { SendingState } from './useSending.ts'

interface SendingResultProps {
  readonly state: SendingState
  readonly letter: Letter
  readonly onWriteAnother: () => void
}

export function SendingResult({ state, letter, onWriteAnother }: SendingResultProps) {
  const say = useSay()
  const navigate = useNavigate()
  const kind = kindOf(letter)
  const to = recipientsOf(letter)
    .map(({ address }) => address)
    .join(', ')
  return (
    <div className="page">
      <div className="sheet sheet-middle">
        <Drawing name={drawingOf[kind]} width={150} />
        {state.done ? (
          <>
            <div role="status">
              <h1 className="wrap-anywhere">{say(`write.sent.${kind}`, { to })}</h1>
            </div>
            <Outcomes outcomes={state.done.outcomes} filedInSent={state.done.filedInSent} />
          </>
        ) : (
          <>
            <h1>{say('write.held')}</h1>
            <ErrorNotice error={state.error} />
            <p>{say('write.heldText')}</p>
          </>
        )}
        <Group>
          {state.done ? null : <Button onClick={() => navigate({ to: '/outbox' })}>{say('write.toOutbox')}</Button>}
          <Button variant="default" onClick={onWriteAnother}>
            {say('write.another')}
          </Button>
          <Button variant="default" onClick={() => navigate({ to: '/mail', search: {} })}>
            {say('write.toMail')}
          </Button>
        </Group>
      </div>
    </div>
  )
}
