/** How it stands with the backup: what is missing first, then the two dates. */

import type { ReactNode } from 'react'
import type { BackupState } from '../../../shared/contract/backup.ts'
import { useSay } from '../../client/words.ts'
import { Notice } from '../../ui/Notice.tsx'
import { RelativeDate } from '../../ui/RelativeDate.tsx'

interface BackupStatusProps {
  readonly state: BackupState
  /** Where the backup's own page isn't the one that is open. */
  readonly action?: ReactNode
}

export function BackupStatus({ state, action }: BackupStatusProps) {
  const say = useSay()
  const { need, keys, keysMissing, last } = state
  if (keys === 0) return <Notice level="neutral" title={say('backup.need.nothing.none')} />
  return (
    <Notice
      level={need === 'nothing' ? 'good' : 'caution'}
      title={say(`backup.need.${need}.title`, { count: keysMissing })}
      action={action}
    >
      {need === 'nothing' ? null : <p>{say(`backup.need.${need}.text`)}</p>}
      {last ? (
        <p>
          {say('backup.lastMade')} <RelativeDate value={last.madeAt} /> · {say('backup.lastRehearsed')}{' '}
          {last.rehearsedAt ? <RelativeDate value={last.rehearsedAt} /> : say('backup.never')}
        </p>
      ) : null}
    </Notice>
  )
}
