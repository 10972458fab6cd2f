/** What whoever wrote a backup would decide here: whose certificates, which roots, which servers. Everything by its name. */

import { Button } from '@mantine/core'
import { type ReactNode, useState } from 'react'
import type { Restoration, RestoredPerson } from '../../../shared/contract/backup.ts'
import { useSay } from '../../client/words.ts'
import { ForeignText } from '../../ui/ForeignText.tsx'
import { Notice } from '../../ui/Notice.tsx'

export function RestoreNotices({ restoration }: { readonly restoration: Restoration }) {
  const say = useSay()
  const { people, morePeople, trusts, servers, entries, asks, parts } = restoration
  const changed = people.filter(({ change }) => change === 'another' || change === 'vouched')
  const others = people.filter((person) => !changed.includes(person))
  const bringsPaperKey = parts.some(({ kind, added }) => kind === 'paperKey' && added > 0)
  const anything = people.length + trusts.length + servers.length + entries.length + asks.length > 0 || bringsPaperKey
  if (!anything) return null
  return (
    <>
      <h3>{say('backup.restore.decides')}</h3>
      <p>{say('backup.restore.onlyOwn')}</p>
      {changed.length > 0 ? (
        <Notice level="caution" title={say('backup.restore.changes', { count: changed.length })}>
          <p>{say('backup.restore.changesText')}</p>
          <BoundedList items={changed.map((person) => personItem(person))} more={0} />
        </Notice>
      ) : null}
      {trusts.length > 0 ? (
        <Notice level="caution" title={say('backup.restore.trusts', { count: trusts.length })}>
          <p>{say('backup.restore.trustsText')}</p>
          <BoundedList items={trusts.map(({ sha256, name }) => ({ key: sha256, text: name }))} more={0} />
        </Notice>
      ) : null}
      {servers.length > 0 ? (
        <Notice level="caution" title={say('backup.restore.servers', { count: servers.length })}>
          <p>{say('backup.restore.serversText')}</p>
          <BoundedList items={servers.map((host) => ({ key: host, text: host }))} more={0} />
        </Notice>
      ) : null}
      {entries.length > 0 ? (
        <Notice level="caution" title={say('backup.restore.entries', { count: entries.length })}>
          <p>{say('backup.restore.entriesText')}</p>
          <BoundedList
            items={entries.map(({ name, host }) => ({ key: name, text: name === host ? host : `${name} (${host})` }))}
            more={0}
          />
        </Notice>
      ) : null}
      {asks.length > 0 ? (
        <Notice level="caution" title={say('backup.restore.asks')}>
          <p>{say('backup.restore.asksText')}</p>
          <BoundedList items={asks.map((one) => ({ key: one, text: say(`settings.revocation.${one}`) }))} more={0} />
        </Notice>
      ) : null}
      {bringsPaperKey ? (
        <Notice level="caution" title={say('backup.restore.paperKey')}>
          {say('backup.restore.paperKeyText')}
        </Notice>
      ) : null}
      {others.length > 0 ? (
        <Notice level="neutral" title={say('backup.restore.people', { count: others.length + morePeople })}>
          <BoundedList items={others.map((person) => personItem(person))} more={morePeople} />
        </Notice>
      ) : null}
    </>
  )
}

interface Item {
  readonly key: string
  readonly text: string
  readonly beside?: ReactNode
}

function personItem(person: RestoredPerson): Item {
  const { address } = person
  return { key: address, text: address, beside: <ForWhat person={person} /> }
}

function ForWhat({ person }: { readonly person: RestoredPerson }) {
  const say = useSay()
  const { name, address, change, sealing } = person
  const use = change === 'past' ? 'past' : sealing ? 'sealing' : 'signatures'
  return (
    <>
      {name === '' || name === address ? null : (
        <>
          {' · '}
          <ForeignText>{name}</ForeignText>
        </>
      )}
      {' · '}
      {change === 'vouched' ? say('backup.restore.vouched') : say(`backup.restore.for.${use}`)}
    </>
  )
}

/** More than a glance takes in is opened by a click. */
const shownAtOnce = 5

/** `more`: how many there are that aren't among the items. */
function BoundedList({ items, more }: { readonly items: readonly Item[]; readonly more: number }) {
  const say = useSay()
  const [open, setOpen] = useState(false)
  const shown = open ? items : items.slice(0, shownAtOnce)
  const hidden = items.length - shown.length + more
  return (
    <>
      <ul className="named-list">
        {shown.map(({ key, text, beside }) => (
          <li key={key} className="wrap-anywhere">
            <ForeignText>{text}</ForeignText>
            {beside}
          </li>
        ))}
        {open && more > 0 ? <li>{say('backup.restore.moreStrangers', { count: more })}</li> : null}
      </ul>
      {items.length > shownAtOnce ? (
        <Button variant="subtle" size="compact-sm" aria-expanded={open} onClick={() => setOpen(!open)}>
          {open ? say('backup.restore.fewer') : say('backup.restore.more', { count: hidden })}
        </Button>
      ) : null}
    </>
  )
}
