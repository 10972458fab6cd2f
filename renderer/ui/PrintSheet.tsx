/** A page that is made to be printed: `window.print` prints what stands in it and nothing around it. */

import { Button } from '@mantine/core'
import { IconPrinter } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { useSay } from '../client/words.ts'
import './print.css'

interface PrintSheetProps {
  readonly title: string
  readonly children: ReactNode
  /** Beside the printing, not on paper. */
  readonly actions?: ReactNode
}

export function PrintSheet({ title, children, actions }: PrintSheetProps) {
  const say = useSay()
  return (
    <article className="print-sheet stack" aria-label={title}>
      <h2>{title}</h2>
      {children}
      <div className="row row-wrap print-not">
        <Button leftSection={<IconPrinter size={16} aria-hidden="true" />} onClick={() => window.print()}>
          {say('backup.paper.print')}
        </Button>
        {actions}
      </div>
    </article>
  )
}

interface PrintCodeProps {
  readonly groups: readonly string[]
  readonly label: string
  /** Each group has its number above it, by which Siegel names one that is mistyped. */
  readonly numbered?: boolean
}

/** Characters that are copied or compared by hand, in their groups: two lines of four or of eight. */
export function PrintCode({ groups, label, numbered }: PrintCodeProps) {
  return (
    <section className={groups.length > 8 ? 'print-code print-code-long' : 'print-code'} aria-label={label}>
      {groups.map((group, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: groups never move, and two may be equal
        <span key={index} data-number={numbered ? index + 1 : undefined}>
          {`${group} `}
        </span>
      ))}
    </section>
  )
}
