/** What the contract finds wrong with an input, as a person reads it: which field, and what it takes instead. */

import type { Terminal } from './terminal.ts'

interface Issue {
  readonly code?: string
  readonly path?: readonly unknown[]
  readonly origin?: string
  readonly minimum?: number
  readonly maximum?: number
  readonly pattern?: string
}

export function refusedInputText(words: Terminal['words'], data: unknown): string {
  const issues = (data as { issues?: readonly Issue[] } | undefined)?.issues ?? []
  const fields = issues.map((issue) => {
    const field = (issue.path ?? []).map(String).join('.')
    const bound = boundOf(issue)
    return bound ? words(`cli.usage.field.${bound.key}`, { field, limit: bound.limit }) : field
  })
  return words('cli.usage.input', { fields: [...new Set(fields)].join(', ') })
}

function boundOf({ code, origin, minimum, maximum, pattern }: Issue): { key: string; limit?: number } | undefined {
  const isNumber = origin === 'number' || origin === 'int'
  if (code === 'too_small' && origin === 'string') return minimum === 1 ? { key: 'empty' } : undefined
  if (code === 'too_small' && isNumber && minimum !== undefined) return { key: 'least', limit: minimum }
  if (code === 'too_big' && isNumber && maximum !== undefined) return { key: 'most', limit: maximum }
  if (code === 'too_big' && origin === 'string' && maximum !== undefined) return { key: 'longest', limit: maximum }
  // The one line of shared/contract/values.ts.
  return code === 'invalid_format' && pattern?.includes('\\x00-\\x1f') ? { key: 'line' } : undefined
}
