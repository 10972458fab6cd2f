/** The wizard's second question: which authority. What is known of the chosen one stands below, before going on. */

import { Button, Group, Radio, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { type FormEvent, useRef, useState } from 'react'
import type { CatalogueEntry } from '../../../shared/contract/catalogue.ts'
import { useApi } from '../../client/api.ts'
import { useSay } from '../../client/words.ts'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { Loading } from '../../ui/Loading.tsx'
import { AuthorityFacts } from './AuthorityFacts.tsx'
import { CaaNotice, useCaa } from './CaaNotice.tsx'
import { OwnAuthorityDialog } from './OwnAuthorityDialog.tsx'
import { useSandbox } from './useSandbox.ts'
import type { Wizard } from './useWizard.ts'

export function Where({ wizard }: { readonly wizard: Wizard }) {
  const say = useSay()
  const navigate = useNavigate()
  const sandbox = useSandbox()
  const { query } = useApi()
  const [adding, setAdding] = useState(false)
  const [asked, setAsked] = useState(false)
  const group = useRef<HTMLDivElement>(null)
  const catalogue = useQuery(query.catalogue.list.queryOptions())
  const { ca, authority, directoryUrl, address } = wizard.value
  const chosen = ca === 'catalogue' ? catalogue.data?.find(({ id }) => id === authority) : undefined
  const named = /^https:\/\/[^\s/]+/.test(directoryUrl)
  const unlisted = ca === 'acme' && named && URL.canParse(directoryUrl) ? new URL(directoryUrl).host : undefined
  const caa = useCaa(address, unlisted === undefined ? chosen : { id: '', name: unlisted })
  const ready = ca === 'acme' ? named : ca !== 'catalogue' || (chosen !== undefined && !chosen.fromBackup)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setAsked(true)
    if (ca === 'file') navigate({ to: '/import' })
    else if (ready) wizard.change({ step: 'key' })
    else group.current?.querySelector<HTMLInputElement>(ca === 'acme' ? '[type=url]' : '[type=radio]')?.focus()
  }
  const choose = (value: string) => {
    if (value === 'sandbox' || value === 'acme' || value === 'file') wizard.change({ ca: value, authority: '' })
    else wizard.change({ ca: 'catalogue', authority: value })
  }
  return (
    <>
      <form className="stack" onSubmit={submit} noValidate>
        <Radio.Group
          ref={group}
          label={say('enrol.where.label')}
          value={ca === 'catalogue' ? authority : ca}
          onChange={choose}
          error={
            asked && ca === 'catalogue' && !ready
              ? say(chosen ? 'catalogue.agreeFirst' : 'enrol.where.chooseOne')
              : undefined
          }
          inputWrapperOrder={['label', 'error', 'input']}
        >
          <div className="stack choices">
            {sandbox.data?.active ? (
              <Radio value="sandbox" label={say('enrol.where.sandbox')} description={say('enrol.where.sandboxHint')} />
            ) : null}
            {catalogue.isPending ? <Loading label={say('enrol.opening')} /> : null}
            {catalogue.data?.map((entry) => (
              <div key={entry.id} className="stack">
                <Radio value={entry.id} label={entry.name} description={shortFacts(say, entry)} />
                {entry === chosen ? (
                  <>
                    <AuthorityFacts entry={entry} onRemoved={() => choose('')} />
                    <CaaNotice address={address} caa={caa} />
                  </>
                ) : null}
              </div>
            ))}
            <div className="stack">
              <Radio value="acme" label={say('enrol.where.acme')} description={say('enrol.where.acmeHint')} />
              {ca === 'acme' ? (
                <>
                  <TextInput
                    label={say('enrol.where.url')}
                    description={say('enrol.where.urlHint')}
                    type="url"
                    placeholder="https://ca.example.org/acme/directory"
                    maxLength={2048}
                    value={directoryUrl}
                    onChange={(event) => wizard.change({ directoryUrl: event.currentTarget.value })}
                    error={asked && !ready ? say('enrol.where.urlMissing') : undefined}
                  />
                  {unlisted === undefined ? null : <CaaNotice address={address} caa={caa} />}
                </>
              ) : null}
            </div>
            <Radio value="file" label={say('enrol.where.file')} description={say('enrol.where.fileHint')} />
          </div>
        </Radio.Group>
        {catalogue.isError ? <ErrorNotice error={catalogue.error} /> : null}
        <div>
          <Button variant="default" size="compact-sm" onClick={() => setAdding(true)}>
            {say('catalogue.add')}
          </Button>
        </div>
        <Group justify="space-between">
          <Button variant="default" onClick={() => wizard.change({ step: 'who' })}>
            {say('ui.back')}
          </Button>
          <Button type="submit">
            {ca === 'file' ? say('enrol.where.chooseFile') : caa.prohibits ? say('caa.anyway') : say('enrol.next')}
          </Button>
        </Group>
      </form>
      {adding ? (
        <OwnAuthorityDialog
          onClose={() => setAdding(false)}
          onAdded={(id) => {
            setAdding(false)
            choose(id)
          }}
        />
      ) : null}
    </>
  )
}

/** One line: how, for how much, and what it proves. */
function shortFacts(say: ReturnType<typeof useSay>, entry: CatalogueEntry): string {
  const { issues, cost, own, unverified, directoryUrl, links } = entry
  const facts = [say(`catalogue.issues.${issues}`)]
  const url = directoryUrl ?? links[0]?.url
  // A name is quickly given; what counts is whom it leads to.
  if (own && url !== undefined) facts.unshift(`${say('catalogue.own')} (${new URL(url).host})`)
  const doubt = unverified.includes('cost') ? ` (${say('catalogue.unverifiedMark')})` : ''
  if (cost) facts.push(`${say(`catalogue.cost.${cost}`)}${doubt}`)
  return facts.join(' · ')
}
