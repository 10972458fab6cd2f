/** The wrappings of a mail as they lie in each other, the outermost first, the letter at the heart. */

import type { Layer } from '../../../shared/contract/report.ts'
import { useSay } from '../../client/words.ts'
import { Drawing } from '../../ui/Drawing.tsx'
import { type Level, Mark } from '../../ui/Mark.tsx'

const levels: Readonly<Record<Layer['state'], Level>> = {
  verified: 'good',
  decrypted: 'good',
  unpacked: 'neutral',
  'no-key': 'caution',
  'unsupported-algorithm': 'caution',
  broken: 'bad',
  malformed: 'bad',
  damaged: 'bad',
}

export function Layers({ layers }: { readonly layers: readonly Layer[] }) {
  const say = useSay()
  const [outer, ...inner] = layers
  if (!outer) {
    return (
      <p className="layer-letter">
        <Drawing name="postcard" width={34} />
        <span>{say('report.letterItself')}</span>
      </p>
    )
  }
  const mine = outer.recipients?.filter((recipient) => recipient.mine).length ?? 0
  const count = outer.recipientCount ?? outer.recipients?.length ?? 0
  const keys = [...new Set(outer.recipients?.map(({ keyManagement }) => keyManagement))]
  return (
    <div className="layer">
      <div className="row row-apart row-wrap">
        <strong>{say(`report.layer.${outer.kind}`)}</strong>
        <Mark level={levels[outer.state]}>{say(`report.layerState.${outer.state}`)}</Mark>
      </div>
      <p className="soft small wrap-anywhere">{[...Object.values(outer.algorithms), ...keys].join(' · ')}</p>
      {count > 0 ? <p className="small">{say('report.recipients', { count, mine })}</p> : null}
      <Layers layers={inner} />
    </div>
  )
}
