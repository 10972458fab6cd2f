/** Search while typing; Ctrl+F brings the cursor here. */

import { CloseButton, TextInput } from '@mantine/core'
import { IconSearch } from '@tabler/icons-react'
import { useSay } from '../client/words.ts'

interface SearchFieldProps {
  readonly label: string
  readonly value: string
  readonly onChange: (value: string) => void
}

export function SearchField({ label, value, onChange }: SearchFieldProps) {
  const say = useSay()
  return (
    <TextInput
      type="search"
      aria-label={label}
      placeholder={label}
      data-search
      size="sm"
      leftSection={<IconSearch size={15} aria-hidden="true" />}
      rightSection={
        value === '' ? null : <CloseButton size="sm" aria-label={say('ui.clear')} onClick={() => onChange('')} />
      }
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  )
}
