/** A passphrase that is there already and is asked for. One that is chosen now has a meter: NewPassphraseFields. */

import type { ComponentProps } from 'react'
import { PasswordField } from './PasswordField.tsx'

export function PassphraseField(field: ComponentProps<typeof PasswordField>) {
  return <PasswordField autoComplete="current-password" maxLength={1024} {...field} />
}
