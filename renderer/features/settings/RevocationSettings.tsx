/** Whom Siegel asks whether a certificate is still valid, and what each question tells to whom. */

import { Switch } from '@mantine/core'
import type { Settings } from '../../../shared/contract/app.ts'
import { useSay } from '../../client/words.ts'

type Revocation = Settings['revocation']

interface RevocationSettingsProps {
  readonly revocation: Revocation
  readonly onChange: (revocation: Revocation) => void
}

const questions = ['lists', 'ocsp', 'issuers'] as const

export function RevocationSettings({ revocation, onChange }: RevocationSettingsProps) {
  const say = useSay()
  return (
    <>
      <p className="soft">{say('settings.validityHint')}</p>
      {questions.map((question) => (
        <Switch
          key={question}
          label={say(`settings.revocation.${question}`)}
          description={say(`settings.revocation.${question}Hint`)}
          checked={revocation[question]}
          onChange={(event) => onChange({ ...revocation, [question]: event.currentTarget.checked })}
        />
      ))}
    </>
  )
}
