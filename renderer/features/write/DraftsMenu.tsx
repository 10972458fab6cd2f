/** Letters begun earlier, to go on with. */

import { Button, Menu } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import type { Draft } from '../../../shared/contract/compose.ts'
import { useApi } from '../../client/api.ts'
import { failureOf } from '../../client/failure.ts'
import { useSay } from '../../client/words.ts'
import { RelativeDate } from '../../ui/RelativeDate.tsx'
import { useVaultGate } from '../vault/VaultGate.tsx'
import { draftsAreSaved } from './draftsUnderWay.ts'

interface DraftsMenuProps {
  /** The draft that is being written: it is on screen, so it isn't offered. */
  readonly current: string | undefined
  readonly onOpen: (draft: Partial<Draft>, id: string) => void
}

export function DraftsMenu({ current, onOpen }: DraftsMenuProps) {
  const say = useSay()
  const gate = useVaultGate()
  const { query } = useApi()
  const queries = useQueryClient()
  const drafts = useQuery(query.compose.drafts.queryOptions())
  if (drafts.isError) {
    // Before the first passphrase there can be no drafts.
    if (failureOf(drafts.error).code !== 'locked') return null
    return (
      <Button variant="default" size="compact-sm" onClick={() => gate.ensureOpen(say('vault.reason.drafts'))}>
        {say('write.unlockDrafts')}
      </Button>
    )
  }
  /** As it is now: the list on screen may be older than what was written last. */
  const open = async (id: string) => {
    await draftsAreSaved(queries)
    const fresh = (await drafts.refetch()).data?.find((entry) => entry.id === id)
    if (fresh) onOpen(fresh.draft, id)
  }
  const others = drafts.data?.filter(({ id }) => id !== current) ?? []
  if (others.length === 0) return null
  return (
    <Menu position="bottom-end" width={320}>
      <Menu.Target>
        <Button variant="default" size="compact-sm">
          {say('write.drafts', { count: others.length })}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {others.map(({ id, savedAt, draft }) => (
          <Menu.Item key={id} onClick={() => void open(id)}>
            <span className="row row-apart">
              <span className="one-line">{draft.subject || draft.to?.[0]?.address || say('mail.noSubject')}</span>
              <span className="soft small">
                <RelativeDate value={savedAt} />
              </span>
            </span>
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}
