/** The domains that a root may vouch for, one a line. */

import { Textarea } from '@mantine/core'
import { useSay } from '../../../client/words.ts'

interface DomainsFieldProps {
  readonly value: string
  readonly onChange: (value: string) => void
}

export function DomainsField({ value, onChange }: DomainsFieldProps) {
  const say = useSay()
  return (
    <Textarea
      label={say('trust.domains')}
      description={say('trust.domainsHint')}
      placeholder={'example.org\n.example.org'}
      autosize
      minRows={2}
      maxRows={6}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      data-autofocus
    />
  )
}

/** Lines, commas and blanks part them. */
export function domainsOf(text: string): string[] {
  return text.split(/[\s,;]+/).filter((domain) => domain !== '')
}
