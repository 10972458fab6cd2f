/** A field whose text isn't shown while it is typed, with a button that shows it and says of which field. */

import { PasswordInput, type PasswordInputProps } from '@mantine/core'
import { useState } from 'react'
import { useSay } from '../client/words.ts'

interface PasswordFieldProps extends Omit<PasswordInputProps, 'onChange'> {
  readonly label: string
  readonly value: string
  readonly onChange: (value: string) => void
}

export function PasswordField({ label, onChange, ...field }: PasswordFieldProps) {
  const say = useSay()
  const [visible, setVisible] = useState(false)
  return (
    <PasswordInput
      label={label}
      autoComplete="off"
      {...field}
      onChange={(event) => onChange(event.currentTarget.value)}
      visible={visible}
      onVisibilityChange={setVisible}
      visibilityToggleButtonProps={{
        'aria-label': say('vault.show', { field: label }),
        'aria-pressed': visible,
        'aria-hidden': false,
        tabIndex: 0,
      }}
    />
  )
}
