/** Takes certificates with their keys out of a Thunderbird profile: shows what is inside before it takes anything. */

import { Button, Checkbox, Group, PasswordInput } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import type { ThunderbirdProfile } from '../../../shared/contract/thunderbird.ts'
import { useApi } from '../../client/api.ts'
import { failureOf } from '../../client/failure.ts'
import { useSay } from '../../client/words.ts'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { Loading } from '../../ui/Loading.tsx'
import { Notice } from '../../ui/Notice.tsx'
import { useVaultGate } from '../vault/VaultGate.tsx'
import { ImportDone } from './ImportPreviewList.tsx'

/** Where there is no Thunderbird, nothing is said of it. */
export function ImportFromThunderbird() {
  const say = useSay()
  const { query } = useApi()
  const found = useQuery(query.thunderbird.profiles.queryOptions())
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
              {chosen === profile.id ? <InsideProfile profile={profile} /> : null}
            </div>
          ))
        : null}
    </section>
  )
}

function InsideProfile({ profile }: { readonly profile: ThunderbirdProfile }) {
  const say = useSay()
  const navigate = useNavigate()
  const gate = useVaultGate()
  const { client, query } = useApi()
  const inside = useQuery(query.thunderbird.certificates.queryOptions({ input: { profile: profile.id }, retry: false }))
  const [left, setLeft] = useState<readonly string[]>([])
  const [primaryPassword, setPrimaryPassword] = useState('')
  const take = useMutation({
    mutationFn: (certificates: string[]) =>
      client.thunderbird.take({
        profile: profile.id,
        certificates,
        ...(primaryPassword === '' ? {} : { primaryPassword }),
      }),
  })
  if (inside.isError) return <ErrorNotice error={inside.error} />
  if (!inside.data) return <Loading label={say('thunderbird.reading')} />
  if (inside.data.length === 0) return <p>{say('thunderbird.empty')}</p>
  if (take.data) {
    return (
      <ImportDone
        imported={take.data.imported}
        known={take.data.known}
        onShow={(identity) => navigate({ to: '/certificates', search: { identity } })}
      />
    )
  }
  const fingerprints = inside.data.filter(({ known }) => !known).map(({ certificate }) => certificate.sha256)
  const wanted = fingerprints.filter((sha256) => !left.includes(sha256))
  const code = take.isError ? failureOf(take.error).code : undefined
  const asksPrimary = code === 'primary-password-needed' || code === 'wrong-primary-password' || primaryPassword !== ''
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    if (wanted.length > 0 && (await gate.ensureOpen(say('vault.reason.import')))) take.mutate(wanted)
  }
  return (
    <form className="stack" onSubmit={submit}>
      <Checkbox.Group
        label={say('thunderbird.inside')}
        value={wanted}
        onChange={(next) => setLeft(fingerprints.filter((sha256) => !next.includes(sha256)))}
      >
        <div className="stack-tight choices">
          {inside.data.map(({ certificate, keyAlgorithm, canSign, canEncrypt, known }) => (
            <Checkbox
              key={certificate.sha256}
              value={certificate.sha256}
              disabled={known}
              label={`${certificate.name} ${certificate.emails.filter((email) => email !== certificate.name).join(', ')}`}
              description={
                known
                  ? say('import.known')
                  : say('thunderbird.facts', {
                      purpose: say(`thunderbird.purpose.${purposeOf(canSign, canEncrypt)}`),
                      key: keyAlgorithm,
                      issuer: certificate.issuerName,
                      date: certificate.notAfter,
                    })
              }
            />
          ))}
        </div>
      </Checkbox.Group>
      {asksPrimary ? (
        <PasswordInput
          label={say('thunderbird.primaryPassword')}
          description={say('thunderbird.primaryPasswordHint')}
          autoComplete="off"
          value={primaryPassword}
          onChange={(event) => setPrimaryPassword(event.currentTarget.value)}
          error={code === 'wrong-primary-password' ? say('errors.wrong-primary-password.what') : undefined}
          visibilityToggleButtonProps={{ 'aria-label': say('vault.show') }}
          autoFocus
        />
      ) : null}
      {take.isError && code !== 'primary-password-needed' && code !== 'wrong-primary-password' ? (
        <ErrorNotice error={take.error} />
      ) : null}
      <Group>
        <Button type="submit" loading={take.isPending} disabled={wanted.length === 0}>
          {say('import.take')}
        </Button>
      </Group>
    </form>
  )
}

function purposeOf(canSign: boolean, canEncrypt: boolean): 'both' | 'sign' | 'open' | 'none' {
  if (canSign) return canEncrypt ? 'both' : 'sign'
  return canEncrypt ? 'open' : 'none'
}
