/** Restoring: the file and what opens it, what it would bring, and only then the deed. */

import { Button, Group } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import type { BackupSecret, Restoration, RestoredKind } from '../../../shared/contract/backup.ts'
import { useApi } from '../../client/api.ts'
import { sourceOf } from '../../client/files.ts'
import { useSay } from '../../client/words.ts'
import { BackRow } from '../../ui/BackRow.tsx'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { Notice } from '../../ui/Notice.tsx'
import { useVaultGate } from '../vault/VaultGate.tsx'
import { OpenWith } from './OpenWith.tsx'
import { RestoreNotices } from './RestoreNotices.tsx'
import { TriedKeys } from './TriedKeys.tsx'

interface Chosen {
  readonly file: File
  readonly secret: BackupSecret
}

export function RestorePage() {
  const say = useSay()
  const navigate = useNavigate()
  const gate = useVaultGate()
  const { client } = useApi()
  const [chosen, setChosen] = useState<Chosen>()
  const look = useMutation({
    mutationFn: async ({ file, secret }: Chosen) =>
      client.backup.preview({ source: await sourceOf(client, file), secret }),
  })
  const restore = useMutation({
    mutationFn: async ({ file, secret }: Chosen) =>
      client.backup.restore({ source: await sourceOf(client, file), secret }),
    // What opened it has done its work, and stands on the page no longer.
    onSuccess: () => setChosen(undefined),
  })
  const changed = () => {
    setChosen(undefined)
    look.reset()
    restore.reset()
  }
  const accept = async () => {
    if (chosen && (await gate.ensureOpen(say('backup.restore.reason')))) restore.mutate(chosen)
  }
  return (
    <div className="page">
      <BackRow label={say('ui.back')} onOtherwise={() => navigate({ to: '/backup' })} />
      <div className="sheet sheet-middle">
        <h1>{say('backup.restore.title')}</h1>
        <p>{say('backup.restore.text')}</p>
        {restore.data ? null : (
          <section className="card stack" aria-label={say('backup.choose')}>
            <OpenWith
              action={say('backup.restore.look')}
              busy={look.isPending}
              done={look.data !== undefined}
              onChange={changed}
              onOpen={(file, secret) => {
                setChosen({ file, secret })
                look.mutate({ file, secret })
              }}
            >
              {look.isError ? <ErrorNotice error={look.error} /> : null}
            </OpenWith>
          </section>
        )}
        {look.data && !restore.data ? (
          <>
            <Inside restoration={look.data} done={false} />
            <Group>
              <Button loading={restore.isPending} disabled={!bringsSomething(look.data)} onClick={accept}>
                {say('backup.restore.action')}
              </Button>
            </Group>
          </>
        ) : null}
        {restore.isError ? <ErrorNotice error={restore.error} /> : null}
        {restore.data ? (
          <>
            <Notice
              level="good"
              title={say('backup.restore.done')}
              urgent
              action={<Button onClick={() => navigate({ to: '/certificates' })}>{say('authority.showOwn')}</Button>}
            >
              {brings(restore.data, 'identities', 'keys') ? <p>{say('backup.restore.doneText')}</p> : null}
              {brings(restore.data, 'accounts') ? <p>{say('backup.restore.doneAccounts')}</p> : null}
            </Notice>
            <Inside restoration={restore.data} done />
          </>
        ) : null}
      </div>
    </div>
  )
}

function bringsSomething({ parts }: Restoration): boolean {
  return parts.some(({ added }) => added > 0)
}

function brings({ parts }: Restoration, ...wanted: readonly RestoredKind[]): boolean {
  return parts.some(({ kind, added }) => added > 0 && wanted.includes(kind))
}

function Inside({ restoration, done }: { readonly restoration: Restoration; readonly done: boolean }) {
  const say = useSay()
  const { madeAt, parts, keys } = restoration
  return (
    <section className="stack" aria-label={say('backup.restore.from', { madeAt })}>
      <h2>{say('backup.restore.from', { madeAt })}</h2>
      {bringsSomething(restoration) ? (
        <h3>{say(done ? 'backup.restore.did' : 'backup.restore.would')}</h3>
      ) : (
        <Notice level="neutral" title={say('backup.restore.nothingNew')} />
      )}
      <dl className="facts">
        {parts.map(({ kind, added, known }) => (
          <div key={kind} className="facts-row">
            <dt>{say(`backup.restore.part.${kind}`)}</dt>
            <dd className="numbers">
              {[
                ...(added > 0 ? [say('backup.restore.added', { count: added })] : []),
                ...(known > 0 ? [say('backup.restore.known', { count: known })] : []),
              ].join(', ')}
            </dd>
          </div>
        ))}
      </dl>
      {done ? null : <RestoreNotices restoration={restoration} />}
      {keys.length > 0 ? (
        <>
          <h3>{say('backup.restore.keysTitle')}</h3>
          <TriedKeys keys={keys} />
        </>
      ) : null}
    </section>
  )
}
