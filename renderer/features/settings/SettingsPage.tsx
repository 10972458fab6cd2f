/** Few settings; each says what it changes and what the default protects. */

import { Button, Radio, Select, Switch } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import type { Settings } from '../../../shared/contract/app.ts'
import { useApi } from '../../client/api.ts'
import { useSay } from '../../client/words.ts'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { Loading } from '../../ui/Loading.tsx'
import { useEnterSandbox } from '../sandbox/useEnterSandbox.ts'
import { LockSettings } from './LockSettings.tsx'
import { RenewalSettings } from './RenewalSettings.tsx'
import { RevocationSettings } from './RevocationSettings.tsx'

export function SettingsPage() {
  const say = useSay()
  const { query } = useApi()
  const settings = useQuery(query.app.settings.queryOptions())
  const change = useMutation(query.app.changeSettings.mutationOptions())
  if (settings.isError) return <ErrorNotice error={settings.error} />
  if (!settings.data) return <Loading label={say('settings.loading')} />
  const set = (next: Partial<Settings>) => change.mutate(next)
  const { language, theme, signByDefault, encryptWhenPossible, headerPolicy, legacyDisplay, experimentalAlgorithms } =
    settings.data
  return (
    <div className="page">
      <div className="sheet sheet-middle">
        <h1>{say('settings.title')}</h1>
        {change.isError ? <ErrorNotice error={change.error} /> : null}
        <Section title={say('settings.look')}>
          <Select
            label={say('settings.language')}
            data={[
              { value: 'system', label: say('settings.system') },
              { value: 'en', label: 'English' },
              { value: 'de', label: 'Deutsch' },
            ]}
            value={language}
            onChange={(value) => (value === 'en' || value === 'de' || value === 'system') && set({ language: value })}
          />
          <Radio.Group
            label={say('settings.theme')}
            value={theme}
            onChange={(value) => (value === 'light' || value === 'dark' || value === 'system') && set({ theme: value })}
          >
            <div className="row row-wrap choices">
              <Radio value="system" label={say('settings.system')} />
              <Radio value="light" label={say('settings.light')} />
              <Radio value="dark" label={say('settings.dark')} />
            </div>
          </Radio.Group>
        </Section>
        <Section title={say('settings.writing')}>
          <Switch
            label={say('settings.sign')}
            description={say('settings.signHint')}
            checked={signByDefault}
            onChange={(event) => set({ signByDefault: event.currentTarget.checked })}
          />
          <Switch
            label={say('settings.encrypt')}
            description={say('settings.encryptHint')}
            checked={encryptWhenPossible}
            onChange={(event) => set({ encryptWhenPossible: event.currentTarget.checked })}
          />
          <Radio.Group
            label={say('settings.hide')}
            description={say('settings.hideHint')}
            value={headerPolicy}
            onChange={(value) => (value === 'baseline' || value === 'shy') && set({ headerPolicy: value })}
          >
            <div className="row row-wrap choices">
              <Radio value="baseline" label={say('settings.hideSubject')} />
              <Radio value="shy" label={say('settings.hideNames')} />
            </div>
          </Radio.Group>
          <Switch
            label={say('settings.legacy')}
            description={say('settings.legacyHint')}
            checked={legacyDisplay}
            onChange={(event) => set({ legacyDisplay: event.currentTarget.checked })}
          />
        </Section>
        <Section title={say('settings.validity')}>
          <RevocationSettings revocation={settings.data.revocation} onChange={(revocation) => set({ revocation })} />
        </Section>
        <Section title={say('renewal.title')}>
          <RenewalSettings
            renewByItself={settings.data.renewByItself}
            onChange={(renewByItself) => set({ renewByItself })}
          />
        </Section>
        <Section title={say('settings.lock')}>
          <LockSettings />
        </Section>
        <Section title={say('settings.trying')}>
          <Switch
            label={say('settings.experimental')}
            description={say('settings.experimentalHint')}
            checked={experimentalAlgorithms}
            onChange={(event) => set({ experimentalAlgorithms: event.currentTarget.checked })}
          />
        </Section>
        <SandboxSetting />
        <About />
      </div>
    </div>
  )
}

function Section({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <section className="card stack" aria-label={title}>
      <h2>{title}</h2>
      {children}
    </section>
  )
}

function SandboxSetting() {
  const say = useSay()
  const { query } = useApi()
  const [entered, setEntered] = useState(false)
  const sandbox = useQuery(query.sandbox.status.queryOptions())
  const enter = useEnterSandbox(() => setEntered(true))
  if (!sandbox.data || sandbox.data.active || entered) return null
  return (
    <Section title={say('sandbox.label')}>
      <p>{say('welcome.sandboxHint')}</p>
      {enter.isError ? <ErrorNotice error={enter.error} /> : null}
      <div className="row">
        <Button variant="default" loading={enter.isPending} onClick={() => enter.mutate()}>
          {say('sandbox.enter')}
        </Button>
      </div>
    </Section>
  )
}

function About() {
  const say = useSay()
  const { query } = useApi()
  const status = useQuery(query.app.status.queryOptions())
  if (!status.data) return null
  return (
    <p className="soft small wrap-anywhere">
      {say('settings.about', { version: status.data.version, folder: status.data.profile.folder })}
    </p>
  )
}
