/** The profile can't be opened: says so, offers the last good copy, overwrites nothing. */

import { Button } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { AppStatus } from '../../shared/contract/app.ts'
import { useApi } from '../client/api.ts'
import { useSay } from '../client/words.ts'
import { Drawing } from '../ui/Drawing.tsx'
import { ErrorNotice } from '../ui/ErrorNotice.tsx'
import { Notice } from '../ui/Notice.tsx'

export function ProfileTroublePage({ status }: { readonly status: AppStatus }) {
  const say = useSay()
  const { query } = useApi()
  const queries = useQueryClient()
  const restore = useMutation(query.app.restoreBackup.mutationOptions({ onSuccess: () => queries.resetQueries() }))
  const { state, folder, backupAvailable } = status.profile
  return (
    <main className="page">
      <div className="sheet sheet-middle">
        <Drawing name="broken-seal" width={150} />
        <h1>{say(`trouble.${state}.title`)}</h1>
        <p>{say(`trouble.${state}.text`)}</p>
        {folder === '' ? null : <p className="mono wrap-anywhere">{folder}</p>}
        {state === 'damaged' ? (
          <Notice
            level={backupAvailable ? 'neutral' : 'caution'}
            title={backupAvailable ? say('trouble.backupTitle') : say('trouble.noBackupTitle')}
            action={
              backupAvailable ? (
                <Button loading={restore.isPending} onClick={() => restore.mutate(undefined)}>
                  {say('trouble.restore')}
                </Button>
              ) : undefined
            }
          >
            {backupAvailable ? say('trouble.backup') : say('trouble.noBackup')}
          </Notice>
        ) : null}
        {restore.isError ? <ErrorNotice error={restore.error} /> : null}
      </div>
    </main>
  )
}
