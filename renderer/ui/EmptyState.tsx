/** An empty place says what will be here and offers the one thing to do. */

import type { ReactNode } from 'react'
import { Drawing, type DrawingName } from './Drawing.tsx'
import './emptyState.css'

interface EmptyStateProps {
  readonly drawing?: DrawingName
  readonly title: string
  /** The whole page is empty: its title is the page's heading. */
  readonly page?: boolean
  readonly children?: ReactNode
  readonly action?: ReactNode
}

export function EmptyState({ drawing, title, page = false, children, action }: EmptyStateProps) {
  const Title = page ? 'h1' : 'p'
  return (
    <div className="empty-state">
      {drawing ? <Drawing name={drawing} width={112} /> : null}
      <Title className="empty-state-title">{title}</Title>
      {children === undefined ? null : <p className="soft">{children}</p>}
      {action}
    </div>
  )
}
