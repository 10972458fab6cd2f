/** The paper key as it is typed, with each group's own answer: a slip is found at once, and not after eight groups. */

import { Textarea } from '@mantine/core'
import { type PaperKeyGroupState, paperKeyGroupStates } from '../../../shared/paperKeyGroups.ts'
import { useSay } from '../../client/words.ts'
import { type Level, LevelIcon } from '../../ui/Mark.tsx'
import './backup.css'

interface PaperKeyFieldProps {
  readonly value: string
  readonly onChange: (value: string) => void
}

const levels: Readonly<Partial<Record<PaperKeyGroupState, Level>>> = { fits: 'good', other: 'bad' }

export function PaperKeyField({ value, onChange }: PaperKeyFieldProps) {
  const say = useSay()
  const states = paperKeyGroupStates(value)
  const others = states.flatMap((state, index) => (state === 'other' ? [index + 1] : []))
  return (
    <div className="stack-tight">
      <Textarea
        label={say('backup.secret.paperLabel')}
        description={say('backup.secret.paperHint')}
        className="paper-key-input"
        autosize
        minRows={2}
        maxLength={200}
        spellCheck={false}
        autoComplete="off"
        value={value}
        onChange={(event) => onChange(event.currentTarget.value)}
      />
      <ol className="paper-key-groups numbers" aria-label={say('backup.secret.groups')}>
        {states.map((state, index) => {
          const level = levels[state]
          return (
            // biome-ignore lint/suspicious/noArrayIndexKey: a group is its place
            <li key={index} className={`paper-key-group paper-key-group-${state}`}>
              {level ? <LevelIcon level={level} /> : null}
              {index + 1}
              <span className="visually-hidden">{say(`backup.secret.group.${state}`)}</span>
            </li>
          )
        })}
      </ol>
      <p className="small paper-key-said" role="status">
        {others.length > 0 ? say('backup.secret.others', { count: others.length, groups: others.join(', ') }) : ''}
      </p>
    </div>
  )
}
