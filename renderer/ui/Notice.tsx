/** What happened, what it means, what to do: one box for every refusal and every warning. */

import type { ReactNode } from 'react'
import { type Level, LevelIcon } from './Mark.tsx'
import './notice.css'

interface NoticeProps {
  readonly level: Level
  readonly title: string
  readonly children?: ReactNode
  readonly action?: ReactNode
  /** Said at once by a screen reader: for what appears after an action. */
  readonly urgent?: boolean
}

export function Notice({ level, title, children, action, urgent }: NoticeProps) {
  return (
    <div className={`notice notice-${level}`} role={urgent ? 'alert' : 'note'}>
      <LevelIcon level={level} size={20} />
      <div className="grow stack-tight">
        <p className="notice-title">{title}</p>
        {children === undefined ? null : <div className="notice-text">{children}</div>}
        {action === undefined ? null : <div className="row row-wrap">{action}</div>}
      </div>
    </div>
  )
}
