/** A place: a list and a detail side by side. Below 1000 px whichever is wanted takes the room, with a way back. */

import { Button } from '@mantine/core'
import { IconArrowLeft } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { useSay } from '../client/words.ts'

interface PlaceProps {
  readonly title: string
  /** Beside the title: at most two buttons. */
  readonly actions?: ReactNode
  /** Under the title: search and filters. */
  readonly tools?: ReactNode
  readonly list: ReactNode
  readonly listLabel: string
  readonly detail: ReactNode
  readonly detailOpen: boolean
  readonly onBack: () => void
}

export function Place({ title, actions, tools, list, listLabel, detail, detailOpen, onBack }: PlaceProps) {
  const say = useSay()
  return (
    <div className="place" data-detail={detailOpen}>
      <section className="place-list" aria-label={listLabel}>
        <header className="place-head">
          <div className="row row-apart">
            <h1>{title}</h1>
            <div className="row">{actions}</div>
          </div>
          {tools}
        </header>
        <div className="place-rows">{list}</div>
      </section>
      <section className="place-detail" aria-label={say('ui.detail')}>
        {detailOpen ? (
          <div className="back-row">
            <Button
              variant="subtle"
              size="compact-sm"
              leftSection={<IconArrowLeft size={16} aria-hidden="true" />}
              onClick={onBack}
            >
              {say('ui.back')}
            </Button>
            {/* Only where the list with its heading makes room for the detail. */}
            <h1 className="back-title">{title}</h1>
          </div>
        ) : null}
        {detail}
      </section>
    </div>
  )
}

interface ListRowProps {
  readonly chosen: boolean
  readonly onChoose: () => void
  readonly children: ReactNode
  readonly label?: string
}

export function ListRow({ chosen, onChoose, children, label }: ListRowProps) {
  return (
    <button
      type="button"
      className="list-row"
      aria-current={chosen ? 'true' : undefined}
      aria-label={label}
      onClick={onChoose}
    >
      {children}
    </button>
  )
}
