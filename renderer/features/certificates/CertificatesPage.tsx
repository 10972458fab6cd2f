/** Your identities, the way to the roots you trust, and a look at any certificate file. */

import { Button } from '@mantine/core'
import { IconBuildingBank, IconBuildingCommunity, IconDeviceFloppy, IconShieldCheck } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import type { Enrolment } from '../../../shared/contract/enrolment.ts'
import { shownAddress } from '../../../shared/shownAddress.ts'
import { useApi } from '../../client/api.ts'
import { useSay } from '../../client/words.ts'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { FileButton } from '../../ui/FileButton.tsx'
import { Loading } from '../../ui/Loading.tsx'
import { ListRow, Place } from '../../ui/Place.tsx'
import { WaitingRequests } from '../enrolment/WaitingRequests.tsx'
import { waitingFor } from '../enrolment/waitingForCa.ts'
import { useHandoff } from '../handoff.tsx'
import { IdentityRow } from './CertificateRows.tsx'
import { IdentityDetail } from './IdentityDetail.tsx'

export function CertificatesPage() {
  const say = useSay()
  const navigate = useNavigate()
  const { query } = useApi()
  const { identity: identityId } = useSearch({ from: '/certificates' })
  const identities = useQuery(query.identities.list.queryOptions())
  const show = (search: { identity?: string }) => navigate({ to: '/certificates', search })
  return (
    <Place
      title={say('certs.title')}
      listLabel={say('certs.list')}
      actions={
        <Button size="compact-sm" onClick={() => navigate({ to: '/enrol', search: {} })}>
          {say('certs.get')}
        </Button>
      }
      tools={<Tools />}
      detailOpen={identityId !== undefined}
      onBack={() => show({})}
      list={
        <>
          <h2 className="list-heading">{say('certs.mine')}</h2>
          {identities.isError ? <ErrorNotice error={identities.error} /> : null}
          {identities.isPending ? <Loading label={say('certs.loading')} /> : null}
          {identities.data?.length === 0 ? <p className="list-empty">{say('certs.noneMine')}</p> : null}
          {identities.data?.map((identity) => (
            <IdentityRow
              key={identity.id}
              identity={identity}
              chosen={identity.id === identityId}
              onChoose={() => show({ identity: identity.id })}
            />
          ))}
          <Unfinished />
          <WaitingRequests />
          <CaAccountsRow />
          <h2 className="list-heading">{say('trust.title')}</h2>
          <ListRow chosen={false} onChoose={() => navigate({ to: '/trust', search: {} })}>
            <IconShieldCheck size={20} stroke={1.6} aria-hidden="true" />
            <div className="grow">
              <p>
                <strong>{say('trust.entry')}</strong>
              </p>
              <p className="soft">{say('trust.entryHint')}</p>
            </div>
          </ListRow>
          <ListRow chosen={false} onChoose={() => navigate({ to: '/backup' })}>
            <IconDeviceFloppy size={20} stroke={1.6} aria-hidden="true" />
            <div className="grow">
              <p>
                <strong>{say('backup.title')}</strong>
              </p>
              <p className="soft">{say('backup.entryHint')}</p>
            </div>
          </ListRow>
          <ListRow chosen={false} onChoose={() => navigate({ to: '/authority' })}>
            <IconBuildingCommunity size={20} stroke={1.6} aria-hidden="true" />
            <div className="grow">
              <p>
                <strong>{say('authority.title')}</strong>
              </p>
              <p className="soft">{say('authority.entryHint')}</p>
            </div>
          </ListRow>
        </>
      }
      detail={
        identityId === undefined ? (
          <Nothing none={identities.data?.length === 0} />
        ) : (
          <IdentityDetail key={identityId} id={identityId} />
        )
      }
    />
  )
}

function Tools() {
  const say = useSay()
  const navigate = useNavigate()
  const { give } = useHandoff()
  const look = (file: File) => {
    give({ certificate: file })
    navigate({ to: '/certificate', search: {} })
  }
  return (
    <div className="row row-wrap">
      <FileButton
        variant="default"
        size="compact-sm"
        accept=".cer,.crt,.der,.pem,.p7b,.p7c"
        onFiles={([file]) => file && look(file)}
      >
        {say('certs.look')}
      </FileButton>
      <Button variant="default" size="compact-sm" onClick={() => navigate({ to: '/import' })}>
        {say('certs.import')}
      </Button>
    </div>
  )
}

/** Only where there is an account: whoever brought a file has none. */
function CaAccountsRow() {
  const say = useSay()
  const navigate = useNavigate()
  const { query } = useApi()
  const accounts = useQuery(query.enrolment.accounts.queryOptions())
  if (!accounts.data || accounts.data.length === 0) return null
  return (
    <ListRow chosen={false} onChoose={() => navigate({ to: '/ca-accounts' })}>
      <IconBuildingBank size={20} stroke={1.6} aria-hidden="true" />
      <div className="grow">
        <p>
          <strong>{say('caAccounts.entry')}</strong>
        </p>
        <p className="soft">{say('caAccounts.entryHint')}</p>
      </div>
    </ListRow>
  )
}

function Unfinished() {
  const say = useSay()
  const navigate = useNavigate()
  const { query } = useApi()
  const enrolments = useQuery(query.enrolment.list.queryOptions())
  const open = enrolments.data?.filter(isOpen)
  return open?.map((enrolment) => (
    <div key={enrolment.id} className="list-row list-row-still">
      <div className="grow">
        <p className="one-line">{shownAddress(enrolment.address)}</p>
        <p className="soft small">
          <OrderState order={enrolment} />
        </p>
      </div>
      <Button
        variant="default"
        size="compact-sm"
        aria-label={`${say('certs.goOn')}: ${shownAddress(enrolment.address)}`}
        onClick={() => navigate({ to: '/enrol', search: { id: enrolment.id } })}
      >
        {say('certs.goOn')}
      </Button>
    </div>
  ))
}

/** One that came to a halt says why, in the words that its page has for it. */
function OrderState({ order: { state, failure } }: { readonly order: Pick<Enrolment, 'state' | 'failure'> }) {
  const say = useSay()
  if (state === 'failed' && failure && !waitingFor(failure)) return say(`errors.${failure.code}.what`, failure.data)
  return say(`certs.enrolment.${waitingFor(failure) ?? state}`, failure?.data)
}

const isOpen = ({ state }: Enrolment) => state === 'running' || state === 'paused' || state === 'failed'

function Nothing({ none }: { readonly none: boolean }) {
  const say = useSay()
  const navigate = useNavigate()
  const { query } = useApi()
  const enrolments = useQuery(query.enrolment.list.queryOptions())
  const requests = useQuery(query.requests.list.queryOptions())
  const ordered = enrolments.data?.some(isOpen) || requests.data?.some(({ state }) => state === 'waiting')
  if (none && ordered) {
    return (
      <EmptyState drawing="postcard" title={say('certs.orderedTitle')}>
        {say('certs.orderedText')}
      </EmptyState>
    )
  }
  return (
    <EmptyState
      drawing={none ? 'postcard' : 'sealed-letter'}
      title={none ? say('certs.emptyTitle') : say('certs.chooseTitle')}
      action={
        none ? (
          <Button onClick={() => navigate({ to: '/enrol', search: {} })}>{say('certs.getFirst')}</Button>
        ) : undefined
      }
    >
      {none ? say('certs.emptyText') : say('certs.chooseText')}
    </EmptyState>
  )
}
