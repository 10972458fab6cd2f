/** What became of an installation into a Thunderbird profile whose process was killed; nothing where there was none. */

import type { ThunderbirdProfile } from '../../../shared/contract/thunderbird.ts'
import { useSay } from '../../client/words.ts'
import { Notice } from '../../ui/Notice.tsx'

export function CutOffInstall({ profile: { cutOff } }: { readonly profile: ThunderbirdProfile }) {
  const say = useSay()
  if (!cutOff) return null
  const { outcome, folder } = cutOff
  return (
    <Notice level={outcome === 'put-back' ? 'neutral' : 'caution'} title={say(`thunderbird.cutOff.${outcome}`)} urgent>
      <span className="wrap-anywhere">{say(`thunderbird.cutOffText.${outcome}`, { folder })}</span>
    </Notice>
  )
}
