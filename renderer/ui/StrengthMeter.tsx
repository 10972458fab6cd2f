/** What is found of a passphrase while it is chosen: what it lacks, or how long it withstands, as a bar and in words. */

import { missingCharacters, type PassphrasePurpose, shortestPassphrase } from '../../shared/contract/passphrases.ts'
import type { Judgement } from '../../shared/passphraseJudgement.ts'
import { useSay } from '../client/words.ts'
import { type Level, LevelIcon } from './Mark.tsx'
import './strengthMeter.css'

interface StrengthMeterProps {
  readonly purpose: PassphrasePurpose
  readonly passphrase: string
  readonly judgement: Judgement
}

const levels: Readonly<Record<Judgement['strength'], Level>> = {
  0: 'bad',
  1: 'bad',
  2: 'caution',
  3: 'good',
  4: 'good',
}

/** No rules of composition: length and rarity count, and it says so. */
export function StrengthMeter({ purpose, passphrase, judgement: { weakness, strength } }: StrengthMeterProps) {
  const say = useSay()
  if (weakness) {
    const data = { minimum: shortestPassphrase[purpose], count: missingCharacters(purpose, passphrase) }
    return (
      <p className="row small level-bad" role="status">
        <LevelIcon level="bad" size={15} />
        {say(`vault.weak.${weakness}`, data)}
      </p>
    )
  }
  return (
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
  )
}
