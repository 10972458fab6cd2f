/** A state in one glance: icon, word and colour together. The icon's shape alone tells the level, too. */

import { IconAlertTriangle, IconCircleCheck, IconCircleX, IconInfoCircle } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import './mark.css'

export type Level = 'good' | 'caution' | 'bad' | 'neutral'

const icons = { good: IconCircleCheck, caution: IconAlertTriangle, bad: IconCircleX, neutral: IconInfoCircle } as const

export function LevelIcon({ level, size = 16 }: { readonly level: Level; readonly size?: number }) {
  const Icon = icons[level]
  return <Icon size={size} stroke={1.8} aria-hidden="true" className={`level-${level}`} />
}

export function Mark({ level, children }: { readonly level: Level; readonly children: ReactNode }) {
  return (
    <span className={`mark level-${level}`}>
      <LevelIcon level={level} size={15} />
      <span>{children}</span>
    </span>
  )
}
