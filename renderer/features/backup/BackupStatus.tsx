/** How it stands with the backup: what is missing first, then the two dates. */

import type { BackupState } from '../../../shared/contract/backup.ts'
import { useSay } from '../../client/words.ts'
import { Notice } from '../../ui/Notice.tsx'
import { RelativeDate } from '../../ui/RelativeDate.tsx'

export function BackupStatus({ state }: { readonly state: BackupState }) {
  const say = useSay()
  const { need, keys, keysMissing, last } = state
  if (keys === 0) return <Notice level="neutral" title={say('backup.need.nothing.none')} />
  return (
    <Notice
      level={need === 'nothing' ? 'good' : 'caution'}
      title={say(`backup.need.${need}.title`, { count: keysMissing })}
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
