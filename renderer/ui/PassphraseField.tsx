/**
 * A passphrase with its strength in words. No rules of composition: length and rarity count, and the meter says so. It advises;
 * what is refused is what shared/contract/passphrases.ts refuses,
 * and on the privileged side what the meter finds guessed at once.
 */

import { PasswordInput, type PasswordInputProps } from '@mantine/core'
import { useEffect, useState } from 'react'
import {
  missingCharacters,
  type PassphrasePurpose,
  shortestPassphrase,
  weaknessOf,
} from '../../shared/contract/passphrases.ts'
import type { Strength } from '../../shared/passphraseStrength.ts'
import { useSay } from '../client/words.ts'
import { type Level, LevelIcon } from './Mark.tsx'
import './passphraseField.css'

interface PassphraseFieldProps extends Omit<PasswordInputProps, 'value' | 'onChange'> {
  readonly label: string
  readonly value: string
  readonly onChange: (value: string) => void
  /** What for, where a passphrase is chosen and not asked for: shows the meter, and what is missing. */
  readonly choosing?: PassphrasePurpose
}

const levels: Readonly<Record<Strength, Level>> = { 0: 'bad', 1: 'bad', 2: 'caution', 3: 'good', 4: 'good' }

export function PassphraseField({ value, onChange, choosing, ...field }: PassphraseFieldProps) {
  const say = useSay()
  const strength = useStrength(choosing ? value : '')
  const weakness = choosing && value !== '' ? weaknessOf(choosing, value) : undefined
  return (
    <div className="stack-tight">
      <PasswordInput
        {...field}
        autoComplete={choosing ? 'new-password' : 'current-password'}
        maxLength={1024}
        value={value}
        onChange={(event) => onChange(event.currentTarget.value)}
        visibilityToggleButtonProps={{ 'aria-label': say('vault.show'), tabIndex: 0, 'aria-hidden': false }}
      />
      {choosing && weakness ? (
        <p className="row small level-bad" role="status">
          <LevelIcon level="bad" size={15} />
          {say(`vault.weak.${weakness}`, {
            minimum: shortestPassphrase[choosing],
            count: missingCharacters(choosing, value),
          })}
        </p>
      ) : null}
      {choosing && !weakness && strength !== undefined ? (
        <div className="strength">
          <div className={`strength-bar strength-${strength}`} aria-hidden="true">
            <span />
            <span />
            <span />
            <span />
          </div>
          <p className={`row small level-${levels[strength]}`} role="status">
            <LevelIcon level={levels[strength]} size={15} />
            {say(`vault.strength.${strength}`)}
          </p>
        </div>
      ) : null}
    </div>
  )
}

function useStrength(passphrase: string): Strength | undefined {
  const [meter, setMeter] = useState<(passphrase: string) => Strength>()
  const wanted = passphrase !== ''
  useEffect(() => {
    if (!wanted) return
    let current = true
    import('../../shared/passphraseStrength.ts').then(({ createStrengthMeter }) => {
      if (current) setMeter(() => createStrengthMeter())
    })
    return () => {
      current = false
    }
  }, [wanted])
  return wanted && meter ? meter(passphrase) : undefined
}
