/** The first run: three cards before any question, then two ways in. */

import { Button } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useApi } from '../../client/api.ts'
import { useSay } from '../../client/words.ts'
import { Drawing, SealMark } from '../../ui/Drawing.tsx'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { useEnterSandbox } from '../sandbox/useEnterSandbox.ts'
import './welcome.css'

interface WelcomePageProps {
  readonly onLeave: (to: '/' | '/enrol' | '/restore') => void
}

const cards = [
  { name: 'seal', drawing: 'sealed-letter' },
  { name: 'need', drawing: 'letter' },
  { name: 'keep', drawing: 'signed-postcard' },
] as const

export function WelcomePage({ onLeave }: WelcomePageProps) {
  const say = useSay()
  const { query } = useApi()
  const sandbox = useEnterSandbox(() => onLeave('/'))
  const setUp = useMutation(query.app.changeSettings.mutationOptions())
  const leave = (to: '/enrol' | '/restore') => {
    onLeave(to)
    setUp.mutate({ welcomed: true })
  }
  return (
    <main className="page welcome">
      <div className="welcome-sheet stack">
        <header className="welcome-head">
          <SealMark size={56} />
          <div>
            <h1>{say('welcome.title')}</h1>
            <p className="soft">{say('welcome.text')}</p>
          </div>
        </header>
        <ul className="welcome-cards">
          {cards.map(({ name, drawing }) => (
            <li key={name} className="card card-lifted stack-tight">
              <Drawing name={drawing} width={132} />
              <h2>{say(`welcome.${name}.title`)}</h2>
              <p>{say(`welcome.${name}.text`)}</p>
            </li>
          ))}
        </ul>
        <div className="welcome-ways">
          <div className="stack-tight">
            <Button size="md" loading={sandbox.isPending} onClick={() => sandbox.mutate()}>
              {say('welcome.sandbox')}
            </Button>
            <p className="soft small">{say('welcome.sandboxHint')}</p>
          </div>
          <div className="stack-tight">
            <Button size="md" variant="default" loading={setUp.isPending} onClick={() => leave('/enrol')}>
              {say('welcome.setUp')}
            </Button>
            <p className="soft small">{say('welcome.setUpHint')}</p>
          </div>
        </div>
        <p className="row row-wrap soft">
          {say('welcome.restoreHint')}
          <Button variant="subtle" size="compact-sm" onClick={() => leave('/restore')}>
            {say('backup.restore.title')}
          </Button>
        </p>
        {sandbox.isPending ? <p role="status">{say('sandbox.starting')}</p> : null}
        {sandbox.isError ? <ErrorNotice error={sandbox.error} /> : null}
        {setUp.isError ? <ErrorNotice error={setUp.error} /> : null}
      </div>
    </main>
  )
}
