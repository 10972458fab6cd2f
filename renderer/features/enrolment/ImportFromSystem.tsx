/** Takes certificates with their keys out of the computer's own stores: shows what is inside before it takes anything. */

import { Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { SystemStore } from '../../../shared/contract/systemStores.ts'
import { useApi } from '../../client/api.ts'
import { useSay } from '../../client/words.ts'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { Loading } from '../../ui/Loading.tsx'
import { Notice } from '../../ui/Notice.tsx'
import { askedAnew, KeysInStore, type LatestStore } from './KeysInStore.tsx'

export function ImportFromSystem(ofPage: LatestStore) {
  const say = useSay()
  const { query } = useApi()
  const found = useQuery(query.systemStores.stores.queryOptions(askedAnew))
  if (!found.data) return null
  return (
    <section className="stack" aria-label={say('systemStores.title')}>
      <h2>{say('systemStores.title')}</h2>
      <p className="soft">{say(found.data.length === 0 ? 'systemStores.none' : 'systemStores.text')}</p>
      {found.data.map((store) => (
        <Store key={store.id} store={store} {...ofPage} />
      ))}
    </section>
  )
}

function Store({ store, ...ofPage }: LatestStore & { readonly store: SystemStore }) {
  const say = useSay()
  const [isOpen, setOpen] = useState(false)
  const name = say(`systemStores.kind.${store.kind}`)
  return (
    <div className="card stack-tight">
      <div className="row row-apart row-wrap">
        <div className="grow">
          <p>
            <strong>{name}</strong>
          </p>
          <p className="soft small wrap-anywhere">{store.place}</p>
        </div>
        {store.tools && !isOpen ? (
          <Button
            variant="default"
            aria-label={say('systemStores.lookAt', { store: name })}
            onClick={() => setOpen(true)}
          >
            {say('thunderbird.look')}
          </Button>
        ) : null}
      </div>
      {store.tools ? null : (
        <Notice level="neutral" title={say('systemStores.unreachable')}>
          {say(`systemStores.byHand.${store.kind}`)}
        </Notice>
      )}
      {isOpen ? <InsideStore store={store} {...ofPage} /> : null}
    </div>
  )
}

function InsideStore({ store: { id, kind }, ...ofPage }: LatestStore & { readonly store: SystemStore }) {
  const say = useSay()
  const { client, query } = useApi()
  const inside = useQuery(query.systemStores.certificates.queryOptions({ input: { store: id }, ...askedAnew }))
  const byHand = <p className="soft">{say(`systemStores.byHand.${kind}`)}</p>
  if (inside.isError) {
    return (
      <>
        <ErrorNotice error={inside.error} />
        {byHand}
      </>
    )
  }
  if (!inside.data) return <Loading label={say('systemStores.reading')} />
  if (inside.data.length === 0) return <p>{say('systemStores.empty')}</p>
  const asks = kind === 'keychain' || kind === 'windows' ? say(`systemStores.asks.${kind}`) : undefined
  return (
    <KeysInStore
      {...ofPage}
      id={id}
      label={say('systemStores.inside')}
      entries={inside.data}
      take={({ certificates, password }) =>
        client.systemStores.take({
          store: id,
          certificates,
          ...(password === undefined ? {} : { storePassword: password }),
        })
      }
      password={{
        label: say('systemStores.password'),
        hint: say('systemStores.passwordHint'),
        needed: 'store-password-needed',
        wrong: 'wrong-store-password',
      }}
      before={asks === undefined ? undefined : <p className="soft">{asks}</p>}
      otherwise={byHand}
    />
  )
}
