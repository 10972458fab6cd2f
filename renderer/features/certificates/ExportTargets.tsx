/** Who shall read the file: each target with what is special about it, said for the chosen one. */

import { Radio } from '@mantine/core'
import type { ExportTarget } from '../../../shared/contract/identities.ts'
import { useSay } from '../../client/words.ts'

const targets: readonly ExportTarget[] = ['modern', 'thunderbird', 'windows', 'apple', 'apple-profile', 'android']

interface ExportTargetsProps {
  readonly value: ExportTarget
  readonly onChange: (target: ExportTarget) => void
}

export function ExportTargets({ value, onChange }: ExportTargetsProps) {
  const say = useSay()
  const choose = (chosen: string) => onChange(targets.find((target) => target === chosen) ?? 'modern')
  return (
    <Radio.Group label={say('export.target')} value={value} onChange={choose}>
      <div className="stack-tight choices">
        {targets.map((target) => (
          <Radio
            key={target}
            value={target}
            data-autofocus={target === value ? true : undefined}
            label={say(`export.targets.${target}`)}
            description={target === value ? say(`export.targetHints.${target}`) : undefined}
          />
        ))}
      </div>
    </Radio.Group>
  )
}
