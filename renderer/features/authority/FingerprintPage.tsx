/** The page to hand over: which root, its fingerprint in groups, and what to do with it. */

import { Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useApi } from '../../client/api.ts'
import { useSay } from '../../client/words.ts'
import { BackRow } from '../../ui/BackRow.tsx'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { Loading } from '../../ui/Loading.tsx'
import { PrintCode, PrintSheet } from '../../ui/PrintSheet.tsx'

export function FingerprintPage() {
  const say = useSay()
  const navigate = useNavigate()
  const { query } = useApi()
  const { authority: id } = useSearch({ from: '/fingerprint' })
  const authorities = useQuery(query.authority.list.queryOptions())
  const authority = authorities.data?.find((one) => one.id === id)
  const back = () => navigate({ to: '/authority' })
  return (
    <div className="page">
      <BackRow label={say('authority.page.back')} onOtherwise={back} />
      <div className="sheet sheet-middle">
        <h1>{say('authority.fingerprintPage')}</h1>
        {authorities.isPending ? <Loading label={say('authority.loading')} /> : null}
        {authorities.isError ? <ErrorNotice error={authorities.error} /> : null}
        {authorities.data && !authority ? (
          <ErrorNotice
            failure={{ code: 'not-found', data: { what: 'authority' } }}
            action={<Button onClick={back}>{say('authority.page.back')}</Button>}
          />
        ) : null}
        {authority ? (
          <PrintSheet title={say('authority.page.title', { name: authority.certificate.name })}>
            <p>{say('authority.page.text')}</p>
            <p>
              <strong>{say('authority.page.fingerprint')}</strong>
            </p>
            <PrintCode
              groups={authority.certificate.sha256.toUpperCase().match(/.{4}/g) ?? []}
              label={say('authority.page.fingerprint')}
            />
            <p>{say('authority.page.valid', authority.certificate)}</p>
            <p>
              {authority.permitted.length === 0
                ? say('authority.all')
                : say('authority.only', { permitted: authority.permitted })}
            </p>
            <h3>{say('authority.page.todo')}</h3>
            <ol>
              <li>{say('authority.page.step1')}</li>
              <li>{say('authority.page.step2')}</li>
              <li>{say('authority.page.step3')}</li>
              <li>
                {authority.permitted.length === 0
                  ? say('authority.page.step4all')
                  : say('authority.page.step4', { permitted: authority.permitted })}
              </li>
            </ol>
          </PrintSheet>
        ) : null}
      </div>
    </div>
  )
}
