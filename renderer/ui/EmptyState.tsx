/** An empty place says what will be here and offers the one thing to do. */

import type { ReactNode } from 'react'
import { Drawing, type DrawingName } from './Drawing.tsx'
import './emptyState.css'

interface EmptyStateProps {
  readonly drawing?: DrawingName
  readonly title: string
  readonly children?: ReactNode
  readonly action?: ReactNode
}

export function EmptyState({ drawing, title, children, action }: EmptyStateProps) {
  return (
    <div className="empty-state">
      {drawing ? <Drawing name={drawing} width={112} /> : null}
      <p className="empty-state-title">{title}</p>
      {children === undefined ? null : <p className="soft">{children}</p>}
      {action}
    </div>
  )
}
