/** The two fields of a passphrase that is chosen now, with what is found of it below the first. */

import { useSay } from '../../client/words.ts'
import { PasswordField } from '../../ui/PasswordField.tsx'
import { StrengthMeter } from '../../ui/StrengthMeter.tsx'
import type { NewPassphrase } from './useNewPassphrase.ts'

interface NewPassphraseFieldsProps {
  readonly chosen: NewPassphrase
  readonly label: string
  readonly description?: string
  readonly repeatLabel: string
  /** Said where the second isn't the first. */
  readonly differs?: string
  readonly autoFocus?: boolean
}

export function NewPassphraseFields(props: NewPassphraseFieldsProps) {
  const { chosen, label, description, repeatLabel, differs, autoFocus = false } = props
  const { purpose, text, repeated, judgement } = chosen
  const say = useSay()
  return (
    <>
      <div className="stack-tight">
        <PasswordField
          label={label}
          description={description}
          autoComplete="new-password"
          maxLength={1024}
          value={text}
          onChange={chosen.setText}
          data-autofocus={autoFocus ? true : undefined}
        />
        {judgement ? <StrengthMeter purpose={purpose} passphrase={text} judgement={judgement} /> : null}
      </div>
      <PasswordField
        label={repeatLabel}
        autoComplete="new-password"
        maxLength={1024}
        value={repeated}
        onChange={chosen.setRepeated}
        error={repeated !== '' && repeated !== text ? (differs ?? say('vault.differs')) : undefined}
      />
    </>
  )
}
