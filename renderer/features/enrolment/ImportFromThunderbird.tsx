/** Takes certificates with their keys out of a Thunderbird profile: shows what is inside before it takes anything. */

import { Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { ThunderbirdProfile } from '../../../shared/contract/thunderbird.ts'
import { useApi } from '../../client/api.ts'
import { useSay } from '../../client/words.ts'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { Loading } from '../../ui/Loading.tsx'
import { Notice } from '../../ui/Notice.tsx'
import { CutOffInstall } from '../certificates/CutOffInstall.tsx'
import { askedAnew, KeysInStore, type LatestStore } from './KeysInStore.tsx'

/** Where there is no Thunderbird, nothing is said of it. */
export function ImportFromThunderbird(ofPage: LatestStore) {
  const say = useSay()
  const { query } = useApi()
  const found = useQuery(query.thunderbird.profiles.queryOptions(askedAnew))
  const [chosen, setChosen] = useState<string>()
  if (!found.data || found.data.profiles.length === 0) return null
  const { tools, profiles } = found.data
  return (
    <section className="stack" aria-label={say('thunderbird.title')}>
      <h2>{say('thunderbird.title')}</h2>
      {tools ? null : (
        <Notice level="neutral" title={say('errors.nss-tools-missing.what')}>
          {say('errors.nss-tools-missing.next')}
        </Notice>
      )}
      {tools
        ? profiles.map((profile) => (
            <div key={profile.id} className="card stack-tight">
              <div className="row row-apart row-wrap">
                <div className="grow">
                  <p>
                    <strong>{profile.name}</strong>
                  </p>
                  <p className="soft small wrap-anywhere">
                    {profile.senders.map(({ address }) => address).join(', ') || profile.folder}
                  </p>
                </div>
                {chosen === profile.id ? null : (
                  <Button
                    variant="default"
                    aria-label={say('thunderbird.lookAt', { profile: profile.name })}
                    onClick={() => setChosen(profile.id)}
                  >
                    {say('thunderbird.look')}
                  </Button>
                )}
              </div>
              <CutOffInstall profile={profile} />
              {chosen === profile.id ? <InsideProfile profile={profile} {...ofPage} /> : null}
            </div>
          ))
        : null}
    </section>
  )
}

function InsideProfile({ profile, ...ofPage }: LatestStore & { readonly profile: ThunderbirdProfile }) {
  const say = useSay()
  const { client, query } = useApi()
  const inside = useQuery(query.thunderbird.certificates.queryOptions({ input: { profile: profile.id }, ...askedAnew }))
  if (inside.isError) return <ErrorNotice error={inside.error} />
  if (!inside.data) return <Loading label={say('thunderbird.reading')} />
  if (inside.data.length === 0) return <p>{say('thunderbird.empty')}</p>
  return (
    <KeysInStore
      {...ofPage}
      id={profile.id}
      label={say('thunderbird.inside')}
      entries={inside.data}
      take={({ certificates, password }) =>
        client.thunderbird.take({
          profile: profile.id,
          certificates,
          ...(password === undefined ? {} : { primaryPassword: password }),
        })
      }
      password={{
        label: say('thunderbird.primaryPassword'),
        hint: say('thunderbird.primaryPasswordHint'),
        needed: 'primary-password-needed',
        wrong: 'wrong-primary-password',
      }}
    />
  )
}
