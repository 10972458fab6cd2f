/** An identity straight into a Thunderbird profile: which one, which senders, and what they shall do from then on. */

import { Button, Checkbox, Group, Input, Radio } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import type { Identity } from '../../../shared/contract/identities.ts'
import type { ThunderbirdProfile } from '../../../shared/contract/thunderbird.ts'
import { useApi } from '../../client/api.ts'
import { failureOf } from '../../client/failure.ts'
import { useSay } from '../../client/words.ts'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { Loading } from '../../ui/Loading.tsx'
import { Notice } from '../../ui/Notice.tsx'
import { PassphraseField } from '../../ui/PassphraseField.tsx'
import { PasswordField } from '../../ui/PasswordField.tsx'
import { CutOffInstall } from './CutOffInstall.tsx'

interface ExportToThunderbirdProps {
  readonly identity: Pick<Identity, 'id' | 'addresses'>
  readonly onBack: () => void
  readonly onClose: () => void
}

export function ExportToThunderbird({ identity, onBack, onClose }: ExportToThunderbirdProps) {
  const say = useSay()
  const { query } = useApi()
  const found = useQuery({ ...query.thunderbird.profiles.queryOptions(), refetchOnWindowFocus: true })
  const [id, setId] = useState<string>()
  if (found.isError) return <ErrorNotice error={found.error} />
  if (!found.data) return <Loading label={say('thunderbird.looking')} />
  const { tools, profiles } = found.data
  const profile = profiles.find((each) => each.id === id) ?? profiles[0]
  if (!tools || !profile) {
    return (
      <div className="stack">
        <Notice level="neutral" title={say(profile ? 'errors.nss-tools-missing.what' : 'thunderbird.none')}>
          {say(profile ? 'errors.nss-tools-missing.next' : 'thunderbird.noneText')}
        </Notice>
        <Group justify="flex-end">
          <Button onClick={onBack}>{say('ui.back')}</Button>
        </Group>
      </div>
    )
  }
  return (
    <div className="stack">
      {profiles.length > 1 ? (
        <Radio.Group label={say('thunderbird.profile')} value={profile.id} onChange={setId}>
          <div className="stack-tight choices">
            {profiles.map((each) => (
              <Radio key={each.id} value={each.id} label={each.name} description={each.folder} />
            ))}
          </div>
        </Radio.Group>
      ) : null}
      <CutOffInstall profile={profile} />
      <InstallForm key={profile.id} identity={identity} profile={profile} onBack={onBack} onClose={onClose} />
    </div>
  )
}

interface InstallFormProps extends ExportToThunderbirdProps {
  readonly profile: ThunderbirdProfile
}

function InstallForm({ identity, profile, onBack, onClose }: InstallFormProps) {
  const say = useSay()
  const { client } = useApi()
  const own = new Set(identity.addresses.map((address) => address.toLowerCase()))
  const [senders, setSenders] = useState(() =>
    profile.senders.filter(({ address }) => own.has(address.toLowerCase())).map(({ key }) => key),
  )
  const [use, setUse] = useState({ sign: true, encrypt: false, trustRoot: false })
  const [passphrase, setPassphrase] = useState('')
  const [primaryPassword, setPrimaryPassword] = useState('')
  const install = useMutation({
    mutationFn: () =>
      client.thunderbird.install({
        profile: profile.id,
        identity: identity.id,
        senders,
        ...use,
        passphrase,
        ...(primaryPassword === '' ? {} : { primaryPassword }),
      }),
  })
  const code = install.isError ? failureOf(install.error).code : undefined
  const asksPrimary = code === 'primary-password-needed' || code === 'wrong-primary-password' || primaryPassword !== ''
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (passphrase !== '') install.mutate()
  }
  if (install.data) {
    const addresses = install.data.addresses.join(', ')
    return (
      <>
        <Notice
          level="good"
          title={addresses === '' ? say('thunderbird.installedOnly') : say('thunderbird.installed', { addresses })}
          urgent
        >
          <span className="wrap-anywhere">{say('thunderbird.copy', { folder: install.data.copyFolder })}</span>
        </Notice>
        <Group justify="flex-end">
          <Button onClick={onClose}>{say('ui.close')}</Button>
        </Group>
      </>
    )
  }
  const flag = (name: keyof typeof use) => (
    <Checkbox
      checked={use[name]}
      onChange={(event) => setUse({ ...use, [name]: event.currentTarget.checked })}
      label={say(`thunderbird.${name}`)}
      description={name === 'trustRoot' ? say('thunderbird.trustRootHint') : undefined}
    />
  )
  return (
    <form className="stack" onSubmit={submit}>
      <p>{say('thunderbird.installText', { profile: profile.name })}</p>
      {profile.senders.length > 0 ? (
        <Checkbox.Group label={say('thunderbird.senders')} value={senders} onChange={setSenders}>
          <div className="stack-tight choices">
            {profile.senders.map(({ key, name, address }) => (
              <Checkbox key={key} value={key} label={name === '' ? address : `${name} <${address}>`} />
            ))}
          </div>
        </Checkbox.Group>
      ) : null}
      <Input.Wrapper label={say('thunderbird.use')} labelElement="div" role="group" aria-label={say('thunderbird.use')}>
        <div className="stack-tight choices">
          {flag('sign')}
          {flag('encrypt')}
          {flag('trustRoot')}
        </div>
      </Input.Wrapper>
      <PassphraseField
        label={say('export.passphrase')}
        description={say('export.passphraseHint')}
        value={passphrase}
        onChange={setPassphrase}
      />
      {asksPrimary ? (
        <PasswordField
          label={say('thunderbird.primaryPassword')}
          description={say('thunderbird.primaryPasswordHint')}
          value={primaryPassword}
          onChange={setPrimaryPassword}
        />
      ) : null}
      {install.isError ? <ErrorNotice error={install.error} /> : null}
      <Group justify="flex-end">
        <Button variant="default" onClick={onBack}>
          {say('ui.back')}
        </Button>
        <Button type="submit" loading={install.isPending} disabled={passphrase === ''}>
          {say('thunderbird.install')}
        </Button>
      </Group>
    </form>
  )
}
