/** Keeping what can't be had again: how it stands, making a backup, rehearsing it, and the paper key. */

import { Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useApi } from '../../client/api.ts'
import { useSay } from '../../client/words.ts'
import { BackRow } from '../../ui/BackRow.tsx'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { Loading } from '../../ui/Loading.tsx'
import { BackupStatus } from './BackupStatus.tsx'
import { MakeBackup } from './MakeBackup.tsx'
import { PaperKey } from './PaperKey.tsx'
import { RehearseBackup } from './RehearseBackup.tsx'

export function BackupPage() {
  const say = useSay()
  const navigate = useNavigate()
  const { query } = useApi()
  const state = useQuery(query.backup.state.queryOptions())
  return (
    <div className="page">
      <BackRow label={say('ui.back')} onOtherwise={() => navigate({ to: '/certificates' })} />
      <div className="sheet sheet-middle">
        <h1>{say('backup.title')}</h1>
        <p>{say('backup.intro')}</p>
        <p className="soft">{say('backup.without')}</p>
        {state.isError ? <ErrorNotice error={state.error} /> : null}
        {state.isPending ? <Loading label={say('backup.loading')} /> : null}
        {state.data ? (
          <>
            <BackupStatus state={state.data} />
            <section className="card stack" aria-labelledby="backup-make">
              <h2 id="backup-make">{say('backup.make.title')}</h2>
              <MakeBackup />
            </section>
            <section className="card stack" aria-labelledby="backup-rehearse">
              <h2 id="backup-rehearse">{say('backup.rehearse.title')}</h2>
              <RehearseBackup />
            </section>
            <section className="card stack" aria-labelledby="backup-paper">
              <h2 id="backup-paper">{say('backup.paper.title')}</h2>
              <PaperKey kept={state.data.paperKey} />
            </section>
          </>
        ) : null}
        <section className="card stack" aria-labelledby="backup-restore">
          <h2 id="backup-restore">{say('backup.restore.title')}</h2>
          <p>{say('backup.restore.text')}</p>
          <div className="row">
            <Button variant="default" onClick={() => navigate({ to: '/restore' })}>
              {say('backup.restore.title')}
            </Button>
          </div>
        </section>
      </div>
    </div>
  )
}
