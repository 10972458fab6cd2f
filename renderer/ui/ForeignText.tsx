/** A name or another text that a stranger wrote: it keeps its direction to itself, and its marks turn nothing around. */

import { withoutDirectionMarks } from '../../shared/words/words.ts'

interface ForeignTextProps {
  readonly children: string
  readonly className?: string
}

export function ForeignText({ children, className }: ForeignTextProps) {
  return <bdi className={className}>{withoutDirectionMarks(children)}</bdi>
}
