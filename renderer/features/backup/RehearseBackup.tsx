/** The rehearsal: the saved file is chosen again, and each key in it shows what it can do. */

import { useMutation } from '@tanstack/react-query'
import type { BackupSecret } from '../../../shared/contract/backup.ts'
import { useApi } from '../../client/api.ts'
import { sourceOf } from '../../client/files.ts'
import { useSay } from '../../client/words.ts'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { Notice } from '../../ui/Notice.tsx'
import { OpenWith } from './OpenWith.tsx'
import { TriedKeys } from './TriedKeys.tsx'

export function RehearseBackup() {
  const say = useSay()
  const { client } = useApi()
  const rehearse = useMutation({
    mutationFn: async ({ file, secret }: { file: File; secret: BackupSecret }) =>
      client.backup.rehearse({ source: await sourceOf(client, file), secret }),
  })
  const { data } = rehearse
  return (
    <div className="stack">
      <p>{say('backup.rehearse.text')}</p>
      <OpenWith
        action={say('backup.rehearse.action')}
        busy={rehearse.isPending}
        done={data?.passed === true}
        onChange={rehearse.reset}
        onOpen={(file, secret) => rehearse.mutate({ file, secret })}
      >
        {rehearse.isError ? <ErrorNotice error={rehearse.error} /> : null}
      </OpenWith>
      {data ? (
        <>
          {data.passed ? (
            <Notice level="good" title={say('backup.rehearse.passed')} urgent>
              {say(data.recorded ? 'backup.rehearse.recorded' : 'backup.rehearse.foreign')}
            </Notice>
          ) : (
            <Notice level="bad" title={say('backup.rehearse.notPassed')} urgent>
              {say('backup.rehearse.notPassedText')}
            </Notice>
          )}
          <TriedKeys keys={data.keys} />
        </>
      ) : null}
    </div>
  )
}
