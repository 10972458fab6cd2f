/** For how long a certificate is issued. */

import { Select } from '@mantine/core'
import { useSay } from '../../client/words.ts'

interface ValidityProps {
  readonly days: number
  readonly onChange: (days: number) => void
}

export function Validity({ days, onChange }: ValidityProps) {
  const say = useSay()
  return (
    <Select
      label={say('authority.years')}
      allowDeselect={false}
      data={[
        { value: '365', label: say('authority.oneYear') },
        { value: '730', label: say('authority.twoYears') },
        { value: '1826', label: say('authority.fiveYears') },
      ]}
      value={String(days)}
      onChange={(value) => value !== null && onChange(Number(value))}
    />
  )
}
